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
    /// Whether there was more to say than an answer holds (a long annotation, many causes).
    pub(super) is_cut: bool,
}

impl Verdict {
    /// Whether an answer says this. One that is cut says a part of it.
    pub(super) fn is_answered_by(&self, answer: &Self) -> bool {
        if !answer.is_cut {
            return self == answer;
        }
        answer.findings.is_subset(&self.findings)
            && answer.denials.is_subset(&self.denials)
            && answer.undecided.is_subset(&self.undecided)
            && answer.denials.len() >= self.denials.len().min(CAUSES)
    }
}

impl Verdict {
    /// What is in one of both only, a line each.
    pub(super) fn difference(&self, answer: &Self) -> String {
        let lines = |one: &Self| -> BTreeSet<String> {
            let denials = one.denials.iter().map(|denial| format!("{denial:?}"));
            denials.chain(one.findings.iter().cloned()).chain(one.undecided.iter().cloned()).collect()
        };
        let (file, cluster) = (lines(self), lines(answer));
        let file_only = file.difference(&cluster).map(|line| format!("\n    file only:    {line}"));
        file_only.chain(cluster.difference(&file).map(|line| format!("\n    cluster only: {line}"))).collect()
    }
}

/// An answer lists so many causes at most.
const CAUSES: usize = 40;

/// What `platlint check` says of the objects of a file.
pub(super) fn checked(fixture: &Fixture, objects: &[Object], folder: &Path) -> BTreeMap<String, Verdict> {
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
    let mut verdicts: BTreeMap<String, Verdict> =
        objects.iter().map(|object| (object.place(), Verdict::default())).collect();
    // An answer is of lines.
    let text = |value: &Value| value.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    for (list, is_finding) in [("findings", true), ("undecided", false)] {
        for one in json[list].as_array().expect("a list") {
            // What generators of the file would make is another object.
            if !one["origin"].is_null() {
                continue;
            }
            let Some(object) = object_of(one, objects) else {
                panic!("{}: speaks of an object that is not there: {one}", fixture.name)
            };
            let field = field(one["path"].as_str().expect("a path"), object);
            let verdict = verdicts.get_mut(&object.place()).expect("a place");
            let rule = text(&one["rule"]);
            if !is_finding {
                verdict.undecided.insert(without_cause(&format!("{rule} {field}: {}", text(&one["reason"]))));
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
    let path = finding["path"].as_str()?;
    let is_in =
        |object: &&Object| path.strip_prefix(&object.item).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    objects.iter().filter(|object| finding["document"] == object.document).find(is_in)
}

/// The pointer as Kubernetes names fields, `spec.containers[0].image`, from the object's own root.
fn field(path: &str, object: &Object) -> String {
    let path = path.strip_prefix(&object.item).unwrap_or(path);
    let tokens: Vec<String> =
        path.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect();
    let mut text = String::new();
    let mut at = Some(&object.value);
    for token in &tokens {
        let is_index = at.is_some_and(Value::is_array) && token.parse::<usize>().is_ok();
        if is_index || token.contains(['.', '/', '[', ']']) {
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

/// Why a signature is not known differs, as it must: a file is not looked up unless that is asked for, and in the cluster the
/// registries of the fixtures, which do not exist, were asked.
fn without_cause(undecided: &str) -> String {
    const KNOWN_NOT: &str = " is not known";
    match undecided.find(KNOWN_NOT).filter(|_| undecided.starts_with("image-signature ")) {
        Some(end) => undecided[..end + KNOWN_NOT.len()].to_owned(),
        None => undecided.to_owned(),
    }
}

/// What the webhook answered. The annotations are those of the answer, without the name of the webhook.
pub(super) fn answered(status: &Value, annotations: impl Fn(&str) -> Option<String>) -> Verdict {
    let mut is_cut = false;
    let mut list = |key: &str| -> BTreeSet<String> {
        let text = annotations(key).unwrap_or_default();
        let mut entries: BTreeSet<String> =
            text.split("; ").filter(|entry| !entry.is_empty()).map(str::to_owned).collect();
        let whole = entries.len();
        entries.retain(|entry| !entry.ends_with(" more"));
        is_cut |= entries.len() < whole;
        entries
    };
    let (findings, undecided) = (list("findings"), list("undecided"));
    let undecided = undecided.iter().map(|entry| without_cause(entry)).collect();
    let causes = status["details"]["causes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Verdict {
        is_cut: is_cut || causes.len() == CAUSES,
        findings,
        denials: causes
            .iter()
            .map(|cause| (text(&cause["reason"]), text(&cause["field"]), text(&cause["message"])))
            .collect(),
        undecided,
    }
}
