//! A verdict in one form, whoever gave it: from the JSON of `platlint check`, from an AdmissionReview.

use super::fixtures::{Fixture, Object};
use platlint_e2e::assets;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// What was said of one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Verdict {
    /// `rule level field` of each finding.
    pub(super) findings: BTreeSet<String>,
    /// Rule, field and message of each finding that denies.
    pub(super) denials: BTreeSet<(String, String, String)>,
    /// `rule field: reason` of what is not decided.
    pub(super) undecided: BTreeSet<String>,
}

/// The place of an object in a file: document and item.
type Place = (u64, Option<usize>);

/// What `platlint check` says of the objects of a file.
pub(super) fn checked(fixture: &Fixture, objects: &[Object], folder: &Path) -> BTreeMap<Place, Verdict> {
    let config = folder.join("platlint.yaml");
    std::fs::write(&config, &fixture.config).expect("a configuration");
    let mut command = Command::new(assets::own("platlint"));
    command.env_clear().current_dir(folder).args(["check", "--format", "json", "--exit-zero", "--config"]);
    // kubectl sends what names no namespace to `default`.
    let output = command.arg(&config).args(["--namespace", "default"]).arg(&fixture.path).output();
    let output = output.expect("platlint runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {told}", fixture.name);
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut verdicts: BTreeMap<Place, Verdict> =
        objects.iter().map(|object| ((object.document, object.item), Verdict::default())).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for (list, is_finding) in [("findings", true), ("undecided", false)] {
        for one in json[list].as_array().expect("a list") {
            let Some(object) = object_of(one, objects) else {
                panic!("{}: speaks of an object that is not there: {one}", fixture.name)
            };
            let field = field(one["path"].as_str().expect("a path"), object);
            let verdict = verdicts.get_mut(&(object.document, object.item)).expect("a place");
            let rule = text(&one["rule"]);
            if !is_finding {
                verdict.undecided.insert(format!("{rule} {field}: {}", text(&one["reason"])));
                continue;
            }
            verdict.findings.insert(format!("{rule} {} {field}", text(&one["level"])));
            if one["level"] == "error" {
                verdict.denials.insert((rule, field, text(&one["message"])));
            }
        }
    }
    verdicts
}

fn object_of<'a>(finding: &Value, objects: &'a [Object]) -> Option<&'a Object> {
    let item = item(finding["path"].as_str()?);
    let of_document = || objects.iter().filter(|object| finding["document"] == object.document);
    of_document().find(|object| object.item.is_none() || object.item == item)
}

/// The item that a pointer into a list leads to.
fn item(path: &str) -> Option<usize> {
    path.strip_prefix("/items/")?.split('/').next()?.parse().ok()
}

/// The pointer as Kubernetes names fields, `spec.containers[0].image`, from the object's own root.
fn field(path: &str, object: &Object) -> String {
    let mut tokens: Vec<String> =
        path.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect();
    if object.item.is_some() {
        tokens.drain(..2);
    }
    let mut text = String::new();
    let mut at = Some(&object.value);
    for token in &tokens {
        if at.is_some_and(Value::is_array) || token.contains(['.', '/', '[', ']']) {
            text.extend(["[", token, "]"]);
        } else {
            text.push_str(if text.is_empty() { "" } else { "." });
            text.push_str(token);
        }
        at = at.and_then(|value| match value {
            Value::Array(items) => items.get(token.parse::<usize>().ok()?),
            _ => value.get(token),
        });
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the webhook answered. The annotations are those of the answer, without the name of the webhook.
pub(super) fn answered(status: &Value, annotations: impl Fn(&str) -> Option<String>) -> Verdict {
    let list = |key: &str| -> BTreeSet<String> {
        let text = annotations(key).unwrap_or_default();
        assert!(!text.ends_with(" more"), "an annotation was cut: {text}");
        text.split("; ").filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
    };
    let causes = status["details"]["causes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Verdict {
        findings: list("findings"),
        denials: causes
            .iter()
            .map(|cause| (text(&cause["reason"]), text(&cause["field"]), text(&cause["message"])))
            .collect(),
        undecided: list("undecided"),
    }
}
