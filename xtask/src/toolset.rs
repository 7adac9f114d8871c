//! Sets of programs that tests start beside platlint: where a set is found, and when it is built.
//!
//! A set is found in the folder that a variable names, else in a cache folder whose name holds a digest of what pins it,
//! else built once into that. What is in a set, and how it is built, each set's own module decides.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A set of programs in one folder.
pub(crate) struct Toolset {
    /// What it is, for messages: `API server`.
    pub(crate) name: &'static str,
    /// The chore that provides it.
    pub(crate) chore: &'static str,
    /// The variable that names a folder of them.
    pub(crate) variable: &'static str,
    /// Their file names.
    pub(crate) programs: &'static [&'static str],
    /// How the cache folder's name begins.
    pub(crate) stem: &'static str,
    /// The files whose content decides what is built.
    pub(crate) pins: Vec<PathBuf>,
}

impl Toolset {
    /// Prints the folder with the programs; `build` makes them where they are missing, unless they are only to be found.
    pub(crate) fn tell(&self, find: bool, cache: &Path, build: impl FnOnce(&Path) -> Result<()>) -> Result<ExitCode> {
        let folder = if find { self.find(cache)? } else { self.ensure(cache, build)? };
        println!("{}", folder.display());
        Ok(ExitCode::SUCCESS)
    }

    /// The folder with the programs, where there is one already.
    pub(crate) fn find(&self, cache: &Path) -> Result<PathBuf> {
        if let Some(folder) = self.named()? {
            return Ok(folder);
        }
        let folder = self.cached(cache)?;
        self.is_complete(&folder).with_context(|| {
            format!("no {}: neither {} nor `{}` has provided one", self.name, self.variable, self.chore)
        })?;
        Ok(folder)
    }

    /// The folder with the programs, built first where none is there.
    pub(crate) fn ensure(&self, cache: &Path, build: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        if let Some(folder) = self.named()? {
            return Ok(folder);
        }
        let folder = self.cached(cache)?;
        if self.is_complete(&folder).is_ok() {
            return Ok(folder);
        }
        // Built beside the folder and renamed, so that a folder that is there is a whole one.
        let unfinished = folder.with_extension("unfinished");
        for left in [&unfinished, &folder] {
            if left.exists() {
                fs::remove_dir_all(left)?;
            }
        }
        fs::create_dir_all(&unfinished)?;
        build(&unfinished)?;
        self.is_complete(&unfinished)?;
        fs::rename(&unfinished, &folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// The folder that the variable names. A wrong one is a fault, not a reason to look elsewhere.
    fn named(&self) -> Result<Option<PathBuf>> {
        let Some(folder) = std::env::var_os(self.variable).map(PathBuf::from) else { return Ok(None) };
        self.is_complete(&folder).context(self.variable)?;
        Ok(Some(folder))
    }

    /// Fails naming the first program that is not there.
    fn is_complete(&self, folder: &Path) -> Result<()> {
        match self.programs.iter().find(|name| !folder.join(name).is_file()) {
            Some(missing) => bail!("{missing} is not in {}", folder.display()),
            None => Ok(()),
        }
    }

    /// The cache folder: other pins are another folder.
    fn cached(&self, cache: &Path) -> Result<PathBuf> {
        let mut pins = Vec::new();
        for path in &self.pins {
            pins.extend(fs::read(path).with_context(|| format!("cannot read {}", path.display()))?);
        }
        fs::create_dir_all(cache).with_context(|| format!("cannot make {}", cache.display()))?;
        Ok(cache.canonicalize()?.join(format!("{}-{:016x}", self.stem, fnv1a(&pins))))
    }
}

/// FNV-1a: names a cache folder, guards nothing (Go itself checks every module against `go.sum`).
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_go_sum_is_another_folder() {
        assert_ne!(fnv1a(b"a v1.0.0 h1:x="), fnv1a(b"a v1.0.1 h1:y="));
    }
}
