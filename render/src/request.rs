//! What is to be rendered.

use std::path::PathBuf;
use std::sync::Arc;

use platlint_facts::LineOrigin;

/// One thing to render once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Request {
    /// A chart.
    Helm(HelmRequest),
    /// A kustomization.
    Kustomize(KustomizeRequest),
}

/// The program that renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Helm.
    Helm,
    /// Kustomize.
    Kustomize,
}

impl Tool {
    /// As in `maker.tool`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Helm => "helm",
            Self::Kustomize => "kustomize",
        }
    }
}

/// A chart or kustomization that was found among the input, and how often it is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What renders it.
    pub tool: Tool,
    /// Its folder, absolute.
    pub folder: PathBuf,
    /// How it is to be rendered, at least once.
    pub requests: Vec<Request>,
}

/// A chart with what it is given. As an Argo CD Application or a Flux `HelmRelease` gives it: values first, each over the
/// one before, then parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct HelmRequest {
    /// The chart's folder, absolute.
    pub chart: PathBuf,
    /// The release's name; made of the chart's where `None`.
    pub release: Option<String>,
    /// The namespace; unknown where `None` (the chart is then told `default`).
    pub namespace: Option<String>,
    /// Values beside the chart's own `values.yaml`, later ones over earlier ones.
    pub values: Vec<Values>,
    /// Single values.
    pub parameters: Vec<Parameter>,
    /// The Kubernetes version; that of the settings where `None`.
    pub kube_version: Option<String>,
    /// Further API versions that the cluster has, as in `monitoring.coreos.com/v1`.
    pub api_versions: Vec<String>,
    /// Whether the chart's `crds/` are left out.
    pub skip_crds: bool,
}

/// Where values come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Values {
    /// A file, absolute.
    File(PathBuf),
    /// Text of another document, as in `spec.source.helm.values`.
    Text {
        /// YAML or JSON.
        text: Arc<str>,
        /// Where to point for what is set here.
        at: Option<LineOrigin>,
    },
}

/// One value by its path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// As in `image.tag`.
    pub name: String,
    /// The value, or the path of a file relative to the chart.
    pub value: String,
    /// How the value is read.
    pub kind: ParameterKind,
}

/// How a parameter's value is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ParameterKind {
    /// As `--set` does: numbers and booleans are such.
    #[default]
    Typed,
    /// Always text.
    Text,
    /// The content of a file.
    File,
}

/// A kustomization with what is laid over it. As an Argo CD Application or a Flux Kustomization does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct KustomizeRequest {
    /// The kustomization's folder, absolute.
    pub folder: PathBuf,
    /// The namespace that all objects get; they keep their own where `None`.
    pub namespace: Option<String>,
    /// The namespace where objects land that name none; unknown where both are `None`.
    pub default_namespace: Option<String>,
    /// Put before every name.
    pub name_prefix: Option<String>,
    /// Put behind every name.
    pub name_suffix: Option<String>,
    /// Labels of all objects.
    pub labels: Vec<(String, String)>,
    /// Annotations of all objects.
    pub annotations: Vec<(String, String)>,
    /// Images to replace.
    pub images: Vec<Image>,
    /// Replica counts by name.
    pub replicas: Vec<(String, u32)>,
    /// Patches, each the YAML of an entry of `patches`.
    pub patches: Vec<Arc<str>>,
    /// Folders of components, absolute.
    pub components: Vec<PathBuf>,
}

/// Another name, tag or digest for an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Image {
    /// The name that objects use.
    pub name: String,
    /// The name instead.
    pub new_name: Option<String>,
    /// The tag instead.
    pub new_tag: Option<String>,
    /// The digest instead.
    pub digest: Option<String>,
}
