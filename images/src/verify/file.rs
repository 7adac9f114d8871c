//! One bundle against one artifact, without a configuration: what `platlint images verify-bundle` does, by the protocol
//! of sigstore-conformance.

use super::exhibit::{artifact, read};
use super::refusal::{one_line, shown, shown_or_absent};
use crate::sigstore::{Fault, Root, RootError};
use crate::trust::{KeyError, PublicKey};
use platlint_registry::Digest;
use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{Artifact, Bundle, SignatureContent};

/// What to check.
#[derive(Debug, Clone, Copy)]
pub struct BundleCheck<'c> {
    /// The bundle, JSON.
    pub bundle: &'c [u8],
    /// What it must sign.
    pub artifact: CheckedArtifact<'c>,
    /// Who must have signed it.
    pub signer: Expected<'c>,
    /// A `trusted_root.json`; `None` for the one of the public instance that was known when this program was built.
    pub trusted_root: Option<&'c [u8]>,
}

/// A signed file, or what is known of it.
#[derive(Debug, Clone, Copy)]
pub enum CheckedArtifact<'c> {
    /// Its content.
    Content(&'c [u8]),
    /// Its digest alone.
    Digest(&'c Digest),
}

/// Who must have signed.
#[derive(Debug, Clone, Copy)]
pub enum Expected<'c> {
    /// Whoever has the key (public, PEM).
    Key(&'c [u8]),
    /// An identity, both parts compared whole.
    Identity {
        /// The certificate's subject: an email address or a URI.
        subject: &'c str,
        /// The OIDC issuer.
        issuer: &'c str,
    },
}

/// Why a bundle does not verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The given key is none; the caller's fault.
    #[error("the key {0}")]
    Key(String),
    /// The given root is none; the caller's fault.
    #[error("the trusted root {0}")]
    Root(String),
    /// Bundle, signature or evidence do not hold.
    #[error("{0}")]
    Refused(String),
    /// It holds, and is from somebody else.
    #[error("signed by {subject}, for whom {issuer} vouches")]
    Identity {
        /// Who signed, quoted, or `absent`.
        subject: String,
        /// Who vouched, likewise.
        issuer: String,
    },
}

impl From<Fault> for BundleError {
    fn from(fault: Fault) -> Self {
        Self::Refused(one_line(&fault.to_string()))
    }
}

impl From<RootError> for BundleError {
    fn from(error: RootError) -> Self {
        Self::Root(error.to_string())
    }
}

impl From<KeyError> for BundleError {
    fn from(error: KeyError) -> Self {
        Self::Key(error.to_string())
    }
}

/// Verifies one bundle; offline. Statements bind the artifact by its digest among their subjects, whatever they say.
pub fn verify_bundle(check: &BundleCheck<'_>) -> Result<(), BundleError> {
    let bundle = read(check.bundle)?;
    let artifact = match check.artifact {
        CheckedArtifact::Content(content) => Artifact::from_blob(content),
        CheckedArtifact::Digest(digest) => Artifact::from_digest(artifact(digest)?),
    };
    let root = || check.trusted_root.map_or_else(Root::public, Root::parse);
    match check.signer {
        Expected::Key(pem) => {
            let key = PublicKey::from_pem(pem)?;
            if has_evidence(&bundle) {
                root()?.key(artifact, &bundle, &key, false)?;
            } else {
                bare(check, &bundle, &key)?;
            }
            Ok(())
        }
        Expected::Identity { subject, issuer } => {
            let proven = root()?.certificate(artifact, &bundle)?;
            let (found_subject, found_issuer) =
                (proven.subject().map(AsRef::as_ref), proven.issuer().map(AsRef::as_ref));
            if found_subject == Some(subject) && found_issuer == Some(issuer) {
                return Ok(());
            }
            Err(BundleError::Identity {
                subject: shown_or_absent(found_subject),
                issuer: shown_or_absent(found_issuer),
            })
        }
    }
}

fn has_evidence(bundle: &Bundle) -> bool {
    let material = &bundle.verification_material;
    !material.tlog_entries.is_empty() || !material.timestamp_verification_data.rfc3161_timestamps.is_empty()
}

/// A key's signature that stands for itself: a statement about the digest, or the content's own signature.
fn bare(check: &BundleCheck<'_>, bundle: &Bundle, key: &PublicKey) -> Result<(), Fault> {
    if !matches!(bundle.verification_material.content, VerificationMaterialContent::PublicKey(_)) {
        return Err(Fault::Malformed("it is signed with a certificate, not with a key".to_owned()));
    }
    match &bundle.content {
        SignatureContent::DsseEnvelope(envelope) => {
            let names = |digest: &Digest| {
                let payload = envelope.payload.as_bytes();
                super::statement::Statement::about(digest, &envelope.payload_type, payload).map(|_| ())
            };
            match check.artifact {
                CheckedArtifact::Digest(digest) => names(digest)?,
                CheckedArtifact::Content(content) => names(&Digest::sha256(content))?,
            }
            let verifies = key.verifies(&envelope.pae(), &envelope.signature.sig);
            if verifies { Ok(()) } else { Err(Fault::Signature) }
        }
        SignatureContent::MessageSignature(message) => {
            let CheckedArtifact::Content(content) = check.artifact else {
                return Err(Fault::Malformed("a signature over bytes needs the bytes, not their digest".to_owned()));
            };
            let digest = message.message_digest.as_ref().map(|digest| digest.digest.as_bytes());
            let of_content = hex::decode(Digest::sha256(content).hex()).unwrap_or_default();
            if digest.is_some_and(|digest| digest != of_content) {
                return Err(Fault::OtherImage);
            }
            if key.verifies(content, &message.signature) { Ok(()) } else { Err(Fault::Signature) }
        }
        other => Err(Fault::Malformed(shown(&format!("{other:?}")))),
    }
}
