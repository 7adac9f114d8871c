//! What is accepted, in every format and by every means.

use crate::trial::{ISSUER, Rule, SUBJECT, image, key, key_with, release, rule};
use platlint_config::images::Transparency;
use platlint_images::Status;
use platlint_images::testing::{
    Keyless, Kind, LogEvidence, SIGNED_AT, Sigstore, TestKey, legacy_payload, signature_statement,
};
use serde_json::Value;

fn accepted(rule: Rule, bundle: &Value) {
    let (status, reason) = rule.bundles(&[bundle]);
    assert_eq!(status, Status::Verified, "{reason}");
}

#[test]
fn accepts_keys_of_every_kind_in_both_formats() {
    for kind in [Kind::P256, Kind::P384, Kind::Ed25519, Kind::Rsa] {
        let signer = TestKey::new(kind);
        accepted(rule([key("platform", &signer)]), &signer.bundle(&signature_statement(&image(), &Value::Null)));
        let layer = signer.legacy(&legacy_payload(&image(), &Value::Null));
        let (status, reason) = rule([key("platform", &signer)]).layers(&[&layer]);
        assert_eq!(status, Status::Verified, "{kind:?}: {reason}");
    }
}

#[test]
fn accepts_keyless_signatures_in_both_formats() {
    let sigstore = Sigstore::new();
    let signer = Keyless::by(SUBJECT, ISSUER);
    let bundle = sigstore.bundle(&signer, &signature_statement(&image(), &Value::Null));
    accepted(rule([release(&sigstore)]), &bundle);
    let layer = sigstore.legacy(&signer, &legacy_payload(&image(), &Value::Null));
    let (status, reason) = rule([release(&sigstore)]).layers(&[&layer]);
    assert_eq!(status, Status::Verified, "{reason}");
}

#[test]
fn takes_the_time_from_a_timestamp_authority_where_the_log_tells_none() {
    let sigstore = Sigstore::new();
    let mut signer = Keyless::by(SUBJECT, ISSUER);
    signer.evidence = LogEvidence::ProofOnly;
    signer.is_timestamped = true;
    let statement = signature_statement(&image(), &Value::Null);
    accepted(rule([release(&sigstore)]), &sigstore.bundle(&signer, &statement));

    // The same an hour after the certificate's end, and by an authority that is not in the root.
    signer.logged_at = SIGNED_AT + 3600;
    let late = rule([release(&sigstore)]).bundles(&[&sigstore.bundle(&signer, &statement)]);
    assert!(late.0 == Status::Invalid && late.1.contains("was not valid when it was signed"), "{late:?}");
    signer.logged_at = SIGNED_AT;
    let mut bundle = sigstore.bundle(&signer, &statement);
    let foreign = Sigstore::new().bundle(&signer, &statement);
    bundle["verificationMaterial"]["timestampVerificationData"] =
        foreign["verificationMaterial"]["timestampVerificationData"].clone();
    let foreign = rule([release(&sigstore)]).bundles(&[&bundle]);
    assert!(foreign.0 == Status::Invalid && foreign.1.contains("timestamp"), "{foreign:?}");
}

#[test]
fn asks_keys_for_as_much_log_as_the_rule_does() {
    use Status::{Invalid, Verified};
    use Transparency::{IfPresent, Ignore, Required};
    let (sigstore, other) = (Sigstore::new(), Sigstore::new());
    let signer = TestKey::new(Kind::P256);
    let statement = signature_statement(&image(), &Value::Null);
    let bare = signer.bundle(&statement);
    let logged = sigstore.logged(&signer, &statement, LogEvidence::All);
    let elsewhere = other.logged(&signer, &statement, LogEvidence::All);
    for (transparency, root, expected) in [
        (Required, Some(&sigstore), [Invalid, Verified, Invalid]),
        (IfPresent, Some(&sigstore), [Verified, Verified, Invalid]),
        (IfPresent, None, [Verified, Verified, Verified]),
        (Ignore, Some(&sigstore), [Verified, Verified, Verified]),
    ] {
        let authority = || key_with("platform", signer.public_pem().as_bytes(), transparency, root);
        for (bundle, expected) in [&bare, &logged, &elsewhere].into_iter().zip(expected) {
            let (status, reason) = rule([authority()]).bundles(&[bundle]);
            assert_eq!(status, expected, "{transparency:?}: {reason}");
        }
    }
    // The legacy format likewise.
    let payload = legacy_payload(&image(), &Value::Null);
    let required = || rule([key_with("platform", signer.public_pem().as_bytes(), Required, Some(&sigstore))]);
    let logged = required().layers(&[&sigstore.logged_legacy(&signer, &payload)]);
    assert_eq!(logged.0, Verified, "{logged:?}");
    let bare = required().layers(&[&signer.legacy(&payload)]);
    assert!(bare.0 == Invalid && bare.1.contains("no entry in a transparency log"), "{bare:?}");
}
