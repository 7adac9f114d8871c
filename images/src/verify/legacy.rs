//! What cosign wrote before bundles: a payload with its signature in annotations.
//!
//! Keys verify the payload as it is. Certificates and log entries are given the form of a v0.1 bundle over the payload, so
//! that the same code judges them as judges bundles. The certificates between signer and root come from the trusted root
//! alone; the annotation with a chain is not read.

use super::evidence::LegacySignature;
use super::exhibit::{ByKey, Content, Exhibit, Signed};
use super::refusal::Why;
use super::simple_signing;
use crate::json::{self, Budget};
use crate::sigstore::Fault;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platlint_registry::Digest;
use serde::Deserialize;
use serde_json::{Value, json};
use sigstore_verify::types::{Bundle, DerCertificate, SignatureBytes};

/// Bytes of any one annotation. Registries bound a manifest to a few megabytes.
const MAX_ANNOTATION_BYTES: usize = 1 << 20;

/// The log's promise that it has taken in the entry.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Promise {
    signed_entry_timestamp: String,
    payload: Entry,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    /// Base64 of the entry's canonical JSON.
    body: String,
    integrated_time: i64,
    log_index: i64,
    /// Hexadecimal.
    #[serde(rename = "logID")]
    log_id: String,
}

impl Exhibit {
    /// Reads one layer of a `.sig` image that must speak of the digest.
    pub(super) fn of_legacy(digest: &Digest, layer: &LegacySignature) -> Result<Self, Why> {
        let texts = [&layer.certificate, &layer.rekor_bundle];
        let too_long = |text: &String| text.len() > MAX_ANNOTATION_BYTES;
        if too_long(&layer.signature) || texts.into_iter().flatten().any(too_long) {
            return Err(Fault::Malformed("an annotation is too long".to_owned()).into());
        }
        let annotations = simple_signing::annotations(digest, &layer.payload)?;
        let signature = STANDARD
            .decode(layer.signature.trim())
            .map_err(|_| Fault::Malformed("its signature is not base64".to_owned()))?;
        let promise = layer.rekor_bundle.as_deref().map(promise);
        let bundle = |material: Value| match &promise {
            None => Err(Fault::NoTime),
            Some(Err(fault)) => Err(fault.clone()),
            Some(Ok(entry)) => bundle(&signature, material, entry),
        };
        let by_certificate = layer.certificate.as_deref().map(|pem| {
            let der = DerCertificate::from_pem(pem.trim())
                .map_err(|_| Fault::Malformed("its certificate is not PEM".to_owned()))?;
            bundle(json!({"x509CertificateChain": {"certificates": [{"rawBytes": STANDARD.encode(der.as_bytes())}]}}))
        });
        let by_key =
            if promise.is_some() { ByKey::Evidenced(bundle(json!({"publicKey": {"hint": ""}}))) } else { ByKey::Bare };
        Ok(Self {
            message: layer.payload.to_vec(),
            signature: SignatureBytes::new(signature.clone()),
            artifact: Signed::Message,
            by_certificate,
            by_key,
            content: Content::Signature(annotations),
        })
    }
}

/// The annotation's log entry as a bundle writes it.
fn promise(text: &str) -> Result<Value, Fault> {
    let malformed = |what: &str| Fault::Log(format!("its log entry is malformed: {what}"));
    let value = json::parse(text.as_bytes(), &Budget::small()).map_err(|error| malformed(&error.to_string()))?;
    let promise: Promise = serde_json::from_value(value).map_err(|error| malformed(&error.to_string()))?;
    let entry = promise.payload;
    let body = STANDARD.decode(&entry.body).map_err(|_| malformed("its body is not base64"))?;
    let body = json::parse(&body, &Budget::small()).map_err(|error| malformed(&error.to_string()))?;
    let log_id = hex::decode(&entry.log_id).map_err(|_| malformed("its log id is not hexadecimal"))?;
    Ok(json!({
        "logIndex": entry.log_index.to_string(),
        "logId": {"keyId": STANDARD.encode(log_id)},
        "kindVersion": {"kind": body.get("kind"), "version": body.get("apiVersion")},
        "integratedTime": entry.integrated_time.to_string(),
        "inclusionPromise": {"signedEntryTimestamp": promise.signed_entry_timestamp},
        "canonicalizedBody": entry.body,
    }))
}

fn bundle(signature: &[u8], mut material: Value, entry: &Value) -> Result<Bundle, Fault> {
    if let Some(material) = material.as_object_mut() {
        material.insert("tlogEntries".to_owned(), json!([entry]));
    }
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "verificationMaterial": material,
        "messageSignature": {"signature": STANDARD.encode(signature)},
    });
    serde_json::from_value(bundle).map_err(|error| Fault::Log(error.to_string().chars().take(300).collect()))
}
