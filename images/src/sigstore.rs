//! The one place that calls `sigstore-verify`: certificates, logs, proofs and timestamps, against a root that was given.
//!
//! What comes out is what was proven ([`ProvenCertificate`], [`ProvenKey`]), or a [`Fault`] of our own; nothing else in
//! this crate sees that library's verdicts. Whether the proven signer is a wanted one is decided elsewhere.

use crate::json::{self, Budget};
use crate::trust::{CiClaims, PublicKey};
use sigstore_verify::bundle::Error as BundleError;
use sigstore_verify::crypto::parse_certificate_info;
use sigstore_verify::trust_root::TrustedRoot;
use sigstore_verify::types::{Artifact, Bundle};
use sigstore_verify::{
    CertificateError, Error, Policy, PublicKeyVerificationPolicy, TimestampError, VerificationPolicy,
    VerificationResult, Verifier,
};
use std::sync::Arc;

/// Longest `trusted_root.json`, in bytes. The public one takes some 7,000.
const MAX_ROOT_BYTES: usize = 1 << 20;

/// Why a file is no trusted root. The configuration's author is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RootError {
    /// Longer than a megabyte, no JSON, or JSON of another shape.
    #[error("is not a trusted_root.json: {0}")]
    Shape(String),
    /// Keys or certificates in it cannot be used.
    #[error("is a trusted_root.json that cannot be used: {0}")]
    Content(String),
}

/// Why a signature was not proven.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// Not a bundle that can be judged.
    #[error("the bundle is malformed: {0}")]
    Malformed(String),
    /// The signature is of something else.
    #[error("it signs another image")]
    OtherImage,
    /// The certificate does not come from an authority of the root, or did not hold when it was used.
    #[error("its certificate does not hold by the trusted root: {0}")]
    Chain(String),
    /// The signature does not fit key and content.
    #[error("the signature does not fit the content and its key")]
    Signature,
    /// The certificate was given without entry in a log of certificates.
    #[error("its certificate has no valid proof of publication: {0}")]
    Sct(String),
    /// Nothing that is trusted says when it was signed.
    #[error("nothing trusted says when it was signed: neither a log nor a timestamp authority of the trusted root")]
    NoTime,
    /// A timestamp does not hold.
    #[error("its timestamp does not hold: {0}")]
    Timestamp(String),
    /// The log's evidence does not hold, or is missing.
    #[error("its log entry does not hold: {0}")]
    Log(String),
    /// There is none, and one is wanted.
    #[error("it has no entry in a transparency log")]
    NoLogEntry,
    /// Signed when the certificate was no longer, or not yet, valid.
    #[error("its certificate was not valid when it was signed: {0}")]
    Expired(String),
}

/// The content of a `trusted_root.json`, ready to verify with.
pub(crate) struct Root(Verifier);

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Root")
    }
}

/// A signature that holds, by a certificate that held when it was made. Made by [`Root::certificate`] alone.
#[derive(Debug, Clone)]
pub(crate) struct ProvenCertificate {
    issuer: Option<Arc<str>>,
    subject: Option<Arc<str>>,
    claims: CiClaims,
}

impl ProvenCertificate {
    /// The OIDC issuer.
    pub(crate) const fn issuer(&self) -> Option<&Arc<str>> {
        self.issuer.as_ref()
    }

    /// The email address or URI.
    pub(crate) const fn subject(&self) -> Option<&Arc<str>> {
        self.subject.as_ref()
    }

    /// What is said about the CI run.
    pub(crate) const fn claims(&self) -> &CiClaims {
        &self.claims
    }
}

/// A signature by a key that holds in a log or under a timestamp, too. Made by [`Root::key`] alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProvenKey(());

