//! Log evidence that is forged, partial or absent, and certificates that had expired.

use crate::trial::{ISSUER, SUBJECT, image, release, rule};
use platlint_images::Status;
use platlint_images::testing::{Keyless, LogEvidence, SIGNED_AT, Sigstore, legacy_payload, signature_statement};
use serde_json::{Value, json};

fn payload() -> Vec<u8> {
    signature_statement(&image(), &Value::Null)
}

#[test]
fn refuses_partial_log_evidence() {
    let sigstore = Sigstore::new();
    for (evidence, is_timestamped, said) in [
        (LogEvidence::None, false, "nothing trusted says when it was signed"),
        (LogEvidence::None, true, "no entry in a transparency log"),
        (LogEvidence::ProofOnly, false, "nothing trusted says when it was signed"),
        (LogEvidence::PromiseOnly, false, "must have an inclusion proof"),
    ] {
        let signer = Keyless { evidence, is_timestamped, ..Keyless::by(SUBJECT, ISSUER) };
        let (status, reason) = rule([release(&sigstore)]).bundles(&[&sigstore.bundle(&signer, &payload())]);
        assert_eq!(status, Status::Invalid, "{evidence:?}");
        assert!(reason.contains(said), "{evidence:?}: {reason}");
    }
    let signer = Keyless { evidence: LogEvidence::None, ..Keyless::by(SUBJECT, ISSUER) };
    let layer = sigstore.legacy(&signer, &legacy_payload(&image(), &Value::Null));
    let (status, reason) = rule([release(&sigstore)]).layers(&[&layer]);
    assert!(status == Status::Invalid && reason.contains("nothing trusted says when"), "{reason}");
}

#[test]
fn refuses_forged_log_evidence() {
    let (sigstore, other) = (Sigstore::new(), Sigstore::new());
    let signer = Keyless::by(SUBJECT, ISSUER);
    let good = sigstore.bundle(&signer, &payload());
    assert_eq!(rule([release(&sigstore)]).bundles(&[&good]).0, Status::Verified);
    let entry = |bundle: &Value| bundle["verificationMaterial"]["tlogEntries"][0].clone();
    // An entry of another log, and one of another signature by the same signer.
    let (foreign, unrelated) =
        (entry(&other.bundle(&signer, &payload())), entry(&sigstore.bundle(&signer, &payload())));
    let forged_with = |name: &str, value: Value| {
        let mut entry = entry(&good);
        *entry.pointer_mut(name).unwrap() = value;
        entry
    };
    let promise = &foreign["inclusionPromise"]["signedEntryTimestamp"];
    let forged = [
        foreign.clone(),
        unrelated.clone(),
        forged_with("/inclusionPromise/signedEntryTimestamp", promise.clone()),
        forged_with("/inclusionProof", foreign["inclusionProof"].clone()),
        forged_with("/inclusionProof", unrelated["inclusionProof"].clone()),
        forged_with("/inclusionProof/checkpoint", unrelated["inclusionProof"]["checkpoint"].clone()),
        forged_with("/inclusionProof/hashes", json!([])),
        forged_with("/inclusionProof/logIndex", json!("0")),
        forged_with("/inclusionProof/treeSize", json!("3")),
        forged_with("/integratedTime", json!((SIGNED_AT + 1).to_string())),
        forged_with("/logIndex", json!("1")),
        forged_with("/canonicalizedBody", unrelated["canonicalizedBody"].clone()),
        forged_with("/kindVersion/kind", json!("hashedrekord")),
    ];
    for (number, entry) in forged.into_iter().enumerate() {
        let mut bundle = good.clone();
        bundle["verificationMaterial"]["tlogEntries"][0] = entry;
        let (status, reason) = rule([release(&sigstore)]).bundles(&[&bundle]);
        assert_eq!(status, Status::Invalid, "forgery {number}: {reason}");
    }
}

#[test]
fn refuses_a_certificate_without_proof_of_publication() {
    let sigstore = Sigstore::new();
    let mut signer = Keyless::by(SUBJECT, ISSUER);
    signer.leaf.is_published = false;
    let (status, reason) = rule([release(&sigstore)]).bundles(&[&sigstore.bundle(&signer, &payload())]);
    assert!(status == Status::Invalid && reason.contains("no valid proof of publication"), "{reason}");
}

#[test]
fn refuses_an_expired_certificate_without_timestamp() {
    let sigstore = Sigstore::new();
    let year = 365 * 24 * 3600;
    // Signed a year after the certificate's end: the key may long be somebody else's.
    let late = Keyless { logged_at: SIGNED_AT + year, ..Keyless::by(SUBJECT, ISSUER) };
    let late = rule([release(&sigstore)]).bundles(&[&sigstore.bundle(&late, &payload())]);
    assert!(late.0 == Status::Invalid && late.1.contains("was not valid when it was signed"), "{late:?}");
    let early = Keyless { logged_at: SIGNED_AT - 3600, ..Keyless::by(SUBJECT, ISSUER) };
    let early = rule([release(&sigstore)]).bundles(&[&sigstore.bundle(&early, &payload())]);
    assert!(early.0 == Status::Invalid && early.1.contains("valid from"), "{early:?}");
    // Nothing says when: the certificate ended long ago, and the clock is no help.
    let untimed = Keyless { evidence: LogEvidence::None, ..Keyless::by(SUBJECT, ISSUER) };
    assert_eq!(rule([release(&sigstore)]).bundles(&[&sigstore.bundle(&untimed, &payload())]).0, Status::Invalid);
}

/// The certificate of every bundle here ended in October 2025. Were the clock asked, all of them would be refused.
#[test]
fn asks_no_clock_where_the_log_tells_the_time() {
    let sigstore = Sigstore::new();
    let mut signer = Keyless::by(SUBJECT, ISSUER);
    for years in 0..5 {
        let at = SIGNED_AT - years * 365 * 24 * 3600;
        (signer.logged_at, signer.leaf.not_before) = (at, at - 60);
        let (status, reason) = rule([release(&sigstore)]).bundles(&[&sigstore.bundle(&signer, &payload())]);
        assert_eq!(status, Status::Verified, "{years}: {reason}");
    }
}
