//! What to read: files found by discovery, named by the user, or standard input.

mod discover;
mod stdin;

use std::path::PathBuf;
use std::sync::Arc;

use platlint_source::{ReadError, SourceText};

pub(crate) use discover::name;
pub use discover::{Selection, discover};

/// One file to be checked.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// As the user would name it: relative to the working directory, `/` between folders.
    pub name: Arc<str>,
    /// What to read.
    pub content: Content,
}

/// Where a file's bytes are.
#[derive(Debug, Clone)]
pub enum Content {
    /// On disk.
    Path(PathBuf),
    /// Already read, from standard input.
    Bytes(Arc<[u8]>),
}

/// Why a file has no text.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The system refuses.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// It is no text, or too large.
    #[error("{0}")]
    Text(ReadError),
}

/// Largest file that is read, in bytes: a rendered platform of 20,000 objects is about 60 MB.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

impl InputFile {
    /// Reads and decodes the file.
    pub fn read(&self) -> Result<SourceText, Unreadable> {
        let bytes = match &self.content {
            Content::Path(path) => {
                let length = std::fs::metadata(path)?.len();
                if length > MAX_FILE_BYTES {
                    let message = format!("it has {length} bytes, more than the {MAX_FILE_BYTES} that are read");
                    return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, message).into());
                }
                std::fs::read(path)?
            }
            Content::Bytes(bytes) => bytes.to_vec(),
        };
        SourceText::decode(bytes).map_err(Unreadable::Text)
    }
}
