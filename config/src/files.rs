//! Where configurations and policies are read from: the disk, or a bundle that was verified and lies in memory.
//!
//! Everything the loader reads goes through [`Files`], so that it cannot see more than the bundle holds. Which names are
//! meant, and what becomes of the bytes, is decided by those who ask.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::ops::Bound;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The files of a run.
#[derive(Debug, Clone)]
pub(crate) enum Files {
    /// Those of the system, links followed.
    Disk,
    /// Those of a bundle, and no other.
    Bundle(Arc<Tree>),
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    /// A file, or whatever else is no folder.
    File,
}

impl Files {
    pub(crate) fn kind(&self, path: &Path) -> io::Result<Kind> {
        match self {
            Self::Disk => fs::metadata(path).map(|found| if found.is_dir() { Kind::Folder } else { Kind::File }),
            Self::Bundle(tree) => tree.kind(&tree.inner(path)?),
        }
    }

    pub(crate) fn is_folder(&self, path: &Path) -> bool {
        self.kind(path).is_ok_and(|kind| kind == Kind::Folder)
    }

    /// Whether a file with a content stands there: no device and no pipe.
    pub(crate) fn is_file(&self, path: &Path) -> bool {
        match self {
            Self::Disk => path.is_file(),
            Self::Bundle(_) => self.kind(path).is_ok_and(|kind| kind == Kind::File),
        }
    }

    /// One path for each file, however it was named: absolute on the disk, below the bundle's name in a bundle.
    pub(crate) fn real(&self, path: &Path) -> io::Result<PathBuf> {
        match self {
            Self::Disk => path.canonicalize(),
            Self::Bundle(tree) => {
                let inner = tree.inner(path)?;
                tree.kind(&inner).map(|_| tree.root.join(inner))
            }
        }
    }

    /// Names and paths of what stands in a folder, in order of the names.
    pub(crate) fn entries(&self, folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
        let mut entries = match self {
            Self::Disk => fs::read_dir(folder)?
                .map(|entry| entry.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())))
                .collect::<io::Result<Vec<_>>>()?,
            Self::Bundle(tree) => {
                let names = tree.names(&tree.inner(folder)?)?;
                names.into_iter().map(|name| (name.to_owned(), folder.join(name))).collect()
            }
        };
        entries.sort();
        Ok(entries)
    }

    /// The bytes of a file, and of a larger one than `limit` the first `limit + 1`.
    pub(crate) fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let limit = limit.saturating_add(1);
        let mut bytes = Vec::new();
        match self {
            Self::Disk => fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?,
            Self::Bundle(tree) => tree.bytes(&tree.inner(path)?)?.take(limit).read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    }
}

/// Files by their path below `root`, with `/`.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    files: BTreeMap<String, Arc<[u8]>>,
}

impl Tree {
    /// `root` is what the tree is called in messages; nothing is read from there.
    pub(crate) const fn new(root: PathBuf, files: BTreeMap<String, Arc<[u8]>>) -> Self {
        Self { root, files }
    }

    /// The path below the root, without `.` and `..`. What leads out of the tree is not there.
    fn inner(&self, path: &Path) -> io::Result<String> {
        let below = path.strip_prefix(&self.root).map_err(|_| not_found())?;
        let mut parts: Vec<&str> = Vec::new();
        for component in below.components() {
            match component {
                Component::CurDir => {}
                Component::ParentDir => {
                    parts.pop().ok_or_else(not_found)?;
                }
                Component::Normal(part) => parts.push(part.to_str().ok_or_else(not_found)?),
                Component::RootDir | Component::Prefix(_) => return Err(not_found()),
            }
        }
        Ok(parts.join("/"))
    }

    fn kind(&self, inner: &str) -> io::Result<Kind> {
        if self.files.contains_key(inner) {
            return Ok(Kind::File);
        }
        self.names(inner).map(|_| Kind::Folder)
    }

    fn bytes(&self, inner: &str) -> io::Result<&[u8]> {
        self.files.get(inner).map(|bytes| &**bytes).ok_or_else(not_found)
    }

    /// What stands in a folder; a folder without any file is not there.
    fn names(&self, inner: &str) -> io::Result<BTreeSet<&str>> {
        let prefix = if inner.is_empty() { String::new() } else { format!("{inner}/") };
        let from = self.files.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
        let below = from.map_while(|(path, _)| path.strip_prefix(&prefix));
        let names: BTreeSet<&str> = below.filter_map(|path| path.split('/').next()).collect();
        if names.is_empty() { Err(not_found()) } else { Ok(names) }
    }
}

/// As the system says it of files on the disk.
fn not_found() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "no such file or directory")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Files {
        let files = ["a.yaml", "a/b/c.rego", "a/b.rego", "ab/d"].map(|path| (path.to_owned(), path.as_bytes().into()));
        Files::Bundle(Arc::new(Tree::new("some/x.tar".into(), files.into())))
    }

    #[test]
    fn a_bundle_is_walked_like_a_folder() {
        let tree = tree();
        let names = |path: &str| {
            let entries = tree.entries(Path::new(path)).unwrap();
            entries.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("some/x.tar"), "a a.yaml ab");
        assert_eq!(names("some/x.tar/ab/../a/./"), "b b.rego");
        assert!(tree.is_folder(Path::new("some/x.tar/a/b")) && !tree.is_file(Path::new("some/x.tar/a/b")));
        assert!(tree.is_file(Path::new("some/x.tar/a.yaml")) && !tree.is_folder(Path::new("some/x.tar/a.yaml")));
        assert_eq!(tree.real(Path::new("some/x.tar/a/../ab/d")).unwrap(), Path::new("some/x.tar/ab/d"));
        assert_eq!(tree.read(Path::new("some/x.tar/ab/d"), 10).unwrap(), b"ab/d");
        assert_eq!(tree.read(Path::new("some/x.tar/ab/d"), 2).unwrap(), b"ab/");
    }

    #[test]
    fn nothing_outside_of_a_bundle_is_there() {
        let tree = tree();
        for path in ["some/x.tar/../x.tar/a.yaml", "/etc/passwd", "some/x.tar/a/../../..", "some/x.tar/no", "a.yaml"] {
            assert_eq!(tree.kind(Path::new(path)).unwrap_err().kind(), io::ErrorKind::NotFound, "{path}");
            assert!(tree.read(Path::new(path), 1).is_err() && tree.real(Path::new(path)).is_err(), "{path}");
        }
        assert!(tree.entries(Path::new("some/x.tar/a.yaml")).is_err());
    }
}
