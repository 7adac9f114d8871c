//! One replica of `platlint-webhook`, as a test runs it: flags, certificate, policies in a folder of its own.

use crate::authority::{Authority, Identity};
use crate::control_plane::ControlPlane;
use crate::https::{Answer, Client, NoAnswer};
use crate::process::Running;
use crate::{assets, balancer, ports, wait};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How a replica is to be run.
#[derive(Clone, Debug)]
pub struct Setup<'a> {
    /// The text of its platlint.yaml.
    pub config: &'a str,
    /// A bundle instead of that text.
    pub bundle: Option<&'a Path>,
    /// Further policies: the path of each file in the folder of platlint.yaml, and its text.
    pub policies: &'a [(&'a str, &'a str)],
    /// The namespace it believes to be in: its Service is `platlint-webhook` there.
    pub namespace: &'a str,
    /// Whether it may ask the API server (`--kubeconfig`), or has to do without (`--no-cluster`).
    pub knows_cluster: bool,
    /// Whether it looks after its certificates and the webhook configurations itself, as an installed one does.
    pub is_managed: bool,
    /// Further flags.
    pub flags: &'a [&'a str],
}

impl<'a> Setup<'a> {
    /// With knowledge of the cluster and no further flags.
    pub fn new(namespace: &'a str, config: &'a str) -> Self {
        Self { config, bundle: None, policies: &[], namespace, knows_cluster: true, is_managed: false, flags: &[] }
    }
}

/// A running replica. Dropping it kills it.
#[derive(Debug)]
pub struct Webhook {
    process: Running,
    folder: PathBuf,
    port: u16,
    observe: u16,
    authority: String,
}

/// The name of the Service in every test.
pub const SERVICE: &str = "platlint-webhook";

impl Webhook {
    /// Starts a replica with a certificate by the authority, and waits until it is ready.
    pub fn start(plane: &ControlPlane, authority: &Authority, setup: &Setup<'_>) -> Self {
        let mut webhook = Self::launch(plane, authority, setup);
        webhook.await_ready();
        webhook
    }

    /// Starts a replica and does not wait.
    pub fn launch(plane: &ControlPlane, authority: &Authority, setup: &Setup<'_>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let folder = plane.path(&format!("webhook-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        fs::create_dir_all(folder.join("config")).expect("a folder for the replica");
        fs::write(folder.join("config/platlint.yaml"), setup.config).expect("its configuration");
        for (path, text) in setup.policies {
            let path = folder.join("config").join(path);
            fs::create_dir_all(path.parent().expect("a folder for policies")).expect("a folder for policies");
            fs::write(path, text).expect("a policy");
        }
        write_identity(&folder, &identity(authority, setup.namespace));
        let (port, observe) = (ports::free(), ports::free());
        let mut command = Command::new(assets::own("platlint-webhook"));
        let file = |name: &str| folder.join(name).display().to_string();
        // Fixtures name registries that only look real: what leads out of this machine ends at a closed port of it.
        command.env_clear().envs([("HTTPS_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", "127.0.0.1,localhost")]);
        command.current_dir(&folder).args([
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--observe",
            &format!("127.0.0.1:{observe}"),
            "--namespace",
            setup.namespace,
            "--service",
            SERVICE,
        ]);
        match setup.bundle {
            Some(bundle) => command.arg("--bundle").arg(bundle),
            None => command.args(["--config", &file("config/platlint.yaml")]),
        };
        if !setup.is_managed {
            command.args(["--tls-cert", &file("tls.crt"), "--tls-key", &file("tls.key")]);
        }
        if setup.knows_cluster {
            // Otherwise each test tells the API server itself what to ask, and replicas of other tests must not meddle.
            command.args(["--manage-webhooks", if setup.is_managed { "true" } else { "false" }]);
            command.arg("--kubeconfig").arg(plane.path("admin.kubeconfig"));
        } else {
            command.arg("--no-cluster");
        }
        // Its log is for a test to read, not a record of what was decided.
        if !setup.flags.contains(&"--log-decisions") {
            command.args(["--log-decisions", "off"]);
        }
        command.args(setup.flags);
        let process = Running::start(&mut command, &folder.join("log"));
        Self { process, folder, port, observe, authority: authority.pem().to_owned() }
    }

