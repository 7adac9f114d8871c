//! Updates: what was wrong before does not newly fail, what becomes wrong does.

use crate::scene::{Script, only};
use serde_json::json;

const BEFORE: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 0, \
    selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, \
    spec: {containers: [{name: web, image: \"example.org/web:1\"}]}}}}";

#[test]
fn an_object_that_was_wrong_before_can_be_scaled_labelled_and_reapplied() {
    let config = only("image-digest: error");
    let script = Script { subject: "update", config: &config, before: &[BEFORE], ..Script::default() };
    let Some(scene) = script.play() else { return };
    let kubectl = &scene.space.kubectl;
    let labelled = kubectl.run(&["label", "deployment", "a", "team=a"]);
    assert!(labelled.stderr.contains("Warning: [image-digest] already before this update: "), "{}", labelled.stderr);
    labelled.expect_success();
    kubectl.run(&["patch", "deployment", "a", "-p", "{\"spec\":{\"paused\":true}}"]).expect_success();
    kubectl.run(&["scale", "deployment", "a", "--replicas=0"]).expect_success();
    kubectl.apply(BEFORE).expect_success();
    let preexisting = scene.annotation("patch", "deployments", "a", "validate.platlint.dev/preexisting").unwrap();
    assert_eq!(preexisting, "image-digest spec.template.spec.containers[0].image");
}

#[test]
fn another_wrong_image_in_its_place_is_denied() {
    let config = only("image-digest: error");
    let script = Script { subject: "update", config: &config, before: &[BEFORE], ..Script::default() };
    let Some(scene) = script.play() else { return };
    let text = scene.space.kubectl.run(&["set", "image", "deployment/a", "web=example.org/web:2"]).expect_failure();
    assert!(text.contains("[image-digest] container \"web\": image \"example.org/web:2\" is not pinned"), "{text}");
}

#[test]
fn a_second_wrong_container_beside_the_old_one_is_denied_for_itself_alone() {
    let config = only("image-digest: error");
    let script = Script { subject: "update", config: &config, before: &[BEFORE], ..Script::default() };
    let Some(scene) = script.play() else { return };
    let patch =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "new", "image": "example.org/new:1"}]}}}});
    let answer = scene.plane.api().strategic_merge(&scene.space.path("apps/v1", "deployments/a"), &patch);
    assert_eq!(answer.status, 403);
    let causes = answer.json()["details"]["causes"].clone();
    let messages: Vec<&str> = causes.as_array().unwrap().iter().map(|one| one["message"].as_str().unwrap()).collect();
    assert!(messages.iter().any(|message| message.contains("\"new\"")), "{messages:?}");
}
