//! The section `rules` of platlint.yaml.

use platlint_engine as engine;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How a rule is wanted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum RuleEntry {
    /// Its level.
    Level(LevelName),
    /// Its level and more.
    Settings(SettingsEntry),
}

impl RuleEntry {
    pub(crate) fn settings(&self) -> SettingsEntry {
        match self {
            Self::Level(level) => SettingsEntry { level: Some(*level), ..SettingsEntry::default() },
            Self::Settings(settings) => settings.clone(),
        }
    }
}

/// How a rule is wanted. What is not said stays as the extended configuration or the rule itself has it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SettingsEntry {
    /// What follows from a finding.
    pub level: Option<LevelName>,
    /// Whether configurations that extend this one can only tighten the rule.
    pub locked: Option<bool>,
    /// On which objects the webhook applies the rule's patches, where its level is warn or error there.
    pub mutate: Option<MutateName>,
    /// Parameters of the rule; `platlint explain RULE` lists them.
    #[schemars(example = serde_json::json!({"annotation": "owner"}))]
    pub parameters: Option<Map<String, Value>>,
    /// What follows where the rule cannot be decided.
    pub undecided: Option<UndecidedName>,
}

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LevelName {
    /// The rule does not run.
    Off,
    /// It is only reported.
    Audit,
    /// It warns, in CI and in the cluster.
    Warn,
    /// It denies, and fails CI.
    Error,
}

impl From<LevelName> for engine::Level {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::Off => Self::Off,
            LevelName::Audit => Self::Audit,
            LevelName::Warn => Self::Warn,
            LevelName::Error => Self::Error,
        }
    }
}

/// On which objects the webhook applies a rule's patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MutateName {
    /// On none.
    Off,
    /// On Pods only: templates stay as they are in Git.
    Pods,
    /// On every kind the rule matches.
    All,
}

impl From<MutateName> for engine::Mutate {
    fn from(name: MutateName) -> Self {
        match name {
            MutateName::Off => Self::Off,
            MutateName::Pods => Self::Pods,
            MutateName::All => Self::All,
        }
    }
}

/// What follows where a rule cannot be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UndecidedName {
    /// It is reported and nothing follows.
    Allow,
    /// As a warning.
    Warn,
    /// As an error.
    Error,
}

impl From<UndecidedName> for engine::UndecidedEffect {
    fn from(name: UndecidedName) -> Self {
        match name {
            UndecidedName::Allow => Self::Allow,
            UndecidedName::Warn => Self::Warn,
            UndecidedName::Error => Self::Error,
        }
    }
}
