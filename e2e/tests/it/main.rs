//! platlint against a real API server: one subject a file, one control plane for all of them.

mod applying;
mod availability;
mod bundles;
mod caches;
mod certificates;
mod chart;
mod controllers;
mod deletions;
mod deny;
mod harness;
mod levels;
mod loops;
mod managed;
mod mutate;
mod namespaces;
mod one_answer;
mod outages;
mod reload;
mod replicas;
mod requests;
mod scene;
mod signed_images;
mod subresources;
mod updates;

use platlint_e2e::cluster;
use platlint_e2e::control_plane::ControlPlane;

/// The shared control plane. A test returns where there is none, which has then been told.
fn cluster() -> Option<&'static ControlPlane> {
    platlint_e2e::keeper::program(env!("CARGO_BIN_EXE_platlint-e2e-keeper"));
    cluster::shared()
}
