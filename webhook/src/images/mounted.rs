//! The docker configuration mounted beside the server (`--registry-config`): for registries that every namespace may read
//! from. Taken up again when it changes; what cannot be read changes nothing.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use platlint_registry::credentials::{CredentialError, DockerConfig};

/// The file and what it held when it was last good.
#[derive(Debug, Default)]
pub struct MountedConfig {
    path: Option<PathBuf>,
    newest: ArcSwapOption<DockerConfig>,
    seen: Mutex<Seen>,
}

/// What was there at the last look.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// There was none.
    #[default]
    Nothing,
    /// No file that can be read.
    Missing,
    /// Contents with this hash.
    Contents(u64),
}

impl MountedConfig {
    /// Reads the file; `None`: there is none.
    pub fn read(path: Option<PathBuf>) -> Result<Self, CredentialError> {
        let mounted = Self { path, ..Self::default() };
        mounted.poll()?;
        Ok(mounted)
    }

    /// What it held when it was last good.
    #[must_use]
    pub fn newest(&self) -> Option<Arc<DockerConfig>> {
        self.newest.load_full()
    }

    /// Reads it again if it changed; whether it did.
    pub fn poll(&self) -> Result<bool, CredentialError> {
        let Some(path) = &self.path else { return Ok(false) };
        let now = fingerprint(path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // A fault is told once, not at every look.
        if *seen == now {
            return Ok(false);
        }
        *seen = now;
        let config = DockerConfig::from_path(path)?;
        self.newest.store(Some(Arc::new(config)));
        Ok(true)
    }
}

/// Of the contents: they are small, and a mounted Secret is swapped by a symlink above it.
fn fingerprint(path: &std::path::Path) -> Seen {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let Ok(bytes) = std::fs::read(path) else { return Seen::Missing };
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    Seen::Contents(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"auths": {"registry.example": {"auth": "dXNlcjpwYXNz"}}}"#;

    #[test]
    fn is_taken_up_when_it_changes_and_keeps_the_last_good_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, GOOD).unwrap();
        let mounted = MountedConfig::read(Some(path.clone())).unwrap();
        let first = mounted.newest().unwrap();
        assert_eq!(mounted.poll(), Ok(false));
        std::fs::write(&path, "not json").unwrap();
        assert!(mounted.poll().is_err());
        assert_eq!(mounted.poll(), Ok(false), "told once");
        assert!(Arc::ptr_eq(&first, &mounted.newest().unwrap()));
        std::fs::write(&path, "{}").unwrap();
        assert_eq!(mounted.poll(), Ok(true));
        assert!(!Arc::ptr_eq(&first, &mounted.newest().unwrap()));
    }

    #[test]
    fn a_file_that_is_missing_at_the_start_is_said_and_none_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        assert!(MountedConfig::read(Some(folder.path().join("missing"))).is_err());
        assert!(MountedConfig::read(None).unwrap().newest().is_none());
    }
}
