//! What is read: manifests and descriptors, in the forms of the OCI image specification.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;

use crate::Digest;

/// A manifest or an index, with the digest that was computed from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Of `bytes`, computed here and never taken from a header.
    pub digest: Digest,
    /// `mediaType` of the body, else the header `Content-Type`, without parameters. They never contradict each other.
    pub media_type: String,
    /// The body as it was sent.
    pub bytes: Bytes,
}

/// What an index says of one manifest that refers to another. A claim of the registry, except that content read by
/// `digest` is checked against it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type of the manifest.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Hints of whoever pushed it.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What kind of artifact it is. Registries are known to report it wrongly, so it must not decide anything.
    #[serde(default)]
    pub artifact_type: Option<String>,
}

/// Reads a JSON object. Serde takes an array for a structure too, and `[[]]` must not pass for an empty index.
pub(crate) fn object<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') { serde_json::from_slice(bytes).ok() } else { None }
}

/// Go programs write an empty map as `null`.
pub(crate) fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
