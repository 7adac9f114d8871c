//! What is known of a run, and who notes what of an object.

use std::collections::HashSet;
use std::sync::Arc;

use platlint_facts::{Doc, Domain, Edge, Notes};

use crate::provider_config::ProviderConfigs;
use crate::schemas::Schemas;
use crate::{composition, custom_resource, edges, migration, plain_secret, xrd};

const GROUP: &str = "apiextensions.crossplane.io";

/// All definitions, Compositions and provider configurations of a run.
#[derive(Debug)]
pub struct Index {
    schemas: Schemas,
    provider_configs: ProviderConfigs,
    compositions: Vec<Arc<Doc>>,
    composition_names: HashSet<Arc<str>>,
}

impl Index {
    /// `docs` are those of the input, `configured` those of the configuration, each in order.
    pub(crate) fn new(docs: Vec<Arc<Doc>>, configured: &[Arc<Doc>]) -> Self {
        let schemas = Schemas::new(&docs, configured);
        let provider_configs = ProviderConfigs::new(&docs);
        let mut compositions = docs;
        compositions.retain(|doc| doc.is(GROUP, "Composition"));
        let composition_names = compositions.iter().filter_map(|doc| doc.name().map(Arc::from)).collect();
        Self { schemas, provider_configs, compositions, composition_names }
    }

    /// The edges from one object: a claim or composite resource to its definition and to the Composition that it names.
    /// [`Domain::edges`] tells those of Compositions; this is for objects that need not be added, since their kinds are
    /// known only when all definitions are.
    pub fn edges_of(&self, doc: &Doc) -> Vec<Edge> {
        edges::of_instance(&self.schemas, doc, |name| self.composition_names.contains(name))
    }
}

impl Domain for Index {
    fn note(&self, doc: &Doc, notes: &mut Notes) {
        match (&*doc.gvk.group, &*doc.gvk.kind) {
            (GROUP, "CompositeResourceDefinition") => xrd::note(doc, notes),
            (GROUP, "Composition") => {
                composition::note(&self.schemas, doc, notes);
                self.provider_configs.note(&self.schemas, doc, notes);
                plain_secret::note(&self.schemas, doc, notes);
            }
            ("", "Secret") => plain_secret::note_credentials(&self.provider_configs, doc, notes),
            ("" | "apps" | "batch" | "apiextensions.k8s.io", _) => return,
            _ => {
                custom_resource::note(&self.schemas, doc, notes);
                self.provider_configs.note(&self.schemas, doc, notes);
                plain_secret::note(&self.schemas, doc, notes);
            }
        }
        migration::note(doc, notes);
    }

    fn edges(&self) -> Vec<Edge> {
        let mut edges: Vec<Edge> =
            self.compositions.iter().flat_map(|doc| edges::of_composition(&self.schemas, doc)).collect();
        edges.sort();
        edges
    }
}
