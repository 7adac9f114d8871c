//! One piece of evidence in a form that both formats share: what is signed, by what signature, with which log evidence.
//!
//! Nothing here is verified; an exhibit is only well formed and speaks of the digest.

use super::refusal::Why;
use super::statement::{Predicate, SIGNATURE, Statement};
use crate::json::{self, Budget};
use crate::sigstore::Fault;
use platlint_registry::Digest;
use serde_json::{Map, Value};
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{Artifact, ArtifactDigest, Bundle, HashAlgorithm, SignatureBytes, SignatureContent};
use std::sync::Arc;

/// Bytes of a bundle.
const MAX_BUNDLE_BYTES: usize = 8 << 20;
/// Log entries and timestamps of one bundle. Clients write one or two; each costs a signature check.
const MAX_PROOFS: usize = 8;

/// A signature or an attestation.
#[derive(Debug)]
pub(super) struct Exhibit {
    /// The bytes that the signature covers.
    pub(super) message: Vec<u8>,
    pub(super) signature: SignatureBytes,
    /// What the library compares with: the image's digest, or the legacy payload.
    pub(super) artifact: Signed,
    /// For authorities that want a certificate; `None` where the evidence has none.
    pub(super) by_certificate: Option<Result<Bundle, Fault>>,
    /// For authorities with a key.
    pub(super) by_key: ByKey,
    /// What it says.
    pub(super) content: Content,
}

/// What the library compares with.
#[derive(Debug)]
pub(super) enum Signed {
    Digest(ArtifactDigest),
    /// The exhibit's message.
    Message,
}

/// Whether a key may have made the signature, and with which log evidence.
#[derive(Debug)]
pub(super) enum ByKey {
    /// A certificate made it.
    No,
    /// Without log entry and timestamp.
    Bare,
    /// With evidence that a root can judge.
    Evidenced(Result<Bundle, Fault>),
}

/// What an exhibit says about the image.
#[derive(Debug)]
pub(super) enum Content {
    /// That it was signed, with annotations.
    Signature(Map<String, Value>),
    /// Something more. What it says is read for those alone whose signature counts.
    Attestation { predicate_type: Arc<str>, predicate: Predicate },
}

impl Exhibit {
    /// Reads a Sigstore bundle that must speak of the digest.
    pub(super) fn of_bundle(digest: &Digest, bytes: &[u8]) -> Result<Self, Why> {
        let bundle = read(bytes)?;
        let SignatureContent::DsseEnvelope(envelope) = &bundle.content else {
            return Err(Why::NoStatement);
        };
        let statement = Statement::about(digest, &envelope.payload_type, envelope.payload.as_bytes())?;
        let content = if &*statement.predicate_type == SIGNATURE {
            Content::Signature(statement.annotations)
        } else {
            let predicate = Predicate::of(envelope.payload.as_bytes());
            Content::Attestation { predicate_type: statement.predicate_type, predicate }
        };
        let message = envelope.pae();
        let signature = envelope.signature.sig.clone();
        let material = &bundle.verification_material;
        let has_evidence =
            !material.tlog_entries.is_empty() || !material.timestamp_verification_data.rfc3161_timestamps.is_empty();
        let (by_certificate, by_key) = match &material.content {
            VerificationMaterialContent::PublicKey(_) if has_evidence => (None, ByKey::Evidenced(Ok(bundle))),
            VerificationMaterialContent::PublicKey(_) => (None, ByKey::Bare),
            _ => (Some(Ok(bundle)), ByKey::No),
        };
        let artifact = Signed::Digest(artifact(digest)?);
        Ok(Self { message, signature, artifact, by_certificate, by_key, content })
    }

    pub(super) fn artifact(&self) -> Artifact<'_> {
        match &self.artifact {
            Signed::Digest(digest) => Artifact::from_digest(digest.clone()),
            Signed::Message => Artifact::from_blob(&self.message),
        }
    }
}

/// Reads the bytes of a bundle strictly and within limits.
pub(super) fn read(bytes: &[u8]) -> Result<Bundle, Fault> {
    if bytes.len() > MAX_BUNDLE_BYTES {
        return Err(Fault::Malformed(format!("longer than {MAX_BUNDLE_BYTES} bytes")));
    }
    let value = json::parse(bytes, &Budget::small()).map_err(|error| Fault::Malformed(error.to_string()))?;
    // The library takes a bundle without it for one of the first version.
    if !value.get("mediaType").is_some_and(serde_json::Value::is_string) {
        return Err(Fault::Malformed("it has no media type".to_owned()));
    }
    let bundle: Bundle = serde_json::from_value(value)
        .map_err(|error| Fault::Malformed(error.to_string().chars().take(300).collect()))?;
    let material = &bundle.verification_material;
    let timestamps = material.timestamp_verification_data.rfc3161_timestamps.len();
    if material.tlog_entries.len() > MAX_PROOFS || timestamps > MAX_PROOFS {
        return Err(Fault::Malformed(format!("more than {MAX_PROOFS} log entries or timestamps")));
    }
    Ok(bundle)
}

/// The digest as the library wants it.
pub(super) fn artifact(digest: &Digest) -> Result<ArtifactDigest, Fault> {
    let algorithm = match digest.algorithm() {
        "sha256" => HashAlgorithm::Sha2256,
        "sha384" => HashAlgorithm::Sha2384,
        _ => HashAlgorithm::Sha2512,
    };
    let wrong = || Fault::Malformed("the digest is none".to_owned());
    let bytes = hex::decode(digest.hex()).map_err(|_| wrong())?;
    ArtifactDigest::new(algorithm, bytes).map_err(|_| wrong())
}
