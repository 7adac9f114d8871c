//! What a judge does about the documents around the one it judges.

use std::borrow::Cow;
use std::sync::Arc;

use platlint_catalog::Platform;
use platlint_engine::{Evaluator, Facts, Gvk, PolicySet, Review};
use platlint_facts::Doc;

/// What is asked of the documents around.
#[derive(Clone, Copy)]
pub(crate) enum Around<'p> {
    /// Nothing: no rule wants to know.
    Silent,
    /// Documents that tell something of others are gathered, and those that wait for it are not judged yet.
    Gathered {
        /// All documents, whether or not they tell something.
        all: bool,
        /// Whether rules are told what the catalog holds.
        catalog: bool,
        /// Whether custom resource definitions are read.
        definitions: bool,
    },
    /// What they say is known.
    Known(&'p Platform),
}

impl Around<'_> {
    /// Whether a document of this kind is gathered.
    pub(crate) fn gathers(self, kind: &Gvk) -> bool {
        match self {
            Self::Gathered { all, .. } => all || platlint_catalog::concerns(kind),
            Self::Silent | Self::Known(_) => false,
        }
    }

    /// Whether rules are told what the catalog holds.
    pub(crate) const fn knows_catalog(self) -> bool {
        matches!(self, Self::Gathered { catalog: true, .. })
    }

    /// Whether custom resource definitions are left unread for now.
    pub(crate) const fn leaves_definitions(self) -> bool {
        matches!(self, Self::Gathered { all: false, definitions: false, .. })
    }

    /// Whether rules wait for what is being gathered.
    pub(crate) fn is_awaited(self, set: &PolicySet, review: &Review) -> bool {
        match self {
            Self::Gathered { catalog, .. } => {
                platlint_catalog::asks(set, review) || (catalog && set.needs(review).catalog)
            }
            Self::Silent | Self::Known(_) => false,
        }
    }

    /// Whether it is known already that no rule has anything to say of an object: nothing was noted that any of them minds, and
    /// what others judge is settled.
    pub(crate) fn is_at_rest(self, evaluator: &Evaluator, facts: &Facts, review: &Review, doc: &Doc) -> bool {
        let Self::Known(platform) = self else { return false };
        if evaluator.is_asked_anyway(review) || !platlint_catalog::asks(evaluator.set(), review) {
            return false;
        }
        let codes = platform.codes(doc);
        codes.is_some_and(|codes| evaluator.is_left_alone(review, &facts.clone().with_platform(codes)))
    }

    /// The facts with what is known of the object.
    pub(crate) fn tell<'f>(
        self,
        set: &PolicySet,
        facts: Cow<'f, Facts>,
        review: &Review,
        doc: impl FnOnce() -> Arc<Doc>,
    ) -> Cow<'f, Facts> {
        match self {
            Self::Known(platform) if platlint_catalog::asks(set, review) => {
                Cow::Owned(facts.into_owned().with_platform(platform.facts(&doc())))
            }
            _ => facts,
        }
    }
}
