//! The sentence that sums a run up, for people.

use platlint_engine::FixSafety;

use crate::report::{Report, Summary};

/// One sentence without a line break or a full stop, such as `3 errors, 1 warning in 7 documents of 3 files`.
///
/// The `full` format ends with it; a front end may write it to standard error beside the other formats.
#[must_use]
pub fn sentence(report: &Report) -> String {
    let Summary { files, documents, skipped, errors, warnings, audits, undecided, exempted } = report.summary;
    let mut found = Vec::new();
    let mut say = |n: usize, one: &str, many: &str| {
        if n > 0 {
            found.push(format!("{n} {}", if n == 1 { one } else { many }));
        }
    };
    say(report.faults.len(), "policy fault", "policy faults");
    say(errors, "error", "errors");
    say(warnings, "warning", "warnings");
    say(audits, "audit finding", "audit findings");
    say(undecided, "not decided", "not decided");
    say(exempted, "exempted", "exempted");

    let checked = format!("{} of {}", count(documents, "document"), count(files, "file"));
    let skipped = if skipped > 0 { format!("; {} skipped", count(skipped, "document")) } else { String::new() };
    match (found.is_empty(), documents) {
        (true, 0) => format!("nothing to check: no manifests in {}{skipped}", count(files, "file")),
        (true, _) => format!("no violations in {checked}{skipped}"),
        (false, _) => format!("{} in {checked}{skipped}", found.join(", ")),
    }
}

/// What can be repaired without people, one line, where anything can: for those who read the summary.
pub(super) fn fixable(report: &Report) -> Option<String> {
    let count = |safety| {
        let fixes = report.findings.iter().filter_map(|finding| finding.fix.as_deref());
        fixes.filter(|fix| fix.safety == safety).count()
    };
    let (safe, not_safe) = (count(FixSafety::Safe), count(FixSafety::Unsafe));
    match (safe, not_safe) {
        (0, 0) => None,
        (safe, 0) => Some(format!("fix: `platlint fix` repairs {safe} of them")),
        (0, not_safe) => Some(format!("fix: `platlint fix --unsafe` repairs {not_safe} of them")),
        _ => Some(format!("fix: `platlint fix` repairs {safe} of them, `platlint fix --unsafe` {not_safe} more")),
    }
}

fn count(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(summary: Summary) -> String {
        sentence(&Report { summary, ..Report::default() })
    }

    #[test]
    fn names_only_what_there_is() {
        let summary = Summary {
            files: 3,
            documents: 7,
            skipped: 1,
            errors: 3,
            warnings: 1,
            undecided: 2,
            exempted: 1,
            audits: 0,
        };
        assert_eq!(
            said(summary),
            "3 errors, 1 warning, 2 not decided, 1 exempted in 7 documents of 3 files; 1 document skipped"
        );
    }

    #[test]
    fn says_that_nothing_is_wrong() {
        assert_eq!(
            said(Summary { files: 1, documents: 1, ..Summary::default() }),
            "no violations in 1 document of 1 file"
        );
    }

    #[test]
    fn says_that_there_was_nothing_to_check() {
        let summary = Summary { files: 2, skipped: 5, ..Summary::default() };
        assert_eq!(said(summary), "nothing to check: no manifests in 2 files; 5 documents skipped");
    }
}
