//! Every fixture of every rule: it passes, fails or stays undecided as its name says, at the places the snapshots show.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::sandbox::{root, run_in};

/// Fixture files of the rules, sorted: `fixtures/policies/<category>/<rule>/<file>`.
pub fn rule_fixtures() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for category in folders(&root().join("fixtures/policies")) {
        for rule in folders(&category) {
            let id = rule.file_name().unwrap().to_str().unwrap().to_owned();
            for entry in std::fs::read_dir(&rule).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                let is_support = name.ends_with(".config.yaml") || name.starts_with("catalog-snapshot");
                if !is_support && path.extension().is_some_and(|ending| ending == "yaml" || ending == "json") {
                    found.push((id.clone(), path));
                }
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "only {} fixtures were found", found.len());
    found
}

/// The folders in a folder, sorted.
pub fn folders(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// The configuration of a fixture: its own, else that of its folder.
pub fn config_of(fixture: &Path) -> Option<PathBuf> {
    let own = fixture.with_extension("config.yaml");
    let shared = fixture.with_file_name("default.config.yaml");
    [own, shared].into_iter().find(|config| config.exists())
}

/// The documents a rule is expected to speak of: all but those that only stand there to be looked up.
fn judged_documents(rule: &str, fixture: &Path) -> BTreeSet<u64> {
    let relative = fixture.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    let documents = run_in(&root(), &["inspect", &relative], &[], b"").json();
    let documents = documents.as_array().unwrap().iter();
    let is_looked_up = |one: &&serde_json::Value| {
        ["LimitRange", "CompositeResourceDefinition"].iter().any(|kind| one["object"]["kind"] == **kind)
    };
    // Rules about definitions judge them; all others look them up.
    documents
        .filter(|one| rule.starts_with("xrd-") || !is_looked_up(one))
        .map(|one| one["document"].as_u64().unwrap())
        .collect()
}

/// Runs `check` on one fixture with one rule, as JSON.
fn check(rule: &str, fixture: &Path) -> serde_json::Value {
    let relative = fixture.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    let config = config_of(fixture).map(|path| path.to_str().unwrap().to_owned());
    let mut arguments = vec!["check", "--format", "json", "--rule", rule, "--exit-zero"];
    if let Some(config) = &config {
        arguments.extend(["--config", config]);
    }
    arguments.push(&relative);
    let ran = run_in(&root(), &arguments, &[], b"");
    assert_eq!(ran.code, 0, "{relative}: {}", ran.shown());
    ran.json()
}

#[test]
fn every_fixture_gives_what_its_name_says() {
    let mut wrong = Vec::new();
    for (rule, fixture) in rule_fixtures() {
        let json = check(&rule, &fixture);
        let name = fixture.file_name().unwrap().to_str().unwrap();
        let with = |list: &str| -> BTreeSet<u64> {
            let items = json[list].as_array().unwrap().iter();
            items.filter(|item| item["rule"] == *rule).map(|item| item["document"].as_u64().unwrap()).collect()
        };
        let (findings, undecided) = (with("findings"), with("undecided"));
        let all = judged_documents(&rule, &fixture);
        let right = match name.split('-').next().unwrap() {
            "pass" => findings.is_empty() && undecided.is_empty(),
            "fail" => findings == all,
            "undecided" => findings.is_empty() && undecided == all,
            other => panic!(
                "{}: `{other}` is no expectation; a fixture's name begins with pass-, fail- or undecided-",
                fixture.display()
            ),
        };
        if all.is_empty() || !right {
            wrong.push(format!(
                "{rule}/{name}: {} documents, findings in {findings:?}, undecided in {undecided:?}",
                all.len()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn findings_of_fixtures_stand_where_the_snapshots_say() {
    let mut by_rule: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    for (rule, fixture) in rule_fixtures() {
        let json = check(&rule, &fixture);
        let shown = by_rule.entry(rule.clone()).or_default();
        let name = fixture.file_name().unwrap().to_str().unwrap();
        for (list, text) in [("findings", "message"), ("undecided", "reason")] {
            for item in json[list].as_array().unwrap() {
                let place = format!("{}:{}", item["line"], item["column"]);
                // Writing to a string cannot fail.
                let _ = writeln!(
                    shown,
                    "{name}:{place} {list} {} {}\n    {}",
                    item["rule"].as_str().unwrap(),
                    item["path"].as_str().unwrap(),
                    item[text].as_str().unwrap()
                );
            }
        }
    }
    for (rule, shown) in by_rule {
        insta::assert_snapshot!(format!("places_{rule}"), shown);
    }
}
