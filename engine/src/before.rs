//! Updates: what the object had before does not newly fail.
//!
//! A finding is set apart as preexisting where the old object has one of the same rule, with the same message, at the same
//! path, and the value there is the same (missing equals missing) in an item of the same name. Another offending value,
//! such as another unsigned image, is a new finding. What an exemption excused in the old object is preexisting only while
//! the object does what it did; else an exemption of a day would hold for ever. Where the findings of a rule are about the change itself, it says
//! nothing when it is shown the old object as both, and they stay.
//!
//! The old object is evaluated only when there is something to compare, and only by the rules that spoke.

use std::sync::Arc;

use regorus::Value;

use crate::covering::Covering;
use crate::decide::{finding, refused, shown_whole};
use crate::evaluator::Evaluator;
use crate::facts::Facts;
use crate::noted;
use crate::pointer::{Pointer, Segment};
use crate::policy::{Level, Part};
use crate::review::{Operation, Review};
use crate::value::{at, get};
use crate::verdict::{Finding, Verdict};

/// What a rule said of the old object.
struct Before {
    rule: Arc<str>,
    path: Pointer,
    message: String,
    /// The rule gives no paths: its messages alone are compared.
    is_pathless: bool,
    /// An exemption excused it.
    is_excused: bool,
}

/// Moves what the old object had already out of the findings; what was undecided already has no effect.
/// `speakers` are the rules, by position, that said anything.
pub(crate) fn set_apart(
    evaluator: &mut Evaluator,
    review: &Review,
    facts: &Facts,
    speakers: &[(usize, Level)],
    verdict: &mut Verdict,
) {
    let Some(old) = review.old_object.as_ref().filter(|_| review.operation == Operation::Update) else { return };
    if verdict.findings.is_empty() && verdict.undecided.is_empty() {
        return;
    }
    let set = evaluator.shared_set().clone();
    let then = Review { object: old.clone(), ..review.clone() };
    let as_before = |one: Finding| Before {
        rule: one.rule,
        path: one.path,
        message: one.message,
        is_pathless: false,
        is_excused: false,
    };
    let (covering, refusals) = Covering::of(&set, &then);
    let mut found: Vec<Before> = refusals.iter().map(|reason| as_before(refused(reason))).collect();
    let mut undecided: Vec<Before> = Vec::new();
    let facts = facts.before();
    let mut input = None;
    for (position, level) in speakers {
        let Some(rule) = set.rules().get(*position) else { continue };
        // A rule that fails on the old object says nothing of it, and the findings stay.
        let asked = evaluator.ask((*position, rule), Part::Judging, &then, &mut input, &facts);
        let Ok(mut outcome) = asked else { continue };
        noted::silent(&mut outcome, &rule.meta, facts.platform());
        let is_pathless = shown_whole(rule);
        found.extend(outcome.findings.into_iter().map(|raw| {
            let is_excused = covering.ever_covered(rule, &raw.path, &then);
            Before { is_pathless, is_excused, ..as_before(finding(raw, rule, *level)) }
        }));
        undecided.extend(outcome.undecided.into_iter().map(|raw| Before {
            is_excused: covering.ever_covered(rule, &raw.path, &then),
            rule: rule.meta.id.clone(),
            path: raw.path,
            message: raw.reason,
            is_pathless,
        }));
    }
    // What was excused is not taken over into another object under the old name; an object that does what it did may go on
    // being labelled, scaled and looked after by its controllers.
    let same = std::cell::LazyCell::new(|| does_the_same(old, &review.object));
    let had = |before: &[Before], rule: &str, path: &Pointer, message: &str| {
        before.iter().any(|one| {
            *one.rule == *rule
                && one.message == message
                && one.path == *path
                && (one.is_pathless || is_unchanged(old, &review.object, path))
                && (!one.is_excused || *same)
        })
    };
    let (preexisting, new) = std::mem::take(&mut verdict.findings)
        .into_iter()
        .partition(|one| had(&found, &one.rule, &one.path, &one.message));
    verdict.preexisting = preexisting;
    verdict.findings = new;
    for one in &mut verdict.undecided {
        if had(&undecided, &one.rule, &one.path, &one.reason) {
            one.effect = Level::Off;
        }
    }
}

