//! A server on loopback with policies from a folder, and a client as the API server is one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use platlint_webhook::admission::Mode;
use platlint_webhook::cluster::Knowledge;
use platlint_webhook::decide::Court;
use platlint_webhook::decision_log::{DecisionLog, Labels, Which};
use platlint_webhook::images::{ImageSettings, Keychain};
use platlint_webhook::limits::QUEUED_REVIEWS;
use platlint_webhook::observe::{Health, Metrics};
use platlint_webhook::policies::{self, Policies, Source, Watch};
use platlint_webhook::serve::{App, Drain, Port, app, bind, serve};
use platlint_webhook::tls::dev::Authority;
use platlint_webhook::tls::{Certificates, provider, server_config};
use platlint_webhook::workers::Workers;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::ServiceExt as _;

/// Only this rule, with the levels a test needs written after it.
pub(crate) const ONLY_LIMITS: &str = "version: 1\nrules:\n  \"*\": off\n  resource-limits: error\n";

/// The day on which all tests run.
pub(crate) fn today() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

/// Policies in a folder of their own, and everything that judges by them.
pub(crate) struct Judges {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) policies: Arc<Policies>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) drain: Drain,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) app: Router,
    pub(crate) workers: Workers,
    pub(crate) watch: Watch,
}

/// How a server judges and looks images up.
pub(crate) struct Looks {
    pub(crate) mode: Mode,
    pub(crate) threads: usize,
    pub(crate) settings: ImageSettings,
    pub(crate) keychain: Arc<Keychain>,
    /// Where all decisions are logged.
    pub(crate) output: Option<Box<dyn std::io::Write + Send>>,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            mode: Mode::Enforce,
            threads: 2,
            settings: ImageSettings::default(),
            keychain: Arc::default(),
            output: None,
        }
    }
}

pub(crate) fn source(path: PathBuf) -> Source {
    Source { path: Some(path), start: PathBuf::from("."), expect_revision: None }
}

impl Judges {
    pub(crate) fn new(config: &str) -> Self {
        Self::with(config, &[], Mode::Enforce)
    }

    /// With rules of a test's own, each by name and text, and a mode.
    pub(crate) fn with(config: &str, rules: &[(&str, &str)], mode: Mode) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_policies(folder.path(), config, rules);
        Self::of_folder(folder, mode, 2)
    }

    /// From a folder as it is; `threads` may be none, so that nothing is ever answered.
    pub(crate) fn of_folder(folder: tempfile::TempDir, mode: Mode, threads: usize) -> Self {
        Self::looking_up(folder, Looks { mode, threads, ..Looks::default() })
    }

    /// From a folder as it is, with everything else as it is wanted.
    pub(crate) fn looking_up(folder: tempfile::TempDir, looks: Looks) -> Self {
        let Looks { mode, threads, settings, keychain, output } = looks;
        let metrics = Arc::new(Metrics::default());
        let log = output.map(|output| {
            let labels = Labels { cluster: None };
            DecisionLog::start(Which::All, labels, output, metrics.clone()).unwrap().0
        });
        let source = source(folder.path().to_path_buf());
        let watch = Watch::new(source.clone());
        let loaded = policies::load(&source, today()).unwrap();
        let policies = Arc::new(Policies::new(loaded, settings, Knowledge::none(), metrics.clone()));
        let court = Court {
            policies: policies.clone(),
            knowledge: Knowledge::none(),
            mode,
            cluster: None,
            clock: today,
            metrics: metrics.clone(),
            log: log.unwrap_or_else(|| DecisionLog::off(metrics.clone())),
        };
        let workers = Workers::start(threads, QUEUED_REVIEWS, &court.judges(), &metrics).unwrap();
        let drain = Drain::default();
        let state = App::new(workers.clone(), metrics.clone(), drain.clone()).with_keychain(keychain);
        let app = app(Arc::new(state));
        Self { workers, folder, policies, metrics, drain, certificates: Arc::default(), app, watch }
    }

    pub(crate) fn health(&self) -> Health {
        Health {
            policies: self.policies.clone(),
            knowledge: Knowledge::none(),
            certificates: self.certificates.clone(),
            drain: self.drain.clone(),
        }
    }

    /// Sends a request through the router, without a socket.
    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, Response<Bytes>) {
        let (head, body) = self.app.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, Response::from_parts(head, body))
    }

    /// The `response` of a review's answer.
    pub(crate) async fn ask(&self, path: &str, review: &Value) -> Value {
        let (status, response) = self.send(post(path, review.to_string())).await;
        assert_eq!(status, 200, "{:?}", response.body());
        let mut answer: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(answer["kind"], "AdmissionReview");
        assert_eq!(answer["apiVersion"], "admission.k8s.io/v1");
        assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
        answer["response"].take()
    }
}

