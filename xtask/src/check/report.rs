//! What ran, what was skipped and why, and the one line of numbers at the end.

use super::libtest::Tests;
use std::fmt;

/// How a step ended.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    Passed,
    Failed(String),
    /// It could not run here; the reason names what is missing.
    Skipped(String),
}

/// The outcome of the whole run.
pub(super) struct Report {
    /// In CI everything that is needed can be installed, so a skip there is a failure.
    ci: bool,
    steps: Vec<(String, Outcome)>,
    /// What the Rust tests reported.
    pub(super) tests: Tests,
}

impl Report {
    pub(super) fn new(ci: bool) -> Self {
        Self { ci, steps: Vec::new(), tests: Tests::default() }
    }

    pub(super) fn add(&mut self, step: String, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Skipped(reason) if self.ci => Outcome::Failed(format!("skipped in CI: {reason}")),
            other => other,
        };
        self.steps.push((step, outcome));
    }

    pub(super) fn passed(&self) -> bool {
        self.failures() == 0
    }

    /// Failed tests and failed steps. The step of the tests fails with its tests, so it counts only where no test did:
    /// when it did not compile, say.
    fn failures(&self) -> usize {
        let steps = self.steps.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_))).count();
        let skips = if self.ci { self.tests.skipped.len() } else { 0 };
        steps + self.tests.failed + skips
    }

    fn successes(&self) -> usize {
        self.tests.passed + self.steps.iter().filter(|(_, outcome)| *outcome == Outcome::Passed).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (step, outcome) in &self.steps {
            match outcome {
                Outcome::Passed => writeln!(f, "passed   {step}")?,
                Outcome::Failed(reason) => writeln!(f, "FAILED   {step}: {reason}")?,
                Outcome::Skipped(reason) => writeln!(f, "SKIPPED  {step}: {reason}")?,
            }
        }
        for reason in &self.tests.skipped {
            writeln!(f, "SKIPPED  a test: {reason}")?;
        }
        if self.tests.ignored > 0 {
            writeln!(f, "ignored  {} tests", self.tests.ignored)?;
        }
        writeln!(f, "{} tests in {} binaries, {} steps", self.tests.total(), self.tests.binaries, self.steps.len())?;
        writeln!(f, "{} passed, {} failed", self.successes(), self.failures())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(ci: bool, outcome: Outcome) -> Report {
        let mut report = Report::new(ci);
        report.add("fmt".to_owned(), Outcome::Passed);
        report.add("deny".to_owned(), outcome);
        report.tests.passed = 5;
        report
    }

    #[test]
    fn counts_tests_and_steps_together() {
        let report = report(false, Outcome::Failed("no license".to_owned()));
        assert!(report.to_string().ends_with("6 passed, 1 failed\n"), "{report}");
        assert!(!report.passed());
    }

    #[test]
    fn a_skip_is_told_and_passes_outside_ci_only() {
        let skipped = || Outcome::Skipped("cargo-deny is not installed".to_owned());
        let local = report(false, skipped());
        assert!(local.passed());
        assert!(local.to_string().contains("SKIPPED  deny: cargo-deny is not installed\n"));
        assert!(!report(true, skipped()).passed());
    }

    #[test]
    fn a_skipped_test_fails_in_ci() {
        let mut report = report(true, Outcome::Passed);
        report.tests.skipped.push("no Go".to_owned());
        assert!(!report.passed());
    }
}
