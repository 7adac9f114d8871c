//! A small YAML file, as a value and with the lines of its fields.

use platlint_engine::{Value, ValueBuilder};
use platlint_source::{Chunk, Document, Limits, Reading, Segment, SourceText};

/// A file of one document.
#[derive(Debug)]
pub(crate) struct Yaml {
    text: SourceText,
    pub(crate) value: Value,
}

/// What a file of a chart or kustomization may cost: they are small.
pub(crate) const LIMITS: Limits =
    Limits { max_bytes: 4 << 20, max_depth: 100, max_nodes: 400_000, max_expanded: 100_000 };

impl Yaml {
    /// Reads the first document; none where there is none or it cannot be read.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = SourceText::from(text.to_owned());
        let value = value(&text, *text.split().first()?)?;
        Some(Self { text, value })
    }

    /// The values of all documents; none where one cannot be read.
    pub(crate) fn values(text: &str) -> Option<Vec<Value>> {
        let text = SourceText::from(text.to_owned());
        text.split().into_iter().map(|chunk| value(&text, chunk)).collect()
    }

    /// The line, from 1, of a field; of what is nearest to it where it does not exist.
    pub(crate) fn line(&self, path: &[Segment<'_>]) -> u32 {
        self.text
            .split()
            .first()
            .and_then(|chunk| Document::parse(self.text.as_str(), *chunk, &LIMITS).ok())
            .map_or(1, |document| {
                self.text.position(document.find(path, Reading::Kubernetes).span().range().start).line
            })
    }
}

fn value(text: &SourceText, chunk: Chunk) -> Option<Value> {
    Document::parse(text.as_str(), chunk, &LIMITS)
        .and_then(|document| document.build(Reading::Kubernetes, &mut ValueBuilder::default()))
        .ok()
}
