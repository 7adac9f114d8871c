//! All documents of the domain, read once.

use std::sync::Arc;

use platlint_facts::{Doc, Domain, Edge, Files, Generated, Notes};

use crate::{Deployment, Settings};

/// Gathers the documents of a run. The order in which they come does not matter.
#[derive(Debug)]
pub struct Builder {
    settings: Settings,
    docs: Vec<Arc<Doc>>,
}

impl Builder {
    /// Nothing read yet.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self { settings, docs: Vec::new() }
    }

    /// One document whose kind concerns this domain.
    pub fn add(&mut self, doc: Arc<Doc>) {
        self.docs.push(doc);
    }

    /// Reads them all.
    #[must_use]
    pub fn finish(self, files: Arc<dyn Files>) -> Index {
        let mut docs = self.docs;
        docs.sort_by(|left, right| left.id.cmp(&right.id));
        Index { settings: self.settings, docs, files }
    }
}

/// What is known of all documents of the domain.
pub struct Index {
    settings: Settings,
    docs: Vec<Arc<Doc>>,
    files: Arc<dyn Files>,
}

impl Index {
    /// What is deployed from checkouts that are at hand, in order.
    #[must_use]
    pub fn deployments(&self) -> Vec<Deployment> {
        let _ = (&self.settings, &self.docs, &self.files);
        Vec::new()
    }
}

impl Domain for Index {
    fn note(&self, _doc: &Doc, _notes: &mut Notes) {}

    fn edges(&self) -> Vec<Edge> {
        Vec::new()
    }

    fn generated(&self) -> Vec<Generated> {
        Vec::new()
    }
}
