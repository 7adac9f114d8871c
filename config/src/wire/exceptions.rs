//! The sections `overrides`, `exemptions` and `self-service` of platlint.yaml.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::wire::LevelName;

/// A level for some rules in some places.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct OverrideEntry {
    /// Rule ids; `*` stands for any characters. A pattern does not turn on a rule that is off, its exact id does.
    #[schemars(length(min = 1), inner(length(min = 1)), example = ["*"])]
    pub rules: Vec<String>,
    /// Only in these clusters (`*` patterns allowed).
    #[schemars(length(min = 1), example = ["staging"])]
    pub clusters: Option<Vec<String>>,
    /// Only in these namespaces (`*` patterns allowed).
    #[schemars(length(min = 1), example = ["sandbox-*"])]
    pub namespaces: Option<Vec<String>>,
    /// The level there.
    pub level: LevelName,
}

/// An exception from a rule, with its reason, its owner and its end.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ExemptionEntry {
    /// Rule id; `*` stands for any characters.
    #[schemars(length(min = 1), example = &"resource-limits")]
    pub rule: String,
    /// Only objects of this kind.
    #[schemars(length(min = 1), example = &"DaemonSet")]
    pub kind: Option<String>,
    /// Only in this namespace (`*` patterns allowed).
    #[schemars(example = &"monitoring")]
    pub namespace: Option<String>,
    /// Only objects of this name (`*` patterns allowed).
    #[schemars(length(min = 1), example = &"node-exporter")]
    pub name: Option<String>,
    /// Only findings within the container of this name.
    #[schemars(length(min = 1), example = &"exporter")]
    pub container: Option<String>,
    /// Why.
    #[schemars(regex(pattern = r"\S"), example = &"kernel sampling needs burst")]
    pub reason: String,
    /// Who answers for it.
    #[schemars(regex(pattern = r"\S"), example = &"team-observability")]
    pub owner: String,
    /// The last day on which it holds (UTC), as YYYY-MM-DD.
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), example = &"2027-01-31")]
    pub expires: String,
}

/// Which rules developers may exempt their own objects from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SelfServiceEntry {
    /// Rule ids; `*` stands for any characters.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), example = ["resource-limits"])]
    pub rules: Vec<String>,
    /// An exemption may end at most so many days from now. 30 where nothing is said.
    #[schemars(range(min = 1, max = 3660), example = 30)]
    pub max_days: Option<u32>,
}
