//! What is known of a run, and who notes what of an object.

use std::sync::Arc;

use platlint_facts::{Doc, Domain, Edge, Notes};

use crate::schemas::Schemas;

/// All definitions, Compositions and provider configurations of a run.
#[derive(Debug)]
pub struct Index {
    pub(crate) schemas: Schemas,
    pub(crate) docs: Vec<Arc<Doc>>,
}

impl Index {
    pub(crate) fn new(docs: Vec<Arc<Doc>>, configured: Vec<Arc<Doc>>) -> Self {
        Self { schemas: Schemas::new(&docs, &configured), docs }
    }

    /// The edges from one object: a claim or composite resource to its definition and its Composition. `Domain::edges`
    /// holds those of the documents that were added; this is for custom resources, which are not.
    pub fn edges_of(&self, _doc: &Doc) -> Vec<Edge> {
        Vec::new()
    }
}

impl Domain for Index {
    fn note(&self, _doc: &Doc, _notes: &mut Notes) {}
}
