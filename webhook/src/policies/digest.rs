//! Whether anything of a source changed: a digest of what the file system says of its files, not of their content.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;

use crate::limits::WATCHED_FILES;
use crate::policies::Source;

/// What the files of a source looked like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(u64);

/// Folders beside a configuration that hold no policies and may hold very much.
const SKIPPED: &[&str] = &[".git", "node_modules", "target"];

impl Digest {
    /// Of the source as it is now. A folder is walked; for a file its whole folder is, since policies lie beside it. Of a
    /// symlink both its target and what it leads to count: a mounted ConfigMap is swapped by one.
    #[must_use]
    pub fn of(source: &Source) -> Self {
        let mut hasher = DefaultHasher::new();
        let mut left = WATCHED_FILES;
        let found = source.path.clone().or_else(|| platlint_config::discover(&source.start));
        if let Some(path) = found {
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() && is_configuration(&path) => {
                    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                    walk(folder.unwrap_or(Path::new(".")), &mut hasher, &mut left);
                }
                _ => walk(&path, &mut hasher, &mut left),
            }
        }
        Self(hasher.finish())
    }
}

/// A bundle's tarball stands alone; a `platlint.yaml` has policies beside it.
fn is_configuration(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn walk(path: &Path, hasher: &mut DefaultHasher, left: &mut usize) {
    if *left == 0 {
        return;
    }
    *left = left.saturating_sub(1);
    path.hash(hasher);
    if let Ok(target) = fs::read_link(path) {
        target.hash(hasher);
    }
    let Ok(metadata) = fs::metadata(path) else {
        "missing".hash(hasher);
        return;
    };
    if !metadata.is_dir() {
        of_file(&metadata, hasher);
        return;
    }
    let mut entries: Vec<_> = fs::read_dir(path).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) {
            walk(&entry.path(), hasher, left);
        }
    }
}

fn of_file(metadata: &fs::Metadata, hasher: &mut DefaultHasher) {
    metadata.len().hash(hasher);
    metadata.modified().ok().hash(hasher);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        // Two writes within one tick of the clock differ in the inode if the file was replaced, else in the change time.
        (metadata.ino(), metadata.ctime(), metadata.ctime_nsec()).hash(hasher);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    fn source(path: PathBuf) -> Source {
        Source { path: Some(path), start: PathBuf::from("."), expect_revision: None }
    }

    #[test]
    fn sees_the_symlink_swap_of_a_mounted_config_map() {
        let mount = tempfile::tempdir().unwrap();
        let at = |name: &str| mount.path().join(name);
        for version in ["..1", "..2"] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("platlint.yaml"), "version: 1\n").unwrap();
        }
        symlink("..1", at("..data")).unwrap();
        symlink("..data/platlint.yaml", at("platlint.yaml")).unwrap();
        for path in [mount.path().to_path_buf(), at("platlint.yaml")] {
            let source = source(path);
            let before = Digest::of(&source);
            assert_eq!(before, Digest::of(&source));
            fs::remove_file(at("..data")).unwrap();
            symlink("..2", at("..data")).unwrap();
            assert_ne!(before, Digest::of(&source));
            fs::remove_file(at("..data")).unwrap();
            symlink("..1", at("..data")).unwrap();
        }
    }

    #[test]
    fn sees_a_policy_beside_the_configuration_and_a_source_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("platlint.yaml"), "version: 1\n").unwrap();
        let source = source(folder.path().join("platlint.yaml"));
        let empty = Digest::of(&source);
        fs::create_dir(folder.path().join("policies")).unwrap();
        fs::write(folder.path().join("policies/a.rego"), "package a").unwrap();
        let with_policy = Digest::of(&source);
        assert_ne!(empty, with_policy);
        fs::remove_file(folder.path().join("platlint.yaml")).unwrap();
        assert_ne!(with_policy, Digest::of(&source));
    }
}