pub(crate) fn write_policies(folder: &Path, config: &str, rules: &[(&str, &str)]) {
    std::fs::write(folder.join("platlint.yaml"), config).unwrap();
    for (name, text) in rules {
        let place = folder.join("policies/test").join(name);
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join(format!("{}.rego", name.replace('-', "_"))), text).unwrap();
    }
}

pub(crate) fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header("content-type", "application/json").body(body.into()).unwrap()
}

/// A review of a Pod being created in namespace `shop`.
pub(crate) fn review(object: Value) -> Value {
    let api_version = object["apiVersion"].as_str().unwrap_or("v1");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "operation": "CREATE", "dryRun": false, "namespace": "shop",
        "kind": {"group": group, "version": version, "kind": object["kind"]}, "name": object["metadata"]["name"],
        "userInfo": {"username": "ann", "groups": ["devs"]}, "object": object, "oldObject": null}})
}

pub(crate) fn update(old: Value, new: Value) -> Value {
    let mut review = review(new);
    review["request"]["operation"] = json!("UPDATE");
    review["request"]["oldObject"] = old;
    review
}

/// A Pod with one container.
pub(crate) fn pod(container: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"containers": [container]}})
}

/// A container without limits.
pub(crate) fn bad() -> Value {
    json!({"name": "web", "image": "registry.example/web:1.4"})
}

/// A container with limits.
pub(crate) fn good() -> Value {
    json!({"name": "web", "image": "registry.example/web:1.4", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}})
}

/// A server that listens.
pub(crate) struct Server {
    pub(crate) judges: Judges,
    pub(crate) authority: Authority,
    pub(crate) address: SocketAddr,
    pub(crate) served: JoinHandle<bool>,
}

/// The name the API server asks for.
pub(crate) const NAME: &str = "platlint-webhook.platlint.svc";

impl Server {
    pub(crate) fn start(judges: Judges) -> Self {
        Self::with_connections(judges, 2_000)
    }

    pub(crate) fn with_connections(judges: Judges, connections: usize) -> Self {
        let authority = Authority::new().unwrap();
        authority.leaf(&[NAME]).unwrap().install(&judges.certificates).unwrap();
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let tls = Arc::new(server_config(judges.certificates.clone()).unwrap());
        let port = Port::new(listener, tls, judges.app.clone(), judges.drain.clone(), judges.metrics.clone());
        let served = tokio::spawn(serve(Port { connections, ..port }));
        Self { judges, authority, address, served }
    }

    pub(crate) async fn tls(&self) -> std::io::Result<TlsStream<TcpStream>> {
        connect(self.address, self.authority.certificate()).await
    }

    pub(crate) async fn client(&self) -> Client {
        Client::over(self.tls().await.unwrap()).await
    }
}

/// A TLS connection that trusts this authority.
pub(crate) async fn connect(address: SocketAddr, authority: &str) -> std::io::Result<TlsStream<TcpStream>> {
    connect_as(NAME, address, authority).await
}

/// The same for a server of this name.
pub(crate) async fn connect_as(
    name: &'static str,
    address: SocketAddr,
    authority: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let mut config = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).unwrap(), stream).await
}

/// A kept connection.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
}

impl Client {
    pub(crate) async fn over(stream: TlsStream<TcpStream>) -> Self {
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { sender }
    }

    /// Whether the connection can take another request.
    pub(crate) async fn is_open(&mut self) -> bool {
        tokio::time::timeout(Duration::from_secs(5), self.sender.ready()).await.is_ok_and(|ready| ready.is_ok())
    }

    pub(crate) async fn send(&mut self, path: &str, body: impl Into<Bytes>) -> hyper::Result<Response<Bytes>> {
        let request = Request::post(path).header("host", NAME).header("content-type", "application/json");
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(body.into())).unwrap()).await?;
        let (head, body) = response.into_parts();
        Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
    }

    pub(crate) async fn ask(&mut self, review: &Value) -> Value {
        self.ask_at("/validate?timeout=5s", review).await
    }

    /// The `response` of the answer to a review sent to this path.
    pub(crate) async fn ask_at(&mut self, path: &str, review: &Value) -> Value {
        let response = self.send(path, review.to_string()).await.unwrap();
        assert_eq!(response.status(), 200, "{:?}", response.body());
        serde_json::from_slice::<Value>(response.body()).unwrap()["response"].take()
    }
}
