//! Any bytes: the reader may refuse them, but never panics, hangs or reports a place outside the text.
#![no_main]

use std::vec::Drain;

use libfuzzer_sys::fuzz_target;
use platlint_source::{Build, Document, Limits, Node, Reading, Segment, SourceText, Span};

/// Counts instead of building.
struct Count;

impl Build for Count {
    type Value = u64;
    type Key = usize;

    fn key(&mut self, text: &str) -> usize {
        text.len()
    }
    fn null(&mut self) -> u64 {
        1
    }
    fn bool(&mut self, _: bool) -> u64 {
        1
    }
    fn int(&mut self, _: i64) -> u64 {
        1
    }
    fn uint(&mut self, _: u64) -> u64 {
        1
    }
    fn float(&mut self, value: f64) -> u64 {
        assert!(value.is_finite());
        1
    }
    fn string(&mut self, _: &str) -> u64 {
        1
    }
    fn sequence(&mut self, items: Drain<'_, u64>) -> u64 {
        items.fold(1, u64::saturating_add)
    }
    fn mapping(&mut self, entries: Drain<'_, (usize, u64)>) -> u64 {
        entries.fold(1, |sum, (_, value)| sum.saturating_add(value))
    }
}

fn inside(text: &str, span: Span) {
    assert!(span.start <= span.end && text.get(span.range()).is_some(), "{span:?} of {} bytes", text.len());
}

fn walk<'d>(text: &str, node: Node<'d>, path: &mut Vec<Segment<'d>>, document: &Document<'_>) {
    inside(text, node.span());
    inside(text, node.span_with_properties());
    let place = document.find(path, Reading::Kubernetes);
    inside(text, place.span());
    assert_eq!(place.found, path.len());
    if path.len() > 12 || node.is_alias() {
        return;
    }
    for (index, item) in node.items().enumerate().take(50) {
        path.push(Segment::Index(index));
        walk(text, item, path, document);
        path.pop();
    }
    for (key, value) in node.written_entries().take(50) {
        inside(text, key.span());
        inside(text, value.span());
    }
}

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(text) = SourceText::decode(bytes.to_vec()) else { return };
    let mut end = 0;
    for chunk in text.split() {
        inside(text.as_str(), chunk.span);
        assert!(chunk.span.start >= end);
        end = chunk.span.end;
        let document = match Document::parse(text.as_str(), chunk, &limits) {
            Ok(document) => document,
            Err(error) => {
                inside(text.as_str(), error.span);
                assert!(!error.message().is_empty());
                continue;
            }
        };
        for reading in [Reading::Kubernetes, Reading::Yaml12] {
            for problem in document.problems(reading) {
                inside(text.as_str(), problem.span);
            }
            if let Err(error) = document.build(reading, &mut Count) {
                inside(text.as_str(), error.span);
            }
        }
        for comment in document.comments() {
            assert!(comment.slice(text.as_str()).starts_with('#'));
            text.position(comment.range().start);
        }
        let _header = document.header();
        walk(text.as_str(), document.root(), &mut Vec::new(), &document);
    }
});
