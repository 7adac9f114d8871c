//! How each finding of an object would be fixed, for reports. Nothing is written.

use platlint_engine::{Change, Evaluator, Facts, FixSafety, Mutation, MutationScope, PatchOp, Pointer, Review};

use crate::report::{Finding, Fix};

/// Adds to the findings of `review`, which stands at `at` of its document, what their rules would change there.
pub(crate) fn propose(
    evaluator: &mut Evaluator,
    review: &Review,
    facts: &Facts,
    at: &Pointer,
    findings: &mut [Finding],
) {
    let safety = |evaluator: &Evaluator, rule: &str| -> Option<FixSafety> {
        let rule = evaluator.set().rules().iter().find(|one| *one.meta.id == *rule)?;
        rule.meta.fix.filter(|_| rule.patches())
    };
    if findings.iter().all(|finding| safety(evaluator, &finding.rule).is_none()) {
        return;
    }
    let mutation = evaluator.mutate(review, facts, MutationScope::Fix { unsafe_too: true });
    if mutation.patch.is_empty() {
        return;
    }
    for finding in findings {
        let Some(safety) = safety(evaluator, &finding.rule) else { continue };
        let patch = operations(&mutation, finding, at);
        if !patch.is_empty() {
            finding.fix = Some(Box::new(Fix { safety, patch }));
        }
    }
}

/// The operations at the finding's place or around or below it, as far as its rule has a part in them. Where there are none,
/// those beside what encloses the place: a setting of the Pod that holds for its containers.
fn operations(mutation: &Mutation, finding: &Finding, at: &Pointer) -> Vec<PatchOp> {
    let is_own = |operation: &&PatchOp| {
        let own = |change: &Change| *change.rule == *finding.rule && touch(&change.path, operation.path());
        mutation.changes.iter().any(own)
    };
    let own: Vec<PatchOp> = mutation.patch.iter().filter(is_own).map(|operation| moved(operation, at)).collect();
    let place = &finding.spot.path;
    let is_here = |operation: &PatchOp| touch_text(&operation.path().to_string(), place);
    if own.iter().any(is_here) {
        return own.into_iter().filter(is_here).collect();
    }
    let is_around = |operation: &PatchOp| {
        let path = operation.path().to_string();
        path.rsplit_once('/').is_some_and(|(parent, _)| encloses(parent, place))
    };
    own.into_iter().filter(is_around).collect()
}

fn moved(operation: &PatchOp, at: &Pointer) -> PatchOp {
    let path = operation.path().under(at);
    match operation {
        PatchOp::Add { value, .. } => PatchOp::Add { path, value: value.clone() },
        PatchOp::Replace { value, .. } => PatchOp::Replace { path, value: value.clone() },
        PatchOp::Remove { .. } => PatchOp::Remove { path },
    }
}

/// Whether one of two places is, or encloses, the other.
fn touch(a: &Pointer, b: &Pointer) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// The same of printed pointers.
fn touch_text(a: &str, b: &str) -> bool {
    encloses(a, b) || encloses(b, a)
}

fn encloses(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::touch_text;

    #[test]
    fn a_place_touches_what_it_encloses_and_not_what_begins_alike() {
        assert!(touch_text("/spec/a", "/spec/a/0") && touch_text("/spec/a/0", "/spec/a") && touch_text("", "/x"));
        assert!(!touch_text("/spec/a", "/spec/ab") && !touch_text("/spec/a/0", "/spec/a/1"));
    }
}
