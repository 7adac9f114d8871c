//! The copy that is rendered: a folder of its own that holds only files which the run may look at.
//!
//! Links are followed as long as they stay inside of the run's checkouts; the copy has none. So whatever a program reads
//! below the copy is a file of the checkouts, and what it writes is gone afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use platlint_facts::{FileKind, Files};
use tempfile::TempDir;

/// Most bytes of one copy; [`Refused`] tells them.
const MOST_BYTES: u64 = 64 << 20;

/// Most files and folders of one copy.
const MOST_FILES: usize = 20_000;

/// Deepest folder; links can lead in circles.
const DEEPEST: usize = 32;

/// A copy, and what of it came from where.
#[derive(Debug)]
pub(crate) struct Stage {
    folder: TempDir,
    bytes: u64,
    /// Files and folders.
    entries: usize,
    /// Paths in the copy with the files that they are copies of.
    origins: BTreeMap<PathBuf, PathBuf>,
}

/// Why something is not copied, as a sentence for users.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// A link leads out of the checkouts, or the path itself does.
    #[error("{0} leads out of the repositories of this run")]
    Outside(String),
    /// More than is copied.
    #[error("{0} is beyond the {MOST_FILES} files and folders and the 64 MiB that are rendered")]
    TooMuch(String),
    /// Folders in folders without end.
    #[error("{0} has more than {DEEPEST} folders inside of one another")]
    TooDeep(String),
    /// It is no file and no folder, or cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, String),
    /// The copy cannot be written.
    #[error("no copy can be made for rendering: {0}")]
    Write(#[from] std::io::Error),
}

impl Stage {
    /// An empty one.
    pub(crate) fn new() -> Result<Self, Refused> {
        let folder = tempfile::Builder::new().prefix("platlint-").rand_bytes(12).tempdir()?;
        fs::create_dir(folder.path().join("home"))?;
        Ok(Self { folder, bytes: 0, entries: 0, origins: BTreeMap::new() })
    }

    /// A word that nothing in the copy can know beforehand.
    pub(crate) fn key(&self) -> String {
        self.folder.path().file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// Where the program runs.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A path in the copy.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// The file that a path in the copy is a copy of.
    pub(crate) fn origin(&self, copy: &Path) -> Option<&Path> {
        self.origins.get(copy).map(PathBuf::as_path)
    }

    /// All copied files, with what they are copies of.
    pub(crate) fn copies(&self) -> impl Iterator<Item = (&Path, &Path)> {
        self.origins.iter().map(|(copy, origin)| (copy.as_path(), origin.as_path()))
    }

    /// Writes a file of our own; returns where it is.
    pub(crate) fn write(&self, relative: impl AsRef<Path>, text: &str) -> Result<PathBuf, Refused> {
        let path = self.path(relative);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text)?;
        Ok(path)
    }

    /// Copies a file; returns where it is.
    pub(crate) fn file(&mut self, files: &dyn Files, from: &Path, to: impl AsRef<Path>) -> Result<PathBuf, Refused> {
        let shown = || files.shown(from);
        let unreadable = |error: &dyn std::fmt::Display| Refused::Unreadable(shown(), error.to_string());
        match files.kind(from) {
            FileKind::File => {}
            FileKind::Outside => return Err(Refused::Outside(shown())),
            FileKind::Folder => return Err(unreadable(&"it is a folder")),
            FileKind::Missing => return Err(unreadable(&"there is no such file")),
        }
        let metadata = fs::metadata(from).map_err(|error| unreadable(&error))?;
        // A pipe would be waited for, and a device has no end.
        if !metadata.is_file() {
            return Err(unreadable(&"it is no regular file"));
        }
        self.bytes = self.bytes.saturating_add(metadata.len());
        self.count(files, from)?;
        let path = self.path(to);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let text = fs::read(from).map_err(|error| unreadable(&error))?;
        fs::write(&path, text)?;
        self.origins.insert(path.clone(), from.to_owned());
        Ok(path)
    }

    /// Copies a folder with all that is in it.
    pub(crate) fn tree(&mut self, files: &dyn Files, from: &Path, to: impl AsRef<Path>) -> Result<(), Refused> {
        self.tree_at(files, from, to.as_ref(), 0)
    }

