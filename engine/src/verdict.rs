//! The answer to a review.

use std::sync::Arc;

use crate::pointer::Pointer;
use crate::policy::{Level, Severity};

/// Everything a policy set says of one review. Sorted, so that equal reviews give equal verdicts byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Violations.
    pub findings: Vec<Finding>,
    /// Violations that an update did not bring: the object had them before, at the same place with the same value.
    pub preexisting: Vec<Finding>,
    /// Rules that could not be decided, with the reason.
    pub undecided: Vec<Undecided>,
    /// Violations that an exemption covers.
    pub exempted: Vec<Exempted>,
    /// Rules that failed to evaluate: never a pass.
    pub faults: Vec<PolicyFault>,
}

/// One violation of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule's id.
    pub rule: Arc<str>,
    /// Where in the object. May name a field that is missing.
    pub path: Pointer,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What follows: deny, warn or only report.
    pub level: Level,
    /// How bad it is.
    pub severity: Severity,
    /// Further places that belong to it.
    pub related: Vec<Related>,
    /// The part of the field's text that is meant, where the rule says so: a place in a file is narrowed to it.
    pub text: Option<Arc<str>>,
}

/// A further place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Related {
    /// In the same object.
    Here(Pointer),
    /// In another document, as the facts named it.
    Elsewhere {
        /// The file, as the user would name it.
        file: Arc<str>,
        /// Which document of the file, from 0.
        document: u32,
        /// The object in the document: the root, or an item of a List.
        at: Pointer,
        /// Where in the object.
        path: Pointer,
        /// What stands there.
        message: Option<Arc<str>>,
    },
    /// A line of a file that may have no structure, as the facts named it.
    Line {
        /// The file, as the user would name it.
        file: Arc<str>,
        /// From 1.
        line: u32,
        /// What stands there.
        message: Option<Arc<str>>,
    },
}

/// A rule that needs what is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided {
    /// The rule's id.
    pub rule: Arc<str>,
    /// Where in the object.
    pub path: Pointer,
    /// What is missing.
    pub reason: String,
    /// The part of the field's text that is meant, where the rule says so.
    pub text: Option<Arc<str>>,
    /// What follows: `Off` nothing, else as a finding of that level.
    pub effect: Level,
}

/// A violation that an exemption covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exempted {
    /// What would have been found.
    pub finding: Finding,
    /// Which exemption: its place in the configuration, or where on the object it stands.
    pub by: Arc<str>,
    /// Its last day, `YYYY-MM-DD`, UTC.
    pub expires: String,
}

/// A rule that failed. The policy's fault or the machine's, never the user's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyFault {
    /// The rule's id.
    pub rule: Arc<str>,
    /// The rule's level, which decides what follows in the webhook.
    pub level: Level,
    /// What kind of fault.
    pub kind: PolicyFaultKind,
    /// What happened, with the policy's file and line where they are known.
    pub message: String,
}

/// Kinds of [`PolicyFault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyFaultKind {
    /// The policy does not compile.
    Compile,
    /// A built-in failed, or definitions conflict.
    Evaluation,
    /// The instruction budget is used up.
    Budget,
    /// The wall-clock backstop was hit: a fault of the machine or of the policy; trying again may help.
    Backstop,
    /// A result of another shape than the contract's.
    Shape,
    /// Changes that contradict those of another rule, or that never come to rest.
    Conflict,
}

impl PolicyFaultKind {
    /// As metrics and JSON name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compile => "compile",
            Self::Evaluation => "evaluation",
            Self::Budget => "budget",
            Self::Backstop => "backstop",
            Self::Shape => "shape",
            Self::Conflict => "conflict",
        }
    }
}

impl Verdict {
    pub(crate) fn sort(&mut self) {
        self.findings.sort();
        self.preexisting.sort();
        self.undecided.sort();
        self.exempted.sort();
        self.faults.sort();
    }
}
