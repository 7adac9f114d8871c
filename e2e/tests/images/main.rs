//! Signed images with the real cosign against real registries: one subject a file.

mod tools;

use platlint_e2e::images;
use std::path::Path;

/// The folder of cosign and the registries. A test returns where there is none, which has then been told.
fn tools() -> Option<&'static Path> {
    platlint_e2e::keeper::program(env!("CARGO_BIN_EXE_platlint-e2e-keeper"));
    images::tools()
}
