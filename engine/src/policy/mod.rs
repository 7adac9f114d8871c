//! Rules: what is known of them before they run ([`RuleMeta`]), how this configuration wants them ([`RuleSettings`]),
//! and their compiled code.

mod calls;
mod conftest;
mod dialect;
mod entry;
mod fix;
mod hoist;
pub(crate) mod interpreter;
mod lean;
mod matcher;
pub(crate) mod native;
mod nesting;
pub(crate) mod outcome;
mod prepared;
mod program;
mod recursion;

use std::sync::Arc;

use regorus::Value;

pub use conftest::ConftestPackage;
pub use dialect::{Dialect, DialectViolation, violations};
pub use fix::{FixSafety, Mutate};
pub use interpreter::interpret;
pub use matcher::{KindPattern, Match};
pub use native::{NativePolicy, Part};
pub use nesting::too_deep;
pub use outcome::{Outcome, RawFinding, RawUndecided};
pub use prepared::Prepared;
pub use program::{CompileError, Module, check, rule_names};

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The rule does not run.
    Off,
    /// It is only reported.
    Audit,
    /// It warns, in CI and in the cluster.
    Warn,
    /// It denies, and fails CI.
    Error,
}

impl Level {
    /// As written in configuration and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Audit => "audit",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// How bad a violation is, whatever follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Cosmetic or advisory.
    Low,
    /// Harms operations.
    Medium,
    /// Harms security or other teams.
    High,
    /// Exposes the platform.
    Critical,
}

impl Severity {
    /// As written in metadata and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What follows where a rule cannot be decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UndecidedEffect {
    /// It is reported and nothing follows.
    #[default]
    Allow,
    /// As a warning.
    Warn,
    /// As an error.
    Error,
}

impl UndecidedEffect {
    /// The level a finding of this effect would have, but never above the rule's own.
    #[must_use]
    pub fn level(self, rule: Level) -> Level {
        match self {
            Self::Allow => Level::Off,
            Self::Warn => Level::Warn.min(rule),
            Self::Error => Level::Error.min(rule),
        }
    }
}

/// What must be known for a rule to be decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Requirement {
    /// The namespace. Without it the rule is not decided.
    Namespace,
    /// Who asks. Without it the rule is not decided.
    User,
    /// The object before an update. Without it the rule is not decided.
    OldObject,
    /// Signatures of the images, gathered beforehand; the rule judges what was found.
    ImageSignatures,
    /// What tags of images point at, gathered and verified beforehand; only the rule's patches look at it.
    ImagePins,
    /// Catalog entities, gathered beforehand.
    Catalog,
    /// What platform files say of the object (`input.platform`), gathered beforehand. Without it the rule is not decided.
    Platform,
    /// Other objects of this API version and kind, gathered beforehand.
    Inventory {
        /// `v1`, `apps/v1`.
        api_version: Arc<str>,
        /// `LimitRange`.
        kind: Arc<str>,
        /// The rule's patches alone look at them: nothing that is judged waits for them.
        only_for_patches: bool,
    },
}

/// What a rule says of itself: its `# METADATA`.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct RuleMeta {
    /// The folder's name, unique and never reused.
    pub id: Arc<str>,
    /// The folder above it.
    pub category: Arc<str>,
    /// One line.
    pub title: String,
    /// Why it matters; Markdown.
    pub description: String,
    /// What to write instead.
    pub remedy: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// The level where the configuration gives none.
    pub level: Level,
    /// What follows where it cannot be decided and the configuration says nothing of that.
    pub undecided: UndecidedEffect,
    /// Which reviews it judges.
    pub matches: Match,
    /// It also judges the kinds that the configuration names under `images.fields`; [`crate::PolicySet::with_image_fields`]
    /// adds them to `matches`.
    pub matches_image_fields: bool,
    /// What must be known.
    pub requires: Vec<Requirement>,
    /// Codes of problems in `input.platform` that the rule speaks of; empty: it is no such rule. It is asked only where one
    /// of them was noted, as a problem or as unknown, and where `input.platform` is not known it is not decided.
    pub problems: Vec<Arc<str>>,
    /// Words of `input.platform.settled`: where one of them was noted of an object, the rule with its default parameters has
    /// nothing to say of it and is not asked. Without effect beside `problems`.
    pub settled: Vec<Arc<str>>,
    /// JSON Schema of its parameters.
    #[serde(with = "prepared::as_text")]
    pub parameters: Option<serde_json::Value>,
    /// Whether `platlint fix` writes its patches into files; `None`: never.
    pub fix: Option<FixSafety>,
    /// Pairs of bad and good.
    pub examples: Vec<Example>,
    /// Links.
    pub related_resources: Vec<RelatedResource>,
    /// Where it comes from: a file as users name it, or `builtin`.
    pub origin: Arc<str>,
}

/// One example of a rule's documentation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// YAML that violates the rule.
    #[serde(default)]
    pub bad: String,
    /// YAML that follows it.
    #[serde(default)]
    pub good: String,
}

/// A link of a rule's documentation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RelatedResource {
    /// Address.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What stands there.
    #[serde(default)]
    pub description: String,
}

/// How a configuration wants a rule.
#[derive(Debug, Clone)]
pub struct RuleSettings {
    /// Its level before overrides.
    pub level: Level,
    /// What follows where it cannot be decided.
    pub undecided: UndecidedEffect,
    /// The configuration says so itself, not the rule's metadata.
    pub is_undecided_configured: bool,
    /// Its parameters, defaults filled in.
    pub parameters: Value,
    /// A configuration gives it parameters: they may give it more to say, so that nothing is settled.
    pub is_given_parameters: bool,
    /// On which objects the webhook applies its patches.
    pub mutate: Mutate,
    /// A configuration that extends this one can only tighten it.
    pub locked: bool,
    /// Why it does not run although its level says so: a notice for the user, once per run.
    pub inactive: Option<String>,
}

/// A rule with its settings and its code.
#[derive(Debug)]
pub struct Rule {
    /// What it says of itself.
    pub meta: RuleMeta,
    /// How it is wanted here.
    pub settings: RuleSettings,
    /// Its code.
    pub code: Code,
}

/// The code of a rule, in its dialect.
#[derive(Debug)]
pub enum Code {
    /// platlint's own form.
    Native(NativePolicy),
    /// A package as Conftest runs it.
    Conftest(ConftestPackage),
}

impl Code {
    /// Whether it defines `patch`.
    pub fn patches(&self) -> bool {
        match self {
            Self::Native(policy) => policy.patches(),
            Self::Conftest(_) => false,
        }
    }
}

impl RuleMeta {
    /// Whether it looks at `input.platform`.
    #[must_use]
    pub fn wants_platform(&self) -> bool {
        !self.problems.is_empty() || self.requires.contains(&Requirement::Platform)
    }
}

impl Rule {
    /// Whether any level above off is possible.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.settings.inactive.is_none()
    }

    /// Whether it proposes changes. What speaks of other files, or of kinds that nobody named, never does.
    pub fn patches(&self) -> bool {
        self.meta.problems.is_empty() && !self.meta.matches.custom_resources && self.code.patches()
    }

    /// Compiles the code now, where it is otherwise compiled on first need.
    pub fn compile(&self) -> Result<(), CompileError> {
        match &self.code {
            Code::Native(policy) => {
                policy.compiled(Part::Judging).map_err(Clone::clone)?;
                policy.compiled(Part::Patching).map(|_| ()).map_err(Clone::clone)
            }
            Code::Conftest(package) => package.compiled().map(|_| ()).map_err(Clone::clone),
        }
    }
}
