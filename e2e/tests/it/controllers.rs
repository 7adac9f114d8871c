//! What controllers make of objects: denied Pods show where their owner looks, exemptions cover descendants that are
//! proved, and a reference that a user wrote proves nothing.

use crate::scene::{Scene, Script, only};
use platlint_e2e::wait;
use serde_json::{Value, json};

fn workload(kind: &str, name: &str) -> String {
    let replicas = if kind == "DaemonSet" { "" } else { "replicas: 1, " };
    format!(
        "{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: {name}}}, spec: {{{replicas}selector: {{matchLabels: \
         {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: web, \
         image: \"example.org/web:1\"}}]}}}}}}}}"
    )
}

/// Denies Pods, not the templates they come from. It judges replica sets too, so that an exemption of a Deployment reaches
/// through them; of Jobs it knows nothing.
const PODS_ONLY: &str = r#"# METADATA
# title: Pods have memory limits
# custom:
#   platlint:
#     match: {kinds: [{groups: [""], kinds: [Pod]}, {groups: [apps], kinds: [ReplicaSet]}]}
package platlint.e2e.pod_memory

deny contains {"msg": msg, "path": ["spec", "containers", index]} if {
	some index, container in input.review.object.spec.containers
	not container.resources.limits.memory
	msg = sprintf("container %v has no memory limit", [container.name])
}
"#;

const POLICIES: &[(&str, &str)] = &[("policies/e2e/pod-memory/pod_memory.rego", PODS_ONLY)];

fn config(exemptions: &str) -> String {
    format!(
        "version: 1\npolicies: [builtin, {{path: policies}}]\nrules: {{\"*\": off, pod-memory: error}}\n{exemptions}"
    )
}

fn play(config: &str) -> Option<Scene> {
    Script { subject: "controllers", config, policies: POLICIES, ..Script::default() }.play()
}

fn pods_of(scene: &Scene, app: &str) -> Vec<Value> {
    let path = format!("{}?labelSelector=app%3D{app}", scene.space.path("v1", "pods"));
    scene.plane.api().get(&path).unwrap()["items"].as_array().unwrap().clone()
}

#[test]
fn the_denial_of_a_deployments_pods_is_told_at_the_deployment() {
    let Some(scene) = play(&config("")) else { return };
    scene.space.kubectl.apply(&workload("Deployment", "web")).expect_success();
    let path = scene.space.path("apps/v1", "deployments/web");
    let message = wait::until("the Deployment to tell of its failure", || {
        let deployment = scene.plane.api().get(&path)?;
        let conditions = deployment["status"]["conditions"].as_array()?.clone();
        let failure = conditions.iter().find(|one| one["type"] == "ReplicaFailure")?;
        failure["message"].as_str().map(str::to_owned)
    });
    assert!(
        message.contains("denied the request: [pod-memory] container web has no memory limit (spec.containers[0])"),
        "{message}"
    );
    assert!(pods_of(&scene, "web").is_empty());
    let events = scene.space.kubectl.run(&["get", "events"]).expect_success();
    assert!(events.contains("FailedCreate") && events.contains("[pod-memory]"), "{events}");
}

const EXEMPTIONS: &str = "exemptions:
  - {rule: pod-memory, kind: DaemonSet, name: agent, reason: measured, owner: team-a, expires: 2099-01-31}
  - {rule: pod-memory, kind: Deployment, name: legacy, reason: measured, owner: team-a, expires: 2099-01-31}
  - {rule: pod-memory, kind: CronJob, name: nightly, reason: measured, owner: team-a, expires: 2099-01-31}
  - {rule: pod-memory, kind: Job, name: excused, reason: measured, owner: team-a, expires: 2099-01-31}
";

#[test]
fn an_exemption_of_a_deployment_covers_its_pods_through_the_replica_set() {
    let Some(scene) = play(&config(EXEMPTIONS)) else { return };
    scene.space.kubectl.apply(&workload("Deployment", "legacy")).expect_success();
    scene.space.kubectl.apply(&workload("Deployment", "other")).expect_success();
    wait::until("a Pod of the exempted Deployment", || pods_of(&scene, "legacy").pop());
    let said = "pod-memory spec.containers[0] until 2099-01-31 by ";
    let is_told = |event: &Value| {
        let exempted = &event["annotations"]["validate.platlint.dev/exempted"];
        event["objectRef"]["resource"] == "pods" && exempted.as_str().is_some_and(|text| text.starts_with(said))
    };
    assert!(scene.plane.audit().of_namespace(&scene.space.name).iter().any(is_told), "the audit log tells of it");
    assert!(pods_of(&scene, "other").is_empty());
}

