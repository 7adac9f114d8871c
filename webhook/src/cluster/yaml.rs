//! JSON as YAML, for what a user puts into Git. Only what webhook configurations are made of: maps, lists, texts,
//! numbers, booleans.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// One document, without `---`.
pub(super) fn document(value: &Json) -> String {
    let mut out = String::new();
    node(&mut out, value, 0);
    out
}

fn node(out: &mut String, value: &Json, indent: usize) {
    match value {
        Json::Object(map) if !map.is_empty() => {
            for (position, (key, value)) in map.iter().enumerate() {
                entry(out, if position == 0 { 0 } else { indent }, &text(key), value, indent);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for (position, item) in items.iter().enumerate() {
                let _ = write!(out, "{:1$}- ", "", if position == 0 { 0 } else { indent });
                node(out, item, indent.saturating_add(2));
            }
        }
        scalar => {
            let _ = writeln!(out, "{}", inline(scalar));
        }
    }
}

fn entry(out: &mut String, lead: usize, key: &str, value: &Json, indent: usize) {
    let _ = write!(out, "{:lead$}{key}:", "");
    let is_block = matches!(value, Json::Object(map) if !map.is_empty()) || is_block_list(value);
    if is_block {
        let below = indent.saturating_add(2);
        let _ = write!(out, "\n{:below$}", "");
        node(out, value, below);
    } else {
        let _ = writeln!(out, " {}", inline(value));
    }
}

/// A list of maps; lists of texts stay on their line.
fn is_block_list(value: &Json) -> bool {
    value.as_array().is_some_and(|items| items.iter().any(|item| item.is_object() || item.is_array()))
}

fn inline(value: &Json) -> String {
    match value {
        Json::String(plain) => text(plain),
        Json::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A text that no YAML reader takes for something else.
fn text(plain: &str) -> String {
    let is_word = plain.starts_with(|first: char| first.is_ascii_alphabetic())
        && plain.chars().all(|one| one.is_ascii_alphanumeric() || "-_./".contains(one));
    let is_taken = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|taken| plain.eq_ignore_ascii_case(taken));
    if is_word && !is_taken { plain.to_owned() } else { Json::from(plain).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn writes_maps_lists_and_texts() {
        let value = json!({
            "apiVersion": "v1", "empty": [], "flag": true, "n": 5, "off": "no", "star": "*", "words": ["a", "", "b/c"],
            "items": [{"name": "x", "deep": {"a": "b: c"}}, {"name": "y"}],
        });
        let expected = "apiVersion: v1\nempty: []\nflag: true\nitems:\n  - deep:\n      a: \"b: c\"\n    name: x\n  \
                        - name: \"y\"\n\"n\": 5\n\"off\": \"no\"\nstar: \"*\"\nwords: [a, \"\", b/c]\n";
        assert_eq!(document(&value), expected);
    }
}
