//! Digests of content: which are well formed, and whether bytes are what a digest names.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// `algorithm:hex`, lower case and of the algorithm's length. Every digest of this type can be verified.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    text: Arc<str>,
    algorithm: Algorithm,
}

/// The registered algorithms of the OCI image specification that are verified here, and SHA-384, which references allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

/// The text is not a digest of SHA-256, SHA-384 or SHA-512.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a digest of sha256, sha384 or sha512")]
pub struct DigestError(String);

/// Longest part of a wrong digest that an error repeats, in characters.
const SHOWN_CHARACTERS: usize = 80;

impl Digest {
    /// Reads `algorithm:hex`.
    ///
    /// ```
    /// use platlint_registry::Digest;
    /// assert!(Digest::parse(&format!("sha256:{}", "a".repeat(64))).is_ok());
    /// assert!(Digest::parse("sha256:abc").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let wrong = || DigestError(text.chars().take(SHOWN_CHARACTERS).collect());
        let (name, hex) = text.split_once(':').ok_or_else(wrong)?;
        let (algorithm, length) = match name {
            "sha256" => (Algorithm::Sha256, 64),
            "sha384" => (Algorithm::Sha384, 96),
            "sha512" => (Algorithm::Sha512, 128),
            _ => return Err(wrong()),
        };
        let well_formed = hex.len() == length && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if well_formed { Ok(Self { text: text.into(), algorithm }) } else { Err(wrong()) }
    }

    /// The SHA-256 digest of the bytes.
    pub fn sha256(bytes: &[u8]) -> Self {
        Self::of(Algorithm::Sha256, bytes)
    }

    /// The digest of the bytes by the same algorithm as this one.
    #[must_use]
    pub fn same_algorithm(&self, bytes: &[u8]) -> Self {
        Self::of(self.algorithm, bytes)
    }

    /// Whether the bytes are what this digest names.
    #[must_use]
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.same_algorithm(bytes) == *self
    }

    /// `algorithm:hex`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `sha256`, `sha384` or `sha512`.
    pub fn algorithm(&self) -> &str {
        self.text.split_once(':').map_or("", |(name, _)| name)
    }

    /// The hexadecimal part.
    pub fn hex(&self) -> &str {
        self.text.split_once(':').map_or("", |(_, hex)| hex)
    }

    fn of(algorithm: Algorithm, bytes: &[u8]) -> Self {
        let (name, hash) = match algorithm {
            Algorithm::Sha256 => ("sha256", Sha256::digest(bytes).to_vec()),
            Algorithm::Sha384 => ("sha384", Sha384::digest(bytes).to_vec()),
            Algorithm::Sha512 => ("sha512", Sha512::digest(bytes).to_vec()),
        };
        let mut text = format!("{name}:");
        for byte in hash {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        }
        Self { text: text.into(), algorithm }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_digests_of_the_empty_string() {
        assert_eq!(
            Digest::sha256(b"").as_str(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let sha512 = Digest::parse(&format!("sha512:{}", "0".repeat(128))).unwrap();
        assert!(sha512.same_algorithm(b"").as_str().starts_with("sha512:cf83e1357eefb8bdf1542850d66d8007"));
        assert!(sha512.same_algorithm(b"").is_of(b""));
        assert!(!sha512.is_of(b""));
    }

    #[test]
    fn refuses_what_cannot_be_verified() {
        let (short, upper) = ("a".repeat(63), "A".repeat(64));
        for text in ["", "sha256", "sha256:", &format!("sha256:{short}"), &format!("sha256:{upper}"), "md5:00"] {
            assert!(Digest::parse(text).is_err(), "{text}");
        }
        assert!(Digest::parse(&format!("SHA256:{}", "a".repeat(64))).is_err());
    }
}
