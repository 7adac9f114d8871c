//! A stand-in for the API server: it lists Secrets, accounts and Pods, and its watches bring nothing more.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platlint_webhook::cluster::webhooks::{FailurePolicy, Parameters};
use platlint_webhook::cluster::{
    CaBundle, Cluster, Controllers, Lifetimes, Opened, PullSecrets, RunningImage, Settings,
};
use platlint_webhook::tls::Certificates;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What it holds, and what it was asked.
#[derive(Clone, Default)]
pub(crate) struct ApiServer(Arc<Kept>);

#[derive(Default)]
struct Kept {
    secrets: Mutex<Vec<Value>>,
    accounts: Mutex<Vec<Value>>,
    pods: Mutex<Vec<Value>>,
    requests: Mutex<Vec<String>>,
}

impl ApiServer {
    pub(crate) fn secret(&self, namespace: &str, name: &str, config: &str) {
        self.0.secrets.lock().unwrap().push(json!({
            "metadata": {"name": name, "namespace": namespace, "resourceVersion": "1"},
            "type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": STANDARD.encode(config)},
        }));
    }

    pub(crate) fn account(&self, namespace: &str, name: &str, secrets: &[&str]) {
        let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
        let metadata = json!({"name": name, "namespace": namespace, "resourceVersion": "1"});
        self.0.accounts.lock().unwrap().push(json!({"metadata": metadata, "imagePullSecrets": secrets}));
    }

    pub(crate) fn pod(&self, pod: Value) {
        self.0.pods.lock().unwrap().push(pod);
    }

    /// Path and query of each request.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.0.requests.lock().unwrap().clone()
    }
}

async fn answer(State(api): State<ApiServer>, request: Request<Body>) -> Response<Body> {
    let target = request.uri().to_string();
    api.0.requests.lock().unwrap().push(target.clone());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let list = match path.rsplit('/').next() {
        Some("secrets") => &api.0.secrets,
        Some("serviceaccounts") => &api.0.accounts,
        Some("pods") => &api.0.pods,
        _ => {
            let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404,
                "message": "not found", "reason": "NotFound"});
            return respond(StatusCode::NOT_FOUND, Body::from(status.to_string()));
        }
    };
    if query.contains("watch=true") {
        let silence = futures::stream::pending::<Result<Bytes, std::io::Error>>();
        return respond(StatusCode::OK, Body::from_stream(silence));
    }
    let namespace = path.split_once("/namespaces/").and_then(|(_, rest)| rest.split('/').next());
    let is_wanted = |item: &&Value| {
        namespace.is_none_or(|namespace| item["metadata"]["namespace"] == namespace)
            && item["type"].as_str().is_none_or(|kind| query.contains(&format!("type%3D{}", kind.replace('/', "%2F"))))
    };
    let items: Vec<Value> = list.lock().unwrap().iter().filter(is_wanted).cloned().collect();
    respond(StatusCode::OK, Body::from(json!({"metadata": {"resourceVersion": "1"}, "items": items}).to_string()))
}

fn respond(status: StatusCode, body: Body) -> Response<Body> {
    Response::builder().status(status).header("content-type", "application/json").body(body).unwrap()
}

/// A webhook's view of that API server. Its end ends everything.
pub(crate) struct Joined {
    cluster: Option<Cluster>,
}

/// Joins with the pull secrets of these namespaces opened, and the running images listed.
pub(crate) async fn opened(api: &ApiServer, namespaces: &[&str]) -> Joined {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer).with_state(api.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let names: Vec<String> = namespaces.iter().map(|name| (*name).to_owned()).collect();
    let settings = Settings {
        webhooks: Parameters {
            namespace: "platlint".to_owned(),
            service: "platlint-webhook".to_owned(),
            port: 443,
            url: None,
            service_account: "platlint-webhook".to_owned(),
            exempt_namespaces: Vec::new(),
            failure_policy: FailurePolicy::Fail,
            mutating_failure_policy: FailurePolicy::Ignore,
            validating_timeout: 5,
            mutating_timeout: 3,
        },
        manages_webhooks: false,
        ca: CaBundle::Elsewhere,
        lifetimes: Lifetimes::default(),
        identity: "test".to_owned(),
        controllers: Controllers::default(),
        knows: false,
        pull_secrets: Opened::of(&names),
        lists_images: true,
    };
    let config = kube::Config::new(format!("http://{address}").parse().unwrap());
    let cluster = Cluster::start(config, settings, Arc::new(Certificates::default())).unwrap();
    Joined { cluster: Some(cluster) }
}

impl Joined {
    /// The pull secrets, once these are known: namespace and name.
    pub(crate) async fn secrets(&self, known: &[(&str, &str)]) -> PullSecrets {
        let secrets = self.cluster.as_ref().unwrap().knowledge().pull_secrets();
        let listed = async {
            let is_known =
                |(namespace, name): &(&str, &str)| !secrets.usable(namespace, &[(*name).into()], "nobody").is_empty();
            // The accounts come by watches of their own.
            while !known.iter().all(is_known) || !self.is_synced() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), listed).await.expect("the watches begin");
        secrets
    }

    fn is_synced(&self) -> bool {
        let report = self.cluster.as_ref().unwrap().knowledge().report();
        !report.is_empty() && report.iter().all(|cache| cache.synced)
    }

    /// The images of running Pods.
    pub(crate) fn running(&mut self) -> mpsc::Receiver<RunningImage> {
        self.cluster.as_mut().unwrap().take_running().unwrap()
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        if let Some(cluster) = self.cluster.take() {
            cluster.stop();
        }
    }
}
