//! Ed25519 signatures in both formats, made without cosign.
//!
//! cosign 3.1.3 makes none that can be used: it signs with Ed25519ph, refuses its own bundle at once, and refuses its own
//! legacy signature when asked to verify it (`tests/images/tools.rs` shows both). What it accepts is plain Ed25519, as other
//! signers and older versions write it.

use super::digest::{Descriptor, sha256};
use super::push::Repository;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{KeyPair, PKCS_ED25519, PublicKeyData, SigningKey};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Media type of a bundle.
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// The type of the statement that a signature is.
pub const SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";

/// Media type of the payload of a legacy signature.
pub const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// An Ed25519 key.
#[derive(Debug)]
pub struct Signer {
    key: KeyPair,
    public: PathBuf,
}

impl Signer {
    /// A new key.
    pub fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ED25519).expect("an Ed25519 key");
        let public = super::folder("ed25519").join("key.pub");
        fs::write(&public, key.public_key_pem()).expect("a public key");
        Self { key, public }
    }

    /// The file of the public key, PEM.
    pub fn public(&self) -> &Path {
        &self.public
    }

    /// Attaches a bundle that signs the subject.
    pub fn bundle(&self, repository: &Repository<'_>, subject: &Descriptor) {
        let hex = subject.digest.strip_prefix("sha256:").expect("SHA-256");
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"digest": {"sha256": hex}}],
            "predicateType": SIGNATURE,
            "predicate": {},
        });
        let (kind, payload) = ("application/vnd.in-toto+json", statement.to_string());
        // The pre-authentication encoding of DSSE: what is signed is the type as well.
        let signed = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
        let hint = sha256(&self.key.subject_public_key_info());
        let bundle = json!({
            "mediaType": BUNDLE,
            "verificationMaterial": {"publicKey": {"hint": hint}},
            "dsseEnvelope": {
                "payload": BASE64_STANDARD.encode(&payload),
                "payloadType": kind,
                "signatures": [{"sig": self.sign(signed.as_bytes())}],
            },
        });
        let annotations =
            json!({"dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": SIGNATURE});
        repository.attach(subject, BUNDLE, bundle.to_string().as_bytes(), &annotations);
    }

    /// Puts a legacy signature of the subject below its tag.
    pub fn legacy(&self, repository: &Repository<'_>, subject: &Descriptor) {
        let payload = json!({
            "critical": {
                "identity": {"docker-reference": ""},
                "image": {"docker-manifest-digest": subject.digest},
                "type": "cosign container image signature",
            },
            "optional": null,
        });
        let payload = payload.to_string();
        let mut layer = repository.blob(PAYLOAD, payload.as_bytes()).json();
        layer["annotations"] = json!({"dev.cosignproject.cosign/signature": self.sign(payload.as_bytes())});
        repository.layers(&legacy_tag(subject), &[layer]);
    }

    fn sign(&self, message: &[u8]) -> String {
        BASE64_STANDARD.encode(self.key.sign(message).expect("a signature"))
    }
}

impl Default for Signer {
    fn default() -> Self {
        Self::new()
    }
}

/// The tag under which cosign puts legacy signatures of that content.
pub fn legacy_tag(subject: &Descriptor) -> String {
    format!("{}.sig", subject.digest.replace(':', "-"))
}
