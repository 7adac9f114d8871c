//! How Go sees values: what is true, what is empty, what equals what, and how it prints.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::super::Failure;

/// A value in a template; nothing where a key is missing.
pub(super) type Datum = Option<Value>;

/// Whether a value counts as true: everything but the zero values.
pub(super) fn is_true(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(value)) => *value,
        Some(Value::Number(value)) => value.as_f64() != Some(0.0),
        Some(Value::String(value)) => !value.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
    }
}

/// The name of a value's kind, as Go's reflection has it.
pub(super) fn kind_of(value: Option<&Value>) -> &'static str {
    match value {
        None | Some(Value::Null) => "invalid",
        Some(Value::Bool(_)) => "bool",
        Some(Value::Number(value)) if value.is_f64() => "float64",
        Some(Value::Number(_)) => "int",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "slice",
        Some(Value::Object(_)) => "map",
    }
}

/// About how many bytes a value takes.
pub(crate) fn size(value: &Value) -> usize {
    let within: usize = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).fold(0, usize::saturating_add),
        Value::Object(map) => {
            map.iter().map(|(key, value)| key.len().saturating_add(size(value))).fold(0, usize::saturating_add)
        }
    };
    within.saturating_add(16)
}

/// As `{{ value }}` prints it.
pub(super) fn printed(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "<no value>".to_owned(),
        Some(value) => shown(value),
    }
}

/// As the verb `%v` prints it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => shown_number(value),
        Value::String(value) => value.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", shown(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// Floats change to an exponent from 1e6 on and below 1e-4; the digits are the fewest that tell the number.
fn shown_number(number: &Number) -> String {
    let Some(value) = number.as_f64().filter(|_| number.is_f64()) else { return number.to_string() };
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if value == 0.0 || (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// Whether two values are equal; Go compares only values of one basic kind.
pub(super) fn equal(left: Option<&Value>, right: Option<&Value>) -> Result<bool, Failure> {
    let is_basic = |value: Option<&Value>| !matches!(value, Some(Value::Array(_) | Value::Object(_)));
    if !is_basic(left) || !is_basic(right) {
        return Err(Failure::Failed("lists and maps cannot be compared".to_owned()));
    }
    match (kind_of(left), kind_of(right)) {
        ("invalid", other) | (other, "invalid") => Ok(other == "invalid"),
        (left_kind, right_kind) if left_kind == right_kind => Ok(left == right),
        _ => Err(Failure::Failed("incompatible types for comparison".to_owned())),
    }
}

/// The order of two values.
pub(super) fn compare(left: Option<&Value>, right: Option<&Value>) -> Result<Ordering, Failure> {
    match (left, right) {
        (Some(Value::String(left)), Some(Value::String(right))) => Ok(left.cmp(right)),
        (Some(Value::Number(a)), Some(Value::Number(b))) if kind_of(left) == kind_of(right) => {
            let order = match (a.as_i64(), b.as_i64()) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                _ => a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)),
            };
            order.ok_or_else(|| Failure::Failed("incompatible types for comparison".to_owned()))
        }
        _ => Err(Failure::Failed("incompatible types for comparison".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prints_floats_as_go_does() {
        for (value, expected) in
            [(3.0, "3"), (1.5, "1.5"), (100_000.0, "100000"), (1_000_000.0, "1e+06"), (0.00001, "1e-05"), (-2.0, "-2")]
        {
            assert_eq!(shown(&json!(value)), expected);
        }
        assert_eq!(shown(&json!(1_000_000)), "1000000");
        assert_eq!(shown(&json!({"b": [1, "x"], "a": null})), "map[a:<nil> b:[1 x]]");
    }

    #[test]
    fn compares_only_what_is_alike() {
        assert_eq!(equal(Some(&json!("a")), Some(&json!("a"))), Ok(true));
        assert!(equal(Some(&json!(1)), Some(&json!(1.0))).is_err());
        assert_eq!(equal(None, Some(&json!("a"))), Ok(false));
    }
}
