//! Which configuration is meant where none is named: the nearest one upwards.

use std::path::{Path, PathBuf};

use crate::files::Files;

/// Names of the configuration file; the first that exists counts.
const NAMES: [&str; 2] = ["platlint.yaml", "platlint.yml"];

/// The nearest configuration from `start`, a folder, upwards. For a relative `start` the answer is relative, too.
#[must_use]
pub fn discover(start: &Path) -> Option<PathBuf> {
    let levels = start.canonicalize().ok()?.ancestors().count();
    let mut folder = match start.to_str() {
        Some(".") => PathBuf::new(),
        _ => start.to_path_buf(),
    };
    for _ in 0..levels {
        if let Some(found) = in_folder(&Files::Disk, &folder) {
            return Some(found);
        }
        folder = if folder.is_absolute() { folder.parent()?.to_path_buf() } else { folder.join("..") };
    }
    None
}

/// The configuration in a folder.
pub(crate) fn in_folder(files: &Files, folder: &Path) -> Option<PathBuf> {
    NAMES.iter().map(|name| folder.join(name)).find(|path| files.is_file(path))
}
