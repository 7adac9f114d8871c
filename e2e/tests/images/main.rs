//! Signed images with the real cosign against real registries: one subject a file.

mod access;
mod attestations;
mod judge;
mod keyless;
mod pinning;
mod signatures;
mod tools;

use platlint_e2e::images;
use platlint_e2e::images::cosign::Cosign;
use platlint_e2e::images::registry::{Access, Registry};
use std::path::Path;
use std::sync::OnceLock;

/// The folder of cosign and the registries. A test returns where there is none, which has then been told.
fn tools() -> Option<&'static Path> {
    platlint_e2e::keeper::program(env!("CARGO_BIN_EXE_platlint-e2e-keeper"));
    images::tools()
}

/// One cosign for all tests that only sign with it.
fn cosign() -> Option<&'static Cosign> {
    static COSIGN: OnceLock<Cosign> = OnceLock::new();
    let tools = tools()?;
    Some(COSIGN.get_or_init(|| Cosign::new(tools)))
}

/// The same against the registry without and the one with the referrers API.
fn each_registry(test: impl Fn(&Registry)) {
    let Some(tools) = tools() else { return };
    test(&Registry::docker(tools, None, Access::Open));
    test(&Registry::oci(tools, None));
}
