//! The formats for machines: `json`, `sarif`, `github`, `junit`.

use platlint_cli::output::Format;
use platlint_cli::report::{Finding, Report};
use platlint_engine::Level;
use serde_json::Value;

use super::{printed, sample};

#[test]
fn json_is_the_contract() {
    let out = printed(Format::Json, &sample::everything());
    let _: Value = serde_json::from_str(&out).expect("valid JSON");
    insta::assert_snapshot!(out);
}

#[test]
fn json_of_a_clean_run_has_empty_lists() {
    let out = printed(Format::Json, &sample::clean());
    let _: Value = serde_json::from_str(&out).expect("valid JSON");
    insta::assert_snapshot!(out);
}

#[test]
fn json_has_one_finding_per_line() {
    let out = printed(Format::Json, &sample::everything());
    let findings =
        out.lines().filter(|line| line.starts_with("{\"rule\":") && line.contains("\"fingerprint\"")).count();
    assert_eq!(findings, sample::everything().findings.len());
}

#[test]
fn github_writes_workflow_commands() {
    insta::assert_snapshot!(printed(Format::Github, &sample::everything()));
}

#[test]
fn github_lets_no_finding_issue_a_command_of_its_own() {
    let mut report = sample::everything();
    report.findings[0].message = "x\n::stop-commands::y\r::error::z".into();
    report.findings[0].spot.file = "a\n::error::b.yaml".into();
    let out = printed(Format::Github, &report);
    let commands = report.findings.len() + 3 + report.faults.len();
    assert_eq!(out.lines().count(), commands, "{out}");
    assert!(out.lines().all(|line| ["::error ", "::warning ", "::notice "].iter().any(|word| line.starts_with(word))));
}

#[test]
fn github_prints_nothing_when_nothing_is_wrong() {
    assert_eq!(printed(Format::Github, &sample::clean()), "");
}

#[test]
fn sarif_describes_rules_results_and_faults() {
    let out = printed(Format::Sarif, &sample::everything());
    let _: Value = serde_json::from_str(&out).expect("valid JSON");
    insta::assert_snapshot!(out);
}

#[test]
fn sarif_of_a_clean_run_has_no_results() {
    let out = printed(Format::Sarif, &sample::clean());
    let _: Value = serde_json::from_str(&out).expect("valid JSON");
    insta::assert_snapshot!(out);
}

/// More findings than code scanning takes, the gravest last.
pub(super) fn too_many() -> Report {
    let mut report = sample::everything();
    let mut finding: Finding = report.findings[1].clone();
    finding.level = Level::Audit;
    let mut findings = vec![finding; 30_000];
    for finding in findings.iter_mut().skip(29_000) {
        finding.level = Level::Error;
    }
    report.findings = findings;
    report
}

#[test]
fn sarif_leaves_the_least_grave_results_out_and_says_so() {
    let out: Value = serde_json::from_str(&printed(Format::Sarif, &too_many())).expect("valid JSON");
    let run = &out["runs"][0];
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), 25_000);
    // 1,000 findings and one undecided point that the configuration makes an error.
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 1_001);
    let notices = run["invocations"][0]["toolExecutionNotifications"].as_array().expect("a list");
    let notice = notices.last().expect("a notice")["message"]["text"].as_str().expect("text");
    assert!(notice.starts_with("5007 of 30007 results are left out"), "{notice}");
}

#[test]
fn junit_has_a_suite_per_file_and_a_case_per_rule_and_object() {
    insta::assert_snapshot!(printed(Format::Junit, &sample::everything()));
}

#[test]
fn junit_of_a_clean_run_has_one_passed_case() {
    insta::assert_snapshot!(printed(Format::Junit, &sample::clean()));
}

#[test]
fn equal_reports_give_equal_bytes() {
    for format in [Format::Full, Format::Concise, Format::Json, Format::Sarif, Format::Github, Format::Junit] {
        assert_eq!(printed(format, &sample::everything()), printed(format, &sample::everything()), "{format:?}");
    }
}
