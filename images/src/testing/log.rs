//! A log of signatures, as Rekor v1 is: entries, its promise to take them in, and the proof that it has.

use super::key::{Kind, TestKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What is written about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogEvidence {
    /// Promise and proof.
    All,
    /// The promise without a proof.
    PromiseOnly,
    /// The proof without a promise, so that nothing says when.
    ProofOnly,
    /// No entry at all.
    None,
}

pub(super) struct SignatureLog {
    key: TestKey,
}

/// An entry's kind and canonical JSON.
pub(super) struct LogEntry {
    kind: &'static str,
    body: Vec<u8>,
}

impl LogEntry {
    /// Of an envelope's one signature; the verifier is a certificate or a key, PEM.
    pub(super) fn of_envelope(payload: &[u8], signature: &[u8], verifier: &str) -> Self {
        let spec = json!({
            // The log hashes the envelope as it came; nobody can check that later.
            "envelopeHash": {"algorithm": "sha256", "value": hex::encode(Sha256::digest(signature))},
            "payloadHash": {"algorithm": "sha256", "value": hex::encode(Sha256::digest(payload))},
            "signatures": [{"signature": STANDARD.encode(signature), "verifier": STANDARD.encode(verifier)}],
        });
        Self::new("dsse", &spec)
    }

    /// Of a signature (base64) over bytes.
    pub(super) fn of_bytes(message: &[u8], signature: &str, verifier: &str) -> Self {
        let spec = json!({
            "data": {"hash": {"algorithm": "sha256", "value": hex::encode(Sha256::digest(message))}},
            "signature": {"content": signature, "publicKey": {"content": STANDARD.encode(verifier)}},
        });
        Self::new("hashedrekord", &spec)
    }

    fn new(kind: &'static str, spec: &Value) -> Self {
        let body = json!({"apiVersion": "0.0.1", "kind": kind, "spec": spec});
        Self { kind, body: serde_json::to_vec(&body).unwrap() }
    }
}

impl SignatureLog {
    pub(super) fn new() -> Self {
        Self { key: TestKey::new(Kind::P256) }
    }

    pub(super) const fn key(&self) -> &TestKey {
        &self.key
    }

    /// The entry as a bundle carries it. Promises count from the whole log, proofs from the tree they are of.
    pub(super) fn take_in(&self, entry: &LogEntry, time: i64, evidence: LogEvidence) -> Option<Value> {
        let mut written = json!({
            "logIndex": INDEX.to_string(),
            "logId": {"keyId": STANDARD.encode(self.key.id())},
            "kindVersion": {"kind": entry.kind, "version": "0.0.1"},
            "integratedTime": time.to_string(),
            "canonicalizedBody": STANDARD.encode(&entry.body),
        });
        if matches!(evidence, LogEvidence::All | LogEvidence::PromiseOnly) {
            written["inclusionPromise"] = json!({"signedEntryTimestamp": self.signed_time(entry, time)});
        }
        if matches!(evidence, LogEvidence::All | LogEvidence::ProofOnly) {
            written["inclusionProof"] = self.proof(entry);
        }
        (evidence != LogEvidence::None).then_some(written)
    }

    /// The entry as a legacy annotation carries it: with the promise, or not at all.
    pub(super) fn promise(&self, entry: &LogEntry, time: i64, evidence: LogEvidence) -> Option<String> {
        let bundle = json!({
            "SignedEntryTimestamp": self.signed_time(entry, time),
            "Payload": {
                "body": STANDARD.encode(&entry.body),
                "integratedTime": time,
                "logIndex": INDEX,
                "logID": hex::encode(self.key.id()),
            },
        });
        matches!(evidence, LogEvidence::All | LogEvidence::PromiseOnly).then(|| bundle.to_string())
    }

    /// The log's signature over the entry and when it came, base64. Members in the order of canonical JSON.
    fn signed_time(&self, entry: &LogEntry, time: i64) -> String {
        let (body, id) = (STANDARD.encode(&entry.body), hex::encode(self.key.id()));
        let signed = format!(r#"{{"body":"{body}","integratedTime":{time},"logID":"{id}","logIndex":{INDEX}}}"#);
        STANDARD.encode(self.key.sign(signed.as_bytes()))
    }

    /// The entry as second leaf of a tree of two, and the signed head of that tree.
    fn proof(&self, entry: &LogEntry) -> Value {
        let leaf = |body: &[u8]| Sha256::new().chain_update([0]).chain_update(body).finalize();
        let (neighbour, own) = (leaf(b"another entry"), leaf(&entry.body));
        let root = Sha256::new().chain_update([1]).chain_update(neighbour).chain_update(own).finalize();
        let head = format!("log.test - 1\n2\n{}\n", STANDARD.encode(root));
        let mut signature = self.key.id()[..4].to_vec();
        signature.extend(self.key.sign(head.as_bytes()));
        json!({
            "logIndex": "1",
            "rootHash": STANDARD.encode(root),
            "treeSize": "2",
            "hashes": [STANDARD.encode(neighbour)],
            "checkpoint": {"envelope": format!("{head}\n\u{2014} log.test {}\n", STANDARD.encode(signature))},
        })
    }
}

/// The entry's number in the whole log.
const INDEX: i64 = 4711;
