//! Where things are: the root of the repository, the target directory and the cache for what chores build or fetch.
//! Nothing outside these places is written unless a flag names it.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The folders every chore works from.
pub(crate) struct Workspace {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// Cargo's target directory.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the workspace. Cargo sets `CARGO_MANIFEST_DIR` to this crate's folder whenever it runs it.
    pub(crate) fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").context("start this through cargo: `cargo xtask …`")?;
        let root = Path::new(&manifest).parent().context("xtask has no parent folder")?.to_path_buf();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self { root, target })
    }
}
