//! Payloads and envelopes as clients write them.

use super::key::TestKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platlint_registry::Digest;
use serde_json::{Value, json};

const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// JSON as the bytes of a file.
#[must_use]
pub fn bytes(json: &Value) -> Vec<u8> {
    serde_json::to_vec(json).unwrap()
}

/// What `cosign sign` says about a digest, with its annotations (`null` for none).
#[must_use]
pub fn signature_statement(digest: &Digest, annotations: &Value) -> Vec<u8> {
    let mut subject = json!({"digest": {digest.algorithm(): digest.hex()}});
    if !annotations.is_null() {
        subject["annotations"] = annotations.clone();
    }
    bytes(&json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    }))
}

/// Any other statement about a digest.
#[must_use]
pub fn statement(digest: &Digest, predicate_type: &str, predicate: &Value) -> Vec<u8> {
    bytes(&json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "image", "digest": {digest.algorithm(): digest.hex()}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }))
}

/// What the legacy format signs about a digest, with its annotations (`null` for none).
#[must_use]
pub fn legacy_payload(digest: &Digest, annotations: &Value) -> Vec<u8> {
    bytes(&json!({
        "critical": {
            "identity": {"docker-reference": "registry.test/shop/web"},
            "image": {"docker-manifest-digest": digest.as_str()},
            "type": "cosign container image signature",
        },
        "optional": annotations,
    }))
}

/// A signed payload.
pub(super) struct Envelope {
    payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

/// Signs a payload by DSSE's rule.
pub(super) fn sign(key: &TestKey, payload: &[u8]) -> Envelope {
    let mut message = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    message.extend(payload);
    Envelope { payload: payload.to_vec(), signature: key.sign(&message) }
}

/// A bundle v0.3.
pub(super) fn bundle(mut material: Value, signed: &Envelope, entry: Option<Value>) -> Value {
    material["tlogEntries"] = entry.into_iter().collect();
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": material,
        "dsseEnvelope": {
            "payload": STANDARD.encode(&signed.payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": STANDARD.encode(&signed.signature)}],
        },
    })
}
