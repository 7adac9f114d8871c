//! Helm, and the webhook as the chart's Deployment would start it.

use super::NAMESPACE;
use platlint_e2e::control_plane::ControlPlane;
use platlint_e2e::process::Running;
use platlint_e2e::{assets, ports, wait};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Helm with the rights of the cluster's administrator.
pub(super) struct Helm<'a> {
    program: PathBuf,
    plane: &'a ControlPlane,
}

impl<'a> Helm<'a> {
    /// The program; none where nobody named it, which is told.
    pub(super) fn program() -> Option<PathBuf> {
        let program = std::env::var_os("PLATLINT_HELM").map(PathBuf::from);
        if program.is_none() {
            println!("SKIPPED: helm (`PLATLINT_HELM` names it; `cargo xtask test e2e` does)");
        }
        program
    }

    pub(super) fn new(program: PathBuf, plane: &'a ControlPlane) -> Self {
        Self { program, plane }
    }

    /// Runs `helm <verb> platlint <arguments>`; panics when it fails.
    pub(super) fn run(&self, verb: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(&self.program);
        command.env_clear().env("HOME", self.plane.path("home")).env("KUBECONFIG", self.plane.path("admin.kubeconfig"));
        command.args([verb, "platlint", "--namespace", NAMESPACE]).args(arguments);
        let output = command.output().expect("helm starts");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "helm {verb}: {said}");
        said
    }

    /// Where the chart lies.
    pub(super) fn chart() -> String {
        assets::root().join("charts/platlint").display().to_string()
    }
}

/// Ports for one replica.
pub(super) struct Ports {
    pub(super) webhook: u16,
    pub(super) observe: u16,
}

impl Ports {
    pub(super) fn free() -> Self {
        Self { webhook: ports::free(), observe: ports::free() }
    }
}

/// Starts the container of the installed Deployment as a process: its arguments and variables, the files of the mounted
/// ConfigMap, the ServiceAccount's token. Only where it differs from a Pod is anything replaced: paths of mounts, the address it
/// listens at, and the way to the API server.
pub(super) fn start_replica(plane: &ControlPlane, pod: &str) -> Running {
    let read = |kind: &str, name: &str| -> Value {
        let arguments = ["get", kind, name, "--namespace", NAMESPACE, "--output", "json"];
        serde_json::from_str(&plane.kubectl().run(&arguments).expect_success()).expect("an object as JSON")
    };
    let folder = plane.path(pod);
    // What lies beside the policies is watched like them, so the log must not.
    let mounted = folder.join("bundle");
    fs::create_dir_all(&mounted).expect("a folder for the replica");
    for (key, text) in read("configmap", "platlint-bundle")["data"].as_object().expect("the bundle's files") {
        fs::write(mounted.join(key), text.as_str().expect("a text")).expect("a file of the bundle");
    }
    let deployment = read("deployment", "platlint-webhook");
    let spec = &deployment["spec"]["template"]["spec"];
    let container = &spec["containers"][0];
    let account = spec["serviceAccountName"].as_str().expect("a service account");
    let mut command = Command::new(assets::own("platlint-webhook"));
    command.env_clear().current_dir(&folder);
    for argument in container["args"].as_array().expect("arguments") {
        let argument = argument.as_str().expect("an argument");
        command.arg(
            argument.replace("/etc/platlint/bundle", &mounted.display().to_string()).replace("0.0.0.0", "127.0.0.1"),
        );
    }
    for variable in container["env"].as_array().expect("variables") {
        let value = match (variable["value"].as_str(), variable["valueFrom"]["fieldRef"]["fieldPath"].as_str()) {
            (Some(value), _) => value,
            (_, Some("metadata.namespace")) => NAMESPACE,
            (_, Some("metadata.name")) => pod,
            other => panic!("a variable of another kind: {other:?}"),
        };
        command.env(variable["name"].as_str().expect("a name"), value);
    }
    command.arg("--kubeconfig").arg(kubeconfig(plane, &folder, account));
    Running::start(&mut command, &folder.join("log"))
}

/// A kubeconfig with a token of the service account, as the kubelet would mount it.
fn kubeconfig(plane: &ControlPlane, folder: &Path, account: &str) -> PathBuf {
    let arguments = ["create", "token", account, "--namespace", NAMESPACE];
    let token = plane.kubectl().run(&arguments).expect_success();
    let cluster = json!({"server": plane.url(), "certificate-authority": plane.path("servers.crt")});
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "pod",
        "clusters": [{"name": "pod", "cluster": cluster}],
        "users": [{"name": "pod", "user": {"token": token.trim()}}],
        "contexts": [{"name": "pod", "context": {"cluster": "pod", "user": "pod"}}],
    });
    let path = folder.join("kubeconfig");
    fs::write(&path, config.to_string()).expect("a kubeconfig");
    path
}

/// Waits until the replica is ready.
pub(super) fn await_ready(replica: &mut Running, observe: u16) {
    wait::until_ok("the replica to be ready", || {
        replica.assert_running();
        match readiness(observe) {
            Some((200, _)) => Ok(()),
            other => Err(format!("{other:?}: {}", replica.last_words())),
        }
    });
}

/// Status and text of `/readyz`; none when nobody answers.
pub(super) fn readiness(observe: u16) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", observe)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}
