//! How a test tells the API server to ask its webhook: a Service without Pods (`ExternalName`, to the loopback interface)
//! and configurations that reach this test's objects only.

use crate::api::Api;
use crate::authority::Authority;
use crate::control_plane::ControlPlane;
use crate::wait;
use crate::webhook::SERVICE;
use serde_json::{Value, json};

/// What is sent to the webhook.
#[derive(Clone, Debug)]
pub struct Registration<'a> {
    /// The namespace of the Service; also what the certificate names.
    pub service: &'a str,
    /// The port where the webhook, or a balancer before it, listens.
    pub port: u16,
    /// Only objects in these namespaces.
    pub namespaces: &'a [&'a str],
    /// Only requests of this user, in any namespace; needed for objects of the cluster.
    pub user: Option<&'a str>,
    /// Operations.
    pub operations: &'a [&'a str],
    /// `Fail` or `Ignore`, for the validating webhook.
    pub failure_policy: &'a str,
    /// How long the API server waits for the validating webhook, in seconds.
    pub timeout: u8,
    /// Whether the mutating webhook is registered too.
    pub mutating: bool,
}

/// A registration in force. Dropping it removes it.
pub struct Registered {
    api: Api,
    validating: String,
    mutating: Option<String>,
}

const VALIDATING: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const MUTATING: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

impl<'a> Registration<'a> {
    /// Everything created or updated in that namespace, which is also the Service's.
    pub fn of_namespace(namespaces: &'a [&'a str], port: u16) -> Self {
        Self {
            service: namespaces[0],
            port,
            namespaces,
            user: None,
            operations: &["CREATE", "UPDATE"],
            failure_policy: "Fail",
            timeout: 10,
            mutating: false,
        }
    }

    /// The mutating webhook too.
    #[must_use]
    pub fn with_mutation(self) -> Self {
        Self { mutating: true, ..self }
    }

    /// Tells the API server. What it does from when on is for the test to await, with an object of its own.
    pub fn apply(&self, plane: &ControlPlane, authority: &Authority) -> Registered {
        let api = plane.api();
        make_service(&api, self.service, self.port);
        let name = format!("e2e-{}", self.service);
        let configuration = |kind: &str, webhook: Value| {
            json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name},
                "webhooks": [webhook]})
        };
        if self.mutating {
            let mut webhook = self.webhook("mutate.platlint.dev", "/mutate", "Ignore", authority.pem());
            webhook["reinvocationPolicy"] = json!("IfNeeded");
            api.must_create(MUTATING, &configuration("MutatingWebhookConfiguration", webhook));
        }
        let webhook = self.webhook("validate.platlint.dev", "/validate", self.failure_policy, authority.pem());
        api.must_create(VALIDATING, &configuration("ValidatingWebhookConfiguration", webhook));
        let mutating = self.mutating.then(|| format!("{MUTATING}/{name}"));
        Registered { api, validating: format!("{VALIDATING}/{name}"), mutating }
    }

    fn webhook(&self, name: &str, path: &str, failure_policy: &str, authority: &str) -> Value {
        let everything = ["*", "pods/ephemeralcontainers", "pods/resize"];
        let mut webhook = json!({
            "name": name,
            "clientConfig": {
                "service": {"name": SERVICE, "namespace": self.service, "port": self.port, "path": path},
                "caBundle": base64(authority.as_bytes()),
            },
            "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "resources": everything, "operations": self.operations,
                "scope": "*"}],
            "failurePolicy": failure_policy, "timeoutSeconds": self.timeout, "matchPolicy": "Equivalent",
            "sideEffects": "None", "admissionReviewVersions": ["v1"],
        });
        if !self.namespaces.is_empty() {
            webhook["namespaceSelector"] = json!({"matchExpressions": [
                {"key": "kubernetes.io/metadata.name", "operator": "In", "values": self.namespaces}]});
            // A selector of namespaces lets everything through that has none.
            webhook["rules"][0]["scope"] = json!("Namespaced");
        }
        if let Some(user) = self.user {
            webhook["matchConditions"] =
                json!([{"name": "user", "expression": format!("request.userInfo.username == '{user}'")}]);
        }
        webhook
    }
}

/// A Service that leads to the loopback interface. A configuration names the port.
pub fn make_service(api: &Api, namespace: &str, port: u16) {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": SERVICE},
        "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]}});
    let path = format!("/api/v1/namespaces/{namespace}/services");
    if api.get(&format!("{path}/{SERVICE}")).is_none() {
        api.must_create(&path, &service);
    }
}

impl Registered {
    /// Waits until the API server asks the webhook: until an object, which the rules deny, is denied in a dry run.
    pub fn await_denial(&self, collection: &str, marker: &Value) {
        let path = format!("{collection}?dryRun=All");
        wait::until_ok("a marker to be denied", || {
            let answer = self.api.create(&path, marker);
            if answer.status == 403 { Ok(()) } else { Err(answer.json().to_string()) }
        });
    }

    /// The validating configuration as it is now.
    pub fn validating(&self) -> Value {
        self.api.get(&self.validating).expect("the validating configuration")
    }

    /// Merges a patch into the validating configuration (JSON merge patch).
    pub fn change_validating(&self, patch: &Value) {
        let answer = self.api.merge(&self.validating, patch);
        assert_eq!(answer.status, 200, "{}", answer.json());
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // The control plane may have been stopped by its test.
        let paths: Vec<String> = self.mutating.iter().chain([&self.validating]).cloned().collect();
        for path in paths {
            let _ = self.api.try_delete(&path);
        }
    }
}

/// Base64 with padding, as `caBundle` wants it.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().enumerate().fold(0_u32, |sum, (at, byte)| sum | u32::from(*byte) << (16 - 8 * at));
        for digit in 0..4 {
            let index = (number >> (18 - 6 * digit)) & 63;
            let known = digit <= chunk.len();
            text.push(if known { char::from(DIGITS[index as usize]) } else { '=' });
        }
    }
    text
}
