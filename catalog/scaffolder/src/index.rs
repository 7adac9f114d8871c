//! All templates of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use platlint_facts::{Doc, DocId, Domain, Edge, Files, Generated, NoFiles, Notes};

use crate::Settings;
use crate::action_table::ActionTable;
use crate::facts;
use crate::skeleton::Skeletons;

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
    #[allow(clippy::needless_pass_by_value, reason = "all readers are finished alike, and others keep the files")]
    pub fn finish(self, files: Arc<dyn Files>) -> Index {
        let looked_at = |(id, doc): (&DocId, &Arc<Doc>)| (id.clone(), Skeletons::of(doc, &*files));
        Index {
            skeletons: self.templates.iter().map(looked_at).collect(),
            table: LazyLock::new(Box::new(|| ActionTable::new(self.settings.actions))),
            filters: self.settings.filters,
        }
    }
}

/// What is known of the templates of a run.
#[derive(Debug)]
pub struct Index {
    /// Read when the first template is looked at: most runs have none.
    table: LazyLock<ActionTable, Box<dyn FnOnce() -> ActionTable + Send>>,
    filters: Vec<Arc<str>>,
    skeletons: BTreeMap<DocId, Skeletons>,
}

impl Index {
    /// Files, by absolute path, that templates of the run fill in: what stands in them is source of a template engine. Files that a
    /// step copies as they are, are none. Each with what begins something that is filled in.
    pub fn skeleton_files(&self) -> BTreeMap<&Path, BTreeSet<&'static str>> {
        let mut files: BTreeMap<&Path, BTreeSet<&'static str>> = BTreeMap::new();
        for (path, marks) in self.skeletons.values().flat_map(|skeletons| &skeletons.files) {
            files.entry(path).or_default().extend(*marks);
        }
        files
    }
}

impl Domain for Index {
    fn note(&self, doc: &Doc, notes: &mut Notes) {
        if !crate::concerns(&doc.gvk) {
            return;
        }
        facts::note(doc, &self.table, &self.filters, notes);
        match self.skeletons.get(&doc.id) {
            Some(skeletons) => skeletons.note(notes),
            // In the cluster, and where another document made it, no files are beside it.
            None => Skeletons::of(&Doc { folder: None, ..doc.clone() }, &NoFiles).note(notes),
        }
    }

    fn edges(&self) -> Vec<Edge> {
        self.skeletons.values().flat_map(|skeletons| skeletons.edges.iter().cloned()).collect()
    }

    fn generated(&self) -> Vec<Generated> {
        self.skeletons.values().flat_map(|skeletons| skeletons.generated.iter().cloned()).collect()
    }
}
