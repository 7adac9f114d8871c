//! Tests of policies.

use std::path::Path;

use platlint_config::{PolicySource, SourceDialect, TestOutcome, run_tests, test_sources};

use crate::folder::{Folder, GOOD_RULE};

const TESTS: &str = "\
package team.short_names_test

import data.team.short_names

long := {\"review\": {\"object\": {\"metadata\": {\"name\": \"abcd\"}}}, \"parameters\": {\"longest\": 3}}

test_denies_long_names if {
\tprint(\"found\", short_names.deny)
\tcount(short_names.deny) == 1 with input as long
}

test_fails if count(short_names.deny) == 1

test_gives_no_truth := 1

test_breaks if to_number(\"a\") == 1

todo_test_later if false

helper_test_is_none if false
";

fn folder(test: &str) -> Folder {
    Folder::with(
        test,
        &[
            ("platlint.yaml", "version: 1\npolicies: [builtin, {path: policies}]\n"),
            ("policies/naming/short-names/short_names.rego", GOOD_RULE),
            ("policies/naming/short-names/short_names_test.rego", TESTS),
        ],
    )
}

#[test]
fn rules_about_platform_files_are_tested_on_notes() {
    let rule = "\
# METADATA
# title: Actions exist
# custom: {platlint: {problems: [unknown-action]}}
package team.actions_exist

deny contains {\"msg\": msg, \"path\": problem.path} if {
\tsome problem in input.platform.problems[\"unknown-action\"]
\tmsg := sprintf(\"there is no action %s\", [problem.action])
}
";
    let tests = "\
package team.actions_exist_test

import data.team.actions_exist

note := {\"path\": [\"spec\", \"steps\", 0, \"action\"], \"action\": \"fetch:plan\"}

test_denies_what_was_noted if {
\tfound := actions_exist.deny with input.platform as {\"problems\": {\"unknown-action\": [note]}, \"unknown\": {}}
\tfound == {{\"msg\": \"there is no action fetch:plan\", \"path\": note.path}}
}

test_accepts_everything_else if {
\tcount(actions_exist.deny) == 0 with input.platform as {\"problems\": {\"unknown-input\": [note]}, \"unknown\": {}}
}
";
    let folder = Folder::with(
        "tests-of-notes",
        &[
            ("platlint.yaml", "version: 1\npolicies: [{path: policies}]\n"),
            ("policies/templates/actions-exist/actions_exist.rego", rule),
            ("policies/templates/actions-exist/actions_exist_test.rego", tests),
        ],
    );
    assert_eq!(&*folder.load().unwrap().set.rules()[0].meta.problems, ["unknown-action".into()]);
    let report = run_tests(&test_sources(&folder.options()).unwrap(), false).unwrap();
    assert_eq!(report.counts(), [2, 0, 0, 0], "{:?}", report.tests);
}

#[test]
fn tests_pass_fail_break_or_wait() {
    let folder = folder("tests");
    let sources = test_sources(&folder.options()).unwrap();
    assert_eq!(sources.len(), 1);
    let report = run_tests(&sources, false).unwrap();
    assert_eq!(report.counts(), [1, 2, 1, 1]);
    assert!(!report.is_good());
    let lines: Vec<String> = report
        .tests
        .iter()
        .map(|test| {
            let outcome = match &test.outcome {
                TestOutcome::Passed => "passed".to_owned(),
                TestOutcome::Failed { value } => format!("failed: {value:?}"),
                TestOutcome::Error(problem) => format!("error: {problem}"),
                TestOutcome::Skipped => "skipped".to_owned(),
            };
            format!("{}:{}:{} {} {outcome} {:?}", test.file, test.line, test.column, test.name, test.prints)
        })
        .collect();
    insta::assert_snapshot!(folder.shorten(&lines.join("\n")));
}

#[test]
fn coverage_counts_lines_of_policies() {
    let folder = folder("coverage");
    let report = run_tests(&test_sources(&folder.options()).unwrap(), true).unwrap();
    assert_eq!(report.coverage.len(), 1);
    let file = &report.coverage[0];
    assert!(file.file.ends_with("short_names.rego") && !file.covered.is_empty(), "{file:?}");
    assert_eq!((file.missed.len(), file.percent()), (0, 100), "{file:?}");
}

#[test]
fn tests_that_are_no_rego_are_problems() {
    let folder = folder("broken-tests");
    folder.write("policies/naming/short-names/b_test.rego", b"package b_test\n\ntest_a if {\n");
    let problems = run_tests(&test_sources(&folder.options()).unwrap(), false).unwrap_err();
    let shown = folder.shorten(&problems.to_string());
    assert!(shown.starts_with("policies/naming/short-names/b_test.rego:"), "{shown}");
}

#[test]
fn the_tests_of_the_built_in_policies_pass() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let source = PolicySource { path, dialect: SourceDialect::Native, namespaces: Vec::new() };
    let report = run_tests(&[source], false).unwrap();
    let bad: Vec<_> = report.tests.iter().filter(|test| test.outcome != TestOutcome::Passed).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(report.tests.len() > 20, "{} tests", report.tests.len());
}
