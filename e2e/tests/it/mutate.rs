//! What the mutating webhook changes: Pods by default, templates only where a rule is told to.

use crate::scene::{Script, only, pod};
use platlint_e2e::wait;
use serde_json::{Value, json};

const PODS: &str = "seccomp-profile: {level: warn, mutate: pods}\nservice-account-token: {level: warn, mutate: pods}";

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.org/web:1}]}
";

fn script(config: &str) -> Script<'_> {
    Script { subject: "mutate", config, mutating: true, ..Script::default() }
}

#[test]
fn a_pod_gets_what_the_rules_set_and_satisfies_them_then() {
    let config = only(PODS);
    let Some(scene) = script(&config).play() else { return };
    let said = scene.space.kubectl.apply(&pod("a", "example.org/web:1"));
    assert_eq!(said.stderr, "", "the validating webhook judges what the mutating one has made");
    said.expect_success();
    let object = scene.plane.api().get(&scene.space.path("v1", "pods/a")).unwrap();
    assert_eq!(object["spec"]["securityContext"], json!({"seccompProfile": {"type": "RuntimeDefault"}}));
    assert_eq!(object["spec"]["automountServiceAccountToken"], json!(false));
    let mutations = scene.annotation("create", "pods", "a", "mutate.platlint.dev/mutations").unwrap();
    assert!(mutations.contains("seccomp-profile set spec.securityContext.seccompProfile"), "{mutations}");
}

#[test]
fn what_a_user_chose_stays() {
    let config = only(PODS);
    let Some(scene) = script(&config).play() else { return };
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {automountServiceAccountToken: true, \
        securityContext: {seccompProfile: {type: Localhost, localhostProfile: p.json}}, \
        containers: [{name: web, image: example.org/web:1}]}}";
    scene.space.kubectl.apply(manifest).expect_success();
    let object = scene.plane.api().get(&scene.space.path("v1", "pods/a")).unwrap();
    assert_eq!(object["spec"]["securityContext"]["seccompProfile"]["type"], "Localhost");
    assert_eq!(object["spec"]["automountServiceAccountToken"], json!(true));
}

#[test]
fn with_mutate_pods_a_template_stays_as_git_has_it_while_its_pods_are_changed() {
    let config = only(PODS);
    let Some(scene) = script(&config).play() else { return };
    scene.space.kubectl.apply(DEPLOYMENT).expect_success();
    let pods = scene.space.path("v1", "pods");
    let made = wait::until("a Pod", || scene.plane.api().get(&pods)?["items"].get(0).cloned());
    assert_eq!(made["spec"]["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    let deployment = scene.plane.api().get(&scene.space.path("apps/v1", "deployments/web")).unwrap();
    assert_eq!(deployment["spec"]["template"]["spec"]["securityContext"], json!({}));
    let again = scene.space.kubectl.apply(DEPLOYMENT).expect_success();
    assert_eq!(again, "deployment.apps/web unchanged\n");
    let difference = scene.space.kubectl.run_with(&["diff", "-f", "-"], DEPLOYMENT);
    assert_eq!((difference.stdout.as_str(), difference.succeeded), ("", true), "{}", difference.stderr);
}

#[test]
fn with_mutate_all_a_template_is_changed_once_and_a_second_apply_changes_nothing() {
    let config = only("seccomp-profile: {level: warn, mutate: all}");
    let Some(scene) = script(&config).play() else { return };
    scene.space.kubectl.apply(DEPLOYMENT).expect_success();
    let path = scene.space.path("apps/v1", "deployments/web");
    let profile = |object: &Value| object["spec"]["template"]["spec"]["securityContext"]["seccompProfile"].clone();
    let first = scene.plane.api().get(&path).unwrap();
    assert_eq!(profile(&first), json!({"type": "RuntimeDefault"}));
    assert_eq!(scene.space.kubectl.apply(DEPLOYMENT).expect_success(), "deployment.apps/web unchanged\n");
    // Another way to apply takes over the fields; what runs stays. (The generation of a Deployment also counts changes of
    // its annotations, which kubectl writes.)
    scene.space.kubectl.apply_server_side(DEPLOYMENT).expect_success();
    let second = scene.plane.api().get(&path).unwrap();
    assert_eq!(second["spec"], first["spec"]);
    scene.space.kubectl.apply_server_side(DEPLOYMENT).expect_success();
    let third = scene.plane.api().get(&path).unwrap();
    assert_eq!(third["spec"], first["spec"]);
    assert_eq!(third["metadata"]["generation"], second["metadata"]["generation"]);
    let sets = scene.plane.api().get(&scene.space.path("apps/v1", "replicasets")).unwrap();
    assert_eq!(sets["items"].as_array().unwrap().len(), 1, "nothing was rolled out anew");
}

#[test]
fn a_dry_run_shows_the_change_and_writes_nothing() {
    let config = only(PODS);
    let Some(scene) = script(&config).play() else { return };
    let arguments = ["apply", "--dry-run=server", "-o", "json", "-f", "-"];
    let shown = scene.space.kubectl.run_with(&arguments, &pod("a", "example.org/web:1")).expect_success();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["spec"]["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    scene.space.kubectl.run(&["get", "pod", "a"]).expect_failure();
}

#[test]
fn the_owner_of_the_namespace_is_copied_to_what_names_none() {
    let config = only("owner-annotation: {level: error, mutate: all}");
    let Some(scene) = script(&config).play() else { return };
    let service = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}";
    scene.space.kubectl.apply(service).expect_failure();
    scene.space.kubectl.run(&["annotate", "namespace", &scene.space.name, "owner=team-a"]).expect_success();
    wait::until("the webhook to know the namespace's owner", || {
        scene.space.kubectl.apply(service).succeeded.then_some(())
    });
    let object = scene.plane.api().get(&scene.space.path("v1", "services/web")).unwrap();
    assert_eq!(object["metadata"]["annotations"]["owner"], "team-a");
    let other = "{apiVersion: v1, kind: Service, metadata: {name: other, annotations: {owner: team-b}}, spec: {ports: [{port: 80}]}}";
    scene.space.kubectl.apply(other).expect_success();
    let object = scene.plane.api().get(&scene.space.path("v1", "services/other")).unwrap();
    assert_eq!(object["metadata"]["annotations"]["owner"], "team-b");
}

#[test]
fn limits_are_set_from_the_defaults_where_none_are_given() {
    let defaults = "defaults: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 500m, memory: 256Mi}}";
    let config = only(&format!("resource-limits: {{level: error, mutate: pods, parameters: {{{defaults}}}}}"));
    let Some(scene) = script(&config).play() else { return };
    scene.space.kubectl.apply(&pod("a", "example.org/web:1")).expect_success();
    let object = scene.plane.api().get(&scene.space.path("v1", "pods/a")).unwrap();
    let expected = json!({"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "500m", "memory": "256Mi"}});
    assert_eq!(object["spec"]["containers"][0]["resources"], expected);
    // A Deployment keeps its template, which is denied then, unless the rule is told to change templates, too.
    let denied = scene.space.kubectl.apply(DEPLOYMENT).expect_failure();
    assert!(denied.contains("[resource-limits]"), "{denied}");
}