    fn tree_at(&mut self, files: &dyn Files, from: &Path, to: &Path, depth: usize) -> Result<(), Refused> {
        match files.kind(from) {
            FileKind::Folder if depth < DEEPEST => {}
            FileKind::Folder => return Err(Refused::TooDeep(files.shown(from))),
            FileKind::Outside => return Err(Refused::Outside(files.shown(from))),
            FileKind::File | FileKind::Missing => {
                return Err(Refused::Unreadable(files.shown(from), "it is no folder".to_owned()));
            }
        }
        self.count(files, from)?;
        fs::create_dir_all(self.path(to))?;
        let unreadable = |error: std::io::Error| Refused::Unreadable(files.shown(from), error.to_string());
        for entry in fs::read_dir(from).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let (path, name) = (entry.path(), entry.file_name());
            if name == ".git" {
                continue;
            }
            if files.kind(&path) == FileKind::Folder {
                self.tree_at(files, &path, &to.join(name), depth + 1)?;
            } else {
                self.file(files, &path, to.join(name))?;
            }
        }
        Ok(())
    }

    fn count(&mut self, files: &dyn Files, from: &Path) -> Result<(), Refused> {
        self.entries += 1;
        let is_too_much = self.bytes > MOST_BYTES || self.entries > MOST_FILES;
        if is_too_much { Err(Refused::TooMuch(files.shown(from))) } else { Ok(()) }
    }

    /// What a program said, with paths of the copy as the user knows them.
    pub(crate) fn in_words_of_the_user(&self, text: &str, files: &dyn Files) -> String {
        let mut text = text.to_owned();
        // Deeper paths first: they begin with the others.
        for (copy, origin) in self.origins.iter().rev() {
            if let Some(copy) = copy.to_str()
                && text.contains(copy)
            {
                text = text.replace(copy, &files.shown(origin));
            }
        }
        let folder = format!("{}/", self.folder.path().display());
        text.replace(&folder, "").replace(&*self.folder.path().to_string_lossy(), ".")
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use platlint_facts::DiskFiles;
    use std::os::unix::fs::symlink;

    fn checkout() -> (TempDir, DiskFiles) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("chart/templates")).unwrap();
        fs::write(root.path().join("chart/Chart.yaml"), "name: x\n").unwrap();
        fs::write(root.path().join("shared.yaml"), "a: 1\n").unwrap();
        let files = DiskFiles::below([root.path()], root.path());
        (root, files)
    }

    #[test]
    fn follows_links_inside_of_the_checkouts() {
        let (root, files) = checkout();
        symlink("../../shared.yaml", root.path().join("chart/templates/link.yaml")).unwrap();
        let mut stage = Stage::new().unwrap();
        stage.tree(&files, &root.path().join("chart"), "chart").unwrap();
        let copy = stage.path("chart/templates/link.yaml");
        assert_eq!(fs::read_to_string(&copy).unwrap(), "a: 1\n");
        assert!(!fs::symlink_metadata(&copy).unwrap().is_symlink());
    }

    #[test]
    fn refuses_links_that_lead_out_of_the_checkouts() {
        let (root, files) = checkout();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "x").unwrap();
        for target in [outside.path().join("secret"), outside.path().to_owned()] {
            let link = root.path().join("chart/templates/link");
            symlink(target, &link).unwrap();
            let refused = Stage::new().unwrap().tree(&files, &root.path().join("chart"), "chart").unwrap_err();
            assert_eq!(refused.to_string(), "chart/templates/link leads out of the repositories of this run");
            fs::remove_file(link).unwrap();
        }
    }

    #[test]
    fn refuses_folders_that_hold_themselves_and_what_is_no_file() {
        let (root, files) = checkout();
        symlink("..", root.path().join("chart/templates/up")).unwrap();
        let refused = Stage::new().unwrap().tree(&files, &root.path().join("chart"), "chart").unwrap_err();
        assert!(matches!(refused, Refused::TooDeep(_)), "{refused}");
        fs::remove_file(root.path().join("chart/templates/up")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.path().join("chart/pipe")).unwrap();
        let refused = Stage::new().unwrap().tree(&files, &root.path().join("chart"), "chart").unwrap_err();
        assert_eq!(refused.to_string(), "chart/pipe cannot be read: it is no regular file");
    }
}
