//! The form of this domain's notes: a field, named as users write it, and what is wrong with it.

use platlint_engine::{Pointer, Segment};
use platlint_facts::{DocId, Note};
use serde_json::{Value as Json, json};

/// The pointer one key further.
pub(crate) fn below(pointer: &Pointer, step: impl Into<Segment>) -> Pointer {
    let mut pointer = pointer.clone();
    pointer.0.push(step.into());
    pointer
}

/// The pointer some keys further.
pub(crate) fn down(pointer: &Pointer, keys: &[&str]) -> Pointer {
    pointer.0.iter().cloned().chain(keys.iter().map(|key| Segment::from(*key))).collect()
}

/// A pointer as a field path: `spec.ports[0].name`.
pub(crate) fn shown(pointer: &Pointer) -> String {
    let mut text = String::new();
    for segment in &pointer.0 {
        match segment {
            Segment::Index(index) => {
                text.push('[');
                text.push_str(&index.to_string());
                text.push(']');
            }
            Segment::Key(key) if key.contains(['.', '/', '[']) => {
                text.push('[');
                text.push_str(key);
                text.push(']');
            }
            Segment::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
        }
    }
    if text.is_empty() { "the object".to_owned() } else { text }
}

/// A note on a field. `fault` is what rules put behind the field's name: `must be lower-case`.
pub(crate) fn fault(path: Pointer, fault: impl Into<String>) -> Note {
    let field = shown(&path);
    Note::at(path).with("field", field).with("fault", fault.into())
}

/// A field that is missing in a map, noted at the field itself.
pub(crate) fn missing(map: &Pointer, key: &str) -> Note {
    fault(below(map, key), "is missing")
}

/// A word that is none of those allowed, with the one that may have been meant.
pub(crate) fn not_among(path: Pointer, word: &str, allowed: &[&str]) -> Note {
    let nearest = platlint_engine::suggest::nearest(word, allowed);
    fault(path, format!("is \"{word}\", not one of {}", allowed.join(", "))).suggestion(nearest)
}

/// A text in a message: its first line, cut where it is long.
pub(crate) fn cut(text: &str) -> String {
    /// Longer texts are shown in part.
    const LONGEST: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(LONGEST).collect();
    if short.len() == text.len() { short } else { format!("{short}…") }
}

/// A place in another document, as rules pass it on in `related`.
pub(crate) fn place(id: &DocId, path: &Pointer) -> Json {
    json!({"file": &*id.file, "document": id.document, "at": segments(&id.at), "path": segments(path)})
}

fn segments(pointer: &Pointer) -> Vec<Json> {
    pointer
        .0
        .iter()
        .map(|segment| match segment {
            Segment::Index(index) => json!(index),
            Segment::Key(key) => json!(&**key),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_pointer_as_users_write_fields() {
        let pointer = down(&below(&down(&Pointer::root(), &["spec", "ports"]), 0), &["name", "a.b/c"]);
        assert_eq!(shown(&pointer), "spec.ports[0].name[a.b/c]");
        assert_eq!(shown(&Pointer::root()), "the object");
    }

    #[test]
    fn cuts_long_texts_and_further_lines() {
        assert_eq!(cut("%s-%s"), "%s-%s");
        assert_eq!(cut("{\n  a"), "{…");
        assert_eq!(cut(&"a".repeat(70)), format!("{}…", "a".repeat(60)));
    }

    #[test]
    fn names_the_word_that_was_meant() {
        let note = not_among(Pointer::root(), "Pipelin", &["Pipeline", "Resources"]);
        assert_eq!(note.detail("suggestion"), Some(&json!("Pipeline")));
    }
}
