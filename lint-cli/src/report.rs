//! What a run found, ready to be printed: the one shape that every output format reads.
//!
//! Places are resolved (lines and columns from 1, columns in characters); order is settled (file, document, rule, path);
//! nothing here knows how it will look.

use std::collections::BTreeSet;
use std::sync::Arc;

use platlint_engine::{FixSafety, Level, PatchOp, Severity};

/// One run of `platlint check`.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Digest over everything that decides, `sha256:…`.
    pub revision: String,
    /// The configuration file as the user would name it; `None` where built-in defaults were used.
    pub config: Option<String>,
    /// Counts.
    pub summary: Summary,
    /// Violations and what could not be read, in order.
    pub findings: Vec<Finding>,
    /// Rules that could not be decided, in order.
    pub undecided: Vec<Undecided>,
    /// Violations that an exemption covers, in order.
    pub exempted: Vec<Exempted>,
    /// Policies that failed; the run's exit status is 2.
    pub faults: Vec<Fault>,
    /// Images that passed without a signature, because the configuration's default allows that.
    pub allowed_images: BTreeSet<Arc<str>>,
    /// The rules of this run, by id, for formats that describe them and for remedies.
    pub rules: Vec<RuleInfo>,
}

/// Counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Files that were read.
    pub files: usize,
    /// Documents that were judged; items of a List do not count apart.
    pub documents: usize,
    /// Documents that are no manifests.
    pub skipped: usize,
    /// Findings at level error.
    pub errors: usize,
    /// Findings at level warn.
    pub warnings: usize,
    /// Findings at level audit.
    pub audits: usize,
    /// Undecided points.
    pub undecided: usize,
    /// Exempted violations.
    pub exempted: usize,
}

/// Where something stands in a file. Lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
}

/// What an object is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ObjectRef {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// The namespace; `None` where unknown, empty for cluster-scoped objects.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: Option<String>,
}

/// The spot that something is about: shared by findings, undecided points and exempted violations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The file as the user would name it: relative to the working directory, `/` between folders; `<stdin>` for standard input.
    pub file: Arc<str>,
    /// Which document of the file, from 0.
    pub document: u32,
    /// Where in the file.
    pub place: Place,
    /// JSON pointer into the document as platlint reads it; may name a missing field.
    pub path: String,
    /// The object; `None` where the document could not be read.
    pub object: Option<Arc<ObjectRef>>,
    /// Who made the object of what stands in the file; `None` where it stands there itself.
    pub origin: Option<Arc<Origin>>,
}

/// How an object that stands in no file came into being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `helm`, `kustomize`, `applicationset`, `application`, `template`.
    pub tool: Arc<str>,
    /// What it was made of: a chart's folder, the file of a template.
    pub from: Arc<str>,
    /// What tells the rendered text from others of the same tool and source.
    pub rendered: Arc<str>,
    /// The line of the rendered text, from 1.
    pub line: u32,
    /// That line, where it is not known of which line of a file it was made.
    pub excerpt: Option<String>,
}

/// One violation, or one thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: Arc<str>,
    /// What follows.
    pub level: Level,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, one sentence.
    pub message: String,
    /// Where.
    pub spot: Spot,
    /// Further places, with what they show.
    pub related: Vec<Related>,
    /// What to do; the rule's own remedy where `None`.
    pub help: Option<String>,
    /// How `platlint fix` would repair it, where that was asked for.
    pub fix: Option<Box<Fix>>,
    /// Stable across moved lines.
    pub fingerprint: Fingerprint,
}

/// How a finding would be repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Whether it is done without being asked twice.
    pub safety: FixSafety,
    /// The rule's changes at this place, as operations on the document. Other rules may change the same place too.
    pub patch: Vec<PatchOp>,
}

/// 64 bits that tell a finding from others wherever its line moves; printed as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub u64);

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl serde::Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A further place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// In another file, where it is not that of the finding.
    pub file: Option<Arc<str>>,
    /// Where.
    pub place: Place,
    /// JSON pointer; empty where it is no field.
    pub path: String,
    /// What it shows, such as `first written here`.
    pub message: String,
}

/// A rule that could not be decided somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// The rule's id.
    pub rule: Arc<str>,
    /// Why.
    pub reason: String,
    /// Where.
    pub spot: Spot,
    /// What follows: `Off` nothing.
    pub effect: Level,
}

/// A violation that an exemption covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exempted {
    /// The rule's id.
    pub rule: Arc<str>,
    /// What would have been found.
    pub message: String,
    /// Where.
    pub spot: Spot,
    /// Which exemption: `platlint.yaml:14`.
    pub by: Arc<str>,
    /// Its last day.
    pub expires: String,
}

/// A policy that failed on an object: its fault, not the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule's id.
    pub rule: Arc<str>,
    /// `compile`, `evaluation`, `budget`, `backstop`, `shape`.
    pub kind: &'static str,
    /// What happened, with the policy's file and line.
    pub message: String,
    /// The file that was judged.
    pub file: Arc<str>,
    /// Which document, from 0.
    pub document: u32,
}

/// What formats say about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its id.
    pub id: Arc<str>,
    /// One line.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// What to write instead.
    pub remedy: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// Its level in this configuration.
    pub level: Level,
    /// Address of its documentation page; empty where there is none.
    pub docs: String,
}

impl Report {
    /// The rule of this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&RuleInfo> {
        self.rules.iter().find(|rule| *rule.id == *id)
    }
}
