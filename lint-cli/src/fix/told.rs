//! What was fixed and what was not, for people.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::file::FileFix;
use crate::input::InputFile;
use crate::output::one_line;
use crate::report::{Finding, Report};

/// A line per file, one per rule and place that was left out, and the sum. `would` where nothing is written.
pub(crate) fn lines(
    files: &[InputFile],
    fixes: &BTreeMap<usize, FileFix>,
    before: &Report,
    after: &Report,
    would: bool,
) -> Vec<String> {
    let verb = if would { "would fix" } else { "fixed" };
    let mut gone = gone(&before.findings, &after.findings);
    let fixed: usize = gone.values().flat_map(BTreeMap::values).sum();
    let mut lines = Vec::new();
    let (mut changed_files, mut left_out) = (0, 0);
    for (position, fix) in fixes {
        let Some(file) = files.get(*position) else { continue };
        let name = one_line(&file.name);
        if fix.changed.is_some() {
            changed_files += 1;
            let mut rules = gone.remove(&*file.name).unwrap_or_default();
            for made in &fix.made {
                rules.entry(&made.rule).or_default();
            }
            let rules: Vec<String> = rules.into_iter().map(|(rule, count)| of_rule(rule, count)).collect();
            lines.push(format!("{name}: {verb} {}", one_line(&rules.join(", "))));
        }
        // One line tells of all that a rule could not do at a place.
        let left: BTreeSet<_> =
            fix.left.iter().map(|left| (left.place.line, left.place.column, &left.rule, &left.reason)).collect();
        left_out += left.len();
        for (line, column, rule, reason) in left {
            lines.push(one_line(&format!("{name}:{line}:{column}: not fixed: {rule}: {reason}")).into_owned());
        }
    }
    let mut sum = match changed_files {
        0 => "nothing to fix".to_owned(),
        _ => format!("{verb} {} in {}", count(fixed, "finding"), count(changed_files, "file")),
    };
    if left_out > 0 {
        sum = format!("{sum}; {} left out", count(left_out, "change"));
    }
    if !after.findings.is_empty() {
        sum = format!("{sum}; {} left: `platlint check` shows them", count(after.findings.len(), "finding"));
    }
    lines.push(sum);
    lines
}

fn count(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

fn of_rule(rule: &str, count: usize) -> String {
    match count {
        0 => format!("{rule} (no finding)"),
        1 => rule.to_owned(),
        _ => format!("{rule} ({count})"),
    }
}

/// How many findings of each file and rule are there no more. Findings keep their fingerprints when lines move.
fn gone<'r>(before: &'r [Finding], after: &[Finding]) -> BTreeMap<&'r str, BTreeMap<&'r str, usize>> {
    let mut left: HashMap<(&str, u32, &str, u64), usize> = HashMap::new();
    for finding in after {
        *left.entry(key(finding)).or_default() += 1;
    }
    let mut gone: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for finding in before {
        match left.get_mut(&key(finding)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => *gone.entry(&finding.spot.file).or_default().entry(&finding.rule).or_default() += 1,
        }
    }
    gone
}

fn key(finding: &Finding) -> (&str, u32, &str, u64) {
    (&finding.spot.file, finding.spot.document, &finding.rule, finding.fingerprint.0)
}
