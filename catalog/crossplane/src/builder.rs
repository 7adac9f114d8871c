//! Collects the documents that an [`Index`] is made of.

use std::sync::Arc;

use platlint_engine::Gvk;
use platlint_facts::{Doc, Files};

use crate::Index;

/// Whether documents of this kind must be given to [`Builder::add`]: definitions, Compositions and provider configurations.
///
/// Claims, composite and managed resources need not be added: their kinds are known only once all definitions are read.
/// [`Index::edges_of`] tells where they lead.
pub fn concerns(kind: &Gvk) -> bool {
    match &*kind.group {
        "apiextensions.k8s.io" => &*kind.kind == "CustomResourceDefinition",
        "apiextensions.crossplane.io" => {
            matches!(&*kind.kind, "CompositeResourceDefinition" | "Composition" | "ManagedResourceDefinition")
        }
        "" => false,
        _ => is_provider_config(kind),
    }
}

/// Whether it is the configuration of a provider, of whatever group.
pub(crate) fn is_provider_config(kind: &Gvk) -> bool {
    matches!(&*kind.kind, "ProviderConfig" | "ClusterProviderConfig")
}

/// What the configuration adds to the input.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Definitions (custom, composite and managed resource definitions) from the `schemas:` of the configuration. Where the
    /// input defines a kind, its definition goes first.
    pub schemas: Vec<Arc<Doc>>,
}

/// Takes the documents of a run, in any order.
#[derive(Debug, Default)]
pub struct Builder {
    settings: Settings,
    docs: Vec<Arc<Doc>>,
}

impl Builder {
    /// A builder for one run.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self { settings, docs: Vec::new() }
    }

    /// Adds a document of which [`concerns`] holds; others are ignored.
    pub fn add(&mut self, doc: Arc<Doc>) {
        if concerns(&doc.gvk) {
            self.docs.push(doc);
        }
    }

    /// All that is known. No file is read: everything stands in the documents.
    #[must_use]
    pub fn finish(mut self, _files: Arc<dyn Files>) -> Index {
        self.docs.sort_by(|left, right| left.id.cmp(&right.id));
        self.settings.schemas.sort_by(|left, right| left.id.cmp(&right.id));
        Index::new(self.docs, &self.settings.schemas)
    }
}
