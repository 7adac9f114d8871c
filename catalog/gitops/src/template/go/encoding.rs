//! Functions that read and write YAML, JSON and Base64.

use serde_json::Value;

use super::super::Failure;
use super::functions::Arguments;
use crate::{base64, yaml};

/// The functions of this file.
pub(super) const NAMES: &str = "toYaml fromYaml fromYamlArray toJson fromJson b64enc b64dec";

/// Calls one of them; `None` where the name is none of theirs.
pub(super) fn call(given: &Arguments<'_>) -> Option<Result<Value, Failure>> {
    NAMES.split_whitespace().any(|name| name == given.name).then(|| result(given))
}

fn result(given: &Arguments<'_>) -> Result<Value, Failure> {
    let refused = |what: &str| Failure::Failed(format!("{} was given {what}", given.name));
    given.exactly(1)?;
    Ok(match given.name {
        "toJson" => json_of(&given.value(0))?.into(),
        "fromJson" => serde_json::from_str(given.text(0)?).map_or(Value::Null, yaml::with_floats),
        "fromYaml" => match yaml::read_one(given.text(0)?) {
            Some(value @ Value::Object(_)) => yaml::with_floats(value),
            Some(Value::Null) => Value::Object(serde_json::Map::new()),
            _ => return Err(refused("text that is no map in YAML")),
        },
        "fromYamlArray" => match yaml::read_one(given.text(0)?) {
            Some(value @ Value::Array(_)) => yaml::with_floats(value),
            Some(Value::Null) => Value::Array(Vec::new()),
            _ => return Err(refused("text that is no list in YAML")),
        },
        "toYaml" => yaml::write(&given.value(0)).into(),
        "b64enc" => base64::encode(given.text(0)?.as_bytes()).into(),
        _ => base64::decode(given.text(0)?).ok_or_else(|| refused("text that is no Base64"))?.into(),
    })
}

/// Go writes whole floats without a point, and `<`, `>` and `&` as escapes.
fn json_of(value: &Value) -> Result<String, Failure> {
    let text = yaml::without_floats(value.clone()).to_string();
    if text.contains(['<', '>', '&']) {
        return Err(Failure::Unsupported("JSON of <, > or &".to_owned()));
    }
    Ok(text)
}
