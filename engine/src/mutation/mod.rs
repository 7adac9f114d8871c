//! Mutation: what the rules' `patch` results make of an object.
//!
//! Every edit is addressed to the object as the rule saw it ([`edit`]); of those that contradict each other only one rule's
//! are done ([`plan`], [`apply`]). Then the rules see the new object, round by round, until none changes anything more:
//! so that a second mutation changes nothing. What comes out is the difference as a JSON patch ([`diff`], [`patch`]).
//!
//! A rule at fault contributes nothing: had it contributed in an earlier round, everything is done again without it. Where
//! rules contradict each other, mutation is idempotent only as far as the faults it reports stay; that is the policies'
//! fault, and they are to be repaired.
//!
//! Not changed are: places that an exemption covers, Pods that mirror a file of a node, objects that are being deleted, and
//! fields that the API server lets nobody change ([`fixed`]). Who asks for a mutation, and what is done with it, is decided
//! elsewhere.

mod apply;
mod diff;
pub(crate) mod edit;
mod fixed;
pub(crate) mod patch;
mod plan;

use std::collections::BTreeSet;
use std::sync::Arc;

use regorus::Value;

use crate::covering::Covering;
use crate::decide::{sees, unmet};
use crate::evaluator::Evaluator;
use crate::facts::Facts;
use crate::mutation::edit::EditOp;
use crate::mutation::patch::PatchOp;
use crate::mutation::plan::{Wish, plan};
use crate::pointer::Pointer;
use crate::policy::outcome::Failure;
use crate::policy::{FixSafety, Level, Part, Rule};
use crate::review::{Operation, Review};
use crate::set::PolicySet;
use crate::value::get_path;
use crate::verdict::{PolicyFault, PolicyFaultKind};

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
    /// Rules that failed, sorted. They contribute nothing.
    pub faults: Vec<PolicyFault>,
    /// How often the rules were asked in the end; the last round changed nothing. 0 where no rule had anything to say.
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

/// A round lets a rule see what others did. Two or three are usual; rules that still change the object in the last one
/// undo each other.
const MAX_ROUNDS: u32 = 8;

/// Pods with this annotation mirror a file on a node; the kubelet owns them and the API server refuses their change.
const MIRROR: &str = "kubernetes.io/config.mirror";

impl Evaluator {
    /// What the rules make of the object of a review. `facts` hold what [`PolicySet::needs`] asked for, as far as it is
    /// known. Where nothing changes, the object is shared and not copied.
    pub fn mutate(&mut self, review: &Review, facts: &Facts, scope: MutationScope) -> Mutation {
        let set = self.shared_set().clone();
        let asked = asked(&set, review, facts, scope);
        let unchanged = || Mutation {
            object: review.object.clone(),
            patch: Vec::new(),
            changes: Vec::new(),
            faults: Vec::new(),
            rounds: 0,
        };
        if asked.is_empty() {
            return unchanged();
        }
        let (covering, _) = Covering::of(&set, review);
        let mut run =
            Run { evaluator: self, review, facts, scope, asked, covering, faults: Vec::new(), out: BTreeSet::new() };
        let (object, done, rounds) = loop {
            if let Some(settled) = run.settle() {
                break settled;
            }
        };
        let mut faults = run.faults;
        faults.sort();
        let patch = diff::diff(&review.object, &object);
        // A patch that does not apply makes the API server refuse the request, whatever is configured.
        match patch::apply(&patch, &review.object) {
            Ok(again) if again == object => {
                let changes = done.into_iter().map(|(rule, op, path)| Change { rule, path, op }).collect();
                Mutation { object, patch, changes, faults, rounds }
            }
            other => {
                let why = other.err().map_or_else(String::new, |error| format!(": {error}"));
                faults.extend(done.first().map(|(rule, ..)| PolicyFault {
                    rule: rule.clone(),
                    level: Level::Error,
                    kind: PolicyFaultKind::Conflict,
                    message: format!("the changes cannot be written as a JSON patch{why}"),
                }));
                Mutation { faults, ..unchanged() }
            }
        }
    }
}

/// The rules whose patches are asked for, with their levels here.
fn asked(set: &PolicySet, review: &Review, facts: &Facts, scope: MutationScope) -> Vec<(usize, Level)> {
    if !is_open(review) {
        return Vec::new();
    }
    set.matching(review)
        .filter(|(_, rule, level)| in_scope(rule, *level, review, scope) && rule.patches())
        .filter(|(_, rule, _)| sees(rule, review) && unmet(rule, review, facts).is_none())
        .map(|(position, _, level)| (position, level))
        .collect()
}

