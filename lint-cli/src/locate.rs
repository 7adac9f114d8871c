//! Places: from pointers into an object to lines and columns of a file, and fingerprints that survive moved lines.

use platlint_engine::{Pointer, Segment, Value, get_str};
use platlint_source::{Document, Reading, SourceText, Span};

use crate::report::{Fingerprint, ObjectRef, Place};

/// Lines and columns of a range of bytes.
pub(crate) fn place(text: &SourceText, span: Span) -> Place {
    let start = text.position(span.start as usize);
    let end = text.position(span.end as usize);
    Place { line: start.line, column: start.column, end_line: end.line, end_column: end.column }
}

/// The place of a pointer: the field's own, or that of the nearest existing parent.
pub(crate) fn place_of(text: &SourceText, document: &Document<'_>, reading: Reading, pointer: &Pointer) -> Place {
    place(text, find(document, reading, pointer).span())
}

fn find(document: &Document<'_>, reading: Reading, pointer: &Pointer) -> platlint_source::Place {
    let segments: Vec<platlint_source::Segment<'_>> = pointer
        .0
        .iter()
        .map(|segment| match segment {
            Segment::Key(key) => platlint_source::Segment::Key(key),
            Segment::Index(index) => platlint_source::Segment::Index(*index),
        })
        .collect();
    document.find(&segments, reading)
}

/// Where a text first stands in a field's key or value as they are written; `None` where it does not in one piece.
pub(crate) fn find_within(
    text: &SourceText,
    document: &Document<'_>,
    reading: Reading,
    pointer: &Pointer,
    part: &str,
) -> Option<Place> {
    let found = find(document, reading, pointer);
    let bytes = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let within = |span: Span| {
        let start = span.start as usize + text.as_str().get(span.range())?.find(part)?;
        Some(place(text, Span { start: bytes(start), end: bytes(start + part.len()) }))
    };
    [found.value, found.key].into_iter().flatten().find_map(within)
}

/// First lines of the fields that enclose a path: a comment above any of them speaks of the whole block.
pub(crate) fn enclosing_lines(text: &SourceText, document: &Document<'_>, reading: Reading, path: &str) -> Vec<u32> {
    let segments = path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"));
    let mut lines = Vec::new();
    let mut pointer = Pointer::root();
    for segment in segments {
        let index = segment.parse::<usize>().ok();
        pointer.0.push(index.map_or_else(|| segment.as_str().into(), Into::into));
        lines.push(place_of(text, document, reading, &pointer).line);
    }
    lines
}

/// 64 bits over what a finding is about: file, object, rule, path and message, but not the line. Items of lists count by
/// their names, so that a new container above does not make another finding of an old one.
pub(crate) fn fingerprint(
    file: &str,
    object: Option<&ObjectRef>,
    root: &Value,
    rule: &str,
    path: &Pointer,
    message: &str,
) -> Fingerprint {
    let mut hash = Fnv::default();
    hash.part(file);
    if let Some(object) = object {
        hash.part(&object.api_version);
        hash.part(&object.kind);
        hash.part(object.namespace.as_deref().unwrap_or("?"));
        hash.part(object.name.as_deref().unwrap_or("?"));
    }
    hash.part(rule);
    let mut value = Some(root);
    for segment in &path.0 {
        value = value.and_then(|value| step(value, segment));
        match segment {
            Segment::Key(key) => hash.part(key),
            Segment::Index(index) => match value.and_then(|item| get_str(item, "name")) {
                Some(name) => hash.part(name),
                None => hash.part(&index.to_string()),
            },
        }
    }
    hash.part(message);
    Fingerprint(hash.0)
}

fn step<'v>(value: &'v Value, segment: &Segment) -> Option<&'v Value> {
    match (segment, value) {
        (Segment::Key(key), Value::Object(object)) => object.get(&Value::String(key.clone())),
        (Segment::Index(index), Value::Array(items)) => items.get(*index),
        _ => None,
    }
}

/// FNV-1a, 64 bits: stable across versions of Rust and of this program, which the standard hasher is not.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn part(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &[Segment], json: &str) -> Fingerprint {
        let root = Value::from_json_str(json).unwrap();
        fingerprint("a.yaml", None, &root, "rule", &path.iter().cloned().collect(), "message")
    }

    #[test]
    fn a_named_item_keeps_its_fingerprint_when_it_moves() {
        let before = of(&["c".into(), 0.into()], r#"{"c":[{"name":"app"}]}"#);
        let after = of(&["c".into(), 1.into()], r#"{"c":[{"name":"new"},{"name":"app"}]}"#);
        let other = of(&["c".into(), 0.into()], r#"{"c":[{"name":"new"},{"name":"app"}]}"#);
        assert_eq!(before, after);
        assert_ne!(before, other);
    }
}
