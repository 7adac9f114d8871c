//! What the lock says of one image.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use platlint_registry::{Digest, Repository};

use crate::answer::Answer;

/// One image, named by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedImage {
    /// Where it is from.
    pub repository: Repository,
    /// What it is.
    pub digest: Digest,
    /// Tags that stand beside the digest where the image is used. What they name is not proven.
    pub tags: BTreeSet<String>,
    /// Media type of the manifest, for readers. Not proven.
    pub media_type: Option<String>,
    /// Hash of the rule that it satisfied, hexadecimal.
    pub policy: String,
    /// Who signed it.
    pub signers: BTreeSet<LockedSigner>,
    /// Types of the attestations that the rule wants.
    pub predicate_types: BTreeSet<String>,
    /// The evidence for the digest itself.
    pub own: LockedPart,
    /// What stands below it, where the rule is `recursive`.
    pub children: Vec<LockedPart>,
    /// The day on which it was first found like this.
    pub checked_at: NaiveDate,
}

/// One manifest and where its evidence is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPart {
    /// The manifest's digest.
    pub digest: Digest,
    /// The manifest itself, where the rule is `recursive`: SHA-256 of a stored file.
    pub manifest: Option<Digest>,
    /// Bundles and legacy signatures: SHA-256 of stored files.
    pub bundles: BTreeSet<Digest>,
}

/// One signer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LockedSigner {
    /// The authority's name in platlint.yaml.
    pub authority: String,
    /// Issuer and subject of a keyless signer.
    pub identity: Option<(String, String)>,
}

impl LockedImage {
    /// `registry/repository@digest`: the key in the lock.
    #[must_use]
    pub fn name(&self) -> String {
        name(&self.repository, &self.digest)
    }

    /// Everything but the day.
    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        Self { checked_at: other.checked_at, ..self.clone() } == *other
    }

    /// All files that hold its evidence.
    pub(super) fn files(&self) -> impl Iterator<Item = &Digest> {
        let parts = std::iter::once(&self.own).chain(&self.children);
        parts.flat_map(|part| part.manifest.iter().chain(&part.bundles))
    }
}

/// The key of an image in the lock.
pub(super) fn name(repository: &Repository, digest: &Digest) -> String {
    format!("{repository}@{digest}")
}

/// The signers of a verified answer, as the lock writes them.
pub(super) fn signers(answer: &Answer) -> BTreeSet<LockedSigner> {
    let signer = |signer: &crate::verify::Signer| LockedSigner {
        authority: signer.authority().to_owned(),
        identity: signer.identity().map(|identity| (identity.issuer.to_string(), identity.subject.to_string())),
    };
    answer.signers().iter().map(signer).collect()
}

/// The types of attestations of a verified answer.
pub(super) fn predicate_types(answer: &Answer) -> BTreeSet<String> {
    answer.attestations().iter().map(|attestation| attestation.predicate_type().to_owned()).collect()
}

/// A rule's hash as the lock writes it.
pub(super) fn policy(hash: &[u8; 32]) -> String {
    hex::encode(hash)
}

impl fmt::Display for LockedSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.identity {
            Some((issuer, subject)) => write!(f, "{} ({subject}, by {issuer})", self.authority),
            None => f.write_str(&self.authority),
        }
    }
}