/// Whether an update leaves alone what the object is for: all but its metadata, its status and how many there are of it.
fn does_the_same(old: &Value, new: &Value) -> bool {
    let purpose = |object: &Value| {
        let Value::Object(fields) = object else { return object.clone() };
        let mut fields = fields.as_ref().clone();
        ["metadata", "status"].iter().for_each(|key| drop(fields.remove(&Value::from(*key))));
        if let Some(Value::Object(spec)) = fields.get_mut(&Value::from("spec")) {
            Arc::make_mut(spec).remove(&Value::from("replicas"));
        }
        Value::Object(Arc::new(fields))
    };
    purpose(old) == purpose(new)
}

/// Whether both objects hold the same value at a path, and the list items on the way bear the same names.
fn is_unchanged(old: &Value, new: &Value, path: &Pointer) -> bool {
    let mut here = (Some(old), Some(new));
    for segment in &path.0 {
        here = (here.0.and_then(|value| step(value, segment)), here.1.and_then(|value| step(value, segment)));
        if matches!(segment, Segment::Index(_)) && name(here.0) != name(here.1) {
            return false;
        }
    }
    let settled = |value: Option<&Value>| value.map(|value| without_bookkeeping(value, path));
    settled(here.0) == settled(here.1)
}

/// A null field is an absent one.
fn step<'v>(value: &'v Value, segment: &Segment) -> Option<&'v Value> {
    at(value, &Pointer(vec![segment.clone()])).filter(|value| !matches!(value, Value::Null))
}

fn name(item: Option<&Value>) -> Option<&Value> {
    item.and_then(|item| get(item, "name"))
}

/// What the API server writes on every update, at the root and under `metadata`.
const BOOKKEEPING: [&str; 3] = ["generation", "managedFields", "resourceVersion"];

/// A value without what changes on every update; only the object itself and its metadata hold such.
fn without_bookkeeping(value: &Value, path: &Pointer) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let is_metadata = matches!(path.0.as_slice(), [Segment::Key(key)] if **key == *"metadata");
    if !is_metadata && !path.0.is_empty() {
        return value.clone();
    }
    let mut fields = fields.as_ref().clone();
    if is_metadata {
        BOOKKEEPING.iter().for_each(|key| drop(fields.remove(&Value::from(*key))));
    } else {
        fields.remove(&Value::from("status"));
        if let Some(metadata) = fields.get_mut(&Value::from("metadata")) {
            *metadata = without_bookkeeping(metadata, &Pointer(vec!["metadata".into()]));
        }
    }
    Value::Object(Arc::new(fields))
}

impl Review {
    /// Whether this update does nothing but take finalizers away from an object that is being deleted. Denying it would
    /// keep the object, and what it holds, for ever.
    #[must_use]
    pub fn only_releases_finalizers(&self) -> bool {
        let Some(old) = self.old_object.as_ref().filter(|_| self.operation == Operation::Update) else { return false };
        let (Some(before), Some(after)) = (get(old, "metadata"), get(&self.object, "metadata")) else { return false };
        if get(before, "deletionTimestamp").is_none() {
            return false;
        }
        let (had, kept) = (finalizers(before), finalizers(after));
        kept.len() < had.len()
            && kept.iter().all(|one| had.contains(one))
            && without_finalizers(old) == without_finalizers(&self.object)
    }

    /// Whether the object is on its way out.
    pub(crate) fn is_being_deleted(&self) -> bool {
        let deleted = |object: &Value| {
            get(object, "metadata").is_some_and(|metadata| get(metadata, "deletionTimestamp").is_some())
        };
        self.operation == Operation::Update && self.old_object.as_ref().is_some_and(deleted)
    }
}

fn finalizers(metadata: &Value) -> Vec<&Value> {
    match get(metadata, "finalizers") {
        Some(Value::Array(all)) => all.iter().collect(),
        _ => Vec::new(),
    }
}

/// The object without its finalizers and without what the API server writes on every update. Unlike where findings are
/// compared, its status counts.
fn without_finalizers(object: &Value) -> Value {
    let Value::Object(fields) = object else { return object.clone() };
    let mut fields = fields.as_ref().clone();
    if let Some(Value::Object(metadata)) = fields.get_mut(&Value::from("metadata")) {
        let metadata = Arc::make_mut(metadata);
        BOOKKEEPING.iter().chain(&["finalizers"]).for_each(|key| drop(metadata.remove(&Value::from(*key))));
    }
    Value::Object(Arc::new(fields))
}
