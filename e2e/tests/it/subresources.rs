//! Ways to change a running Pod past its manifest: ephemeral containers and resizing in place.

use crate::scene::{Script, only, scene};
use serde_json::{Value, json};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn good_pod() -> String {
    let resources = "requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 100m, memory: 64Mi}";
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{{name: web, \
         image: \"example.org/web@{DIGEST}\", resources: {{{resources}}}}}]}}}}"
    )
}

#[test]
fn kubectl_debug_with_an_image_that_is_not_pinned_is_denied() {
    let Some(scene) = scene("debug", &only("image-digest: error\nresource-limits: error")) else { return };
    scene.space.kubectl.apply(&good_pod()).expect_success();
    let text = scene.space.kubectl.run(&["debug", "a", "--image=busybox:1.37", "--container=look"]).expect_failure();
    let expected = "[image-digest] ephemeral container \"look\": image \"busybox:1.37\" is not pinned by a sha256 or sha512 \
                    digest (spec.ephemeralContainers[0].image)";
    assert!(text.contains(expected), "{text}");
    let pinned = format!("--image=busybox@{DIGEST}");
    scene.space.kubectl.run(&["debug", "a", &pinned, "--container=look"]).expect_success();
    let object = scene.plane.api().get(&scene.space.path("v1", "pods/a")).unwrap();
    assert_eq!(object["spec"]["ephemeralContainers"][0]["name"], "look");
}

const SMALL: &str = r#"# METADATA
# title: Containers take at most 256Mi
# custom:
#   platlint:
#     match: {kinds: [{groups: [""], kinds: [Pod]}]}
package platlint.e2e.small_memory

deny contains {"msg": "more than 256Mi", "path": ["spec", "containers", index, "resources", "limits", "memory"]} if {
	some index, container in input.review.object.spec.containers
	units.parse_bytes(container.resources.limits.memory) > 268435456
}
"#;

#[test]
fn a_resize_in_place_is_judged() {
    let config = "version: 1\npolicies: [builtin, {path: policies}]\nrules: {\"*\": off, small-memory: error}\n";
    let policies = [("policies/e2e/small-memory/small_memory.rego", SMALL)];
    let script = Script { subject: "resize", config, policies: &policies, ..Script::default() };
    let Some(scene) = script.play() else { return };
    scene.space.kubectl.apply(&good_pod()).expect_success();
    let resize = |memory: &str| {
        let resources =
            json!({"limits": {"cpu": "100m", "memory": memory}, "requests": {"cpu": "100m", "memory": memory}});
        let patch = json!({"spec": {"containers": [{"name": "web", "resources": resources}]}});
        scene.plane.api().strategic_merge(&scene.space.path("v1", "pods/a/resize"), &patch)
    };
    let denied = resize("1Gi");
    assert_eq!(denied.status, 403, "{}", denied.json());
    let message: Value = denied.json()["message"].clone();
    assert!(message.as_str().unwrap().contains("[small-memory] more than 256Mi (spec.containers[0]"), "{message}");
    let resized = resize("128Mi");
    assert_eq!(resized.status, 200, "{}", resized.json());
}
