//! What to read: files found by discovery, named by the user, or standard input.

mod discover;
mod stdin;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_source::{ReadError, SourceText};

use crate::platform::Made;
pub use discover::{Selection, discover};
pub(crate) use discover::{name, real};

/// One file to be checked.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// As the user would name it: relative to the working directory, `/` between folders.
    pub name: Arc<str>,
    /// What to read.
    pub content: Content,
    /// How it came into being; `None` for what somebody wrote.
    pub(crate) made: Option<Arc<Made>>,
}

/// Where a file's bytes are.
#[derive(Debug, Clone)]
pub enum Content {
    /// On disk.
    Path(PathBuf),
    /// Already read, from standard input.
    Bytes(Arc<[u8]>),
    /// What a file on disk has become, or would become.
    Edited {
        /// The file.
        path: PathBuf,
        /// What it holds.
        bytes: Arc<[u8]>,
    },
}

/// Why a file has no text.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The system refuses.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// It is no text, or too large.
    #[error("{error}")]
    Text {
        /// What is wrong.
        error: ReadError,
        /// Line, from 1.
        line: u32,
        /// Column, from 1; bytes that are no text count one each.
        column: u32,
    },
}

/// Largest file that is read, in bytes: a rendered platform of 20,000 objects is about 60 MB.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

impl InputFile {
    /// A file that somebody wrote.
    #[must_use]
    pub const fn new(name: Arc<str>, content: Content) -> Self {
        Self { name, content, made: None }
    }

    /// Where it lies on disk; `None` for what does not.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.content {
            Content::Path(path) | Content::Edited { path, .. } => Some(path),
            Content::Bytes(_) => None,
        }
    }

    /// The folder where it lies, absolute and without links.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        let path = real(&std::path::absolute(self.path()?).ok()?);
        path.parent().map(Path::to_path_buf)
    }

    /// Reads and decodes the file.
    pub fn read(&self) -> Result<SourceText, Unreadable> {
        SourceText::decode(self.bytes()?).map_err(|error| {
            // Without text there is no line table: count in the bytes, which are read once more only here.
            let before = self.bytes().unwrap_or_default();
            let before = before.get(..error.span.start as usize).unwrap_or_default();
            let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
            let lines = before.split(|byte| *byte == b'\n').count() - 1;
            let characters = String::from_utf8_lossy(before.get(line_start..).unwrap_or_default()).chars().count();
            let count = |number: usize| u32::try_from(number + 1).unwrap_or(u32::MAX);
            Unreadable::Text { error, line: count(lines), column: count(characters) }
        })
    }

    /// The same file with other content.
    pub(crate) fn with_bytes(&self, bytes: &[u8]) -> Self {
        let content = match &self.content {
            Content::Path(path) | Content::Edited { path, .. } => {
                Content::Edited { path: path.clone(), bytes: bytes.into() }
            }
            Content::Bytes(_) => Content::Bytes(bytes.into()),
        };
        Self { name: self.name.clone(), content, made: self.made.clone() }
    }

    /// As [`InputFile::read`], with the bytes that were decoded.
    pub(crate) fn read_with_bytes(&self) -> Result<(Vec<u8>, SourceText), Unreadable> {
        let bytes = self.bytes()?;
        let whole = Self::new(self.name.clone(), Content::Bytes(bytes.clone().into()));
        Ok((bytes, whole.read()?))
    }

    fn bytes(&self) -> std::io::Result<Vec<u8>> {
        match &self.content {
            Content::Path(path) => {
                let file = std::fs::File::open(path)?;
                let about = file.metadata()?;
                if !about.is_file() {
                    return Err(std::io::Error::other("it is no regular file"));
                }
                let mut bytes =
                    Vec::with_capacity(usize::try_from(about.len().min(MAX_FILE_BYTES)).unwrap_or_default());
                // The length may change while it is read; the limit holds for what comes.
                if file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)? as u64 > MAX_FILE_BYTES {
                    let message = format!("it has more than the {MAX_FILE_BYTES} bytes that are read");
                    return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, message));
                }
                Ok(bytes)
            }
            Content::Bytes(bytes) | Content::Edited { bytes, .. } => Ok(bytes.to_vec()),
        }
    }
}
