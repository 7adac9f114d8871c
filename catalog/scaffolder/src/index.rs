//! All templates of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use platlint_facts::{Doc, DocId, Domain, Edge, Files, Generated, Notes};

use crate::Settings;
use crate::action_table::ActionTable;
use crate::facts;

/// Collects templates.
#[derive(Debug)]
pub struct Builder {
    settings: Settings,
    templates: BTreeMap<DocId, Arc<Doc>>,
}

impl Builder {
    /// No templates yet.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self { settings, templates: BTreeMap::new() }
    }

    /// Adds a document; others than templates are passed over.
    pub fn add(&mut self, doc: Arc<Doc>) {
        if crate::concerns(&doc.gvk) {
            self.templates.insert(doc.id.clone(), doc);
        }
    }

    /// Looks at the skeletons of all templates.
    #[must_use]
    pub fn finish(self, _files: Arc<dyn Files>) -> Index {
        Index { table: ActionTable::new(self.settings.actions), filters: self.settings.filters }
    }
}

/// What is known of the templates of a run.
#[derive(Debug)]
pub struct Index {
    table: ActionTable,
    filters: Vec<Arc<str>>,
}

impl Domain for Index {
    fn note(&self, doc: &Doc, notes: &mut Notes) {
        if crate::concerns(&doc.gvk) {
            facts::note(doc, &self.table, &self.filters, notes);
        }
    }

    fn edges(&self) -> Vec<Edge> {
        Vec::new()
    }

    fn generated(&self) -> Vec<Generated> {
        Vec::new()
    }
}
