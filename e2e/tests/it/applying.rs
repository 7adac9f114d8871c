//! Both ways to apply, as kubectl and `GitOps` controllers do it, and the second time that must change nothing.

use crate::scene::{Script, limited_pod, only, pod, scene};
use serde_json::Value;

#[test]
fn server_side_apply_is_denied_with_the_same_text_as_client_side_apply() {
    let Some(scene) = scene("apply", &only("resource-limits: error")) else { return };
    let manifest = pod("a", "example.org/web:1");
    let reason = |text: String| text.split_once("denied the request: ").unwrap().1.to_owned();
    let client = reason(scene.space.kubectl.apply(&manifest).expect_failure());
    let server = reason(scene.space.kubectl.apply_server_side(&manifest).expect_failure());
    assert_eq!(client, server);
}

#[test]
fn a_second_server_side_apply_of_a_mutated_object_changes_nothing() {
    let config = only("seccomp-profile: {level: warn, mutate: pods}\nresource-limits: error");
    let script = Script { subject: "apply", config: &config, mutating: true, ..Script::default() };
    let Some(scene) = script.play() else { return };
    let apply = || scene.space.kubectl.apply_server_side(&limited_pod("a")).expect_success();
    let object = || -> Value { scene.plane.api().get(&scene.space.path("v1", "pods/a")).unwrap() };
    apply();
    let first = object();
    assert_eq!(first["spec"]["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    apply();
    assert_eq!(object()["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    let arguments = ["diff", "--server-side", "-f", "-"];
    let difference = scene.space.kubectl.run_with(&arguments, &limited_pod("a"));
    assert_eq!((difference.stdout.as_str(), difference.succeeded), ("", true), "{}", difference.stderr);
}

#[test]
fn a_second_client_side_apply_of_a_mutated_object_changes_nothing() {
    let config = only("seccomp-profile: {level: warn, mutate: pods}\nresource-limits: error");
    let script = Script { subject: "apply", config: &config, mutating: true, ..Script::default() };
    let Some(scene) = script.play() else { return };
    scene.space.kubectl.apply(&limited_pod("a")).expect_success();
    assert_eq!(scene.space.kubectl.apply(&limited_pod("a")).expect_success(), "pod/a unchanged\n");
}
