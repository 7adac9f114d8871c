//! The chart's rendered objects (charts/platlint/rendered) before a real API server. That they are what Helm renders is
//! checked by `cargo xtask test chart`.

mod accepted;
mod helm;
mod installed;
mod schemas;

use platlint_e2e::assets;
use platlint_e2e::cluster::named_namespace;
use platlint_e2e::control_plane::ControlPlane;
use std::fs;
use std::sync::OnceLock;

/// The namespace that all output is rendered for.
const NAMESPACE: &str = "platlint";

/// Kinds of extensions that this API server does not have: of cert-manager and of the Prometheus Operator.
const FOREIGN: &[&str] = &["Certificate", "Issuer", "PrometheusRule", "ServiceMonitor"];

/// A set of values and what the chart makes of it.
struct Rendered {
    name: String,
    text: String,
}

fn all() -> Vec<Rendered> {
    let folder = assets::root().join("charts/platlint/rendered");
    let mut all: Vec<_> = fs::read_dir(folder)
        .expect("rendered charts")
        .map(|entry| {
            let path = entry.expect("a rendered chart").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            Rendered { name, text: fs::read_to_string(path).expect("a rendered chart") }
        })
        .collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(all.len() > 3, "hardly any rendered chart is there");
    all
}

/// The documents of the API server's own kinds, and how many were left out.
fn own_kinds(text: &str) -> (String, usize) {
    let kind = |document: &&str| {
        let kind = document.lines().find_map(|line| line.strip_prefix("kind: ")).unwrap_or_default();
        !FOREIGN.contains(&kind.trim())
    };
    let documents: Vec<&str> = text.split("\n---\n").collect();
    let own: Vec<&str> = documents.iter().copied().filter(kind).collect();
    (own.join("\n---\n"), documents.len() - own.len())
}

/// Makes the namespace in the shared control plane, once.
fn namespace(plane: &ControlPlane) {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| namespace_in(plane));
}

/// Makes the namespace, which admits only what the strictest of the Pod Security Standards does.
fn namespace_in(plane: &ControlPlane) {
    named_namespace(plane, NAMESPACE);
    let label = "pod-security.kubernetes.io/enforce=restricted";
    plane.kubectl().run(&["label", "namespace", NAMESPACE, label]).expect_success();
}

/// The chart's cluster-scoped objects have fixed names: whoever makes them, or asks about making them, is alone.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
