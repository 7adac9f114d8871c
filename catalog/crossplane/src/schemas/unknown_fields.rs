//! Fields that a structural schema does not know: the API server prunes them, so they do nothing.

use platlint_engine::{Pointer, suggest};
use serde_json::{Map, Value as Json};

use super::convert::is_true;
use crate::note::below;

/// Values nested deeper than this are not looked at.
const DEEPEST: usize = 64;

/// A field that is not in the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownField {
    /// Where it stands.
    pub(crate) path: Pointer,
    /// Its name.
    pub(crate) name: String,
    /// What may have been meant.
    pub(crate) suggestion: Option<String>,
}

/// All unknown fields of an object, outermost first.
pub(crate) fn unknown_fields(value: &Json, structural: &Json) -> Vec<UnknownField> {
    let mut found = Vec::new();
    look(value, structural, &Pointer::root(), 0, &mut found);
    found
}

fn look(value: &Json, schema: &Json, at: &Pointer, depth: usize, found: &mut Vec<UnknownField>) {
    let Some(schema) = schema.as_object() else { return };
    if depth > DEEPEST {
        return;
    }
    let next = depth.saturating_add(1);
    match value {
        Json::Object(entries) => {
            for (key, value) in entries {
                match field(schema, key) {
                    Field::Known(schema) => look(value, schema, &below(at, key.as_str()), next, found),
                    Field::Open => {}
                    Field::Unknown => {
                        // A name that stands beside it already was hardly meant.
                        let free: Vec<&str> =
                            names(schema).into_iter().filter(|name| !entries.contains_key(*name)).collect();
                        let suggestion = meant(schema, key, &free);
                        found.push(UnknownField { path: below(at, key.as_str()), name: key.clone(), suggestion });
                    }
                }
            }
        }
        Json::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for (index, item) in items.iter().enumerate() {
                    look(item, schema, &below(at, index), next, found);
                }
            }
        }
        _ => {}
    }
}

/// What a schema says of a field of an object.
pub(crate) enum Field<'s> {
    /// It is one of its properties, or one of a map's values.
    Known(&'s Json),
    /// Anything goes.
    Open,
    /// It is none of its properties.
    Unknown,
}

/// Looks a field up in the schema of an object.
pub(crate) fn field<'s>(schema: &'s Map<String, Json>, key: &str) -> Field<'s> {
    let known = schema.get("properties").and_then(|properties| properties.get(key));
    if let Some(known) = known {
        return Field::Known(known);
    }
    match schema.get("additionalProperties") {
        Some(Json::Bool(true)) => return Field::Open,
        Some(values) if values.is_object() => return Field::Known(values),
        _ => {}
    }
    let is_embedded = is_true(schema, "x-kubernetes-embedded-resource");
    if is_true(schema, "x-kubernetes-preserve-unknown-fields")
        || is_embedded && matches!(key, "apiVersion" | "kind" | "metadata")
        || schema.get("type").and_then(Json::as_str) != Some("object")
    {
        return Field::Open;
    }
    Field::Unknown
}

/// The field that was meant by one that is not known: of `candidates`, or one that Crossplane 2 moved below `crossplane`.
pub(crate) fn meant(schema: &Map<String, Json>, key: &str, candidates: &[&str]) -> Option<String> {
    let moved = schema.get("properties").and_then(|properties| properties.get("crossplane"));
    if moved.and_then(|moved| moved.get("properties")).is_some_and(|machinery| machinery.get(key).is_some()) {
        return Some(format!("crossplane.{key}"));
    }
    suggest::nearest(key, candidates).map(str::to_owned)
}

/// The names of an object's properties.
pub(crate) fn names(schema: &Map<String, Json>) -> Vec<&str> {
    schema.get("properties").and_then(Json::as_object).into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_misspelt_fields_and_leaves_open_ones() {
        let schema = json!({"type": "object", "properties": {
            "size": {"type": "string"},
            "items": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        }});
        let value = json!({"sise": "x", "items": [{"nmae": 1}], "labels": {"a": "b"}, "open": {"c": {"d": 1}}});
        let found = unknown_fields(&value, &schema);
        let shown: Vec<_> = found.iter().map(|field| (field.path.to_string(), field.suggestion.as_deref())).collect();
        assert_eq!(shown, [("/items/0/nmae".to_owned(), Some("name")), ("/sise".to_owned(), Some("size"))]);
    }
}
