//! Values that stand for others: placeholders (`$text: ./openapi.yaml`), which Backstage replaces with what a file holds,
//! and expressions of software templates (`${{ values.name }}`).

use platlint_engine::{Pointer, Segment, Value};

/// Resolvers of Backstage and of its widely used modules. Other keys that begin with `$` are left alone, as it does: a
/// definition may hold a JSON Schema with `$ref`.
const RESOLVERS: [&str; 5] = ["$text", "$json", "$yaml", "$openapi", "$asyncapi"];
/// Deeper values are not looked into.
const DEEPEST: usize = 64;

/// The resolver and what it is given, where a value is a map of nothing else.
pub(crate) fn placeholder(value: &Value) -> Option<(&str, &Value)> {
    let Value::Object(map) = value else { return None };
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((Value::String(key), given)), None) if RESOLVERS.contains(&&**key) => Some((key, given)),
        _ => None,
    }
}

/// Whether a text has expressions of software templates.
pub(crate) fn is_templated(text: &str) -> bool {
    text.contains("${{")
}

/// Why nobody can say yet what a value is; `None` where it is what it is.
pub(crate) fn filled_later(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(text) if is_templated(text) => Some("it is filled in by a software template"),
        Value::Object(_) if placeholder(value).is_some() => Some("it is taken from another file"),
        _ => None,
    }
}

/// Calls `found` for each placeholder at or below `value`, which stands at `path`.
pub(crate) fn each_placeholder(value: &Value, path: &mut Vec<Segment>, found: &mut impl FnMut(Pointer, &str, &Value)) {
    if path.len() > DEEPEST {
        return;
    }
    match value {
        Value::Object(map) => {
            if let Some((resolver, given)) = placeholder(value) {
                let mut at = path.clone();
                at.push(resolver.into());
                found(Pointer(at), resolver, given);
                return;
            }
            for (key, value) in map.iter() {
                if let (Value::String(key), Value::Object(_) | Value::Array(_)) = (key, value) {
                    path.push(Segment::Key(key.clone()));
                    each_placeholder(value, path, found);
                    path.pop();
                }
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                if matches!(value, Value::Object(_) | Value::Array(_)) {
                    path.push(index.into());
                    each_placeholder(value, path, found);
                    path.pop();
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found_in(value: serde_json::Value) -> Vec<String> {
        let mut found = Vec::new();
        each_placeholder(&Value::from(value), &mut Vec::new(), &mut |path, resolver, given| {
            found.push(format!("{path} {resolver} {given}"));
        });
        found
    }

    #[test]
    fn finds_placeholders_anywhere() {
        let entity = json!({"spec": {"definition": {"$text": "./a.yaml"}, "list": [1, {"$yaml": 7}]}});
        assert_eq!(found_in(entity), ["/spec/definition/$text $text \"./a.yaml\"", "/spec/list/1/$yaml $yaml 7"]);
    }

    #[test]
    fn leaves_other_dollar_keys_alone() {
        assert!(found_in(json!({"a": {"$ref": "#/x"}, "b": {"$text": "a", "other": 1}, "c": "$text"})).is_empty());
    }

    #[test]
    fn does_not_look_into_what_is_too_deep() {
        let deep = (0..200).fold(json!({"$text": "a"}), |inner, _| json!([inner]));
        assert!(found_in(deep).is_empty());
    }
}
