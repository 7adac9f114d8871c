//! The control plane that all tests of a run share, and a namespace for each test.

use crate::control_plane::ControlPlane;
use crate::kubectl::Kubectl;
use crate::{assets, wait};
use serde_json::json;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The shared control plane, started by the first test that asks; none where there are no programs to start, which is
/// told as `SKIPPED: …` (a failure in CI, see xtask).
pub fn shared() -> Option<&'static ControlPlane> {
    static PLANE: OnceLock<Option<ControlPlane>> = OnceLock::new();
    let plane = PLANE.get_or_init(|| match assets::api_server() {
        Ok(folder) => Some(ControlPlane::start(folder)),
        Err(_) => None,
    });
    if let (None, Err(reason)) = (plane, assets::api_server()) {
        println!("SKIPPED: {reason}");
    }
    plane.as_ref()
}

/// A new namespace for one test. It is left for the end of the control plane: removing it takes longer than most tests.
pub fn namespace(plane: &ControlPlane, subject: &str) -> Namespace {
    named_namespace(plane, &unique(subject))
}

/// A new namespace of just that name.
pub fn named_namespace(plane: &ControlPlane, name: &str) -> Namespace {
    let api = plane.api();
    let labels = json!({"kubernetes.io/metadata.name": name});
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
    api.must_create("/api/v1/namespaces", &object);
    // Pods are refused until the controllers have made it.
    wait::until("the default service account of a new namespace", || {
        api.get(&format!("/api/v1/namespaces/{name}/serviceaccounts/default"))
    });
    Namespace { name: name.to_owned(), kubectl: plane.kubectl().namespace(name) }
}

/// A name that no other test of this run uses.
pub fn unique(subject: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("{subject}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A namespace with kubectl set to it.
#[derive(Clone, Debug)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// kubectl of the administrator, with this namespace as its default.
    pub kubectl: Kubectl,
}

impl Namespace {
    /// The path of objects of that resource in it: `("apps/v1", "deployments")`.
    pub fn path(&self, version: &str, resource: &str) -> String {
        let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
        format!("{root}/namespaces/{}/{resource}", self.name)
    }
}
