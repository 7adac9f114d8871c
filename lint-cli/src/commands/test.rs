//! `platlint test`: the tests of policies, on the interpreter with strict built-in errors.

use std::fmt::Write as _;
use std::path::PathBuf;

use platlint_config::testing::{self, Outcome};

use super::check::answer;
use crate::args::TestArgs;
use crate::exit::{ExitStatus, Failure};

pub(super) fn run(args: &TestArgs) -> Result<ExitStatus, Failure> {
    let folders = if args.paths.is_empty() { vec![PathBuf::from("policies")] } else { args.paths.clone() };
    let report = testing::run(&folders, args.run.as_deref()).map_err(|problems| Failure::Usage(problems.to_string()))?;
    let mut out = String::new();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for test in &report.tests {
        // Writing to a string cannot fail, here and below.
        match &test.outcome {
            Outcome::Passed => passed += 1,
            Outcome::Skipped => {
                skipped += 1;
                let _ = writeln!(out, "SKIPPED {} ({}:{})", test.name, test.file, test.line);
            }
            Outcome::Failed(reason) => {
                failed += 1;
                let _ = writeln!(out, "FAILED {} ({}:{}): {reason}", test.name, test.file, test.line);
            }
        }
        for line in &test.prints {
            let _ = writeln!(out, "  {line}");
        }
    }
    let _ = writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped");
    answer(&out)?;
    if report.tests.is_empty() {
        return Err(Failure::Usage("no tests were found (rules `test_…` in files `*_test.rego`)".to_owned()));
    }
    Ok(if failed == 0 { ExitStatus::Clean } else { ExitStatus::Findings })
}
