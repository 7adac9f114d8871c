//! The harness of the tests of signed images: cosign and two real registries on the loopback interface, and what puts
//! images into them without docker.
//!
//! It decides how these programs are started and called. What is expected of platlint is said by the tests
//! (`tests/images`). Nothing but the loopback interface is dialled: cosign is given an empty signing configuration and a
//! trusted root of the tests' own, so it asks no log and no update repository.

pub mod cosign;
pub mod digest;
pub mod handmade;
pub mod push;
pub mod registry;
pub mod token;

use crate::{assets, keeper};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The folder of the programs; none where they are missing, which is told as `SKIPPED: …` (a failure in CI, see xtask).
pub fn tools() -> Option<&'static Path> {
    assets::image_tools().map_err(|reason| println!("SKIPPED: {reason}")).ok()
}

/// A new folder in the temporary directory, removed at the end of the test run.
pub(crate) fn folder(subject: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("platlint-images-{}-{subject}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder in the temporary directory");
    if std::env::var_os("PLATLINT_E2E_KEEP").is_none() {
        keeper::keep_folder(&folder);
    }
    folder
}
