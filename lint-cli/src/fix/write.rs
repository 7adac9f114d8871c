//! Writing a fixed file: at once or not at all, with the permissions it had, and only if it is still what was read.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Puts `after` in the place of `before`. A link is followed only to a file below `root`, a real path.
pub(crate) fn replace(path: &Path, before: &[u8], after: &[u8], root: &Path) -> io::Result<()> {
    let real = std::fs::canonicalize(path)?;
    if path.is_symlink() && !real.starts_with(root) {
        return Err(io::Error::other("it is a link to a file elsewhere"));
    }
    let about = std::fs::metadata(&real)?;
    if !about.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if about.permissions().readonly() {
        return Err(io::Error::other("it must not be written to"));
    }
    match std::fs::read(&real)? {
        // By another name that leads to the same file.
        now if now == after => return Ok(()),
        now if now != before => return Err(io::Error::other("it changed while it was fixed")),
        _ => {}
    }
    let beside = Beside::create(&real)?;
    let mut file = &beside.file;
    file.write_all(after)?;
    same_owner(&beside.file, &about)?;
    file.set_permissions(about.permissions())?;
    file.sync_all()?;
    beside.become_file(&real)
}

/// A new file in the same folder, removed unless it takes the other's place.
struct Beside {
    path: PathBuf,
    file: File,
    placed: bool,
}

impl Beside {
    fn create(real: &Path) -> io::Result<Self> {
        let name = real.file_name().ok_or_else(|| io::Error::other("it has no name"))?.to_string_lossy().into_owned();
        for number in 0..100 {
            let path = real.with_file_name(format!(".{name}.platlint-{}-{number}", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { path, file, placed: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("no name is free for a new file beside it"))
    }

    fn become_file(mut self, real: &Path) -> io::Result<()> {
        std::fs::rename(&self.path, real)?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.placed {
            // What failed is told already.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Gives the new file to who owned the old one; nothing to do for one's own files.
#[cfg(unix)]
fn same_owner(file: &File, about: &std::fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = file.metadata()?;
    let group = (now.gid() != about.gid()).then(|| about.gid());
    let owner = (now.uid() != about.uid()).then(|| about.uid());
    if owner.is_some() || group.is_some() { fchown(file, owner, group) } else { Ok(()) }
}

#[cfg(not(unix))]
fn same_owner(_file: &File, _about: &std::fs::Metadata) -> io::Result<()> {
    Ok(())
}
