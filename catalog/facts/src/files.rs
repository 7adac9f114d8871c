//! The files around a document, read to a limit and never outside the checkouts that the run was given.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// Nothing.
    Missing,
    /// It lies outside what may be looked at, so nobody knows.
    Outside,
}

/// Why a file has no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MissingFile {
    /// It is not there.
    #[error("there is no such file")]
    Missing,
    /// It lies outside what may be looked at.
    #[error("it lies outside the repositories of this run")]
    Outside,
    /// It cannot be read, or is larger than what is read.
    #[error("{0}")]
    Unreadable(String),
}

/// One name in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name, without folders.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Files that may be looked at. Paths are absolute.
pub trait Files: Send + Sync {
    /// What stands at a path.
    fn kind(&self, path: &Path) -> FileKind;
    /// A file's text. Limited to [`LARGEST`] bytes.
    fn read(&self, path: &Path) -> Result<Arc<str>, MissingFile>;
    /// The names in a folder, sorted; links to folders and `.git` are left out.
    fn list(&self, folder: &Path) -> Result<Vec<Entry>, MissingFile>;
    /// A path as the user would name it.
    fn shown(&self, path: &Path) -> String;
}

/// Largest file that is read for another one, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// `path` as written in a file of `folder`, without `.` and `..`; an absolute path stands for itself. `..` above the root of
/// the file system stays there.
#[must_use]
pub fn resolve(folder: &Path, path: &str) -> PathBuf {
    let mut resolved = PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                resolved.pop();
            }
            other => resolved.push(other),
        }
    }
    resolved
}

/// Files on disk below some folders.
#[derive(Debug, Clone)]
pub struct DiskFiles {
    /// Canonical.
    roots: Vec<PathBuf>,
    /// Names are shown relative to this folder.
    here: PathBuf,
}

impl DiskFiles {
    /// Files below `roots`, shown relative to `here`. Roots that do not exist allow nothing.
    #[must_use]
    pub fn below<'r>(roots: impl IntoIterator<Item = &'r Path>, here: &Path) -> Self {
        let canonical = |path: &Path| std::fs::canonicalize(path).ok();
        Self {
            roots: roots.into_iter().filter_map(canonical).collect(),
            here: canonical(here).unwrap_or_else(|| here.to_owned()),
        }
    }

    /// The path without links, where it may be looked at.
    fn allowed(&self, path: &Path) -> Result<PathBuf, MissingFile> {
        let is_below = |path: &Path| self.roots.iter().any(|root| path.starts_with(root));
        match std::fs::canonicalize(path) {
            Ok(real) if is_below(&real) => Ok(real),
            Ok(_) => Err(MissingFile::Outside),
            // Whether something outside is missing is nobody's business either. The nearest folder that exists tells.
            Err(error) => {
                let nearest = path.ancestors().skip(1).find_map(|folder| std::fs::canonicalize(folder).ok());
                if !nearest.is_some_and(|folder| is_below(&folder)) {
                    return Err(MissingFile::Outside);
                }
                match error.kind() {
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Err(MissingFile::Missing),
                    _ => Err(MissingFile::Unreadable(error.to_string())),
                }
            }
        }
    }
}

impl Files for DiskFiles {
    fn kind(&self, path: &Path) -> FileKind {
        match self.allowed(path) {
            Ok(real) if real.is_dir() => FileKind::Folder,
            Ok(_) => FileKind::File,
            Err(MissingFile::Missing) => FileKind::Missing,
            Err(_) => FileKind::Outside,
        }
    }

    fn read(&self, path: &Path) -> Result<Arc<str>, MissingFile> {
        let real = self.allowed(path)?;
        let unreadable = |error: std::io::Error| MissingFile::Unreadable(error.to_string());
        let file = std::fs::File::open(real).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(MissingFile::Unreadable("it is no regular file".to_owned()));
        }
        let mut bytes = Vec::new();
        file.take(LARGEST.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST {
            return Err(MissingFile::Unreadable(format!("it has more than the {LARGEST} bytes that are read")));
        }
        String::from_utf8(bytes).map(Into::into).map_err(|_| MissingFile::Unreadable("it is no UTF-8 text".to_owned()))
    }

