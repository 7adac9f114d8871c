//! What a verification has shown. All of it is made here and in the modules beside, and nowhere else: whoever holds a
//! [`Signer`] holds the outcome of a check of signature *and* identity.

use std::sync::Arc;

/// Who a keyless signature is from, as its certificate says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The OIDC issuer that vouched for the subject.
    pub issuer: Arc<str>,
    /// The certificate's subject: an email address or a URI.
    pub subject: Arc<str>,
}

/// One who signed, and the authority of the rule that trusts it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signer {
    authority: Arc<str>,
    identity: Option<Identity>,
    /// What tells signers apart where authorities overlap: the key's fingerprint, or issuer and repository or subject.
    principal: Arc<str>,
}

impl Signer {
    /// Only for the one function that has checked both signature and identity (`matcher::admit`).
    pub(super) const fn new(authority: Arc<str>, identity: Option<Identity>, principal: Arc<str>) -> Self {
        Self { authority, identity, principal }
    }

    /// The authority's name in platlint.yaml.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Issuer and subject of a keyless signer; `None` where a key signed.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The same for the same key or the same identity, whichever authority it was matched by. All CI runs of one
    /// repository are one.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.principal
    }
}

/// A statement about the image that a trusted authority has signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Attestation {
    predicate_type: Arc<str>,
    authority: Arc<str>,
    predicate: serde_json::Value,
    size: usize,
}

impl Attestation {
    /// For `judge` alone, of a statement whose signer was admitted.
    pub(super) fn new(signer: &Signer, predicate_type: Arc<str>, predicate: serde_json::Value, size: usize) -> Self {
        Self { predicate_type, authority: Arc::clone(&signer.authority), predicate, size }
    }

    /// What kind of statement, such as `https://slsa.dev/provenance/v1`.
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// The name of the authority that signed it.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What it says, of any shape.
    #[must_use]
    pub const fn predicate(&self) -> &serde_json::Value {
        &self.predicate
    }

    /// Bytes of the statement as signed, for those who keep it in memory.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }
}

/// A satisfied rule: its signers, and the attestations it wants. Nothing outside `verify` makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    signers: Vec<Signer>,
    attestations: Vec<Attestation>,
}

impl Accepted {
    /// For `judge` alone, once the rule's requirement is met.
    pub(super) const fn new(signers: Vec<Signer>, attestations: Vec<Attestation>) -> Self {
        Self { signers, attestations }
    }

    /// Who signed, each once, in order.
    #[must_use]
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// The attestations that the rule wants.
    #[must_use]
    pub fn attestations(&self) -> &[Attestation] {
        &self.attestations
    }
}
