//! One control plane: etcd, kube-apiserver and kube-controller-manager with data, ports and certificates of their own.
//!
//! It runs as real ones do where admission can tell: RBAC, the default admission plugins (the one of service accounts
//! among them), controllers that act with their own service accounts, an audit log. No kubelet, no scheduler: Pods are
//! made and stay pending.

use crate::api::Api;
use crate::audit::{self, AuditLog};
use crate::authority::{self, Authority, Identity};
use crate::https::Client;
use crate::kubectl::Kubectl;
use crate::process::Running;
use crate::{keeper, ports, wait};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Controllers that the tests need; each acts with its own service account.
const CONTROLLERS: &str = "deployment,replicaset,daemonset,statefulset,job,cronjob,namespace,garbagecollector,\
serviceaccount,root-ca-certificate-publisher-controller";

/// An ordered end takes the API server up to 4 s.
const GRACE: Duration = Duration::from_secs(20);

/// A control plane. Dropping it kills its processes.
#[derive(Debug)]
pub struct ControlPlane {
    folder: PathBuf,
    programs: PathBuf,
    ports: Ports,
    clients: Authority,
    servers: Authority,
    // The order of fields is the order of their end.
    controllers: Option<Running>,
    api_server: Option<Running>,
    etcd: Option<Running>,
}

#[derive(Clone, Copy, Debug)]
struct Ports {
    etcd: u16,
    peer: u16,
    api: u16,
    controllers: u16,
}

