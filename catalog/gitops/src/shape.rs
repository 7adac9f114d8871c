//! Fields by kind with the types they take: finds values of a wrong type and names that are misspelt, at any depth.

pub(crate) mod argo;
pub(crate) mod flux;

use platlint_engine::{Pointer, Segment, suggest};
use platlint_facts::Note;
use serde_json::Value;

use crate::yaml::with;

/// A field's name and what it takes.
pub(crate) type Field = (&'static str, Shape);

/// What a field takes. Null is as good as absent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Anything, or what is judged elsewhere.
    Any,
    /// Text.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Truth,
    /// A number.
    Number,
    /// A map with any keys.
    Map,
    /// A map with these keys.
    Fields(&'static [Field]),
    /// A list of texts.
    Texts,
    /// A list of anything.
    List,
    /// A list of maps with these keys.
    Each(&'static [Field]),
}

/// Notes, in order, what does not fit: `problem` is `unknown-field`, with the name as `value`, or `shape`, with what is wrong.
pub(crate) fn misfits(value: &Value, shape: Shape, path: &Pointer) -> Vec<Note> {
    let mut found = Vec::new();
    visit(value, shape, path, &mut found);
    found
}

/// The same for some fields of an object.
pub(crate) fn misfits_of_fields(value: &Value, fields: &'static [Field], path: &Pointer) -> Vec<Note> {
    misfits(value, Shape::Fields(fields), path)
}

fn visit(value: &Value, shape: Shape, path: &Pointer, found: &mut Vec<Note>) {
    // What a server or a chart fills in may become anything.
    let is_filled_in = value.as_str().is_some_and(|text| text.contains("${") || text.contains("{{"));
    if value.is_null() || is_filled_in {
        return;
    }
    if !fits(value, shape) {
        let wrong = format!("{} must be {}, not {}", name(path), wanted(shape), kind_of(value));
        return found.push(misfit(path, wrong));
    }
    match (shape, value) {
        (Shape::OneOf(known), Value::String(text)) if !known.contains(&text.as_str()) => {
            let wrong = format!("\"{text}\" is none of {}", known.join(", "));
            found.push(misfit(path, wrong).suggestion(suggest::nearest(text, known)));
        }
        (Shape::Fields(fields), Value::Object(map)) => {
            for (key, value) in map {
                let at = with(path, key.as_str().into());
                match fields.iter().find(|(name, _)| name == key) {
                    Some((_, shape)) => visit(value, *shape, &at, found),
                    None => misspelt(key, fields, at, found),
                }
            }
        }
        (Shape::Texts | Shape::Each(_), Value::Array(items)) => {
            let inner = if let Shape::Each(fields) = shape { Shape::Fields(fields) } else { Shape::Text };
            for (index, item) in items.iter().enumerate() {
                visit(item, inner, &with(path, Segment::from(index)), found);
            }
        }
        _ => {}
    }
}

/// A name that is nobody's is left alone: it may be newer than this table.
fn misspelt(key: &str, fields: &[Field], at: Pointer, found: &mut Vec<Note>) {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    if let Some(nearest) = suggest::nearest(key, &names) {
        let note = Note::at(at).with("problem", "unknown-field").with("value", key);
        found.push(note.suggestion(Some(nearest)));
    }
}

fn misfit(path: &Pointer, wrong: String) -> Note {
    Note::at(path.clone()).with("problem", "shape").with("value", wrong)
}

fn fits(value: &Value, shape: Shape) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Text | Shape::OneOf(_) => value.is_string(),
        Shape::Truth => value.is_boolean(),
        Shape::Number => value.is_number(),
        Shape::Map | Shape::Fields(_) => value.is_object(),
        Shape::Texts | Shape::List | Shape::Each(_) => value.is_array(),
    }
}

const fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Any => "anything",
        Shape::Text | Shape::OneOf(_) => "text",
        Shape::Truth => "true or false",
        Shape::Number => "a number",
        Shape::Map | Shape::Fields(_) => "a map",
        Shape::Texts | Shape::List | Shape::Each(_) => "a list",
    }
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// The last name of a path; an item of a list is spoken of by the name of the list.
fn name(path: &Pointer) -> String {
    let key = |step: &Segment| if let Segment::Key(key) = step { Some(key.to_string()) } else { None };
    let found = path.0.iter().rev().find_map(key).unwrap_or_default();
    if matches!(path.0.last(), Some(Segment::Index(_))) { format!("an item of {found}") } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: &[Field] = &[
        ("list", Shape::Texts),
        ("inner", Shape::Fields(&[("is", Shape::Truth), ("mode", Shape::OneOf(&["enabled", "warn"]))])),
        ("items", Shape::Each(&[("value", Shape::Text)])),
    ];

    fn found(value: &Value) -> Vec<String> {
        let word = |note: &Note, key: &str| note.detail(key).and_then(Value::as_str).unwrap_or("-").to_owned();
        let line = |note: &Note| format!("{} {} {}", note.path(), word(note, "value"), word(note, "suggestion"));
        misfits_of_fields(value, FIELDS, &Pointer::root()).iter().map(line).collect()
    }

    #[test]
    fn types_and_names_are_compared_at_any_depth() {
        let wrong = json!({
            "list": "*", "inner": {"is": "true", "mode": "enabledd"}, "items": [{"valeu": "a"}, {"value": 1}, "x"],
        });
        assert_eq!(
            found(&wrong),
            [
                "/inner/is is must be true or false, not text -",
                "/inner/mode \"enabledd\" is none of enabled, warn enabled",
                "/items/0/valeu valeu value",
                "/items/1/value value must be text, not a number -",
                "/items/2 an item of items must be a map, not text -",
                "/list list must be a list, not text -",
            ]
        );
    }

    #[test]
    fn what_is_absent_unknown_or_filled_in_is_left_alone() {
        let open = json!({"list": null, "inner": {"is": "${prune}", "somethingElse": 1}, "items": []});
        assert_eq!(found(&open), Vec::<String>::new());
    }
}
