//! Deletions: judged only by rules that ask for them, and never in the way of an object that is going already.

use crate::scene::{Script, only, pod};
use serde_json::json;

const PROTECTED: &str = r#"# METADATA
# title: What is protected is not deleted
# custom:
#   platlint:
#     match: {kinds: [{groups: [""], kinds: [ConfigMap]}], operations: [DELETE]}
package platlint.e2e.protected

deny contains {"msg": msg, "path": ["metadata", "labels", "protected"]} if {
	input.review.object.metadata.labels.protected == "yes"
	msg = sprintf("%v is protected", [input.review.name])
}
"#;

#[test]
fn a_rule_that_asks_for_deletions_reads_the_object_that_would_go() {
    let config = "version: 1\npolicies: [builtin, {path: policies}]\nrules: {\"*\": off, protected: error}\n";
    let policies = [("policies/e2e/protected/protected.rego", PROTECTED)];
    let operations = ["CREATE", "UPDATE", "DELETE"];
    let script =
        Script { subject: "delete", config, policies: &policies, operations: Some(&operations), ..Script::default() };
    let Some(scene) = script.play() else { return };
    let kubectl = &scene.space.kubectl;
    kubectl.run(&["create", "configmap", "kept"]).expect_success();
    kubectl.run(&["create", "configmap", "loose"]).expect_success();
    kubectl.run(&["label", "configmap", "kept", "protected=yes"]).expect_success();
    let text = kubectl.run(&["delete", "configmap", "kept"]).expect_failure();
    let expected = "denied the request: [protected] kept is protected (metadata.labels.protected)";
    assert!(text.contains(expected), "{text}");
    kubectl.run(&["delete", "configmap", "loose"]).expect_success();
    kubectl.run(&["get", "configmap", "kept"]).expect_success();
}

#[test]
fn a_rule_without_deletions_lets_what_it_would_deny_go() {
    let config = only("resource-limits: warn");
    let operations = ["CREATE", "UPDATE", "DELETE"];
    let script = Script { subject: "delete", config: &config, operations: Some(&operations), ..Script::default() };
    let Some(scene) = script.play() else { return };
    let kubectl = &scene.space.kubectl;
    kubectl.apply(&pod("a", "example.org/web:1")).expect_success();
    let said = kubectl.run(&["delete", "pod", "a", "--now"]);
    assert_eq!(said.stderr, "", "a deletion is not judged as what it deletes");
    said.expect_success();
}

#[test]
fn a_finalizer_is_removed_from_a_deleting_object_that_the_rules_would_deny() {
    // The object comes first: it could not be created under the rule.
    let manifest = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, finalizers: [example.org/keep]}, spec: \
        {replicas: 0, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, \
        spec: {containers: [{name: web, image: \"example.org/web:1\"}]}}}}";
    let config = only("resource-limits: error");
    let script = Script { subject: "finalizer", config: &config, before: &[manifest], ..Script::default() };
    let Some(scene) = script.play() else { return };
    let api = scene.plane.api();
    let path = scene.space.path("apps/v1", "deployments/a");
    assert_eq!(api.delete(&path).status, 200);
    assert!(api.get(&path).unwrap()["metadata"]["deletionTimestamp"].is_string());
    let answer = api.merge(&path, &json!({"metadata": {"finalizers": null}}));
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert!(api.get(&path).is_none());
}
