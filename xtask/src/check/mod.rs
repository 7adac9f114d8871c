//! `cargo xtask test`: every check and every test, in one command for people and CI alike.
//!
//! This module decides which steps there are and in which order; each step's own module how it is done, and `report` how
//! the outcome is told. Steps go on after a failure, so that one run shows everything that is wrong.

mod chart;
mod e2e;
mod fuzz;
mod generated;
mod images;
mod layout;
mod libtest;
mod named_tests;
mod report;
mod rust;
mod tidy;
mod tools;

use crate::peers::Cache;
use crate::workspace::Workspace;
use anyhow::Result;
use clap::{Args, ValueEnum};
use report::{Outcome, Report};
use std::process::ExitCode;

/// Flags of `cargo xtask test`.
#[derive(Args)]
pub(crate) struct TestArgs {
    /// Only these steps; all when none is given
    #[arg(value_enum)]
    steps: Vec<Step>,
    /// Whether a missing tool fails the run instead of being reported
    #[arg(long, env = "CI", value_parser = clap::builder::FalseyValueParser::new())]
    ci: bool,
    #[command(flatten)]
    cache: Cache,
}

/// Flags of `cargo xtask generate`.
#[derive(Args)]
pub(crate) struct GenerateArgs {
    /// Compare with what is committed instead of writing
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    cache: Cache,
}

/// The steps, in the order they run: what is cheap and fails often comes first.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Step {
    /// File names, file lengths, a subject atop each module, tests that pages name
    Tidy,
    /// Which crate may depend on which
    Layout,
    /// Formatting of Rust code
    Fmt,
    /// Clippy with warnings denied
    Clippy,
    /// Bans, licenses and sources of dependencies
    Deny,
    /// Formatting, strictness and tests of the policies, by stock OPA
    Opa,
    /// All Rust tests but those of the two steps below
    Tests,
    /// The end-to-end tests against a real API server
    E2e,
    /// The tests of signed images, by cosign and against real registries
    Images,
    /// Generated files are those that the code generates
    Generated,
    /// The Helm chart: rendered as committed, accepted by the rules it installs, started with flags that exist
    Chart,
    /// A short run of each fuzz target
    Fuzz,
}

impl Step {
    fn run(self, workspace: &Workspace, args: &TestArgs, report: &mut Report) -> Result<Outcome> {
        match self {
            Self::Tidy => tidy::check(workspace),
            Self::Layout => layout::check(workspace),
            Self::Fmt => rust::formatting(workspace),
            Self::Clippy => rust::clippy(workspace),
            Self::Deny => tools::deny(workspace, &args.cache),
            Self::Opa => tools::policies(workspace, &args.cache),
            Self::Tests => {
                let (outcome, tests) = rust::tests(workspace, &args.cache)?;
                report.tests.add(tests);
                Ok(outcome)
            }
            Self::E2e => {
                let (outcome, tests) = e2e::run(workspace, &args.cache)?;
                report.tests.add(tests);
                Ok(outcome)
            }
            Self::Images => {
                let (outcome, tests) = images::run(workspace, &args.cache)?;
                report.tests.add(tests);
                Ok(outcome)
            }
            Self::Generated => generated::check(workspace),
            Self::Chart => chart::check(workspace, &args.cache),
            Self::Fuzz => fuzz::short_run(workspace),
        }
    }
}

/// Runs the steps and prints the summary.
pub(crate) fn test(args: &TestArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let mut report = Report::new(args.ci);
    for step in Step::value_variants() {
        if !args.steps.is_empty() && !args.steps.contains(step) {
            continue;
        }
        let name = step.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        println!("\n== {name}");
        // A step that cannot be carried out at all has failed; the others still run.
        let outcome = step.run(&workspace, args, &mut report);
        report.add(name, outcome.unwrap_or_else(|error| Outcome::Failed(format!("{error:#}"))));
    }
    print!("\n{report}");
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the generated files, or compares them.
pub(crate) fn generate(args: &GenerateArgs) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    if !args.check {
        generated::write(&workspace)?;
        chart::write(&workspace, &args.cache)?;
        return Ok(ExitCode::SUCCESS);
    }
    match generated::check(&workspace)? {
        Outcome::Failed(reason) => {
            eprintln!("{reason}");
            Ok(ExitCode::FAILURE)
        }
        Outcome::Passed | Outcome::Skipped(_) => Ok(ExitCode::SUCCESS),
    }
}
