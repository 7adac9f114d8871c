//! What is denied, and what a user reads then.

use crate::scene::{limited_pod, only, pod, scene};
use serde_json::{Value, json};

const PAGE: &str = "https://github.com/platlint/platlint/blob/main/docs/rules/resource-limits.md";
const REMEDY: &str = "Write the container's limit under resources.limits, such as `memory: 256Mi`, or give the namespace a \
                      LimitRange with defaults.";

#[test]
fn a_pod_without_limits_is_denied_with_rule_message_field_and_remedy() {
    let Some(scene) = scene("deny", &only("resource-limits: error")) else { return };
    let text = scene.space.kubectl.apply(&pod("a", "example.org/web:1")).expect_failure();
    let expected = format!(
        "Error from server (Forbidden): error when creating \"STDIN\": admission webhook \"validate.platlint.dev\" denied \
         the request: [resource-limits] container \"web\" has no cpu limit (spec.containers[0].resources.limits.cpu). {REMEDY}\n\
         [resource-limits] container \"web\" has no memory limit (spec.containers[0].resources.limits.memory)\n\
         See {PAGE}\n"
    );
    assert_eq!(text, expected);
    scene.space.kubectl.run(&["get", "pod", "a"]).expect_failure();
    scene.space.kubectl.apply(&limited_pod("b")).expect_success();
}

#[test]
fn a_program_reads_each_finding_from_the_status() {
    let Some(scene) = scene("deny", &only("resource-limits: error")) else { return };
    let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [
        {"name": "web", "image": "example.org/web:1", "resources": {"limits": {"memory": "64Mi"}}}]}});
    let answer = scene.plane.api().create(&scene.space.path("v1", "pods"), &object);
    assert_eq!(answer.status, 403);
    let status: Value = answer.json();
    assert_eq!(status["reason"], "Forbidden");
    let cause = json!({"reason": "resource-limits", "message": "container \"web\" has no cpu limit",
        "field": "spec.containers[0].resources.limits.cpu"});
    assert_eq!(status["details"]["causes"], json!([cause]));
    assert_eq!(status["details"]["kind"], "Pod");
    assert_eq!(status["details"]["name"], "a");
}

#[test]
fn a_dry_run_is_judged_the_same_and_writes_nothing() {
    let Some(scene) = scene("dry-run", &only("resource-limits: error")) else { return };
    let kubectl = &scene.space.kubectl;
    let dry = |manifest: &str| kubectl.run_with(&["apply", "--dry-run=server", "-f", "-"], manifest);
    let denied = dry(&pod("a", "example.org/web:1")).expect_failure();
    assert_eq!(denied, kubectl.apply(&pod("a", "example.org/web:1")).expect_failure());
    assert_eq!(dry(&limited_pod("b")).expect_success(), "pod/b created (server dry run)\n");
    kubectl.run(&["get", "pod", "b"]).expect_failure();
}
