//! The sections `catalog`, `templates`, `argocd` and `render` of platlint.yaml: what an installation of the platform has that
//! does not stand in the files of a repository.

use schemars::JsonSchema;
use serde::Deserialize;

/// What is known of the Backstage catalog.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CatalogEntry {
    /// Files or folders with catalog entities, relative to this file: YAML, or what the catalog's API answers. With them,
    /// an entity that is named nowhere does not exist; without, nobody knows.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), example = ["catalog-snapshot.json"])]
    pub entities: Vec<String>,
}

/// What the installation adds to software templates.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TemplatesEntry {
    /// Files with the actions of the installation, as its scaffolder lists them, relative to this file. With them, an
    /// action that is named nowhere does not exist.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), example = ["scaffolder-actions.json"])]
    pub actions: Vec<String>,
    /// Names of filters that the installation adds.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), example = ["toTeamName"])]
    pub filters: Vec<String>,
}

/// What is known of Argo CD.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ArgocdEntry {
    /// Files with the clusters that Argo CD knows, relative to this file: their Secrets without what is secret, or maps with
    /// `name`, `server` and `metadata`.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), example = ["clusters.yaml"])]
    pub clusters: Vec<String>,
}

/// How charts and kustomizations are rendered.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RenderEntry {
    /// `auto`: the `helm` that is installed. `off`: charts are not rendered. Else a program's absolute path, not below this
    /// file's folder, the working directory, or their repositories.
    #[schemars(length(min = 1), example = &"auto")]
    pub helm: Option<String>,
    /// `auto`: the `kustomize` or `kubectl` that is installed. `off`: kustomizations are not rendered. Else a program's
    /// absolute path, not below this file's folder, the working directory, or their repositories.
    #[schemars(length(min = 1), example = &"auto")]
    pub kustomize: Option<String>,
    /// The Kubernetes version that charts are told.
    #[schemars(length(min = 1), example = &"1.33")]
    pub kube_version: Option<String>,
    /// With what charts are rendered. Of several entries that name a chart the first counts.
    #[serde(default)]
    pub charts: Vec<ChartEntry>,
    /// What rendering may do that reaches beyond the files at hand. A configuration that extends others can only take from
    /// what those allow.
    #[schemars(example = serde_json::json!(["remote-bases"]))]
    pub allow: Option<Vec<AllowName>>,
}

/// With what some charts are rendered.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ChartEntry {
    /// Folders of charts, as a glob relative to this file.
    #[schemars(length(min = 1), example = &"charts/*")]
    pub path: String,
    /// Sets of values files, relative to the chart's folder. The chart is rendered once with each.
    #[serde(default)]
    #[schemars(inner(inner(length(min = 1))), example = serde_json::json!([["values.yaml"], ["values.yaml", "values-prod.yaml"]]))]
    pub values: Vec<Vec<String>>,
    /// The namespace of the release.
    #[schemars(length(min = 1), example = &"shop")]
    pub namespace: Option<String>,
    /// The name of the release.
    #[schemars(length(min = 1), example = &"shop")]
    pub release: Option<String>,
}

/// What rendering may do beyond the files at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AllowName {
    /// Kustomize may fetch bases and files from addresses and repositories.
    RemoteBases,
    /// Kustomize may render Helm charts and run plugins in containers.
    Plugins,
    /// Kustomize may run programs that a kustomization names.
    Exec,
    /// Helm may download what a chart depends on.
    DependencyDownloads,
}

impl AllowName {
    /// As written.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::RemoteBases => "remote-bases",
            Self::Plugins => "plugins",
            Self::Exec => "exec",
            Self::DependencyDownloads => "dependency-downloads",
        }
    }
}