impl ControlPlane {
    /// Starts all three and waits until they are ready; 3 to 5 s.
    ///
    /// # Panics
    /// When one of them ends or is not ready in time, with its last words.
    pub fn start(programs: &Path) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("platlint-e2e-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for the control plane");
        if std::env::var_os("PLATLINT_E2E_KEEP").is_none() {
            keeper::keep_folder(&folder);
        }
        let ports = Ports { etcd: ports::free(), peer: ports::free(), api: ports::free(), controllers: ports::free() };
        let mut plane = Self {
            folder,
            programs: programs.to_owned(),
            ports,
            clients: Authority::new("platlint-e2e clients"),
            servers: Authority::new("platlint-e2e servers"),
            controllers: None,
            api_server: None,
            etcd: None,
        };
        plane.write_files();
        plane.start_etcd();
        plane.start_api_server();
        plane.await_ready();
        plane.start_controllers();
        plane
    }

    fn write_files(&self) {
        let write =
            |name: &str, content: &str| fs::write(self.path(name), content).expect("a file of the control plane");
        let (private, public) = authority::signing_key();
        write("sa.key", &private);
        write("sa.pub", &public);
        write("clients.crt", self.clients.pem());
        write("servers.crt", self.servers.pem());
        let server = self.servers.server(&["localhost", "127.0.0.1", "kubernetes.default.svc", "10.0.0.1"]);
        write("server.crt", &server.certificate);
        write("server.key", &server.key);
        write("audit-policy.json", audit::POLICY);
        self.kubeconfig("admin", "system:masters");
        self.kubeconfig("system:kube-controller-manager", "system:authenticated");
    }

    /// A kubeconfig of that user, who shows a client certificate.
    pub fn kubeconfig(&self, user: &str, group: &str) -> PathBuf {
        let identity = self.clients.client(user, group);
        let stem = self.path(&user.replace(':', "-"));
        let (certificate, key, path) =
            (stem.with_extension("crt"), stem.with_extension("key"), stem.with_extension("kubeconfig"));
        fs::write(&certificate, &identity.certificate).expect("a client certificate");
        fs::write(&key, &identity.key).expect("a client key");
        let config = serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "e2e",
            "clusters": [{"name": "e2e", "cluster":
                {"server": self.url(), "certificate-authority": self.path("servers.crt")}}],
            "users": [{"name": user, "user": {"client-certificate": certificate, "client-key": key}}],
            "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": user}}],
        });
        fs::write(&path, config.to_string()).expect("a kubeconfig");
        path
    }

    /// Starts etcd. Used again after [`Self::stop_etcd`].
    pub fn start_etcd(&mut self) {
        let client = format!("http://127.0.0.1:{}", self.ports.etcd);
        let peer = format!("http://127.0.0.1:{}", self.ports.peer);
        let mut command = self.command("etcd");
        command
            .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
            .args(["--initial-cluster", &format!("default={peer}"), "--unsafe-no-fsync"])
            .arg("--data-dir")
            .arg(self.path("etcd"));
        self.etcd = Some(Running::start(&mut command, &self.path("etcd.log")));
    }

    /// Starts the API server without waiting until it is ready. Used again after [`Self::stop_api_server`].
    pub fn start_api_server(&mut self) {
        let mut command = self.command("kube-apiserver");
        let flag = |name: &str, value: &str| format!("--{name}={value}");
        let file = |name: &str, file: &str| format!("--{name}={}", self.path(file).display());
        command.args([
            flag("etcd-servers", &format!("http://127.0.0.1:{}", self.ports.etcd)),
            flag("bind-address", "127.0.0.1"),
            flag("secure-port", &self.ports.api.to_string()),
            flag("advertise-address", "127.0.0.1"),
            flag("endpoint-reconciler-type", "none"),
            file("tls-cert-file", "server.crt"),
            file("tls-private-key-file", "server.key"),
            file("cert-dir", "pki"),
            flag("authorization-mode", "RBAC"),
            file("client-ca-file", "clients.crt"),
            flag("service-account-issuer", "https://kubernetes.default.svc"),
            file("service-account-key-file", "sa.pub"),
            file("service-account-signing-key-file", "sa.key"),
            flag("service-cluster-ip-range", "10.0.0.0/20"),
            flag("allow-privileged", "true"),
            file("audit-policy-file", "audit-policy.json"),
            file("audit-log-path", "audit.log"),
            flag("audit-log-mode", "blocking"),
            // Both are for production's sake: there is one client, and one replica.
            flag("max-requests-inflight", "2000"),
            flag("max-mutating-requests-inflight", "2000"),
        ]);
        self.api_server = Some(Running::start(&mut command, &self.path("kube-apiserver.log")));
    }

    fn start_controllers(&mut self) {
        let kubeconfig = self.path("admin.kubeconfig");
        let mut command = self.command("kube-controller-manager");
        for name in ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"] {
            command.arg(format!("--{name}={}", kubeconfig.display()));
        }
        command
            .args(["--leader-elect=false", "--bind-address=127.0.0.1", "--use-service-account-credentials=true"])
            .arg(format!("--secure-port={}", self.ports.controllers))
            .arg(format!("--cert-dir={}", self.path("pki-controllers").display()))
            .arg(format!("--service-account-private-key-file={}", self.path("sa.key").display()))
            .arg(format!("--root-ca-file={}", self.path("servers.crt").display()))
            .arg(format!("--controllers={CONTROLLERS}"));
        self.controllers = Some(Running::start(&mut command, &self.path("kube-controller-manager.log")));
        let api = self.api();
        // Their work is what shows that they run: Pods want this service account.
        wait::until("the controllers to make the default service account", || {
            self.controllers.as_mut().expect("the controllers").assert_running();
            api.get("/api/v1/namespaces/default/serviceaccounts/default")
        });
    }

    /// Waits until the API server says that it is ready.
    pub fn await_ready(&mut self) {
        let client = self.client();
        let (api_server, etcd) = (&mut self.api_server, &mut self.etcd);
        wait::until_ok("the API server to be ready", || {
            api_server.as_mut().expect("an API server").assert_running();
            etcd.as_mut().expect("etcd").assert_running();
            match client.send("GET", "/readyz", "") {
                Ok(answer) if answer.status == 200 => Ok(()),
                Ok(answer) => Err(String::from_utf8_lossy(&answer.body).into_owned()),
                Err(error) => Err(error.to_string()),
            }
        });
    }

    /// Ends the API server in order and waits until it is gone.
    pub fn stop_api_server(&mut self) {
        self.api_server.take().expect("an API server").stop(GRACE);
    }

    /// Ends etcd and waits until it is gone.
    pub fn stop_etcd(&mut self) {
        self.etcd.take().expect("etcd").stop(GRACE);
    }

    /// kubectl as the cluster's administrator.
    pub fn kubectl(&self) -> Kubectl {
        Kubectl {
            program: self.programs.join("kubectl"),
            kubeconfig: self.path("admin.kubeconfig"),
            home: self.folder.clone(),
            namespace: None,
            user: None,
        }
    }

    /// The API as the cluster's administrator.
    pub fn api(&self) -> Api {
        Api::new(self.client())
    }

    fn client(&self) -> Client {
        let read = |name: &str| fs::read_to_string(self.path(name)).expect("a file of the control plane");
        let identity = Identity { certificate: read("admin.crt"), key: read("admin.key") };
        Client::new(self.ports.api, "localhost", self.servers.pem(), Some(&identity))
    }

    /// Where the API server listens.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.api)
    }

    /// Its audit log.
    pub fn audit(&self) -> AuditLog {
        AuditLog::new(&self.path("audit.log"))
    }

    /// What the API server has logged.
    pub fn api_server_log(&self) -> String {
        self.api_server.as_ref().map(Running::log).unwrap_or_default()
    }

    /// A file or folder beside its data, removed with it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The version that the API server tells, such as `v1.36.3`.
    pub fn version(&self) -> String {
        let version = self.api().get("/version").expect("a version");
        version.get("gitVersion").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.env_clear().env("HOME", &self.folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.current_dir(&self.folder);
        command
    }
}
