//! What platform files say of an object ([`crate::Facts::with_platform`]), as far as deciding looks at it: whether a rule has
//! anything to be asked about, and what it left unsaid. What the notes mean is the rules' business.

use regorus::Value;

use crate::pointer::Pointer;
use crate::policy::outcome::{self, RawUndecided};
use crate::policy::{Outcome, RuleMeta};
use crate::value::{get, get_str};

/// Whether one of the rule's codes was noted, as a problem or as unknown.
pub(crate) fn concerns(meta: &RuleMeta, platform: &Value) -> bool {
    [PROBLEMS, UNKNOWN].iter().any(|key| meta.problems.iter().any(|code| notes(platform, key, code).next().is_some()))
}

/// What the rule says nothing of although nobody knows it has not been decided, whatever the rule meant by its silence: said
/// here, so that a rule need not be written with that in mind to be safe. It speaks of a note by a finding at its very
/// place, or by what it says itself is undecided there or above.
pub(crate) fn silent(outcome: &mut Outcome, meta: &RuleMeta, platform: Option<&Value>) {
    let Some(platform) = platform else { return };
    for note in meta.problems.iter().flat_map(|code| notes(platform, UNKNOWN, code)) {
        let path = path_of(note);
        let is_found = outcome.findings.iter().any(|raw| raw.path == path);
        if is_found || outcome.undecided.iter().any(|raw| path.starts_with(&raw.path)) {
            continue;
        }
        let reason = get_str(note, "reason").map_or("what other platform files say of this is not known", |text| text);
        outcome.undecided.push(RawUndecided { path, reason: reason.to_owned(), text: None });
    }
}

const PROBLEMS: &str = "problems";
const UNKNOWN: &str = "unknown";

/// The notes of a code.
fn notes<'p>(platform: &'p Value, key: &str, code: &str) -> impl Iterator<Item = &'p Value> {
    let notes = match get(platform, key).and_then(|codes| get(codes, code)) {
        Some(Value::Array(notes)) => Some(notes),
        _ => None,
    };
    notes.into_iter().flat_map(|notes| notes.iter())
}

/// Where a note stands; one without a place is about the object as a whole.
fn path_of(note: &Value) -> Pointer {
    outcome::path(get(note, "path"), note).unwrap_or_default()
}
