//! The API server takes every object, knows every field, and lets the Pods in where the strictest Pod Security Standard
//! holds.

use super::{NAMESPACE, all, alone, namespace, own_kinds};
use platlint_e2e::control_plane::ControlPlane;
use platlint_e2e::kubectl::Said;
use serde_json::{Value, json};

fn dry_run(plane: &ControlPlane, text: &str) -> Said {
    let arguments = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
    // Every object names its own namespace; those of pull secrets stand elsewhere than the others.
    plane.kubectl().run_with(&arguments, text)
}

#[test]
fn takes_every_rendered_object_strictly() {
    let Some(plane) = crate::cluster() else { return };
    let _alone = alone();
    namespace(plane);
    for set in all() {
        let (own, foreign) = own_kinds(&set.text);
        println!("{}: {foreign} objects of extensions left out", set.name);
        let said = dry_run(plane, &own);
        assert!(said.succeeded, "{}: {}", set.name, said.stderr);
        // That the node's network is no part of the standard is the test's below.
        let warnings = said.stderr.lines().filter(|line| !line.contains("(hostNetwork=true)"));
        assert_eq!(warnings.count(), 0, "{}: {}", set.name, said.stderr);
        let taken = said.stdout.lines().filter(|line| line.ends_with("(server dry run)")).count();
        assert!(taken > 5, "{}: only {taken} objects", set.name);
    }
}

#[test]
fn would_not_take_an_unknown_field() {
    let Some(plane) = crate::cluster() else { return };
    let _alone = alone();
    namespace(plane);
    let set = all().into_iter().find(|set| set.name == "default").expect("the default values");
    let wrong = set.text.replace("\n  replicas:", "\n  replicaz:");
    assert_ne!(wrong, set.text);
    let said = dry_run(plane, &own_kinds(&wrong).0).expect_failure();
    assert!(said.contains("unknown field \"spec.replicaz\""), "{said}");
}

/// The Pod that the set's Deployment would make, as an answer of the API server to its creation.
fn pod(plane: &ControlPlane, text: &str) -> (u16, String) {
    let documents = text.split("\n---\n").find(|document| document.contains("\nkind: Deployment\n"));
    let arguments = ["create", "--dry-run=client", "-o", "json", "-f", "-"];
    let deployment = plane.kubectl().run_with(&arguments, documents.expect("a Deployment")).expect_success();
    let deployment: Value = serde_json::from_str(&deployment).expect("a Deployment as JSON");
    let mut metadata = deployment["spec"]["template"]["metadata"].clone();
    metadata["name"] = json!("sample");
    let mut spec = deployment["spec"]["template"]["spec"].clone();
    // The account is made by another object of the chart.
    spec["serviceAccountName"] = json!("default");
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
    let answer = plane.api().create(&format!("/api/v1/namespaces/{NAMESPACE}/pods?dryRun=All"), &pod);
    (answer.status, answer.json().to_string())
}

#[test]
fn lets_the_pods_in_under_the_restricted_standard() {
    let Some(plane) = crate::cluster() else { return };
    namespace(plane);
    for set in all() {
        let (status, said) = pod(plane, &set.text);
        if set.text.contains("hostNetwork: true") {
            assert_eq!(status, 403, "{said}");
            assert!(said.contains("host namespaces (hostNetwork=true)"), "{said}");
            // The ports of the node are its only other fault.
            assert!(!said.contains("allowPrivilegeEscalation") && !said.contains("seccompProfile"), "{said}");
        } else {
            assert_eq!(status, 201, "{}: {said}", set.name);
        }
    }
}

#[test]
fn keeps_others_from_making_a_namespace_that_is_exempt() {
    let Some(plane) = crate::cluster() else { return };
    let _alone = alone();
    namespace(plane);
    let set = all().into_iter().find(|set| set.name == "enforce").expect("the values for production");
    let policies: Vec<&str> =
        set.text.split("\n---\n").filter(|document| document.contains("kind: ValidatingAdmissionPolicy")).collect();
    assert_eq!(policies.len(), 2);
    plane.kubectl().apply(&policies.join("\n---\n")).expect_success();
    let role = ["create", "clusterrolebinding", "chart-dev", "--clusterrole=cluster-admin", "--user=chart-dev"];
    plane.kubectl().run(&role).expect_success();
    // An administrator, but none of the group that may.
    let make =
        |arguments: &[&str]| plane.kubectl().run(&[&["create", "namespace", "--as=chart-dev"], arguments].concat());
    let holds = "namespace calico-system is exempt from platlint by its name, so only system:masters may create it";
    platlint_e2e::wait::until_ok("the policy to hold", || {
        let said = make(&["calico-system", "--dry-run=server"]);
        if said.stderr.contains(holds) { Ok(()) } else { Err(format!("{said:?}")) }
    });
    make(&["chart-dev-own"]).expect_success();
    plane.kubectl().run(&["create", "namespace", "calico-system"]).expect_success();
    plane.kubectl().run_with(&["delete", "-f", "-"], &policies.join("\n---\n")).expect_success();
}
