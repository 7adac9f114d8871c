//! One object in its file, as readers see it.

use std::path::Path;
use std::sync::Arc;

use platlint_engine::{Gvk, Pointer, Value, get_str};

/// Which object of which file. Ordered by file, document and place, which is the order in which things are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocId {
    /// The file as the user would name it.
    pub file: Arc<str>,
    /// Which document of the file, from 0.
    pub document: u32,
    /// Where in the document: the root, or an item of a List.
    pub at: Pointer,
}

/// Who made a document that nobody wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Maker {
    /// `helm`, `kustomize`, `applicationset`, `template`.
    pub tool: Arc<str>,
    /// What it was made of, as the user would name it: a chart's folder, `argocd/apps.yaml`, a template's file.
    pub from: Arc<str>,
}

/// One object of the input.
#[derive(Debug, Clone)]
pub struct Doc {
    /// Where it stands.
    pub id: DocId,
    /// Its kind.
    pub gvk: Gvk,
    /// The object itself.
    pub object: Value,
    /// The folder of its file, absolute; `None` for standard input, for rendered documents and in the cluster. Relative
    /// paths in the object start here.
    pub folder: Option<Arc<Path>>,
    /// Who made it; `None` where it stands in a file as somebody wrote it.
    pub maker: Option<Arc<Maker>>,
    /// Its namespace as far as the run knows; `None` where unknown, empty where cluster-scoped.
    pub namespace: Option<Arc<str>>,
}

impl Doc {
    /// `metadata.name`.
    pub fn name(&self) -> Option<&str> {
        platlint_engine::get(&self.object, "metadata")
            .and_then(|metadata| get_str(metadata, "name"))
            .map(|name| &**name)
    }

    /// Whether the kind is of this group and name, in any version.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        *self.gvk.group == *group && *self.gvk.kind == *kind
    }
}
