//! Where a program that renders must not lie.
//!
//! Changes of strangers are judged before anybody has read them. If a repository could bring along the program that renders
//! it, judging it would run whatever it holds. So no program is taken from where the configuration lies, from where platlint
//! runs, or from the repositories around these folders.

use std::path::{Path, PathBuf};

use super::absolute;

/// The folders below which no program is run: the working directory and the folders of configurations, as named and without
/// links, each with the nearest folder above it that holds `.git`.
pub(super) fn repositories<'l>(folders: impl Iterator<Item = &'l Path>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders.chain([Path::new("")]).map(absolute) {
        let real = folder.canonicalize().ok();
        for folder in real.into_iter().chain([folder]) {
            let repository = folder.ancestors().find(|above| above.join(".git").exists()).map(Path::to_path_buf);
            found.push(folder);
            found.extend(repository);
        }
    }
    found
}

/// The first of these folders below which a program lies, by its name or where its links lead.
pub(super) fn is_below<'r>(program: &Path, folders: &'r [PathBuf]) -> Option<&'r Path> {
    let real = program.canonicalize().ok();
    let names = || std::iter::once(program).chain(real.as_deref());
    folders.iter().find(|folder| names().any(|name| name.starts_with(folder))).map(PathBuf::as_path)
}
