//! The trial of new policies: every rule compiles, and none fails on the samples.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use platlint_engine::{Evaluator, Facts, MutationScope, Operation, PolicyFault, PolicyFaultKind, PolicySet, Review};

use crate::platform::KnownPlatform;
use crate::policies::{LoadError, sample};

/// Tries a set out. What its rules find does not matter, only that they answer.
pub(super) fn run(set: &Arc<PolicySet>, platform: Option<&KnownPlatform>, now: DateTime<Utc>) -> Result<(), LoadError> {
    for rule in set.rules().iter().filter(|rule| rule.is_active()) {
        rule.compile().map_err(|error| LoadError::Trial {
            rule: rule.meta.id.to_string(),
            sample: "compilation".to_owned(),
            message: error.to_string(),
        })?;
    }
    let mut evaluator = Evaluator::new(set.clone());
    for review in sample::reviews(set, now) {
        let known = set.wants_images(&review.kind).then(|| sample::images(set, &review));
        for facts in std::iter::once(Facts::default()).chain(known.into_iter().flatten()) {
            let facts = platform.map_or_else(|| facts.clone(), |known| known.tell(set, facts.clone(), &review));
            let mut faults = faults(&mut evaluator, &review, &facts);
            // Time ran out: on a busy machine that may be nobody's fault, so once more.
            if faults.iter().any(|fault| fault.kind == PolicyFaultKind::Backstop) {
                faults = self::faults(&mut evaluator, &review, &facts);
            }
            if let Some(fault) = faults.into_iter().next() {
                return Err(LoadError::Trial {
                    rule: fault.rule.to_string(),
                    sample: format!("{} {}", review.operation.as_str(), review.kind.kind),
                    message: fault.message,
                });
            }
        }
    }
    Ok(())
}

fn faults(evaluator: &mut Evaluator, review: &Review, facts: &Facts) -> Vec<PolicyFault> {
    let mut faults = evaluator.decide(review, facts).faults;
    if review.operation != Operation::Delete {
        faults.extend(evaluator.mutate(review, facts, MutationScope::Cluster).faults);
    }
    faults
}
