//! What a registry holds about a digest, as fetched. Nothing of it is trusted.

use bytes::Bytes;

/// All evidence found for one digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Sigstore bundles (JSON), signatures and attestations alike, in the order found.
    pub bundles: Vec<Bytes>,
    /// Layers of the `sha256-….sig` image.
    pub legacy: Vec<LegacySignature>,
}

impl Evidence {
    /// Whether nothing at all was found.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bundles.is_empty() && self.legacy.is_empty()
    }
}

/// One layer of a `.sig` image with its annotations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegacySignature {
    /// The layer: the signed JSON ("simple signing").
    pub payload: Bytes,
    /// `dev.cosignproject.cosign/signature`: the signature in base64.
    pub signature: String,
    /// `dev.sigstore.cosign/certificate`: the signer's certificate, PEM.
    pub certificate: Option<String>,
    /// `dev.sigstore.cosign/bundle`: the log's promise, JSON.
    pub rekor_bundle: Option<String>,
}
