//! Single bundles against files, as `images verify-bundle` checks them.

use crate::trial::{ISSUER, SUBJECT};
use platlint_images::testing::{Keyless, Kind, LogEvidence, Sigstore, TestKey, bytes, statement};
use platlint_images::verify::{BundleCheck, BundleError, CheckedArtifact, Expected, verify_bundle};
use platlint_registry::Digest;
use serde_json::json;

const FILE: &[u8] = b"a file";

/// A statement about the file; of any type, for this is no question about images.
fn signed() -> Vec<u8> {
    statement(&Digest::sha256(FILE), "https://example.com/about/v1", &json!({}))
}

fn check(bundle: &serde_json::Value, file: &[u8], signer: Expected<'_>, root: &Sigstore) -> Result<(), BundleError> {
    let (bundle, digest, root) = (bytes(bundle), Digest::sha256(file), root.trusted_root());
    let by = |artifact| verify_bundle(&BundleCheck { bundle: &bundle, artifact, signer, trusted_root: Some(&root) });
    let (content, digest) = (by(CheckedArtifact::Content(file)), by(CheckedArtifact::Digest(&digest)));
    assert_eq!(content.is_ok(), digest.is_ok(), "{content:?} with the file, {digest:?} with its digest");
    content
}

#[test]
fn checks_keyless_bundles_against_exactly_one_identity() {
    let sigstore = Sigstore::new();
    let bundle = sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &signed());
    let by = |subject, issuer| Expected::Identity { subject, issuer };
    check(&bundle, FILE, by(SUBJECT, ISSUER), &sigstore).unwrap();
    for (subject, issuer) in [(SUBJECT, "https://other.example"), ("https://github.com/org", ISSUER), ("", ISSUER)] {
        let refused = check(&bundle, FILE, by(subject, issuer), &sigstore).unwrap_err();
        assert!(matches!(refused, BundleError::Identity { .. }), "{refused}");
    }
    assert!(check(&bundle, b"another file", by(SUBJECT, ISSUER), &sigstore).is_err());
    assert!(check(&bundle, FILE, by(SUBJECT, ISSUER), &Sigstore::new()).is_err());
}

#[test]
fn checks_bundles_of_keys_with_and_without_log() {
    let (sigstore, signer, other) = (Sigstore::new(), TestKey::new(Kind::P256), TestKey::new(Kind::P256));
    let (right, wrong) = (signer.public_pem(), other.public_pem());
    for bundle in [signer.bundle(&signed()), sigstore.logged(&signer, &signed(), LogEvidence::All)] {
        check(&bundle, FILE, Expected::Key(right.as_bytes()), &sigstore).unwrap();
        assert!(check(&bundle, FILE, Expected::Key(wrong.as_bytes()), &sigstore).is_err());
        assert!(check(&bundle, b"another file", Expected::Key(right.as_bytes()), &sigstore).is_err());
    }
    // Log evidence that is there must hold, even though none is wanted.
    let elsewhere = Sigstore::new().logged(&signer, &signed(), LogEvidence::All);
    assert!(check(&elsewhere, FILE, Expected::Key(right.as_bytes()), &sigstore).is_err());
    let keyless = sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &signed());
    assert!(check(&keyless, FILE, Expected::Key(right.as_bytes()), &sigstore).is_err());
}

#[test]
fn tells_the_callers_faults_from_the_bundles() {
    let (sigstore, signer) = (Sigstore::new(), TestKey::new(Kind::P256));
    let key = check(&signer.bundle(&signed()), FILE, Expected::Key(b"no key"), &sigstore).unwrap_err();
    assert!(matches!(key, BundleError::Key(_)), "{key}");
    let bundle = bytes(&sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &signed()));
    let (artifact, signer) = (CheckedArtifact::Content(FILE), Expected::Identity { subject: SUBJECT, issuer: ISSUER });
    let with = |root| verify_bundle(&BundleCheck { bundle: &bundle, artifact, signer, trusted_root: root });
    assert!(matches!(with(Some(b"{}")).unwrap_err(), BundleError::Root(_)));
    // Without a root it is the public instance's, which has never seen this certificate.
    assert!(matches!(with(None).unwrap_err(), BundleError::Refused(_)));
}
