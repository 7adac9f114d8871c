//! Mutation: what the rules' `patch` results make of an object.

pub(crate) mod edit;
pub(crate) mod patch;

use std::sync::Arc;

use regorus::Value;

use crate::Evaluator;
use crate::facts::Facts;
use crate::mutation::edit::EditOp;
use crate::mutation::patch::PatchOp;
use crate::pointer::Pointer;
use crate::review::Review;
use crate::verdict::PolicyFault;

/// Whose patches are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MutationScope {
    /// The webhook: rules whose setting `mutate` covers the object, at level warn or error here.
    Cluster,
    /// `platlint fix`: rules whose metadata say `fix`, at a level above off here.
    Fix {
        /// Also those that say `fix: unsafe`.
        unsafe_too: bool,
    },
}

/// What the rules make of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// The object after.
    pub object: Value,
    /// From the object as it came to `object`, minimal; empty where nothing changed.
    pub patch: Vec<PatchOp>,
    /// Who changed what, in the order it was done.
    pub changes: Vec<Change>,
    /// Rules that failed. They contribute nothing.
    pub faults: Vec<PolicyFault>,
    /// How often the rules were asked; the last round changed nothing, unless there are faults.
    pub rounds: u32,
}

/// One edit of one rule that changed the object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The rule's id.
    pub rule: Arc<str>,
    /// Where, in the object as the rule saw it.
    pub path: Pointer,
    /// What it did there.
    pub op: EditOp,
}

impl Evaluator {
    /// What the rules make of the object of a review.
    pub fn mutate(&mut self, review: &Review, _facts: &Facts, _scope: MutationScope) -> Mutation {
        Mutation {
            object: review.object.clone(),
            patch: Vec::new(),
            changes: Vec::new(),
            faults: Vec::new(),
            rounds: 0,
        }
    }
}
