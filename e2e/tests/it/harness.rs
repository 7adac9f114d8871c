//! The harness itself, without platlint: what the other tests build on.

use crate::cluster;
use platlint_e2e::cluster::namespace;
use platlint_e2e::wait;
use std::io::Write;
use std::process::{Command, Stdio};

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

#[test]
fn the_keeper_ends_what_a_run_leaves_behind() {
    let folder = std::env::temp_dir().join(format!("platlint-e2e-keeper-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("data")).unwrap();
    let mut left = Command::new("sleep").arg("600").spawn().unwrap();
    let mut forgotten = Command::new("sleep").arg("600").spawn().unwrap();
    let mut keeper = Command::new(env!("CARGO_BIN_EXE_platlint-e2e-keeper")).stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = keeper.stdin.take().unwrap();
    let lines = format!("kill {}\nkill {1}\nforget {1}\nremove {2}\n", left.id(), forgotten.id(), folder.display());
    pipe.write_all(lines.as_bytes()).unwrap();
    // As when this process is killed: its end of the pipe is closed.
    drop(pipe);
    assert!(keeper.wait().unwrap().success());
    assert!(!left.wait().unwrap().success());
    assert!(!folder.exists());
    assert!(forgotten.try_wait().unwrap().is_none(), "what has ended is not killed by its number");
    forgotten.kill().unwrap();
    forgotten.wait().unwrap();
}