    /// Waits until it says that it is ready.
    pub fn await_ready(&mut self) {
        let observe = self.observe;
        wait::until_ok("the webhook to be ready", || {
            self.process.assert_running();
            match get(observe, "/readyz") {
                Some((200, _)) => Ok(()),
                Some((_, body)) => Err(body),
                None => Err("no answer".to_owned()),
            }
        });
    }

    /// Status and body of `/readyz`; none when nobody answers.
    pub fn readiness(&self) -> Option<(u16, String)> {
        get(self.observe, "/readyz")
    }

    /// The text of `/metrics`.
    pub fn metrics(&self) -> String {
        get(self.observe, "/metrics").expect("the webhook tells its metrics").1
    }

    /// The sum of a metric's samples whose labels hold all these texts.
    pub fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let metrics = self.metrics();
        let samples = metrics.lines().filter_map(|line| {
            let (key, value) = line.rsplit_once(' ')?;
            let (sample, set) = key.split_once('{').unwrap_or((key, ""));
            (sample == name && labels.iter().all(|label| set.contains(label))).then(|| value.parse::<f64>().ok())?
        });
        samples.sum()
    }

    /// The port it serves at.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port it is observed at.
    pub fn observe(&self) -> u16 {
        self.observe
    }

    /// The process.
    pub fn process(&mut self) -> &mut Running {
        &mut self.process
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The file of its configuration.
    pub fn config(&self) -> PathBuf {
        self.folder.join("config/platlint.yaml")
    }

    /// The folder that holds its certificate, key and configuration.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Replaces its configuration in one step, as a mounted volume does.
    pub fn write_config(&self, config: &str) {
        let next = self.folder.join("config/.next");
        fs::write(&next, config).expect("a new configuration");
        fs::rename(&next, self.config()).expect("the new configuration in place");
    }

    /// Replaces its certificate and key.
    pub fn write_certificate(&self, authority: &Authority, namespace: &str) {
        write_identity(&self.folder, &identity(authority, namespace));
    }

    /// A client that speaks to it as the API server does, but on its own port.
    pub fn client(&self) -> Client {
        Client::new(self.port, "localhost", &self.authority, None)
    }

    /// Sends an AdmissionReview to that path.
    pub fn post(&self, path: &str, review: &Value) -> Result<Answer, NoAnswer> {
        self.client().send("POST", &format!("{path}?timeout=10s"), review.to_string())
    }

    /// Ends it in order and waits until it is gone.
    pub fn terminate(&mut self, patience: Duration) -> ExitStatus {
        self.process.stop(patience)
    }

    /// Makes it hang: it keeps its connections and answers nothing.
    pub fn hang(&mut self) {
        self.process.signal(Signal::SIGSTOP);
    }

    /// Ends the hang.
    pub fn resume(&mut self) {
        self.process.signal(Signal::SIGCONT);
    }
}

fn get(port: u16, path: &str) -> Option<(u16, String)> {
    crate::runtime().block_on(async {
        tokio::time::timeout(Duration::from_secs(5), balancer::plain_get(port, path)).await.ok().flatten()
    })
}

/// A certificate for the Service of that namespace, and for direct requests of tests.
pub fn identity(authority: &Authority, namespace: &str) -> Identity {
    authority.server(&[&format!("{SERVICE}.{namespace}.svc"), "localhost", "127.0.0.1"])
}

fn write_identity(folder: &Path, identity: &Identity) {
    for (name, content) in [("tls.key", &identity.key), ("tls.crt", &identity.certificate)] {
        let next = folder.join(format!(".{name}"));
        fs::write(&next, content).expect("a certificate");
        fs::rename(&next, folder.join(name)).expect("the certificate in place");
    }
}

/// An AdmissionReview that asks for the creation of an object by a user of no groups.
pub fn creation(object: &Value, plural: &str, namespace: Option<&str>) -> Value {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let kind = json!({"group": group, "version": version, "kind": object["kind"]});
    let resource = json!({"group": group, "version": version, "resource": plural});
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "0b4c2b0e-6d4e-4a0e-8f5e-3f1f6a0c7d11", "kind": kind, "resource": resource,
        "requestKind": kind, "requestResource": resource, "name": object["metadata"]["name"].as_str().unwrap_or_default(),
        "namespace": namespace, "operation": "CREATE", "userInfo": {"username": "ann", "groups": []},
        "object": object, "oldObject": null, "dryRun": false, "options": null,
    }})
}
