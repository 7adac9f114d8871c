//! What names content in a registry: its digest, with media type and size.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A descriptor, as manifests and indexes hold them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Descriptor {
    /// Media type of the content.
    pub media_type: String,
    /// `sha256:` and 64 hex digits.
    pub digest: String,
    /// Length of the content in bytes.
    pub size: usize,
}

impl Descriptor {
    /// Describes that content.
    pub fn of(media_type: &str, content: &[u8]) -> Self {
        Self { media_type: media_type.to_owned(), digest: sha256(content), size: content.len() }
    }

    /// As OCI writes it.
    pub fn json(&self) -> Value {
        json!({"mediaType": self.media_type, "digest": self.digest, "size": self.size})
    }
}

/// The digest of that content, `sha256:…`.
pub fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold("sha256:".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text grows");
        text
    })
}
