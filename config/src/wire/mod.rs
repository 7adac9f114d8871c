//! The shape of platlint.yaml: what `platlint config schema` publishes and what the loader reads.
//!
//! Only the shape is here. What names mean (rule ids, paths, dates) is checked by those who use them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

mod exceptions;
mod images;
mod platform;
mod rules;

pub(crate) use exceptions::{ExemptionEntry, OverrideEntry, SelfServiceEntry};
pub(crate) use images::{
    AttestationEntry, AuthorityEntry, DefaultEntry, DistinctName, FormatName, ImageFieldEntry, ImageRuleEntry,
    ImagesEntry, KeylessEntry, PlainHttpEntry, RegistryEntry, RequireEntry, RequireName, RevokedEntry, StaticName,
    TransparencyName,
};
pub(crate) use platform::{AllowName, ArgocdEntry, CatalogEntry, RenderEntry, TemplatesEntry};
pub(crate) use rules::{LevelName, RuleEntry, SettingsEntry};

/// The configuration of platlint: which policies hold, at which level, with which exceptions. One file for CI and
/// cluster.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "platlint.yaml")]
pub(crate) struct ConfigFile {
    /// Version of this format.
    #[schemars(range(min = 1, max = 1), example = 1)]
    pub version: u32,
    /// Configurations that this one builds upon: paths of folders with a platlint.yaml, or of files, relative to this
    /// one. What they lock can only be tightened here.
    #[schemars(example = &"../platform")]
    pub extends: Option<OneOrMany>,
    /// Where policies come from. `[builtin]` where nothing is said and nothing is extended.
    #[schemars(example = serde_json::json!(["builtin", {"path": "policies/"}]))]
    pub policies: Option<Vec<PolicyEntry>>,
    /// Levels, parameters and locks by rule id; `*` stands for all rules and is overruled by a rule's own entry.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"resource-limits": "error"}))]
    pub rules: BTreeMap<String, RuleEntry>,
    /// Levels for some rules in some clusters or namespaces, for staged roll-outs. The first that matches decides.
    #[serde(default)]
    pub overrides: Vec<OverrideEntry>,
    /// Exceptions of the platform: an object and all that its controllers make of it.
    #[serde(default)]
    pub exemptions: Vec<ExemptionEntry>,
    /// Which rules developers may exempt their own objects from.
    pub self_service: Option<SelfServiceEntry>,
    /// Who may sign which images.
    pub images: Option<ImagesEntry>,
    /// The namespace of documents that name none, by file. The first that matches decides.
    #[serde(default)]
    pub namespaces: Vec<NamespaceEntry>,
    /// Which files are read.
    #[serde(default)]
    pub files: FilesEntry,
    /// Folders or files with CRDs and XRDs beyond those in the input, relative to this file.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), example = ["crds/"])]
    pub schemas: Vec<String>,
    /// What is known of the Backstage catalog.
    #[serde(default)]
    pub catalog: CatalogEntry,
    /// Which folder is the checkout of a repository, by its address, relative to this file.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"https://git.example/org/platform-config": "."}))]
    pub repositories: BTreeMap<String, String>,
    /// What the installation adds to software templates.
    #[serde(default)]
    pub templates: TemplatesEntry,
    /// What is known of Argo CD.
    #[serde(default)]
    pub argocd: ArgocdEntry,
    /// How charts and kustomizations are rendered.
    #[serde(default)]
    pub render: RenderEntry,
}

/// One text or several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    /// One.
    One(#[schemars(length(min = 1))] String),
    /// Several, later ones on top of earlier ones.
    Many(#[schemars(inner(length(min = 1)))] Vec<String>),
}

impl OneOrMany {
    pub(crate) fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Policies from one place.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum PolicyEntry {
    /// The policies platlint brings along.
    Builtin(BuiltinName),
    /// A folder of policies.
    Folder(FolderEntry),
}

/// The policies platlint brings along.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BuiltinName {
    /// The policies platlint brings along.
    Builtin,
}

/// A folder of policies.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FolderEntry {
    /// The folder, relative to this file.
    #[schemars(length(min = 1), example = &"policies/")]
    pub path: String,
    /// How the policies are written.
    #[serde(default)]
    pub dialect: DialectName,
    /// For `conftest`: the packages to evaluate; `*` stands for every package with rules. `[main]` where nothing is said.
    #[schemars(length(min = 1), inner(length(min = 1)), example = ["main"])]
    pub namespaces: Option<Vec<String>>,
}

/// How policies are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DialectName {
    /// platlint's own form: rules `deny` and `undecided` with paths, and metadata.
    #[default]
    Native,
    /// Packages as Conftest runs them.
    Conftest,
    /// Constraint templates of Gatekeeper.
    Gatekeeper,
}

/// The namespace of documents that name none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct NamespaceEntry {
    /// Files, as a glob relative to the configuration that was started with.
    #[schemars(length(min = 1), example = &"envs/prod-secure-eu/**")]
    pub files: String,
    /// Their namespace.
    #[schemars(length(min = 1), example = &"prod-secure-eu")]
    pub namespace: String,
}

/// Which files are read.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FilesEntry {
    /// Globs of files that are not read, relative to the configuration that was started with.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), example = ["**/testdata/**"])]
    pub exclude: Vec<String>,
}
