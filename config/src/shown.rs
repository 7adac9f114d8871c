//! Values and their types in messages, as writers of YAML call them.

use serde_json::Value;

/// The type of a value, with its article.
pub(crate) fn type_of(value: &Value) -> &'static str {
    with_article(match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    })
}

/// Types as writers of YAML call them.
pub(crate) fn with_article(name: &str) -> &'static str {
    match name {
        "null" => "empty",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a string",
        "array" => "a list",
        "object" => "a map",
        _ => "another type",
    }
}

/// A short form of a value for messages.
pub(crate) fn shown(value: &Value) -> String {
    /// What is longer is cut: messages stay on a line.
    const LONGEST: usize = 60;
    let text = match value {
        Value::String(text)
            if !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "-_./*:".contains(c)) =>
        {
            text.clone()
        }
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text,
    }
}
