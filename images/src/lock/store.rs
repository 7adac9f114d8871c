//! The evidence beside the lock: files in `.platlint/bundles`, each named by the SHA-256 of its content.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use platlint_registry::{Digest, MAX_BUNDLE_BYTES};

/// The folder of the evidence, from the folder of the lock.
const FOLDER: &str = ".platlint/bundles";
/// Longest file, in bytes: a legacy signature of the largest payload, in base64.
const MAX_FILE_BYTES: u64 = MAX_BUNDLE_BYTES * 2;
/// Keeps Git from changing line ends, which would change the digest, and reviews from unfolding what no one reads.
const ATTRIBUTES: &str = "*.json -text linguist-generated\n";

/// Stored evidence, and such as is to be stored.
#[derive(Debug, Default)]
pub(super) struct Store {
    folder: PathBuf,
    fresh: BTreeMap<Digest, Bytes>,
}

/// Why a stored file is no evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum StoreFault {
    #[error("its evidence {0} is missing; commit it, or run `platlint images lock`")]
    Missing(String),
    #[error("its evidence {0} cannot be read: {1}")]
    Unreadable(String, String),
    #[error("its evidence {0} was changed: the content has another digest than the name says")]
    Altered(String),
}

impl Store {
    /// The evidence of a lock in this folder.
    pub(super) fn beside(lock: &Path) -> Self {
        Self { folder: lock.parent().unwrap_or(Path::new("")).join(FOLDER), fresh: BTreeMap::new() }
    }

    /// Keeps a piece in memory until [`Store::write`], and tells its name.
    pub(super) fn add(&mut self, bytes: Bytes) -> Digest {
        let digest = Digest::sha256(&bytes);
        self.fresh.insert(digest.clone(), bytes);
        digest
    }

    /// A piece whose content is what its name says.
    pub(super) fn get(&self, digest: &Digest) -> Result<Bytes, StoreFault> {
        if let Some(bytes) = self.fresh.get(digest) {
            return Ok(bytes.clone());
        }
        let name = || format!("{FOLDER}/{}", file_name(digest));
        let mut bytes = Vec::new();
        let read = fs::File::open(self.folder.join(file_name(digest)))
            .and_then(|file| file.take(MAX_FILE_BYTES.saturating_add(1)).read_to_end(&mut bytes));
        match read {
            // What was cut off at the limit has another digest.
            Ok(_) if digest.is_of(&bytes) => Ok(bytes.into()),
            Ok(_) => Err(StoreFault::Altered(name())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(StoreFault::Missing(name())),
            Err(error) => Err(StoreFault::Unreadable(name(), error.to_string())),
        }
    }

    /// Writes the new pieces of those that are used.
    pub(super) fn write(&self, used: &BTreeSet<&Digest>) -> Result<(), (PathBuf, io::Error)> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| (path, error)
        };
        if !used.is_empty() {
            fs::create_dir_all(&self.folder).map_err(failed(&self.folder))?;
            let attributes = self.folder.join(".gitattributes");
            if !attributes.exists() {
                fs::write(&attributes, ATTRIBUTES).map_err(failed(&attributes))?;
            }
        }
        for (digest, bytes) in self.fresh.iter().filter(|(digest, _)| used.contains(digest)) {
            let path = self.folder.join(file_name(digest));
            if is_written(&path, digest) {
                continue;
            }
            fs::write(&path, bytes).map_err(failed(&path))?;
        }
        Ok(())
    }

    /// Removes files of our naming that nothing uses.
    pub(super) fn prune(&self, used: &BTreeSet<&Digest>) -> Result<(), (PathBuf, io::Error)> {
        let Ok(files) = fs::read_dir(&self.folder) else { return Ok(()) };
        for file in files.flatten() {
            let name = file.file_name();
            let digest = name
                .to_str()
                .and_then(|name| name.strip_suffix(".json"))
                .and_then(|hex| Digest::parse(&format!("sha256:{hex}")).ok());
            if digest.is_some_and(|digest| !used.contains(&digest)) {
                fs::remove_file(file.path()).map_err(|error| (file.path(), error))?;
            }
        }
        Ok(())
    }
}

fn is_written(path: &Path, digest: &Digest) -> bool {
    fs::read(path).is_ok_and(|bytes| digest.is_of(&bytes))
}

fn file_name(digest: &Digest) -> String {
    format!("{}.json", digest.hex())
}
