//! Audit annotations: what the audit log keeps of every decision. The API server refuses keys with a slash, so they are
//! plain words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use platlint_engine::{Mutation, Verdict};

use crate::admission::Mode;
use crate::admission::text::{field, one_line};
use crate::limits::ANNOTATION_CHARS;

/// Annotations by key.
pub type Annotations = BTreeMap<&'static str, String>;

/// What every answer says: by which rules, how strict.
#[must_use]
pub fn of_server(revision: &str, mode: Mode) -> Annotations {
    Annotations::from([("mode", mode.as_str().to_owned()), ("revision", revision.to_owned())])
}

/// Adds what a verdict holds. Levels are those of the configuration, whatever the mode made of them.
pub fn add_verdict(to: &mut Annotations, verdict: &Verdict) {
    let findings = verdict.findings.iter();
    list(to, "findings", findings.map(|one| format!("{} {} {}", one.rule, one.level.as_str(), field(&one.path))));
    let preexisting = verdict.preexisting.iter();
    list(to, "preexisting", preexisting.map(|one| format!("{} {}", one.rule, field(&one.path))));
    let exempted = verdict.exempted.iter();
    list(
        to,
        "exempted",
        exempted.map(|one| {
            format!("{} {} until {} by {}", one.finding.rule, field(&one.finding.path), one.expires, one.by)
        }),
    );
    list(
        to,
        "undecided",
        verdict.undecided.iter().map(|one| format!("{} {}: {}", one.rule, field(&one.path), one.reason)),
    );
    list(to, "faults", verdict.faults.iter().map(|one| format!("{} {}", one.rule, one.kind.as_str())));
}

/// Adds what a mutation did, or would have done where the mode withholds it.
pub fn add_mutation(to: &mut Annotations, mutation: &Mutation, withheld: bool) {
    let changes = mutation.changes.iter().map(|one| format!("{} {} {}", one.rule, one.op.as_str(), field(&one.path)));
    list(to, if withheld { "mutations-withheld" } else { "mutations" }, changes);
    list(to, "faults", mutation.faults.iter().map(|one| format!("{} {}", one.rule, one.kind.as_str())));
}

/// `a; b; 3 more`, never longer than the limit; nothing where there is nothing.
fn list(to: &mut Annotations, key: &'static str, entries: impl ExactSizeIterator<Item = String>) {
    let total = entries.len();
    if total == 0 {
        return;
    }
    let mut text = String::new();
    let mut written = 0_usize;
    // Room for the count of what is left out.
    let limit = ANNOTATION_CHARS.saturating_sub(24);
    for entry in entries {
        // What stands between entries must not stand in one.
        let entry = one_line(&entry).replace("; ", ", ");
        if text.chars().count().saturating_add(entry.chars().count()) > limit {
            break;
        }
        if written > 0 {
            text.push_str("; ");
        }
        text.push_str(&entry);
        written = written.saturating_add(1);
    }
    if written < total {
        let left = total.saturating_sub(written);
        text.push_str(if written > 0 { "; " } else { "" });
        // Writing to a string cannot fail.
        let _ = write!(text, "{left} more");
    }
    to.insert(key, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_no_slash_and_values_stay_bounded() {
        let mut annotations = of_server("sha256:0", Mode::Warn);
        list(&mut annotations, "findings", vec!["rule error spec.containers[0]\n".to_owned(); 500].into_iter());
        list(&mut annotations, "exempted", Vec::new().into_iter());
        list(
            &mut annotations,
            "undecided",
            vec!["a b: it failed; not asked again".to_owned(), "c d: e".to_owned()].into_iter(),
        );
        assert_eq!(annotations["undecided"], "a b: it failed, not asked again; c d: e");
        assert!(annotations.keys().all(|key| !key.contains('/')));
        assert!(!annotations.contains_key("exempted"));
        let findings = &annotations["findings"];
        assert!(findings.chars().count() <= ANNOTATION_CHARS, "{}", findings.len());
        assert!(findings.starts_with("rule error spec.containers[0]; rule"));
        assert!(findings.ends_with(" more"), "{findings}");
    }
}
