//! The JSON Schema of platlint.yaml, and reading a file by it.

use std::sync::LazyLock;

use chrono::NaiveDate;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::placed::{At, Issue, Path, Placed};
use crate::problem::Problem;
use crate::validate;
use crate::wire::ConfigFile;

/// Built once: the command line asks for it at most twice.
static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<ConfigFile>().to_value()
});

/// The JSON Schema of platlint.yaml, for editors: what `platlint config schema` prints. Without references, so that
/// every tool reads it.
#[must_use]
pub fn schema() -> Value {
    SCHEMA.clone()
}

/// Reads a configuration; all problems of its shape at once. Keys without a value count as absent, so that a section
/// can be commented out.
pub(crate) fn read(placed: &mut Placed) -> Result<ConfigFile, Vec<Problem>> {
    let root = Path::default();
    match &mut placed.value {
        Value::Object(map) => map.retain(|_, value| !value.is_null()),
        Value::Null => {
            return Err(placed.problems(vec![Issue::new(
                &root,
                At::Key,
                "the file is empty; write at least `version: 1`",
            )]));
        }
        _ => {}
    }
    // Making the schema and its validator takes longer than all the rest of loading, so it is done only where something
    // may be wrong.
    if let Ok(config) = ConfigFile::deserialize_from(&placed.value)
        && is_plainly_right(&config, &placed.value)
    {
        return Ok(config);
    }
    let schema = &*SCHEMA;
    let validator = match validate::validator(schema) {
        Ok(validator) => validator,
        Err(issues) => return Err(placed.problems(issues)),
    };
    let issues = validate::issues(&validator, schema, &placed.value, &root);
    if !issues.is_empty() {
        return Err(placed.problems(issues));
    }
    // The schema comes from the type, so this fails only where the two disagree.
    ConfigFile::deserialize_from(&placed.value)
        .map_err(|error| placed.problems(vec![Issue::new(&root, At::Key, error)]))
}

/// Whether a configuration of the right types holds nothing that the schema's further constraints could refuse: those on
/// numbers, dates, and whatever is empty or blank. "No" only means that the schema decides.
fn is_plainly_right(config: &ConfigFile, value: &Value) -> bool {
    let is_date = |text: &str| text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
    let days = config.self_service.as_ref().and_then(|entry| entry.max_days);
    config.version == 1
        && days.is_none_or(|days| (1..=3660).contains(&days))
        && config.exemptions.iter().all(|entry| is_date(&entry.expires))
        && holds_nothing_empty(value)
}

fn holds_nothing_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty() && items.iter().all(holds_nothing_empty),
        Value::Object(map) => map.values().all(holds_nothing_empty),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

impl ConfigFile {
    fn deserialize_from(value: &Value) -> Result<Self, String> {
        serde::Deserialize::deserialize(value).map_err(|error: serde_json::Error| error.to_string())
    }
}
