//! `platlint test`: the tests of policies, on the interpreter with strict built-in errors.

use std::fmt::Write as _;
use std::path::PathBuf;

use platlint_config::{PolicySource, SourceDialect, TestOutcome, TestResult, run_tests};

use super::check::answer;
use super::load::in_lines;
use crate::args::TestArgs;
use crate::exit::{ExitStatus, Failure};

/// The folder of policies where none is named.
const FOLDER: &str = "policies";

pub(super) fn run(args: &TestArgs) -> Result<ExitStatus, Failure> {
    let folders = if args.paths.is_empty() { vec![PathBuf::from(FOLDER)] } else { args.paths.clone() };
    let sources: Vec<PolicySource> = folders
        .into_iter()
        .map(|path| PolicySource { path, dialect: SourceDialect::Native, namespaces: Vec::new() })
        .collect();
    let report = run_tests(&sources, args.coverage).map_err(|problems| in_lines(&problems))?;
    let wanted = |test: &&TestResult| args.run.as_ref().is_none_or(|text| test.name.contains(text));
    let tests: Vec<&TestResult> = report.tests.iter().filter(wanted).collect();
    if tests.is_empty() {
        return Err(Failure::Usage("no tests were found (rules `test_…` in files `*_test.rego`)".to_owned()));
    }
    let mut out = String::new();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for test in tests {
        let place = format!("{}:{}:{}", test.file, test.line, test.column);
        // Writing to a string cannot fail, here and below.
        match &test.outcome {
            TestOutcome::Passed => passed += 1,
            TestOutcome::Skipped => {
                skipped += 1;
                let _ = writeln!(out, "SKIPPED {place} {}", test.name);
            }
            TestOutcome::Failed { value } => {
                failed += 1;
                let value = value.as_deref().unwrap_or("undefined");
                let _ = writeln!(out, "FAILED {place} {}: its value is {value}, not true", test.name);
            }
            TestOutcome::Error(problem) => {
                failed += 1;
                let _ = writeln!(out, "FAILED {place} {}: {problem}", test.name);
            }
        }
        for line in &test.prints {
            let _ = writeln!(out, "    {line}");
        }
    }
    for file in &report.coverage {
        let missed: Vec<String> = file.missed.iter().map(ToString::to_string).collect();
        let missed = if missed.is_empty() { String::new() } else { format!(", not line {}", missed.join(", ")) };
        let _ = writeln!(out, "{:3} % {}{missed}", file.percent(), file.file);
    }
    let _ = writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped");
    answer(&out)?;
    Ok(if failed == 0 { ExitStatus::Clean } else { ExitStatus::Findings })
}
