//! A mutation becomes an answer: which writes are open to it, the patch, and who undoes it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platlint_engine::{EditOp, Gvk, Level, Mutate, Mutation, PatchOp, Pointer, PolicySet, Review, at, get};

use crate::admission::annotations;
use crate::admission::wire::{Operation, Patch, Request, Response};
use crate::admission::{Mode, answer};

/// Whether any rule could change objects of this kind.
#[must_use]
pub fn may_change(set: &PolicySet, kind: &Gvk) -> bool {
    let is_pod = kind.group.is_empty() && &*kind.kind == "Pod";
    set.judges(kind)
        && set.rules().iter().any(|rule| {
            let covered = match rule.settings.mutate {
                Mutate::Off => false,
                Mutate::Pods => is_pod,
                Mutate::All => true,
            };
            covered && rule.is_active() && rule.patches() && rule.meta.matches.kind(kind)
        })
}

/// Whether this write can take changes at all. A subresource takes only its own part of the object; what is being
/// deleted only loses finalizers; and the Pod (or Pod template) of a Pod or Job is fixed once it exists, so that a change
/// would make a good update invalid.
#[must_use]
pub fn is_open(request: &Request<'_>, review: &Review) -> bool {
    let is_main = request.sub_resource.as_deref().is_none_or(str::is_empty);
    let is_deleting = get(&review.object, "metadata").and_then(|metadata| get(metadata, "deletionTimestamp")).is_some();
    let is_fixed = matches!((&*review.kind.group, &*review.kind.kind), ("", "Pod") | ("batch", "Job"));
    is_main
        && !is_deleting
        && match request.operation {
            Operation::Create => true,
            Operation::Update => !is_fixed,
            Operation::Delete | Operation::Connect => false,
        }
}

/// The answer of the mutating hook. It never denies: its validating twin judges the final object.
pub fn answer(
    request: &Request<'_>,
    set: &PolicySet,
    mutation: &Mutation,
    mode: Mode,
) -> Result<Response, serde_json::Error> {
    let withheld = mode.cap(Level::Warn) < Level::Warn;
    let mut response = answer::unjudged(request, set, mode);
    annotations::add_mutation(&mut response.audit_annotations, mutation, withheld);
    if !withheld && !mutation.patch.is_empty() {
        response.patch = Some(patch(&mutation.patch)?);
    }
    Ok(response)
}

/// The patch as the API server takes it. The engine has applied it to the object and compared what comes of it.
fn patch(ops: &[PatchOp]) -> Result<Patch, serde_json::Error> {
    Ok(Patch { patch: STANDARD.encode(serde_json::to_vec(ops)?), patch_type: "JSONPatch" })
}

/// Rules whose change the writer had just undone: before this update the object already was as the rule wants it. Two
/// controllers that undo each other do this without end, and a metric shows it.
#[must_use]
pub fn undone(review: &Review, mutation: &Mutation) -> Vec<Arc<str>> {
    let Some(old) = &review.old_object else { return Vec::new() };
    let was_as_wanted = |path: &Pointer, op: EditOp| match op {
        EditOp::Remove => at(old, path).is_none(),
        EditOp::Set | EditOp::Append => at(old, path).is_some() && at(old, path) == at(&mutation.object, path),
    };
    let changes = mutation.changes.iter().filter(|change| was_as_wanted(&change.path, change.op));
    let mut rules: Vec<Arc<str>> = changes.map(|change| change.rule.clone()).collect();
    rules.dedup();
    rules
}
