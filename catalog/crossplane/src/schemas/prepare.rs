//! What the API server does to an object before it validates it: nulls are pruned and defaults applied.

use serde_json::{Map, Value as Json};

use super::convert::is_true;

/// Values nested deeper than this are left as they are.
const DEEPEST: usize = 64;

/// Prunes nulls of map entries that are not nullable, and fills in defaults, by a structural schema.
pub(crate) fn prepare(value: &mut Json, structural: &Json) {
    fill(value, structural, 0);
}

fn fill(value: &mut Json, schema: &Json, depth: usize) {
    let Some(schema) = schema.as_object() else { return };
    if depth > DEEPEST {
        return;
    }
    let next = depth.saturating_add(1);
    match value {
        Json::Object(entries) => {
            let properties = schema.get("properties").and_then(Json::as_object);
            let others = schema.get("additionalProperties");
            let schema_of = |key: &str| properties.and_then(|properties| properties.get(key)).or(others);
            entries.retain(|key, value| {
                !value.is_null()
                    || schema_of(key).and_then(Json::as_object).is_none_or(|schema| is_true(schema, "nullable"))
            });
            apply_defaults(entries, properties);
            for (key, value) in entries.iter_mut() {
                if let Some(schema) = schema_of(key) {
                    fill(value, schema, next);
                }
            }
        }
        Json::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| fill(item, schema, next));
            }
        }
        _ => {}
    }
}

fn apply_defaults(entries: &mut Map<String, Json>, properties: Option<&Map<String, Json>>) {
    for (key, schema) in properties.into_iter().flatten() {
        if let Some(default) = schema.get("default")
            && !entries.contains_key(key)
        {
            entries.insert(key.clone(), default.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prunes_nulls_and_applies_defaults_also_below_other_defaults() {
        let schema = json!({"type": "object", "properties": {
            "size": {"type": "string", "default": "small"},
            "kept": {"type": "string", "nullable": true},
            "pool": {"type": "object", "default": {}, "properties": {"max": {"type": "integer", "default": 3}}},
        }});
        let mut value = json!({"size": null, "kept": null, "open": null});
        prepare(&mut value, &schema);
        assert_eq!(value, json!({"size": "small", "kept": null, "open": null, "pool": {"max": 3}}));
    }
}
