//! Public keys as people keep them, and the one scheme that each kind of key verifies with.
//!
//! The scheme follows from the key alone, never from what a signature says about itself, so that no evidence can ask for
//! a weaker one.

use sha2::{Digest as _, Sha256};
use sigstore_verify::crypto::{KeyAlgorithm, SigningScheme, VerificationKey, validate_raw_public_key};
use sigstore_verify::types::{DerPublicKey, SignatureBytes};
use std::sync::Arc;

/// Longest PEM text of a key, in bytes. RSA with 8192 bits takes some 1,400.
const MAX_PEM_BYTES: usize = 16 * 1024;

/// Why a text is no key that can be trusted. The configuration's author is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    /// Not text, too long, no PEM, or more than one block.
    #[error("is not one public key in PEM (`-----BEGIN PUBLIC KEY-----`)")]
    Pem,
    /// Somebody put the secret where the public half belongs.
    #[error("holds a private key; a public key belongs here (`cosign public-key`)")]
    Private,
    /// Another kind of key.
    #[error("is not an ECDSA P-256 or P-384, RSA or Ed25519 key")]
    Kind,
    /// A kind that is known, and a key that is too weak or malformed.
    #[error("is not usable: {0}")]
    Weak(&'static str),
}

/// A public key that verifies signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    der: DerPublicKey,
    schemes: &'static [SigningScheme],
    fingerprint: Arc<str>,
}

impl PublicKey {
    /// Reads one PEM block.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(pem).ok().filter(|text| text.len() <= MAX_PEM_BYTES).ok_or(KeyError::Pem)?;
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        if text.matches("-----BEGIN ").count() != 1 {
            return Err(KeyError::Pem);
        }
        let der = DerPublicKey::from_pem(text.trim()).map_err(|_| KeyError::Pem)?;
        Self::from_der(der)
    }

    fn from_der(der: DerPublicKey) -> Result<Self, KeyError> {
        let algorithm = KeyAlgorithm::from_spki(&der).map_err(|_| KeyError::Kind)?;
        let schemes: &'static [SigningScheme] = match algorithm {
            KeyAlgorithm::EcdsaP256 => &[SigningScheme::EcdsaP256Sha256],
            // cosign hashes with SHA-256 in the legacy format, newer clients with SHA-384.
            KeyAlgorithm::EcdsaP384 => &[SigningScheme::EcdsaP384Sha384, SigningScheme::EcdsaP384Sha256],
            KeyAlgorithm::Ed25519 => &[SigningScheme::Ed25519],
            // Never PSS: no client of Sigstore writes it with a managed key.
            KeyAlgorithm::Rsa => &[SigningScheme::RsaPkcs1Sha256],
            _ => return Err(KeyError::Kind),
        };
        for scheme in schemes {
            let key = VerificationKey::from_spki_with_scheme(&der, *scheme).map_err(|_| KeyError::Kind)?;
            validate_raw_public_key(*scheme, key.as_bytes()).map_err(|_| match algorithm {
                KeyAlgorithm::Rsa => KeyError::Weak("RSA keys must have 2048 to 8192 bits"),
                _ => KeyError::Weak("the point is not in uncompressed form"),
            })?;
        }
        let hex = hex::encode(Sha256::digest(der.as_bytes()));
        Ok(Self { der, schemes, fingerprint: format!("sha256:{hex}").into() })
    }

    /// Whether the signature is over exactly these bytes and by this key.
    pub(crate) fn verifies(&self, message: &[u8], signature: &SignatureBytes) -> bool {
        self.schemes.iter().any(|scheme| {
            VerificationKey::from_spki_with_scheme(&self.der, *scheme)
                .is_ok_and(|key| key.verify(message, signature).is_ok())
        })
    }

    /// `sha256:…` over the key's DER, the same for the same key however it is written.
    pub(crate) const fn fingerprint(&self) -> &Arc<str> {
        &self.fingerprint
    }

    /// The key's DER (`SubjectPublicKeyInfo`).
    pub(crate) const fn der(&self) -> &DerPublicKey {
        &self.der
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_is_wrong_with_a_key() {
        let read = |text: &str| PublicKey::from_pem(text.as_bytes()).unwrap_err();
        assert_eq!(read(""), KeyError::Pem);
        assert_eq!(read("-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----"), KeyError::Kind);
        assert_eq!(read("-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----"), KeyError::Pem);
        assert_eq!(read("-----BEGIN PRIVATE KEY-----\nYWJj\n-----END PRIVATE KEY-----"), KeyError::Private);
        assert_eq!(read(&"x".repeat(MAX_PEM_BYTES + 1)), KeyError::Pem);
        assert_eq!(PublicKey::from_pem(b"\xff\xfe").unwrap_err(), KeyError::Pem);
    }

    #[test]
    fn reads_one_key_and_no_list_of_them() {
        let key = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n";
        let read = PublicKey::from_pem(key.as_bytes()).unwrap();
        assert!(read.fingerprint().starts_with("sha256:"));
        assert!(!read.verifies(b"", &SignatureBytes::new(Vec::new())));
        assert_eq!(PublicKey::from_pem(format!("{key}{key}").as_bytes()).unwrap_err(), KeyError::Pem);
    }
}
