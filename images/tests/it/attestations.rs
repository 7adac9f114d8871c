//! Attestations beside signatures: what is handed on, what is missing, and neither taken for the other.

use crate::trial::{ISSUER, SUBJECT, evidence, image, key, other_image, release, rule};
use platlint_images::Status;
use platlint_images::testing::{Keyless, Kind, Sigstore, TestKey, signature_statement, statement};
use serde_json::{Value, json};

const SLSA: &str = "https://slsa.dev/provenance/v1";
const SPDX: &str = "https://spdx.dev/Document";

#[test]
fn hands_on_what_wanted_attestations_say() {
    let (sigstore, signer) = (Sigstore::new(), TestKey::new(Kind::P256));
    let predicate = json!({"buildDefinition": {"buildType": "t"}});
    let signature = signer.bundle(&signature_statement(&image(), &Value::Null));
    let provenance = sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &statement(&image(), SLSA, &predicate));
    let unwanted = signer.bundle(&statement(&image(), SPDX, &json!({})));
    let answer = rule([key("platform", &signer), release(&sigstore)])
        .attested(SLSA, Some("release"))
        .judge(&evidence(&[&unwanted, &provenance, &signature, &provenance]));
    assert_eq!(answer.status(), Status::Verified, "{:?}", answer.reason());
    let value = serde_json::to_value(answer.to_value()).unwrap();
    assert_eq!(value["attestations"], json!([{"type": SLSA, "authority": "release", "predicate": predicate}]));
    assert_eq!(value["authorities"], json!(["platform"]));
}

#[test]
fn demands_the_attestations_that_the_rule_wants() {
    let (signer, other) = (TestKey::new(Kind::P256), TestKey::new(Kind::P256));
    let signature = signer.bundle(&signature_statement(&image(), &Value::Null));
    let wanting = || rule([key("platform", &signer), key("release", &other)]).attested(SLSA, Some("release"));
    let (status, reason) = wanting().bundles(&[&signature]);
    assert_eq!(status, Status::Invalid);
    assert!(reason.starts_with(&format!("no valid attestation of type `{SLSA}` of `release`")), "{reason}");
    // Of the right type and trusted, but by another authority than the one it is wanted from.
    let (status, reason) = wanting().bundles(&[&signature, &signer.bundle(&statement(&image(), SLSA, &json!({})))]);
    assert_eq!(status, Status::Invalid, "{reason}");
    // About another image.
    let elsewhere = other.bundle(&statement(&other_image(), SLSA, &json!({})));
    assert_eq!(wanting().bundles(&[&signature, &elsewhere]).0, Status::Invalid);
    let here = other.bundle(&statement(&image(), SLSA, &json!({})));
    assert_eq!(wanting().bundles(&[&signature, &here]).0, Status::Verified);
}

#[test]
fn an_attestation_is_no_signature() {
    let signer = TestKey::new(Kind::P256);
    let sbom = signer.bundle(&statement(&image(), SPDX, &json!({})));
    let (status, reason) = rule([key("platform", &signer)]).bundles(&[&sbom]);
    assert_eq!(status, Status::Invalid);
    assert!(reason.contains("which is no signature and which the rule does not want"), "{reason}");
    // Not even where it is wanted as what it is.
    let (status, reason) = rule([key("platform", &signer)]).attested(SPDX, None).bundles(&[&sbom]);
    assert_eq!((status, reason.as_str()), (Status::Invalid, "no valid signature of `platform`"));
}

#[test]
fn a_signature_is_no_attestation() {
    let signer = TestKey::new(Kind::P256);
    let signature = signer.bundle(&signature_statement(&image(), &Value::Null));
    let (status, reason) = rule([key("platform", &signer)]).attested(SPDX, None).bundles(&[&signature]);
    assert!(status == Status::Invalid && reason.starts_with("no valid attestation"), "{reason}");
}
