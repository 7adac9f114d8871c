//! The control plane itself, without platlint: what the other tests build on.

use crate::cluster;
use platlint_e2e::cluster::namespace;
use platlint_e2e::wait;

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.org/web:1}]}
";

#[test]
fn a_deployment_gets_pods_from_the_controllers_own_service_account() {
    let Some(plane) = cluster() else { return };
    let space = namespace(plane, "harness");
    space.kubectl.run(&["create", "configmap", "settings", "--from-literal=a=b"]).expect_success();
    space.kubectl.apply(DEPLOYMENT).expect_success();
    let pods = space.path("v1", "pods");
    let pods = wait::until("two Pods", || {
        let list = plane.api().get(&pods)?["items"].as_array()?.clone();
        (list.len() == 2).then_some(list)
    });
    let volume = pods[0]["spec"]["volumes"][0]["name"].as_str().unwrap();
    assert!(volume.starts_with("kube-api-access-"), "the plugin of service accounts is on: {volume}");
    let creations = plane.audit().of_namespace(&space.name);
    let creator = creations.iter().find(|event| event["verb"] == "create" && event["objectRef"]["resource"] == "pods");
    assert_eq!(creator.unwrap()["user"]["username"], "system:serviceaccount:kube-system:replicaset-controller");
}
