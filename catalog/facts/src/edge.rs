//! Edges of the graph: which thing names which other thing, where, and whether that exists.

use std::sync::Arc;

use platlint_engine::Pointer;

use crate::DocId;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// A catalog entity: `component:default/cart`.
    Entity,
    /// A software template: `template:default/service`.
    Template,
    /// An Argo CD `Application`, or one that an `ApplicationSet` would make.
    Application,
    /// An Argo CD `ApplicationSet`.
    ApplicationSet,
    /// An Argo CD `AppProject`.
    Project,
    /// A Flux `Kustomization` or `HelmRelease`.
    FluxRelease,
    /// A Flux source.
    FluxSource,
    /// A folder or file of a repository that something deploys.
    Path,
    /// A Helm chart.
    Chart,
    /// A Kubernetes workload.
    Workload,
    /// A claim or composite resource.
    Claim,
    /// A `CompositeResourceDefinition`.
    Definition,
    /// A Composition.
    Composition,
    /// A composed or other custom resource.
    Resource,
}

/// How one thing depends on another. Named as in the domain: `ownedBy`, `partOf`, `dependsOn`, `deploys`, `generates`,
/// `inProject`, `composes`, `definedBy`, `claims`, `deployedBy`, `holds`, `runsAs`.
pub type Relation = &'static str;

/// A node: its kind and the name by which others speak of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Unique within its kind: an entity reference, `namespace/name`, a path, `group/Kind/name`.
    pub name: Arc<str>,
}

/// Where an edge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// It is there.
    Exists,
    /// It is not there, and what is known is all there is.
    Missing,
    /// It is not among the files at hand; it may exist.
    Unknown,
}

/// One edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Who speaks.
    pub from: Node,
    /// How they hang together.
    pub relation: Relation,
    /// Of whom.
    pub to: Node,
    /// Whether that exists.
    pub target: Target,
    /// The object where it is written, and where in it; `None` for what the tool's conventions imply.
    pub at: Option<(DocId, Pointer)>,
}
