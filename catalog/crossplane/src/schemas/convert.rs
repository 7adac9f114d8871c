//! Turns a structural schema into a JSON Schema that crate jsonschema checks values with.
//!
//! Left to others: unknown fields, which the API server prunes and does not refuse (`unknown_fields`), and defaults and
//! nulls, which are applied and pruned before (`prepare`). Formats are annotations, and CEL rules are not checked.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Value as Json, json};

/// Schemas nested deeper than this are left unchecked below.
const DEEPEST: usize = 64;

/// What a missing field means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// A violation.
    IsWrong,
    /// Nothing: patches fill it in later.
    IsFilledLater,
}

/// A validator; `None` where the schema is not valid.
pub(super) fn validator(structural: &Json, missing: Missing) -> Option<Validator> {
    let schema = convert(structural, missing, 0);
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .build(&schema)
        .ok()
}

fn convert(schema: &Json, missing: Missing, depth: usize) -> Json {
    let Some(schema) = schema.as_object() else { return json!(true) };
    if depth > DEEPEST {
        return json!(true);
    }
    let below = |schema: &Json| convert(schema, missing, depth.saturating_add(1));
    let is_nullable = is_true(schema, "nullable");
    let mut made = Map::new();
    for (key, value) in schema {
        let converted = match key.as_str() {
            "type" if is_nullable => json!([value, "null"]),
            "type" | "minLength" | "maxLength" | "minItems" | "maxItems" | "uniqueItems" | "multipleOf" => {
                value.clone()
            }
            // What holds of alternatives may hang on fields that are filled in later.
            "minProperties" | "required" | "allOf" | "anyOf" | "oneOf" | "not" if missing == Missing::IsFilledLater => {
                continue;
            }
            "minProperties" | "maxProperties" | "required" => value.clone(),
            "enum" => with_null(value, is_nullable),
            "pattern" => match value.as_str().map(crate::go_regex::translated) {
                Some(pattern) if regex::Regex::new(&pattern).is_ok() => json!(pattern),
                _ => continue,
            },
            "minimum" | "maximum" => {
                let exclusive = if key == "minimum" { "exclusiveMinimum" } else { "exclusiveMaximum" };
                let name = if is_true(schema, exclusive) { exclusive } else { key };
                made.insert(name.to_owned(), value.clone());
                continue;
            }
            "properties" => entries(value, below),
            "items" | "additionalProperties" if value.is_object() => below(value),
            "allOf" | "anyOf" | "oneOf" => value.as_array().into_iter().flatten().map(below).collect(),
            "not" => below(value),
            _ => continue,
        };
        made.insert(key.clone(), converted);
    }
    if is_true(schema, "x-kubernetes-int-or-string") {
        made.insert(
            "type".to_owned(),
            if is_nullable { json!(["integer", "string", "null"]) } else { json!(["integer", "string"]) },
        );
    }
    if is_true(schema, "x-kubernetes-embedded-resource") && missing == Missing::IsWrong {
        let required = made.entry("required").or_insert_with(|| json!([]));
        if let Some(required) = required.as_array_mut() {
            required.extend([json!("apiVersion"), json!("kind")]);
            required.dedup();
        }
    }
    Json::Object(made)
}

fn entries(properties: &Json, below: impl Fn(&Json) -> Json) -> Json {
    let properties = properties.as_object().into_iter().flatten();
    Json::Object(properties.map(|(name, schema)| (name.clone(), below(schema))).collect())
}

fn with_null(values: &Json, is_nullable: bool) -> Json {
    let mut values = values.clone();
    if let (true, Some(list)) = (is_nullable, values.as_array_mut()) {
        list.push(Json::Null);
    }
    values
}

/// Whether a keyword is true.
pub(crate) fn is_true(schema: &Map<String, Json>, key: &str) -> bool {
    schema.get(key) == Some(&Json::Bool(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(schema: &Json, value: &Json) -> bool {
        validator(schema, Missing::IsWrong).unwrap().is_valid(value)
    }

    #[test]
    fn nullable_fields_may_be_null_also_where_words_are_listed() {
        let schema = json!({"type": "string", "nullable": true, "enum": ["a"]});
        assert!(accepts(&schema, &json!(null)) && accepts(&schema, &json!("a")) && !accepts(&schema, &json!("b")));
    }

    #[test]
    fn int_or_string_is_either_and_nothing_else() {
        let schema = json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]});
        assert!(accepts(&schema, &json!(80)) && accepts(&schema, &json!("http")) && !accepts(&schema, &json!(true)));
    }

    #[test]
    fn exclusive_bounds_are_flags_there() {
        let schema = json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true, "maximum": 3});
        assert!(!accepts(&schema, &json!(1)) && accepts(&schema, &json!(3)) && !accepts(&schema, &json!(4)));
    }

    #[test]
    fn an_embedded_resource_has_a_kind() {
        let schema = json!({"type": "object", "x-kubernetes-embedded-resource": true});
        assert!(!accepts(&schema, &json!({"apiVersion": "v1"})));
        assert!(accepts(&schema, &json!({"apiVersion": "v1", "kind": "Pod"})));
    }

    #[test]
    fn a_pattern_that_is_not_understood_is_left_out() {
        assert!(accepts(&json!({"type": "string", "pattern": "(?=x)"}), &json!("y")));
    }

    #[test]
    fn what_is_missing_may_be_filled_later() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}});
        let partial = validator(&schema, Missing::IsFilledLater).unwrap();
        assert!(partial.is_valid(&json!({})) && !partial.is_valid(&json!({"a": 1})));
    }
}
