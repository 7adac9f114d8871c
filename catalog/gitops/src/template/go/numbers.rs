//! Functions of numbers.

use serde_json::Value;

use super::super::Failure;
use super::functions::Arguments;

/// The functions of this file.
pub(super) const NAMES: &str =
    "int int64 float64 add add1 sub mul div mod max min biggest ceil floor until untilStep seq";

/// Longer lists of numbers are not made.
const LONGEST: i64 = 10_000;

/// Calls one of them; `None` where the name is none of theirs.
pub(super) fn call(given: &Arguments<'_>) -> Option<Result<Value, Failure>> {
    NAMES.split_whitespace().any(|name| name == given.name).then(|| result(given))
}

fn result(given: &Arguments<'_>) -> Result<Value, Failure> {
    let wrong = || Failure::Failed(format!("{} went beyond what numbers hold", given.name));
    let folded = |join: fn(i64, i64) -> Option<i64>| {
        let mut value = whole(given, 0)?;
        for at in 1..given.items.len() {
            value = join(value, whole(given, at)?).ok_or_else(wrong)?;
        }
        Ok::<_, Failure>(Value::from(value))
    };
    Ok(match given.name {
        "int" | "int64" => whole(given, 0)?.into(),
        "float64" => match given.any(0) {
            Some(Value::Number(number)) => number.as_f64().unwrap_or_default().into(),
            Some(Value::String(text)) => text.parse::<f64>().unwrap_or_default().into(),
            _ => return Err(given.wrong(0, "a number")),
        },
        "add" => folded(i64::checked_add)?,
        "add1" => whole(given, 0)?.checked_add(1).ok_or_else(wrong)?.into(),
        "sub" => folded(i64::checked_sub)?,
        "mul" => folded(i64::checked_mul)?,
        "div" => folded(i64::checked_div)?,
        "mod" => folded(i64::checked_rem)?,
        "max" | "biggest" => folded(|left, right| Some(left.max(right)))?,
        "min" => folded(|left, right| Some(left.min(right)))?,
        "until" => {
            let count = given.whole(0)?;
            if !(0..=LONGEST).contains(&count) {
                return Err(Failure::Unsupported("a list of that length".to_owned()));
            }
            (0..count).collect::<Vec<_>>().into()
        }
        name => return Err(Failure::Unsupported(format!("the function \"{name}\""))),
    })
}

/// Anything as a whole number: text that is none counts as 0, fractions are cut off.
fn whole(given: &Arguments<'_>, at: usize) -> Result<i64, Failure> {
    #[allow(clippy::cast_possible_truncation, reason = "cut off, as the function is meant to")]
    match given.any(at) {
        Some(Value::Number(number)) => {
            Ok(number.as_i64().unwrap_or_else(|| number.as_f64().unwrap_or_default() as i64))
        }
        Some(Value::String(text)) if text.starts_with('0') && text.len() > 1 => {
            Err(Failure::Unsupported("a number with a leading zero".to_owned()))
        }
        Some(Value::String(text)) => Ok(text.parse().unwrap_or(0)),
        Some(Value::Bool(value)) => Ok((*value).into()),
        None => Ok(0),
        _ => Err(given.wrong(at, "a number")),
    }
}