    fn list(&self, folder: &Path) -> Result<Vec<Entry>, MissingFile> {
        let real = self.allowed(folder)?;
        let unreadable = |error: std::io::Error| MissingFile::Unreadable(error.to_string());
        let mut found = Vec::new();
        for entry in std::fs::read_dir(real).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_linked_folder = kind.is_symlink() && entry.path().is_dir();
            if name != ".git" && !is_linked_folder {
                found.push(Entry { name, is_folder: kind.is_dir() });
            }
        }
        found.sort();
        Ok(found)
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.here).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }
}

/// No files at all: in the cluster, and for standard input.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn kind(&self, _path: &Path) -> FileKind {
        FileKind::Outside
    }

    fn read(&self, _path: &Path) -> Result<Arc<str>, MissingFile> {
        Err(MissingFile::Outside)
    }

    fn list(&self, _folder: &Path) -> Result<Vec<Entry>, MissingFile> {
        Err(MissingFile::Outside)
    }

    fn shown(&self, path: &Path) -> String {
        path.to_string_lossy().into_owned()
    }
}

/// Files held in memory, for tests: every path below `/` that is not among them is missing.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles(pub BTreeMap<PathBuf, Arc<str>>);

impl MemoryFiles {
    /// Files by absolute path.
    #[must_use]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| (PathBuf::from(path), Arc::from(*text))).collect())
    }
}

impl Files for MemoryFiles {
    fn kind(&self, path: &Path) -> FileKind {
        if self.0.contains_key(path) {
            FileKind::File
        } else if self.0.keys().any(|file| file.starts_with(path)) {
            FileKind::Folder
        } else {
            FileKind::Missing
        }
    }

    fn read(&self, path: &Path) -> Result<Arc<str>, MissingFile> {
        self.0.get(path).cloned().ok_or(MissingFile::Missing)
    }

    fn list(&self, folder: &Path) -> Result<Vec<Entry>, MissingFile> {
        let mut found: Vec<Entry> = Vec::new();
        for rest in self.0.keys().filter_map(|file| file.strip_prefix(folder).ok()) {
            let mut steps = rest.components();
            if let Some(first) = steps.next() {
                let name = first.as_os_str().to_string_lossy().into_owned();
                found.push(Entry { name, is_folder: steps.next().is_some() });
            }
        }
        found.sort();
        found.dedup();
        if found.is_empty() { Err(MissingFile::Missing) } else { Ok(found) }
    }

    fn shown(&self, path: &Path) -> String {
        path.to_string_lossy().trim_start_matches('/').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_dots_without_leaving_the_root() {
        assert_eq!(resolve(Path::new("/a/b"), "./c/../d.yaml"), Path::new("/a/b/d.yaml"));
        assert_eq!(resolve(Path::new("/a"), "../../../etc"), Path::new("/etc"));
    }

    #[test]
    fn looks_only_below_its_roots() {
        let outside = tempfile::tempdir().unwrap();
        let root = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        std::fs::create_dir(root.path().join("folder")).unwrap();
        std::fs::write(root.path().join("folder/file"), "text").unwrap();
        let files = DiskFiles::below([root.path()], root.path());
        assert_eq!(files.kind(&root.path().join("folder")), FileKind::Folder);
        assert_eq!(files.kind(&root.path().join("folder/file")), FileKind::File);
        assert_eq!(files.kind(&root.path().join("folder/none")), FileKind::Missing);
        assert_eq!(files.kind(&outside.path().join("secret")), FileKind::Outside);
        assert_eq!(files.kind(&outside.path().join("none")), FileKind::Outside);
        assert_eq!(files.read(&root.path().join("folder/file")).as_deref(), Ok("text"));
        assert_eq!(files.read(&outside.path().join("secret")), Err(MissingFile::Outside));
        assert_eq!(files.list(root.path()).unwrap(), [Entry { name: "folder".into(), is_folder: true }]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_leads_nowhere_outside() {
        let outside = tempfile::tempdir().unwrap();
        let root = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), root.path().join("link")).unwrap();
        let files = DiskFiles::below([root.path()], root.path());
        assert_eq!(files.read(&root.path().join("link")), Err(MissingFile::Outside));
    }
}
