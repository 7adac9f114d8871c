//! Conftest packages as configured folders.

use std::sync::Arc;

use platlint_config::{Loaded, PolicySource, load};
use platlint_engine::{Evaluator, Facts, Level, Review, Situation, Value};

use crate::folder::{Folder, now};

const MAIN: &str = "\
package main

import rego.v1

deny contains msg if {
\tinput.kind == \"Pod\"
\tnot input.metadata.labels.app
\tmsg := \"no label app\"
}

warn_names contains {\"msg\": \"short\"} if count(input.metadata.name) < 3
";

fn conftest(folder: &Folder, namespaces: &[&str]) -> Result<Loaded, String> {
    let mut options = folder.options();
    options.builtin = false;
    let mut source: PolicySource = format!("{}:conftest", folder.path.join("legacy").display()).parse().unwrap();
    source.namespaces = namespaces.iter().map(ToString::to_string).collect();
    options.policies.push(source);
    load(&options).map_err(|problems| folder.shorten(&problems.to_string()))
}

#[test]
fn conftest_packages_run_unchanged() {
    let folder = Folder::with(
        "conftest",
        &[
            ("legacy/a.rego", MAIN),
            ("legacy/b.rego", "package other\n\nimport rego.v1\n\nviolation contains {\"msg\": \"b\"} if true\n"),
        ],
    );
    let loaded = conftest(&folder, &[]).unwrap();
    let mut evaluator = Evaluator::new(Arc::new(loaded.set));
    let object = Value::from_json_str(r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#).unwrap();
    let review = Review::of_document(object, None, Situation { now: now(), cluster: None }).unwrap();
    let found = evaluator.decide(&review, &Facts::default()).findings;
    let found: Vec<(&str, &str, Level)> =
        found.iter().map(|one| (&*one.rule, one.message.as_str(), one.level)).collect();
    assert_eq!(found, [("main.deny", "no label app", Level::Error), ("main.warn_names", "short", Level::Warn)]);

    let ids = |loaded: &Loaded| loaded.set.rules().iter().map(|rule| rule.meta.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&conftest(&folder, &["other"]).unwrap()), ["other"]);
    assert_eq!(ids(&conftest(&folder, &["*"]).unwrap()), ["main", "other"]);
}

#[test]
fn a_package_that_is_not_there_is_a_problem_naming_those_that_are() {
    let folder = Folder::with("conftest-missing", &[("legacy/a.rego", &MAIN.replace("main", "k8s.rules"))]);
    insta::assert_snapshot!(conftest(&folder, &[]).unwrap_err());
}

#[test]
fn conftest_files_with_errors_are_problems_at_their_line() {
    let folder = Folder::with(
        "conftest-broken",
        &[("legacy/a.rego", MAIN), ("legacy/b.rego", "package main\n\ndeny[msg] { msg := \"v0\" }\n")],
    );
    insta::assert_snapshot!(conftest(&folder, &[]).unwrap_err());
}
