//! What is known of the cluster: objects that come and go, kinds whose definition comes later, and reloads that need what
//! was not known before.

use crate::scene::{Script, only, pod, scene};
use platlint_e2e::{wait, webhook::Webhook};
use serde_json::{Value, json};

const LIMIT_RANGE: &str = "{apiVersion: v1, kind: LimitRange, metadata: {name: defaults}, \
     spec: {limits: [{type: Container, default: {cpu: 100m, memory: 64Mi}}]}}";

#[test]
fn a_limit_range_that_comes_and_goes_decides_from_then_on() {
    let Some(scene) = scene("caches", &only("resource-limits: error")) else { return };
    let kubectl = &scene.space.kubectl;
    // A template: of a Pod the API server itself would fill in the limits before anybody is asked.
    let apply = || {
        let template = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: web, image: x}]}}";
        let manifest = format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{selector: {{matchLabels: {{a: b}}}}, {template}}}}}"
        );
        kubectl.run_with(&["apply", "--dry-run=server", "-f", "-"], &manifest)
    };
    let text = apply().expect_failure();
    assert!(text.contains("[resource-limits]"), "an empty cache is known to be empty: {text}");
    kubectl.apply(LIMIT_RANGE).expect_success();
    let kind = ["kind=\"v1/LimitRange\""];
    wait::until("the LimitRange to count", || apply().succeeded.then_some(()));
    assert!(scene.webhook.metric("platlint_cache_bytes", &kind) > 100.0);
    kubectl.run(&["delete", "limitrange", "defaults"]).expect_success();
    wait::until("its absence to count", || (!apply().succeeded).then_some(()));
}

const WIDGETS: &str = r#"# METADATA
# title: A Pod has a widget of its name
# custom:
#   platlint:
#     match: {kinds: [{groups: [""], kinds: [Pod]}]}
#     requires: ["inventory:caches.e2e.platlint.dev/v1/Widget"]
package platlint.e2e.widget

deny contains {"msg": "it has no widget", "path": ["metadata", "name"]} if {
	not data.inventory.namespace[input.review.namespace]["caches.e2e.platlint.dev/v1"].Widget[input.review.name]
}
"#;

fn definition() -> Value {
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.caches.e2e.platlint.dev"},
        "spec": {
            "group": "caches.e2e.platlint.dev", "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets", "singular": "widget"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
        },
    })
}

fn known_widgets(webhook: &Webhook) -> f64 {
    webhook.metric("platlint_cache_objects", &["Widget"])
}

#[test]
fn a_kind_that_is_not_installed_is_empty_and_is_followed_when_it_comes() {
    let before = "version: 1\npolicies: [builtin, {path: policies}]\nrules: {\"*\": off}\n";
    let after = "version: 1\npolicies: [builtin, {path: policies}]\nrules: {\"*\": off, widget: error}\n";
    let policies = [("policies/e2e/widget/widget.rego", WIDGETS)];
    let script = Script { subject: "caches", config: before, policies: &policies, ..Script::default() };
    let Some(scene) = script.play() else { return };
    let apply = || scene.space.kubectl.run_with(&["apply", "--dry-run=server", "-f", "-"], &pod("web", "x"));
    apply().expect_success();
    // A reload brings the kind, whose definition is missing: the replica stays in service, and nothing has a widget.
    scene.webhook.write_config(after);
    wait::until("the rule to be in force", || (!apply().succeeded).then_some(()));
    assert_eq!(scene.webhook.readiness().map(|(status, _)| status), Some(200));
    assert!(scene.webhook.log().contains("the API server has no such resource"));
    let api = scene.plane.api();
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    api.must_create(definitions, &definition());
    let widget = json!({"apiVersion": "caches.e2e.platlint.dev/v1", "kind": "Widget", "metadata": {"name": "web"}});
    let widgets = scene.space.path("caches.e2e.platlint.dev/v1", "widgets");
    wait::until("the new kind to be served", || (api.create(&widgets, &widget).status == 201).then_some(()));
    wait::until("the widget to be known", || apply().succeeded.then_some(()));
    assert!(known_widgets(&scene.webhook) > 0.0);
    // Gone with its definition, and nothing else is lost.
    api.delete(&format!("{definitions}/widgets.caches.e2e.platlint.dev"));
    wait::until("the widget to be forgotten", || (!apply().succeeded).then_some(()));
    assert!(known_widgets(&scene.webhook) < 1.0);
    assert_eq!(scene.webhook.readiness().map(|(status, _)| status), Some(200));
}
