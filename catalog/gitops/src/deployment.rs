//! What is deployed from where into which namespace: the folders that Applications, written or generated, and releases of
//! Flux lead to.

use std::path::PathBuf;
use std::sync::Arc;

use platlint_engine::Pointer;
use platlint_facts::{DocId, Node};

/// One folder of a checkout that something deploys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deployment {
    /// Who deploys it: an Application (`namespace/name`) or a release of Flux.
    pub deployer: Node,
    /// The object in which that is written; of a generated Application, its `ApplicationSet`.
    pub by: DocId,
    /// The field that names the folder.
    pub field: Pointer,
    /// The folder, absolute. It exists.
    pub source: PathBuf,
    /// The root of the checkout.
    pub repository: PathBuf,
    /// Where objects land that name no namespace; `None` where the deployer names none.
    pub namespace: Option<Arc<str>>,
    /// How manifests are made of it.
    pub tool: Tool,
}

/// How manifests are made of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// Its files are manifests.
    Directory(Directory),
    /// It is a chart.
    Helm(Helm),
    /// It is a kustomization.
    Kustomize(Kustomize),
    /// A program nobody knows here makes them.
    Plugin,
}

/// Which files of a folder are manifests.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Directory {
    /// Whether folders below it count.
    pub recurse: bool,
    /// A pattern of file names, relative to the folder; `None` for all.
    pub include: Option<String>,
    /// A pattern of file names that do not count.
    pub exclude: Option<String>,
}

/// How a chart is rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Helm {
    /// The name of the release.
    pub release: String,
    /// Files of values in the order in which they are laid over each other; absolute.
    pub value_files: Vec<PathBuf>,
    /// Value files that are written but not at hand: in another repository, or with names that a server fills in. The
    /// chart cannot be rendered as it will be.
    pub unknown_value_files: Vec<String>,
    /// Whether missing files of values are passed over.
    pub ignores_missing_values: bool,
    /// Values written in place, as YAML; after the files.
    pub values: Option<String>,
    /// Single values: path, value, and whether the value is text whatever it looks like; after the values.
    pub parameters: Vec<(String, String, bool)>,
    /// Single values read from files: path and absolute file.
    pub file_parameters: Vec<(String, PathBuf)>,
    /// Whether custom resource definitions of the chart are left out.
    pub skips_crds: bool,
}

/// What is changed in a kustomization before it is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kustomize {
    /// Before every name.
    pub name_prefix: Option<String>,
    /// Behind every name.
    pub name_suffix: Option<String>,
    /// The namespace of all objects.
    pub namespace: Option<String>,
    /// Images, in the form of `kustomize edit set image`.
    pub images: Vec<String>,
    /// Labels of all objects.
    pub labels: Vec<(String, String)>,
    /// Annotations of all objects.
    pub annotations: Vec<(String, String)>,
    /// Counts of replicas by name.
    pub replicas: Vec<(String, String)>,
    /// Components that are added.
    pub components: Vec<String>,
    /// Whether patches are written in place, which are not carried here: the result differs from what will be deployed.
    pub has_patches: bool,
}
