//! How many results a SARIF file may hold: GitHub refuses a file with more than 25,000, so the least grave are left out
//! and a notification says how many.

use platlint_engine::Level;

use crate::report::Report;

/// GitHub's limit of results per run.
const MOST_RESULTS: usize = 25_000;

/// How many results of each level are still admitted, the gravest first.
pub(super) struct Quota {
    left: [usize; 4],
    left_out: usize,
    total: usize,
}

/// Gravest first.
const fn rank(level: Level) -> usize {
    match level {
        Level::Error => 0,
        Level::Warn => 1,
        Level::Audit => 2,
        Level::Off => 3,
    }
}

impl Quota {
    pub(super) fn of(report: &Report) -> Self {
        let mut counts = [0; 4];
        for finding in &report.findings {
            counts[rank(finding.level)] += 1;
        }
        for point in &report.undecided {
            counts[rank(point.effect)] += 1;
        }
        counts[rank(Level::Off)] += report.exempted.len();
        Self::sharing(MOST_RESULTS, counts)
    }

    fn sharing(most: usize, counts: [usize; 4]) -> Self {
        let total = counts.iter().sum::<usize>();
        let mut room = most;
        let left = counts.map(|count| {
            let admitted = count.min(room);
            room -= admitted;
            admitted
        });
        Self { left, left_out: total.saturating_sub(most), total }
    }

    /// Takes one place, if there is one left for this level. Of one level the first in the report are kept.
    pub(super) const fn admits(&mut self, level: Level) -> bool {
        let left = &mut self.left[rank(level)];
        match left.checked_sub(1) {
            Some(rest) => {
                *left = rest;
                true
            }
            None => false,
        }
    }

    /// What to say about results that were left out.
    pub(super) fn notice(&self) -> Option<String> {
        (self.left_out > 0).then(|| {
            format!(
                "{} of {} results are left out, the least grave ones: code scanning takes no more than {MOST_RESULTS}",
                self.left_out, self.total
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_gravest_when_there_are_too_many() {
        let mut quota = Quota::sharing(5, [3, 1, 4, 9]);
        let admitted = [Level::Off, Level::Audit, Level::Audit, Level::Warn, Level::Error, Level::Error, Level::Error]
            .map(|level| quota.admits(level));
        assert_eq!(admitted, [false, true, false, true, true, true, true]);
        assert!(quota.notice().expect("some are left out").starts_with("12 of 17 results are left out"));
    }

    #[test]
    fn says_nothing_when_all_fit() {
        assert_eq!(Quota::sharing(5, [1, 1, 1, 1]).notice(), None);
    }
}
