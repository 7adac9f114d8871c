//! Keys that sign, of every kind that policies can name.

use super::envelope;
use crate::verify::LegacySignature;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Kinds of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// ECDSA over P-256 with SHA-256: what cosign makes.
    P256,
    /// ECDSA over P-384 with SHA-384.
    P384,
    /// Ed25519.
    Ed25519,
    /// RSA with 2048 bits, PKCS#1 v1.5 and SHA-256.
    Rsa,
}

/// A key with both halves.
pub struct TestKey(KeyPair);

impl TestKey {
    /// A new key.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        let algorithm = match kind {
            Kind::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            Kind::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            Kind::Ed25519 => &rcgen::PKCS_ED25519,
            Kind::Rsa => &rcgen::PKCS_RSA_SHA256,
        };
        Self(KeyPair::generate_for(algorithm).expect("a key can be made"))
    }

    /// The public half, PEM.
    #[must_use]
    pub fn public_pem(&self) -> String {
        self.0.public_key_pem()
    }

    /// The private half, PKCS#8 DER.
    #[must_use]
    pub fn private_der(&self) -> Vec<u8> {
        self.0.serialize_der()
    }

    /// Signs bytes by the kind's own scheme.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).expect("a key can sign")
    }

    /// A bundle v0.3 of a signed statement without log entry, as `cosign sign --key` writes it without a log.
    #[must_use]
    pub fn bundle(&self, payload: &[u8]) -> Value {
        envelope::bundle(self.hint(), &envelope::sign(self, payload), None)
    }

    /// A layer of a `.sig` image without log entry.
    #[must_use]
    pub fn legacy(&self, payload: &[u8]) -> LegacySignature {
        let signature = STANDARD.encode(self.sign(payload));
        LegacySignature { payload: payload.to_vec().into(), signature, ..LegacySignature::default() }
    }

    pub(super) fn spki(&self) -> Vec<u8> {
        self.0.subject_public_key_info()
    }

    /// SHA-256 of the public half: how logs and bundles name a key.
    pub(super) fn id(&self) -> [u8; 32] {
        Sha256::digest(self.spki()).into()
    }

    pub(super) const fn pair(&self) -> &KeyPair {
        &self.0
    }

    pub(super) fn hint(&self) -> Value {
        json!({"publicKey": {"hint": STANDARD.encode(self.id())}})
    }
}
