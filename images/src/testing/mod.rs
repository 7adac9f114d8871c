//! A Sigstore of the tests' own making: a certificate authority, a log of certificates, a log of signatures, and the
//! `trusted_root.json` that names them. No network, no clock, no files.
//!
//! Signatures, bundles and legacy annotations come out as clients write them (JSON where they write JSON), so that tests
//! can bend them. Only with feature `testing`; nothing here is part of what is shipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "only tests call it, and they may fail loudly"
)]

mod certificate;
mod der;
mod envelope;
mod key;
mod log;
mod timestamp;

pub use certificate::Leaf;
pub use envelope::{bytes, legacy_payload, signature_statement, statement};
pub use key::{Kind, TestKey};
pub use log::LogEvidence;

use crate::verify::LegacySignature;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certificate::CertificateAuthority;
use log::{LogEntry, SignatureLog};
use serde_json::{Value, json};
use timestamp::TimestampAuthority;

/// When everything here was signed, unless a test says otherwise: 2025-10-09 08:53:20 UTC, in seconds since 1970.
pub const SIGNED_AT: i64 = 1_760_000_000;

/// The authorities of one instance. Two of them share nothing but their names.
pub struct Sigstore {
    certificates: CertificateAuthority,
    signatures: SignatureLog,
    timestamps: TimestampAuthority,
}

/// A signature with a certificate of a few minutes, and what proves it.
#[derive(Debug, Clone)]
pub struct Keyless {
    /// Whom the certificate names.
    pub leaf: Leaf,
    /// When the log took it in, in seconds since 1970.
    pub logged_at: i64,
    /// What the log says about it.
    pub evidence: LogEvidence,
    /// Whether a timestamp authority signed its time, too.
    pub is_timestamped: bool,
}

impl Keyless {
    /// By a URI or an email address, with all the evidence there can be.
    #[must_use]
    pub fn by(subject: &str, issuer: &str) -> Self {
        let leaf = Leaf::of(subject, issuer);
        Self { leaf, logged_at: SIGNED_AT, evidence: LogEvidence::All, is_timestamped: false }
    }
}

impl Default for Sigstore {
    fn default() -> Self {
        Self::new()
    }
}

impl Sigstore {
    /// A new instance with new keys.
    #[must_use]
    pub fn new() -> Self {
        Self {
            certificates: CertificateAuthority::new(),
            signatures: SignatureLog::new(),
            timestamps: TimestampAuthority::new(),
        }
    }

    /// The instance's `trusted_root.json`.
    #[must_use]
    pub fn trusted_root(&self) -> Vec<u8> {
        let since = json!({"start": "2020-01-01T00:00:00Z"});
        let log = |key: &TestKey| {
            json!({
                "baseUrl": "https://log.test",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": STANDARD.encode(key.spki()),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": since,
                },
                "logId": {"keyId": STANDARD.encode(key.id())},
            })
        };
        let authority = |certificates: Vec<Vec<u8>>| {
            let certificates: Vec<_> =
                certificates.iter().map(|der| json!({"rawBytes": STANDARD.encode(der)})).collect();
            json!({
                "subject": {"organization": "platlint", "commonName": "test"},
                "uri": "https://authority.test",
                "certChain": {"certificates": certificates},
                "validFor": since,
            })
        };
        let root = json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(self.signatures.key())],
            "certificateAuthorities": [authority(vec![self.certificates.root()])],
            "ctlogs": [log(self.certificates.log())],
            "timestampAuthorities": [authority(self.timestamps.chain())],
        });
        bytes(&root)
    }

    /// A bundle v0.3 with a keyless signature of a statement.
    #[must_use]
    pub fn bundle(&self, signer: &Keyless, payload: &[u8]) -> Value {
        let key = TestKey::new(Kind::P256);
        let certificate = self.certificates.issue(&signer.leaf, &key);
        let signed = envelope::sign(&key, payload);
        let material = json!({"certificate": {"rawBytes": STANDARD.encode(&certificate)}});
        let entry = LogEntry::of_envelope(payload, &signed.signature, &der::pem("CERTIFICATE", &certificate));
        let entry = self.signatures.take_in(&entry, signer.logged_at, signer.evidence);
        let mut bundle = envelope::bundle(material, &signed, entry);
        if signer.is_timestamped {
            self.stamp(&mut bundle, &signed.signature, signer.logged_at);
        }
        bundle
    }

    /// A bundle v0.3 with a key's signature of a statement, and the log's evidence.
    #[must_use]
    pub fn logged(&self, key: &TestKey, payload: &[u8], evidence: LogEvidence) -> Value {
        let signed = envelope::sign(key, payload);
        let entry = LogEntry::of_envelope(payload, &signed.signature, &key.public_pem());
        let entry = self.signatures.take_in(&entry, SIGNED_AT, evidence);
        envelope::bundle(key.hint(), &signed, entry)
    }

    /// A layer of a `.sig` image with a keyless signature; `evidence` can hold no proof in this format.
    #[must_use]
    pub fn legacy(&self, signer: &Keyless, payload: &[u8]) -> LegacySignature {
        let key = TestKey::new(Kind::P256);
        let certificate = self.certificates.issue(&signer.leaf, &key);
        let mut layer = key.legacy(payload);
        let certificate = der::pem("CERTIFICATE", &certificate);
        let entry = LogEntry::of_bytes(payload, &layer.signature, &certificate);
        layer.rekor_bundle = self.signatures.promise(&entry, signer.logged_at, signer.evidence);
        layer.certificate = Some(certificate);
        layer
    }

    /// A layer of a `.sig` image with a key's signature and the log's promise.
    #[must_use]
    pub fn logged_legacy(&self, key: &TestKey, payload: &[u8]) -> LegacySignature {
        let mut layer = key.legacy(payload);
        let entry = LogEntry::of_bytes(payload, &layer.signature, &key.public_pem());
        layer.rekor_bundle = self.signatures.promise(&entry, SIGNED_AT, LogEvidence::All);
        layer
    }

    fn stamp(&self, bundle: &mut Value, signature: &[u8], time: i64) {
        let token = self.timestamps.stamp(signature, time);
        bundle["verificationMaterial"]["timestampVerificationData"] =
            json!({"rfc3161Timestamps": [{"signedTimestamp": STANDARD.encode(token)}]});
    }
}