impl Root {
    /// Reads the file's content.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, RootError> {
        if json.len() > MAX_ROOT_BYTES {
            return Err(RootError::Shape(format!("longer than {MAX_ROOT_BYTES} bytes")));
        }
        let shape = |error: &dyn std::fmt::Display| RootError::Shape(error.to_string());
        json::parse(json, &Budget::large()).map_err(|error| shape(&error))?;
        let text = std::str::from_utf8(json).map_err(|error| shape(&error))?;
        let root = TrustedRoot::from_json(text).map_err(|error| shape(&error))?;
        Verifier::new(&root).map(Self).map_err(|error| RootError::Content(error.to_string()))
    }

    /// The root of the public instance, as the library has it.
    pub(crate) fn public() -> Result<Self, RootError> {
        Self::parse(sigstore_verify::trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT.as_bytes())
    }

    /// Proves a keyless signature: certificate and its publication, log entry, time, signature and content.
    pub(crate) fn certificate(&self, artifact: Artifact<'_>, bundle: &Bundle) -> Result<ProvenCertificate, Fault> {
        let material = &bundle.verification_material;
        if material.tlog_entries.is_empty() {
            let has_time = !material.timestamp_verification_data.rfc3161_timestamps.is_empty();
            return Err(if has_time { Fault::NoLogEntry } else { Fault::NoTime });
        }
        let proven = self.verify(artifact, bundle, &VerificationPolicy::any_identity());
        let proven = proven.map_err(|fault| explained(fault, bundle))?;
        // The policy asks for all of it; a library that left one out would be noticed here.
        if !proven.certificate_verified() || !proven.sct_verified() || !proven.tlog_verified() {
            return Err(Fault::Malformed("not all of it was verified".to_owned()));
        }
        let certificate = proven.certificate().ok_or_else(|| Fault::Malformed("no certificate".to_owned()))?;
        let claims = &certificate.ci_claims;
        Ok(ProvenCertificate {
            issuer: proven.issuer().map(Into::into),
            subject: proven.identity().map(|subject| subject.as_str().into()),
            claims: CiClaims {
                repository: claims.source_repository_uri.clone(),
                repository_id: claims.source_repository_identifier.clone(),
                owner: claims.source_repository_owner_uri.clone(),
                owner_id: claims.source_repository_owner_identifier.clone(),
                reference: claims.source_repository_ref.clone(),
                commit: claims.source_repository_digest.clone(),
                workflow: claims.build_config_uri.clone(),
                signer: claims.build_signer_uri.clone(),
                trigger: claims.build_trigger.clone(),
                runner: claims.runner_environment.clone(),
                environment: claims.deployment_environment.clone(),
                visibility: claims.source_repository_visibility_at_signing.clone(),
            },
        })
    }

    /// Proves a signature by the key, with every log entry and timestamp that is there; without a log entry only where
    /// that is not `logged`.
    pub(crate) fn key(
        &self,
        artifact: Artifact<'_>,
        bundle: &Bundle,
        key: &PublicKey,
        logged: bool,
    ) -> Result<ProvenKey, Fault> {
        let policy = PublicKeyVerificationPolicy::new(key.der().clone());
        let has_entries = !bundle.verification_material.tlog_entries.is_empty();
        if logged && !has_entries {
            return Err(Fault::NoLogEntry);
        }
        // Without entries there is nothing to skip: the timestamps are verified all the same.
        let policy = if has_entries { policy } else { policy.skip_tlog_unsafe() };
        self.verify(artifact, bundle, &policy).map(|_| ProvenKey(()))
    }

    fn verify(
        &self,
        artifact: Artifact<'_>,
        bundle: &Bundle,
        policy: &dyn Policy,
    ) -> Result<VerificationResult, Fault> {
        self.0.verify(artifact, bundle, policy).map_err(fault)
    }
}

/// A refused chain, told as an expired certificate where the log's own times say so; only for the message.
fn explained(fault: Fault, bundle: &Bundle) -> Fault {
    let Fault::Chain(_) = fault else { return fault };
    let Some(Ok(certificate)) = bundle.signing_certificate().map(parse_certificate_info) else { return fault };
    let times = bundle.verification_material.tlog_entries.iter().filter_map(|entry| entry.integrated_time);
    for time in times {
        if time > certificate.not_after {
            return Fault::Expired(format!("signed {time}, valid until {}", certificate.not_after));
        }
        if time < certificate.not_before {
            return Fault::Expired(format!("signed {time}, valid from {}", certificate.not_before));
        }
    }
    fault
}

/// Sorts the library's errors by whose fault they are.
fn fault(error: Error) -> Fault {
    let bounded = |text: String| text.chars().take(300).collect::<String>();
    match error {
        Error::SignatureInvalid(_) => Fault::Signature,
        Error::ArtifactMismatch(_) => Fault::OtherImage,
        Error::Certificate(CertificateError::Expired { time, not_after }) => {
            Fault::Expired(format!("signed {time}, valid until {not_after}"))
        }
        Error::Certificate(CertificateError::NotYetValid { time, not_before }) => {
            Fault::Expired(format!("signed {time}, valid from {not_before}"))
        }
        Error::Certificate(CertificateError::Sct(detail)) => Fault::Sct(bounded(detail)),
        Error::Certificate(other) => Fault::Chain(bounded(other.to_string())),
        Error::TransparencyLog(other) => Fault::Log(bounded(other.to_string())),
        Error::Timestamp(TimestampError::NoVerifiedTimestamp(_))
        | Error::Bundle(BundleError::MissingSigningTimeEvidence) => Fault::NoTime,
        Error::Bundle(
            error @ (BundleError::MissingInclusionPromise(_)
            | BundleError::MissingInclusionProof(_)
            | BundleError::MissingCheckpoint
            | BundleError::LogIndexOutOfRange { .. }
            | BundleError::CheckpointRootMismatch),
        ) => Fault::Log(error.to_string()),
        Error::Timestamp(other) => Fault::Timestamp(bounded(other.to_string())),
        other => Fault::Malformed(bounded(other.to_string())),
    }
}
