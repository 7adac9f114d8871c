//! `platlint test`: the `test_…` rules of policies, evaluated on regorus' interpreter with strict built-in errors.
//!
//! The interpreter, because only it prints, covers lines and fails where a built-in fails; that the VM agrees with it is
//! proved elsewhere. Every test runs in an engine of its own, so that one that fails half-way leaves nothing behind.

mod coverage;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use platlint_engine::Value;
use regorus::Engine;
use regorus::unstable::{Expr, Rule, RuleHead};
use regorus::utils::limits::ExecutionTimerConfig;

use crate::files::Files;
use crate::policies::rego::RegoFile;
use crate::policies::source::{self, PolicySource};
use crate::policies::{builtin, rego_error, syntax};
use crate::problem::{Problem, Problems};
pub use coverage::FileCoverage;

/// What became of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestOutcome {
    /// It holds.
    Passed,
    /// It is undefined, or has another value than true.
    Failed {
        /// Its value in Rego; `None` where it is undefined.
        value: Option<String>,
    },
    /// It could not be evaluated.
    Error(Problem),
    /// Its name begins with `todo_`.
    Skipped,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// Its package, without `data`.
    pub package: String,
    /// Its name, `test_…` or `todo_test_…`.
    pub name: String,
    /// The file, as users know it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What became of it.
    pub outcome: TestOutcome,
    /// What it printed, in order, each with `file:line`.
    pub prints: Vec<String>,
}

/// All tests of a run, by file and line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestReport {
    /// The tests.
    pub tests: Vec<TestResult>,
    /// Lines that tests evaluated, where that was asked for; test files and built-in libraries are left out.
    pub coverage: Vec<FileCoverage>,
}

impl TestReport {
    /// How many tests ended so: passed, failed, in error, skipped.
    #[must_use]
    pub fn counts(&self) -> [usize; 4] {
        let count = |wanted: fn(&TestOutcome) -> bool| self.tests.iter().filter(|test| wanted(&test.outcome)).count();
        [
            count(|outcome| matches!(outcome, TestOutcome::Passed)),
            count(|outcome| matches!(outcome, TestOutcome::Failed { .. })),
            count(|outcome| matches!(outcome, TestOutcome::Error(_))),
            count(|outcome| matches!(outcome, TestOutcome::Skipped)),
        ]
    }

    /// Whether no test failed or was in error.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let [_, failed, errors, _] = self.counts();
        failed == 0 && errors == 0
    }
}

/// A test may take so long; it is a backstop against loops.
const LIMIT: Duration = Duration::from_secs(10);
/// Steps between two looks at the clock.
const CHECK_EVERY: NonZeroU32 = NonZeroU32::new(1_024).unwrap();

/// Runs all tests of these sources; the files of a source see each other and the built-in libraries. `Err` where policies
/// cannot be read at all: then no test has run.
pub fn run_tests(sources: &[PolicySource], with_coverage: bool) -> Result<TestReport, Problems> {
    let mut report = TestReport::default();
    let mut problems = Vec::new();
    for source in sources {
        match of_source(source, with_coverage) {
            Ok(found) => {
                report.tests.extend(found.tests);
                report.coverage.extend(found.coverage);
            }
            Err(more) => problems.extend(more),
        }
    }
    Problems::check(problems)?;
    report.tests.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    report.coverage.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(report)
}

fn of_source(source: &PolicySource, with_coverage: bool) -> Result<TestReport, Vec<Problem>> {
    let files = source::read(&Files::Disk, &source.path)?;
    let broken = syntax(&files);
    if !broken.is_empty() {
        return Err(broken);
    }
    let shipped = builtin::files()?;
    let libraries = shipped.iter().filter(|file| builtin::is_library(file));
    let libraries = libraries.filter(|library| files.iter().all(|file| file.package != library.package));
    let mut engine = Engine::new();
    for file in files.iter().chain(libraries) {
        let added = engine.add_policy(file.path.to_string(), file.text.to_string());
        added.map_err(|error| vec![rego_error::of_text(&format!("{error:#}"), Some(&file.path))])?;
    }
    platlint_engine::policy::check(&mut engine).map_err(|error| vec![rego_error::of_compile(&error)])?;
    engine.set_strict_builtin_errors(true);
    engine.set_gather_prints(true);
    engine.set_enable_coverage(with_coverage);
    engine.set_execution_timer_config(ExecutionTimerConfig { limit: LIMIT, check_interval: CHECK_EVERY });
    // Analyses all modules once; clones share the result.
    engine
        .eval_query("true".to_owned(), false)
        .map_err(|error| vec![rego_error::of_text(&format!("{error:#}"), Some(&source::shown(&source.path)))])?;

    let mut report = TestReport::default();
    let mut lines = coverage::Lines::default();
    for mut test in tests(&mut engine) {
        if test.outcome != TestOutcome::Skipped {
            let mut engine = engine.clone();
            evaluate(&mut engine, &mut test);
            if with_coverage && let Ok(covered) = engine.get_coverage_report() {
                lines.add(&covered);
            }
        }
        report.tests.push(test);
    }
    let judged: Vec<&RegoFile> = files.iter().filter(|file| !file.is_test()).collect();
    report.coverage = lines.of(&judged);
    Ok(report)
}

/// The tests of all modules, not yet run: each name of a package once.
fn tests(engine: &mut Engine) -> Vec<TestResult> {
    let mut found: Vec<TestResult> = Vec::new();
    for module in engine.get_modules() {
        let package = module.package.refr.span().text().to_owned();
        for rule in &module.policy {
            let Rule::Spec { span, head: RuleHead::Compr { refr, .. }, .. } = rule.as_ref() else { continue };
            let Expr::Var { span: name, .. } = refr.as_ref() else { continue };
            let name = name.text();
            let skipped = name.starts_with("todo_test_");
            let known = found.iter().any(|test| test.package == package && test.name == name);
            if known || !(skipped || name.starts_with("test_")) {
                continue;
            }
            found.push(TestResult {
                package: package.clone(),
                name: name.to_owned(),
                file: span.source.get_path().as_str().into(),
                line: span.line,
                column: span.col,
                outcome: if skipped { TestOutcome::Skipped } else { TestOutcome::Passed },
                prints: Vec::new(),
            });
        }
    }
    found
}

fn evaluate(engine: &mut Engine, test: &mut TestResult) {
    test.outcome = match engine.eval_rule(format!("data.{}.{}", test.package, test.name)) {
        Ok(Value::Bool(true)) => TestOutcome::Passed,
        Ok(Value::Undefined) => TestOutcome::Failed { value: None },
        Ok(other) => TestOutcome::Failed { value: Some(other.to_string()) },
        Err(error) => {
            let problem = rego_error::of_text(&format!("{error:#}"), Some(&test.file));
            let vague = problem.line == 0;
            TestOutcome::Error(if vague {
                Problem { line: test.line, column: test.column, ..problem }
            } else {
                problem
            })
        }
    };
    test.prints = engine.take_prints().unwrap_or_default();
}
