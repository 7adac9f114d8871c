//! How a legacy signature is stored: a layer of a `.sig` image and its annotations, which are no file of their own.
//!
//! ```json
//! {"mediaType":"application/vnd.platlint.legacy-signature.v1+json","payload":"<base64>","signature":"<base64>",
//!  "certificate":"<PEM>","rekorBundle":"<JSON as text>"}
//! ```
//! The last two are left out where the signature has none. Members stand in this order without white space, so equal
//! signatures are equal files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::verify::LegacySignature;

const MEDIA_TYPE: &str = "application/vnd.platlint.legacy-signature.v1+json";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stored {
    media_type: String,
    payload: String,
    signature: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rekor_bundle: Option<String>,
}

/// As it is stored.
pub(super) fn to_bytes(signature: &LegacySignature) -> Bytes {
    let stored = Stored {
        media_type: MEDIA_TYPE.to_owned(),
        payload: STANDARD.encode(&signature.payload),
        signature: signature.signature.clone(),
        certificate: signature.certificate.clone(),
        rekor_bundle: signature.rekor_bundle.clone(),
    };
    // Texts alone cannot fail to become JSON.
    serde_json::to_vec(&stored).unwrap_or_default().into()
}

/// Reads a stored file; `None` where it is no legacy signature, and so a bundle or nothing.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<LegacySignature> {
    let stored: Stored = serde_json::from_slice(bytes).ok()?;
    if stored.media_type != MEDIA_TYPE {
        return None;
    }
    Some(LegacySignature {
        payload: STANDARD.decode(stored.payload).ok()?.into(),
        signature: stored.signature,
        certificate: stored.certificate,
        rekor_bundle: stored.rekor_bundle,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_signature_is_read_as_it_was() {
        let signature = LegacySignature {
            payload: Bytes::from_static(b"{\"critical\":{}}\n"),
            signature: "MEUC".into(),
            certificate: Some("-----BEGIN CERTIFICATE-----\n".into()),
            rekor_bundle: Some("{\"SignedEntryTimestamp\":\"\"}".into()),
        };
        assert_eq!(from_bytes(&to_bytes(&signature)), Some(signature));
        assert_eq!(from_bytes(br#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}"#), None);
    }
}
