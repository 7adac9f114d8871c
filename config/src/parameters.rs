//! Parameters of rules: checked by the rule's JSON Schema, defaults filled in.

use serde_json::{Map, Value};

use crate::placed::{At, Issue, Path};
use crate::validate;

/// What is wrong with a rule's schema of parameters: it is none, it does not describe a map, or its own defaults do not
/// fit it. Paths begin at the schema.
pub(crate) fn schema_issues(schema: &Value) -> Vec<Issue> {
    let root = Path::default();
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return vec![Issue::new(&root, At::Value, "`parameters` must be a JSON Schema of `type: object`")];
    }
    let validator = match validate::validator(schema) {
        Ok(validator) => validator,
        Err(issues) => return issues,
    };
    let mut defaults = Value::Object(Map::new());
    fill(&mut defaults, schema);
    let about_defaults = |issue: Issue| match issue.path.0.first() {
        Some(first) => {
            let at = Path::of(["properties"]).join(&Path(vec![first.clone()])).key("default");
            Issue { path: at, message: format!("the default does not fit its schema: {}", issue.message), ..issue }
        }
        None => issue,
    };
    // What must be given cannot have a default.
    validate::issues(&validator, schema, &defaults, &root)
        .into_iter()
        .filter(|issue| !issue.path.0.is_empty())
        .map(about_defaults)
        .collect()
}

/// What is wrong with parameters. Paths begin at the parameters' map.
pub(crate) fn issues(schema: Option<&Value>, parameters: &Map<String, Value>) -> Vec<Issue> {
    let root = Path::default();
    let Some(schema) = schema else {
        let unknown = |key: &String| {
            Issue::new(&root.key(key), At::Key, format!("unknown key `{key}`: the rule has no parameters"))
        };
        return parameters.keys().map(unknown).collect();
    };
    match validate::validator(schema) {
        Ok(validator) => validate::issues(&validator, schema, &Value::Object(parameters.clone()), &root),
        Err(issues) => issues.into_iter().map(|issue| Issue { path: Path::default(), ..issue }).collect(),
    }
}

/// Fills in defaults wherever a map exists: at the top, in nested maps and in maps in lists. A nested map that is absent
/// is made only by its own default, as Kubernetes does it; then its fields are filled in, too.
pub(crate) fn fill(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(map) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, property) in properties.into_iter().flatten() {
                if !map.contains_key(name)
                    && let Some(default) = property.get("default")
                {
                    map.insert(name.clone(), default.clone());
                }
                if let Some(field) = map.get_mut(name) {
                    fill(field, property);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| fill(item, schema));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fills_in_defaults_in_depth_but_makes_no_maps_unasked() {
        let schema = json!({"type": "object", "properties": {
            "a": {"default": [1]},
            "b": {"type": "object", "default": {}, "properties": {"c": {"default": true}}},
            "d": {"type": "object", "properties": {"e": {"default": 1}}},
            "f": {"type": "array", "items": {"type": "object", "properties": {"g": {"default": "h"}}}},
        }});
        let mut value = json!({"f": [{}, {"g": "i"}]});
        fill(&mut value, &schema);
        assert_eq!(value, json!({"a": [1], "b": {"c": true}, "f": [{"g": "h"}, {"g": "i"}]}));
        let mut value = json!({"a": [], "d": {}});
        fill(&mut value, &schema);
        assert_eq!(value, json!({"a": [], "b": {"c": true}, "d": {"e": 1}}));
    }

    #[test]
    fn a_rule_without_parameters_takes_none() {
        let map = json!({"a": 1});
        let found = issues(None, map.as_object().unwrap());
        assert_eq!(found.first().unwrap().message, "unknown key `a`: the rule has no parameters");
    }

    #[test]
    fn a_schema_is_judged_with_its_defaults() {
        assert_eq!(
            schema_issues(&json!({"type": "object", "properties": {"a": {"type": "string", "default": "b"}}})),
            []
        );
        assert_eq!(
            schema_issues(&json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}})),
            []
        );
        let issue = |schema: Value| {
            let found = schema_issues(&schema);
            let first = found.first().unwrap();
            format!("{}: {}", first.path, first.message)
        };
        insta::assert_snapshot!(issue(json!({"properties": {}})), @": `parameters` must be a JSON Schema of `type: object`");
        insta::assert_snapshot!(issue(json!({"type": "object", "properties": {"a": {"type": "string", "default": 1}}})), @"properties.a.default: the default does not fit its schema: `a` must be a string, not a number");
        insta::assert_snapshot!(issue(json!({"type": "object", "properties": {"a": {"type": "text"}}})), @"properties.a.type: no valid JSON Schema: `properties.a.type` must be one of array, boolean, integer, null, number, object, string, not text");
        insta::assert_snapshot!(issue(json!({"type": "object", "properties": {"a": {"$ref": "https://example.org/a.json"}}})), @": no valid JSON Schema: it refers to another document, and none is fetched");
    }
}
