//! What the API server requires and no rule asks for: fixtures leave it out to stay short.
//!
//! Both sides are given the completed file, so that such a fixture is judged by the cluster, too, instead of refused.

use super::fixtures::Fixture;
use platlint_engine::{ValueBuilder, to_json};
use platlint_source::{Document, Limits, Reading, SourceText};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The fixture with what was missing, written to the folder; the fixture itself where nothing was.
pub(super) fn completed(fixture: &Fixture, folder: &Path) -> Fixture {
    let text = SourceText::decode(fs::read(&fixture.path).expect("a fixture")).expect("text");
    let mut documents = Vec::new();
    let mut is_changed = false;
    for chunk in text.split() {
        let parsed = Document::parse(text.as_str(), chunk, &Limits::default()).expect("a document");
        let value = parsed.build(Reading::Kubernetes, &mut ValueBuilder::default()).expect("a value");
        let before = to_json(&value);
        let mut after = before.clone();
        complete(&mut after);
        is_changed |= after != before;
        documents.push(after.to_string());
    }
    if !is_changed {
        return fixture.clone();
    }
    let path = folder.join(fixture.name.replace('/', "-"));
    fs::write(&path, documents.join("\n---\n")).expect("a completed fixture");
    Fixture { path, ..fixture.clone() }
}

fn complete(object: &mut Value) {
    for item in object.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
        complete(item);
    }
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group).to_owned();
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    if group.is_empty() && matches!(kind.as_str(), "PersistentVolumeClaim" | "Service") {
        missing(object, "spec", json!({}));
    }
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    match (group.as_str(), kind.as_str()) {
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") => select(spec, true),
        ("", "ReplicationController") => select(spec, false),
        ("batch", "Job") => never_restart(&mut spec["template"]),
        ("batch", "CronJob") => {
            missing(spec, "schedule", json!("0 0 * * *"));
            if spec["jobTemplate"]["spec"].is_object() {
                never_restart(&mut spec["jobTemplate"]["spec"]["template"]);
            }
        }
        ("networking.k8s.io", "Ingress") if spec.get("rules").is_none() => {
            missing(spec, "defaultBackend", json!({"service": {"name": "web", "port": {"number": 80}}}));
        }
        ("", "Service") => missing(spec, "ports", json!([{"port": 80}])),
        ("", "PersistentVolumeClaim") => {
            missing(spec, "accessModes", json!(["ReadWriteOnce"]));
            missing(spec, "resources", json!({"requests": {"storage": "1Gi"}}));
        }
        _ => {}
    }
}

/// Labels and the selector that finds them.
fn select(spec: &mut Value, is_nested: bool) {
    if !spec["template"].is_object() || spec.get("selector").is_some() {
        return;
    }
    missing(&mut spec["template"], "metadata", json!({}));
    let metadata = &mut spec["template"]["metadata"];
    if metadata.is_object() {
        missing(metadata, "labels", json!({"app": "fixture"}));
        let labels = metadata["labels"].clone();
        spec["selector"] = if is_nested { json!({"matchLabels": labels}) } else { labels };
    }
}

fn never_restart(template: &mut Value) {
    if let Some(spec) = template.get_mut("spec").filter(|spec| spec.is_object()) {
        missing(spec, "restartPolicy", json!("Never"));
    }
}

fn missing(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.entry(key).or_insert(value);
    }
}