/// Whether the object may be changed at all.
fn is_open(review: &Review) -> bool {
    matches!(review.operation, Operation::Create | Operation::Update)
        && get_path(&review.object, &["metadata", "annotations", MIRROR]).is_none()
        && !review.is_being_deleted()
}

fn in_scope(rule: &Rule, level: Level, review: &Review, scope: MutationScope) -> bool {
    match scope {
        MutationScope::Cluster => level >= Level::Warn && rule.settings.mutate.covers(&review.kind),
        MutationScope::Fix { unsafe_too } => match rule.meta.fix {
            Some(FixSafety::Safe) => true,
            Some(FixSafety::Unsafe) => unsafe_too,
            None => false,
        },
    }
}

/// What was done: rule, operation, path.
type Done = Vec<(Arc<str>, EditOp, Pointer)>;

/// A mutation on its way.
struct Run<'r> {
    evaluator: &'r mut Evaluator,
    review: &'r Review,
    facts: &'r Facts,
    scope: MutationScope,
    asked: Vec<(usize, Level)>,
    covering: Covering<'r>,
    faults: Vec<PolicyFault>,
    /// Rules at fault, by position: they are asked no more.
    out: BTreeSet<usize>,
}

impl Run<'_> {
    /// Rounds from the object as it came until nothing changes; `None` where a rule that had contributed turned out to be
    /// at fault, which leaves one rule less to ask.
    fn settle(&mut self) -> Option<(Value, Done, u32)> {
        let mut object = self.review.object.clone();
        let mut done = Done::new();
        let mut contributed: BTreeSet<usize> = BTreeSet::new();
        // Who changed anything in the later half: all of a circle of rules, not only the last one.
        let mut restless: BTreeSet<usize> = BTreeSet::new();
        for round in 1..=MAX_ROUNDS {
            let wishes = self.wishes(&object);
            let plan = plan(wishes, &object);
            for (position, failure) in plan.failures {
                self.fail(position, failure);
            }
            if contributed.iter().any(|position| self.out.contains(position)) {
                return None;
            }
            let changed = apply::apply(&plan.edits, &mut object);
            if changed.is_empty() {
                return Some((object, done, round));
            }
            let set = self.evaluator.shared_set();
            for (position, edit) in &changed {
                let rule = set.rules().get(*position).map(|rule| rule.meta.id.clone()).unwrap_or_default();
                done.push((rule, edit.op, edit.path.clone()));
            }
            let changers: BTreeSet<usize> = changed.iter().map(|(position, _)| *position).collect();
            contributed.extend(&changers);
            if round > MAX_ROUNDS / 2 {
                restless.extend(changers);
            }
        }
        for position in restless {
            let message =
                format!("patch: after {MAX_ROUNDS} rounds the object still changes, and this rule changes it");
            self.fail(position, Failure { kind: PolicyFaultKind::Conflict, message });
        }
        None
    }

    /// What the rules want of the object as it is now. Rules that fail are put out.
    fn wishes(&mut self, object: &Value) -> Vec<Wish> {
        let set = self.evaluator.shared_set().clone();
        let now = Review { object: object.clone(), ..self.review.clone() };
        let mut input = None;
        let mut wishes = Vec::new();
        for (position, _) in self.asked.clone() {
            let Some(rule) = set.rules().get(position).filter(|_| !self.out.contains(&position)) else { continue };
            match self.evaluator.ask((position, rule), Part::Patching, &now, &mut input, self.facts) {
                Ok(outcome) => {
                    let id = &rule.meta.id;
                    let may = |path: &Pointer| {
                        let is_fixed = self.scope == MutationScope::Cluster && fixed::is_fixed(&now, path);
                        !is_fixed && self.covering.cover(rule, path, &now).is_none()
                    };
                    let edits = outcome.edits.into_iter().filter(|edit| may(&edit.path)).collect();
                    wishes.push(Wish { position, rule: id.clone(), edits });
                }
                Err(failure) => self.fail(position, failure),
            }
        }
        wishes
    }

    fn fail(&mut self, position: usize, Failure { kind, message }: Failure) {
        let level = self.asked.iter().find(|(asked, _)| *asked == position).map_or(Level::Error, |(_, level)| *level);
        let set = self.evaluator.shared_set();
        if let Some(rule) = set.rules().get(position)
            && self.out.insert(position)
        {
            self.faults.push(PolicyFault { rule: rule.meta.id.clone(), level, kind, message });
        }
    }
}
