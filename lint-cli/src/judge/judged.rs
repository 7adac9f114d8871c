//! What is asked of a document, and what it gave.

use std::collections::BTreeSet;
use std::sync::Arc;

use platlint_catalog::Digested;
use platlint_engine::{ImageUse, Review};
use platlint_facts::Doc;

use crate::report::{Exempted, Fault, Finding, Spot, Undecided};

/// What one document gave.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub findings: Vec<Finding>,
    pub undecided: Vec<Undecided>,
    pub exempted: Vec<Exempted>,
    pub faults: Vec<Fault>,
    /// Whether it was a manifest.
    pub outcome: Outcome,
    /// Reviews that other documents' rules may want to see, and of which kinds they are.
    pub kept: Vec<Review>,
    pub kept_kinds: KindSet,
    /// Kinds of objects that its rules asked for, which may still turn up.
    pub wants: KindSet,
    /// Documents that tell something of others.
    pub docs: Vec<Digested>,
    /// Groups of its objects about which rules must know what other documents say before they can judge them.
    pub awaits_platform: BTreeSet<Arc<str>>,
    /// Those objects.
    pub waiting: Vec<Waiting>,
    /// The group of a custom resource definition that was not read: few are needed, and they are most of many inputs.
    pub definition_of: Option<Arc<str>>,
    /// Images that must be looked up before it can be judged; or all it names, where only that was asked.
    pub images: Vec<NamedImage>,
    /// Whether an object waits for images alone, and so is not among those that wait for what other documents say.
    pub awaits_images: bool,
    /// Images that pass without a signature, because the configuration's default allows that.
    pub allowed: Vec<Arc<str>>,
}

/// An object that waits for what other documents say.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub review: Review,
    pub doc: Arc<Doc>,
}

/// An image where a document names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedImage {
    pub image: ImageUse,
    /// Where only images are asked for.
    pub spot: Option<Spot>,
}

/// What is asked of a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Asked {
    /// What rules say. Where they wait for images that are still to be looked up, those instead.
    #[default]
    VerdictOrImages,
    /// What rules say, with what is known.
    Verdict,
    /// The same, and how each finding would be fixed.
    VerdictWithFixes,
    /// Which images it names, whatever the rules.
    Images,
}

/// A set of inventory kinds, by their place among all that the rules name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KindSet(u64);

impl KindSet {
    /// Adds a kind. Beyond the 63rd all share one place: documents may then be judged again for nothing, never too seldom.
    pub(super) fn insert(&mut self, place: usize) {
        self.0 |= 1 << place.min(63);
    }

    /// All kinds of both.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether some kind is in both.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What became of a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was judged.
    Judged,
    /// It is no manifest.
    #[default]
    Skipped,
    /// It could not be read.
    Unreadable,
}
