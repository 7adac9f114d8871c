//! Label selectors over parameters and labels, with values of any form.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::yaml::{get, items_at, map_at, text_at};

/// Whether a selector chooses these labels; `None` where it is none that is known.
pub(crate) fn matches(selector: &Value, labels: &BTreeMap<String, String>) -> Option<bool> {
    let mut chosen = true;
    for (key, value) in map_at(selector, &["matchLabels"]).into_iter().flatten() {
        chosen &= labels.get(key).map(String::as_str) == Some(value.as_str()?);
    }
    for expression in items_at(selector, &["matchExpressions"]) {
        let label = labels.get(text_at(expression, &["key"])?);
        let values: Vec<&str> = items_at(expression, &["values"]).iter().filter_map(Value::as_str).collect();
        let is_listed = label.is_some_and(|label| values.contains(&label.as_str()));
        chosen &= match text_at(expression, &["operator"])? {
            "In" => is_listed,
            "NotIn" => !is_listed,
            "Exists" => label.is_some(),
            "DoesNotExist" => label.is_none(),
            _ => return None,
        };
    }
    Some(chosen)
}

/// Whether a selector asks for anything.
pub(crate) fn is_empty(selector: Option<&Value>) -> bool {
    let asks = |key: &str| {
        let found = selector.and_then(|selector| get(selector, key));
        found.is_some_and(|found| {
            !matches!(found, Value::Array(items) if items.is_empty()) && *found != serde_json::json!({})
        })
    };
    !asks("matchLabels") && !asks("matchExpressions")
}

/// Nested values under keys joined by dots, as text.
pub(crate) fn flattened(value: &Value) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    flatten("", value, &mut flat);
    flat
}

fn flatten(prefix: &str, value: &Value, flat: &mut BTreeMap<String, String>) {
    let below = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    match value {
        Value::Object(map) if !map.is_empty() || prefix.is_empty() => {
            map.iter().for_each(|(key, value)| flatten(&below(key), value, flat));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, item)| flatten(&below(&index.to_string()), item, flat));
        }
        scalar => {
            flat.insert(prefix.to_owned(), crate::template::shown(scalar));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn chooses_by_labels_and_expressions() {
        let labels = flattened(&json!({"env": "prod", "path": {"segments": ["a", "b"]}, "count": 3.0}));
        let chosen = |selector: Value| matches(&selector, &labels);
        assert_eq!(chosen(json!({"matchLabels": {"env": "prod", "path.segments.1": "b", "count": "3"}})), Some(true));
        assert_eq!(chosen(json!({"matchLabels": {"env": "dev"}})), Some(false));
        let expression =
            |operator: &str| json!({"matchExpressions": [{"key": "env", "operator": operator, "values": ["dev"]}]});
        assert_eq!(chosen(expression("NotIn")), Some(true));
        assert_eq!(chosen(expression("In")), Some(false));
        assert_eq!(chosen(expression("Near")), None);
    }
}
