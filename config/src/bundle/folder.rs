//! A bundle as a folder. Only plain files in plain folders are read; what a link leads to could change under our eyes.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use crate::bundle::fault::{BadName, Fault, check_name};
use crate::bundle::limits::{MAX_FILE, MAX_FILES, MAX_TOTAL};
use crate::bundle::manifest::Contents;
use crate::policies::source::reason;

/// All files below a folder.
pub(crate) fn read(root: &Path) -> Result<Contents, Fault> {
    // A link to the bundle itself is resolved once, so that all files come from the same one even if the link is changed.
    let root = root.canonicalize().map_err(|error| unreadable(".", &error))?;
    let mut reading = Reading { files: Contents::new(), seen: 0, total: 0 };
    reading.folder(&root, "")?;
    Ok(reading.files)
}

struct Reading {
    files: Contents,
    seen: usize,
    total: u64,
}

impl Reading {
    /// `above` is the folder's path below the bundle.
    fn folder(&mut self, folder: &Path, above: &str) -> Result<(), Fault> {
        let entries = fs::read_dir(folder).map_err(|error| unreadable(above, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(above, &error))?;
            let join = |part: &str| if above.is_empty() { part.to_owned() } else { format!("{above}/{part}") };
            let part = entry.file_name();
            let Some(part) = part.to_str() else {
                let name = join(&part.to_string_lossy()).escape_debug().to_string();
                return Err(Fault::Name { name, reason: BadName::Encoding });
            };
            let name = join(part);
            check_name(&name)?;
            self.seen = self.seen.saturating_add(1);
            // Folders count, too.
            if self.seen > MAX_FILES.saturating_mul(2) || self.files.len() >= MAX_FILES {
                return Err(Fault::ManyFiles);
            }
            // That of the entry, not of what a link leads to.
            let kind = entry.file_type().map_err(|error| unreadable(&name, &error))?;
            if kind.is_dir() {
                self.folder(&entry.path(), &name)?;
            } else if kind.is_file() {
                self.file(&entry.path(), name)?;
            } else {
                let kind = if kind.is_symlink() { "a link" } else { "a device, a pipe or a socket" };
                return Err(Fault::NoFile { name, kind });
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: String) -> Result<(), Fault> {
        let mut bytes = Vec::new();
        fs::File::open(path)
            .and_then(|file| file.take(MAX_FILE.saturating_add(1)).read_to_end(&mut bytes))
            .map_err(|error| unreadable(&name, &error))?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > MAX_FILE {
            return Err(Fault::LargeFile(name));
        }
        self.total = self.total.saturating_add(size);
        if self.total > MAX_TOTAL {
            return Err(Fault::Large);
        }
        self.files.insert(name, bytes.into());
        Ok(())
    }
}

fn unreadable(name: &str, error: &io::Error) -> Fault {
    let name = if name.is_empty() { "." } else { name };
    Fault::Unreadable { name: name.to_owned(), reason: reason(error) }
}

/// Writes the files into a folder that is empty or not there yet; the last one, by which it is known as a bundle, when
/// all others are there.
pub(crate) fn write<'f>(folder: &Path, files: impl Iterator<Item = (&'f str, &'f [u8])>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(io::ErrorKind::DirectoryNotEmpty.into());
    }
    for (name, bytes) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}