/// A node for the controller of daemon sets to make a Pod for; there is no kubelet, so nothing runs.
fn make_node(scene: &Scene, name: &str) {
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}});
    scene.plane.api().must_create("/api/v1/nodes", &node);
    // New nodes get a taint until a kubelet reports.
    let answer = scene.plane.api().merge(&format!("/api/v1/nodes/{name}"), &json!({"spec": {"taints": null}}));
    assert_eq!(answer.status, 200, "{}", answer.json());
}

#[test]
fn an_exemption_of_a_daemon_set_covers_its_pods() {
    let Some(scene) = play(&config(EXEMPTIONS)) else { return };
    make_node(&scene, &scene.space.name);
    scene.space.kubectl.apply(&workload("DaemonSet", "agent")).expect_success();
    let made = wait::until("a Pod of the exempted DaemonSet", || pods_of(&scene, "agent").pop());
    assert_eq!(made["metadata"]["ownerReferences"][0]["kind"], "DaemonSet");
}

#[test]
fn a_forged_owner_reference_does_not_borrow_an_exemption() {
    let Some(scene) = play(&config(EXEMPTIONS)) else { return };
    scene.space.kubectl.apply(&workload("DaemonSet", "agent")).expect_success();
    let api = scene.plane.api();
    let owner = api.get(&scene.space.path("apps/v1", "daemonsets/agent")).unwrap();
    let reference = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": owner["metadata"]["uid"],
        "controller": true});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "forged", "ownerReferences": [reference]},
        "spec": {"containers": [{"name": "web", "image": "example.org/web:1"}]}});
    let denied = api.create(&scene.space.path("v1", "pods"), &pod);
    assert_eq!(
        denied.status,
        403,
        "a user's reference proves nothing, even of a controller that exists: {}",
        denied.json()
    );
    let controller = "system:serviceaccount:kube-system:daemon-set-controller";
    let mut invented = pod.clone();
    invented["metadata"]["ownerReferences"][0]["uid"] = json!("00000000-0000-0000-0000-000000000000");
    let denied = api.acting_as(controller).create(&scene.space.path("v1", "pods"), &invented);
    assert_eq!(denied.status, 403, "a controller's reference to what does not exist proves nothing: {}", denied.json());
    let mut true_one = pod;
    true_one["metadata"]["name"] = json!("proved");
    let created = api.acting_as(controller).create(&scene.space.path("v1", "pods"), &true_one);
    assert_eq!(created.status, 201, "{}", created.json());
}

#[test]
fn a_forged_link_in_the_middle_does_not_borrow_an_exemption() {
    let Some(scene) = play(&config(EXEMPTIONS)) else { return };
    let api = scene.plane.api();
    let jobs = scene.space.path("batch/v1", "jobs");
    let template =
        json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "web", "image": "example.org/web:1"}]}});
    let nightly = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"},
        "spec": {"schedule": "0 0 1 1 *", "suspend": true, "jobTemplate": {"spec": {"template": template}}}});
    let nightly = api.must_create(&scene.space.path("batch/v1", "cronjobs"), &nightly);
    // Suspended, so that no controller makes Pods of them beside the test.
    let job = |name: &str| {
        let reference = json!({"apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly",
            "uid": nightly["metadata"]["uid"], "controller": true});
        let job = json!({"apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": name, "ownerReferences": [reference]}, "spec": {"suspend": true, "template": template}});
        api.must_create(&jobs, &job)
    };
    let pod_of = |job: &Value| {
        let reference = json!({"apiVersion": "batch/v1", "kind": "Job", "name": job["metadata"]["name"],
            "uid": job["metadata"]["uid"], "controller": true});
        let name = format!("of-{}", job["metadata"]["name"].as_str().unwrap());
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "ownerReferences": [reference]},
            "spec": template["spec"]});
        let controller = api.acting_as("system:serviceaccount:kube-system:job-controller");
        controller.create(&scene.space.path("v1", "pods"), &pod)
    };
    // Anybody may write a Job that names the CronJob as its controller.
    let (forged, excused) = (job("forged"), job("excused"));
    // That this one passes shows that the cache knows the Jobs by now.
    wait::until("a Pod of the exempted Job", || (pod_of(&excused).status == 201).then_some(()));
    let denied = pod_of(&forged);
    assert_eq!(denied.status, 403, "{}", denied.json());
}

#[test]
fn owners_are_not_asked_of_what_a_controller_made() {
    let settings = only("owner-annotation: error");
    let script = Script { subject: "controllers", config: &settings, ..Script::default() };
    let Some(scene) = script.play() else { return };
    let owned = workload("Deployment", "web")
        .replace("name: web}, spec: {replicas", "name: web, annotations: {owner: team-a}}, spec: {replicas");
    scene.space.kubectl.apply(&owned).expect_success();
    wait::until("a Pod", || pods_of(&scene, "web").pop());
    let denied = scene.space.kubectl.apply(&crate::scene::pod("single", "example.org/web:1")).expect_failure();
    assert!(denied.contains("[owner-annotation] Pod names no owner"), "{denied}");
}
