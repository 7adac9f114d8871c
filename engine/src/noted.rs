//! What platform files say of an object ([`crate::Facts::with_platform`]), as far as deciding looks at it: whether a rule has
//! anything to be asked about, and what it left unsaid. What the notes mean is the rules' business.

use std::collections::{BTreeMap, BTreeSet};

use regorus::Value;

use crate::pointer::Pointer;
use crate::policy::outcome::{self, RawUndecided};
use crate::policy::{Outcome, Rule, RuleMeta};
use crate::value::{get, get_str};

/// Whether one of the rule's codes was noted, as a problem or as unknown.
pub(crate) fn concerns(meta: &RuleMeta, platform: &Value) -> bool {
    // Of most objects nothing is noted, and every rule of the kind asks.
    let noted = |key: &&str| get(platform, key).filter(|codes| codes.as_object().is_ok_and(|codes| !codes.is_empty()));
    let mut noted = [PROBLEMS, UNKNOWN].iter().filter_map(noted);
    noted.any(|codes| meta.problems.iter().any(|code| notes_of(codes, code).next().is_some()))
}

/// Whether the rule is asked whatever is noted.
pub(crate) fn is_indifferent(rule: &Rule) -> bool {
    rule.meta.problems.is_empty() && (rule.meta.settled.is_empty() || rule.settings.is_given_parameters)
}

/// Whether something was noted as right of which the rule says that it then has nothing to say.
pub(crate) fn settles(rule: &Rule, platform: &Value) -> bool {
    let words = &rule.meta.settled;
    if words.is_empty() || rule.settings.is_given_parameters {
        return false;
    }
    let Some(Value::Array(settled)) = get(platform, SETTLED) else { return false };
    settled.iter().any(|word| matches!(word, Value::String(word) if words.contains(word)))
}

/// What the rule says nothing of although nobody knows it has not been decided, whatever the rule meant by its silence: said
/// here, so that a rule need not be written with that in mind to be safe.
///
/// Several notes may have one place, as those of all files of a skeleton have that of the step. A rule speaks of a note
/// where it hands on the note's reason, in a finding at that place or in an undecided point there or above. Points in its
/// own words speak of as many notes of one place as there are points.
pub(crate) fn silent(outcome: &mut Outcome, meta: &RuleMeta, platform: Option<&Value>) {
    let Some(platform) = platform else { return };
    let mut reasons: BTreeMap<Pointer, BTreeSet<&str>> = BTreeMap::new();
    for note in meta.problems.iter().flat_map(|code| notes(platform, UNKNOWN, code)) {
        let reason = get_str(note, "reason").filter(|reason| !reason.is_empty());
        let reason = reason.map_or("what other platform files say of this is not known", |reason| reason);
        reasons.entry(path_of(note)).or_default().insert(reason);
    }
    let all: BTreeSet<&str> = reasons.values().flatten().copied().collect();
    // A reason word for word is that one alone, also where it contains that of another file.
    let hands_on = |text: &str, reason: &str| text == reason || (!all.contains(text) && text.contains(reason));
    let in_own_words: Vec<Pointer> = outcome
        .undecided
        .iter()
        .filter(|raw| !all.iter().any(|reason| hands_on(&raw.reason, reason)))
        .map(|raw| raw.path.clone())
        .collect();
    for (path, mut reasons) in reasons {
        reasons.retain(|reason| {
            let is_found = outcome.findings.iter().any(|raw| raw.path == path && hands_on(&raw.message, reason));
            let mut points = outcome.undecided.iter();
            !is_found && !points.any(|raw| path.starts_with(&raw.path) && hands_on(&raw.reason, reason))
        });
        if reasons.len() <= in_own_words.iter().filter(|own| path.starts_with(own)).count() {
            continue;
        }
        let unsaid = reasons.into_iter().map(|reason| RawUndecided {
            path: path.clone(),
            reason: reason.to_owned(),
            text: None,
        });
        outcome.undecided.extend(unsaid);
    }
}

const PROBLEMS: &str = "problems";
const SETTLED: &str = "settled";
const UNKNOWN: &str = "unknown";

/// The notes of a code.
fn notes<'p>(platform: &'p Value, key: &str, code: &str) -> impl Iterator<Item = &'p Value> {
    get(platform, key).into_iter().flat_map(|codes| notes_of(codes, code))
}

fn notes_of<'p>(codes: &'p Value, code: &str) -> impl Iterator<Item = &'p Value> {
    let notes = match get(codes, code) {
        Some(Value::Array(notes)) => Some(notes),
        _ => None,
    };
    notes.into_iter().flat_map(|notes| notes.iter())
}

/// Where a note stands; one without a place is about the object as a whole.
fn path_of(note: &Value) -> Pointer {
    outcome::path(get(note, "path"), note).unwrap_or_default()
}
