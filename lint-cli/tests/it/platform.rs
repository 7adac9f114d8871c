//! Fixtures of rules that look beyond one file: each a small tree under `fixtures/platform/<rule>/<case>/`, with what the
//! rule must say of it in `expected.txt`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::fixtures::folders;
use crate::sandbox::{root, run_in};

/// `file:line:column` of what the rule says in a list of the answer.
fn places(answer: &serde_json::Value, list: &str, rule: &str) -> BTreeSet<String> {
    let items = answer[list].as_array().unwrap().iter().filter(|item| item["rule"] == *rule);
    let place = |item: &serde_json::Value| {
        format!("{}:{}:{} {rule}", item["file"].as_str().unwrap(), item["line"], item["column"])
    };
    items.map(place).collect()
}

/// What is wrong about a case; `None` where it is as expected.
fn judge(rule: &str, case: &Path) -> Option<String> {
    let name = case.file_name().unwrap().to_str().unwrap();
    let ran = run_in(case, &["check", "--format", "json", "--rule", rule, "--exit-zero", "."], &[], b"");
    if ran.code != 0 {
        return Some(format!("{rule}/{name}: {}", ran.shown()));
    }
    let answer = ran.json();
    let found = places(&answer, "findings", rule);
    let open = places(&answer, "undecided", rule);
    let expected: BTreeSet<String> = std::fs::read_to_string(case.join("expected.txt"))
        .map(|text| text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned()).collect())
        .unwrap_or_default();
    let right = match name.split('-').next().unwrap() {
        "pass" => found.is_empty() && open.is_empty() && expected.is_empty(),
        "fail" => !found.is_empty() && found == expected,
        "undecided" => found.is_empty() && !open.is_empty() && (expected.is_empty() || open == expected),
        _ => panic!("{rule}/{name}: a case's name begins with pass-, fail- or undecided-"),
    };
    (!right).then(|| format!("{rule}/{name}:\n  expected {expected:#?}\n  found {found:#?}\n  undecided {open:#?}"))
}

#[test]
fn every_tree_gives_what_its_name_says() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for rule in folders(&root().join("fixtures/platform")) {
        let id = rule.file_name().unwrap().to_str().unwrap().to_owned();
        for case in folders(&rule) {
            cases += 1;
            wrong.extend(judge(&id, &case));
        }
    }
    assert!(cases > 10, "only {cases} trees were found");
    assert!(wrong.is_empty(), "{} of {cases} trees:\n{}", wrong.len(), wrong.join("\n"));
}
