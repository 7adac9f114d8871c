//! The configuration that `config init` writes.

use platlint_config::{init_template, schema};
use serde_json::Value;

use crate::folder::{Folder, KEY};

#[test]
fn the_starter_configuration_changes_nothing_and_passes_its_own_check() {
    let text = init_template();
    let loaded = Folder::config("starter", &text).load().unwrap();
    let plain = Folder::with("starter-none", &[]).load().unwrap();
    assert_eq!(loaded.set.revision(), plain.set.revision());
    insta::assert_snapshot!(text);
}

#[test]
fn what_the_starter_comments_out_is_right_too() {
    let on = |text: &str| {
        let lines: Vec<String> = text
            .lines()
            .filter(|line| !line.contains("extends:") && !line.contains("path: "))
            .map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if rest.starts_with([' ', '-'])
                        || rest
                            .split_once(':')
                            .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '-')) =>
                {
                    rest.to_owned()
                }
                _ => line.to_owned(),
            })
            .collect();
        lines.join("\n")
    };
    let text = on(&init_template()).replace("platlint.yaml: which", "# platlint.yaml: which");
    let folder = Folder::config("starter-on", &text.replace("Levels: off", "# Levels: off"));
    folder.write("keys/release.pub", KEY.as_bytes());
    let loaded = folder.load().unwrap();
    assert_eq!(loaded.set.exemptions().len(), 1, "{text}");
    assert_eq!(loaded.namespaces.len(), 1);
    assert_eq!(loaded.images.unwrap().rules.len(), 1);
}

/// Every property of the schema, with its path.
fn properties<'s>(schema: &'s Value, path: &str, found: &mut Vec<(String, &'s Value)>) {
    let Value::Object(map) = schema else { return };
    for (name, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{path}.{name}");
        found.push((path.clone(), property));
        properties(property, &path, found);
    }
    for key in ["items", "additionalProperties"] {
        map.get(key).into_iter().for_each(|inner| properties(inner, path, found));
    }
    for key in ["anyOf", "oneOf"] {
        map.get(key).and_then(Value::as_array).into_iter().flatten().for_each(|inner| properties(inner, path, found));
    }
}

#[test]
fn the_schema_describes_every_field_and_needs_no_other_document() {
    let schema = schema();
    let mut found = Vec::new();
    properties(&schema, "", &mut found);
    assert!(found.len() >= 40, "{}", found.len());
    for (path, property) in &found {
        assert!(property["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}: {property}");
    }
    assert!(!schema.to_string().contains("\"$ref\""));
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema).unwrap());
}
