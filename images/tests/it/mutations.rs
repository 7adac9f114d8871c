//! Evidence with one thing changed: nothing that was signed can change and still verify.

use crate::trial::{ISSUER, SUBJECT, image, key, legacy, release, rule};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platlint_images::testing::{Keyless, Kind, Sigstore, TestKey, bytes, legacy_payload, signature_statement};
use platlint_images::verify::judge;
use platlint_images::{Evidence, LegacySignature, Status, Trust};
use serde_json::Value;

/// Each byte of a base64 text changed in one bit; which bit differs from byte to byte.
fn variants(text: &str) -> impl Iterator<Item = String> {
    let decoded = STANDARD.decode(text).unwrap();
    (0..decoded.len()).map(move |index| {
        let mut changed = decoded.clone();
        changed[index] ^= 1 << (index % 8);
        STANDARD.encode(changed)
    })
}

fn verifies(trust: &Trust, bundle: &Value) -> bool {
    let evidence = Evidence { bundles: vec![bytes(bundle).into()], legacy: Vec::new() };
    judge(&trust.rules()[0], &image(), &evidence).status() == Status::Verified
}

#[test]
fn no_changed_byte_of_payload_or_signature_verifies() {
    let (sigstore, signer) = (Sigstore::new(), TestKey::new(Kind::P256));
    let statement = signature_statement(&image(), &Value::Null);
    let cases = [
        (rule([key("platform", &signer)]), signer.bundle(&statement)),
        (rule([release(&sigstore)]), sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &statement)),
    ];
    for (rule, bundle) in cases {
        let trust = rule.compile().unwrap();
        assert!(verifies(&trust, &bundle));
        for member in ["/dsseEnvelope/payload", "/dsseEnvelope/signatures/0/sig"] {
            let mut count = 0;
            for changed in variants(bundle.pointer(member).unwrap().as_str().unwrap()) {
                let mut bundle = bundle.clone();
                *bundle.pointer_mut(member).unwrap() = changed.into();
                assert!(!verifies(&trust, &bundle), "byte {count} of {member}");
                count += 1;
            }
            assert!(count > 60, "{member} has {count} bytes");
        }
    }
}

#[test]
fn no_changed_byte_of_a_certificate_or_log_entry_verifies() {
    let sigstore = Sigstore::new();
    let trust = rule([release(&sigstore)]).compile().unwrap();
    let bundle = sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &signature_statement(&image(), &Value::Null));
    let entry = "/verificationMaterial/tlogEntries/0";
    for member in [
        "/verificationMaterial/certificate/rawBytes".to_owned(),
        format!("{entry}/canonicalizedBody"),
        format!("{entry}/inclusionPromise/signedEntryTimestamp"),
        format!("{entry}/inclusionProof/rootHash"),
        format!("{entry}/inclusionProof/hashes/0"),
        format!("{entry}/logId/keyId"),
    ] {
        for (index, changed) in variants(bundle.pointer(&member).unwrap().as_str().unwrap()).enumerate() {
            let mut bundle = bundle.clone();
            *bundle.pointer_mut(&member).unwrap() = changed.into();
            assert!(!verifies(&trust, &bundle), "byte {index} of {member}");
        }
    }
}

#[test]
fn no_changed_byte_of_a_legacy_payload_or_signature_verifies() {
    let signer = TestKey::new(Kind::P256);
    let trust = rule([key("platform", &signer)]).compile().unwrap();
    let layer = signer.legacy(&legacy_payload(&image(), &Value::Null));
    let verifies =
        |layer: &LegacySignature| judge(&trust.rules()[0], &image(), &legacy(&[layer])).status() == Status::Verified;
    assert!(verifies(&layer));
    for signature in variants(&layer.signature) {
        assert!(!verifies(&LegacySignature { signature, ..layer.clone() }));
    }
    for index in 0..layer.payload.len() {
        let mut payload = layer.payload.to_vec();
        payload[index] ^= 1;
        assert!(!verifies(&LegacySignature { payload: payload.into(), ..layer.clone() }), "byte {index}");
    }
}

/// What a signature does not cover may change: the key's hint, which nobody believes. Anything else that changes a byte
/// of the JSON and still verifies would be a surprise.
#[test]
fn a_changed_byte_of_the_json_verifies_only_in_the_unsigned_hint() {
    let signer = TestKey::new(Kind::P256);
    let trust = rule([key("platform", &signer)]).compile().unwrap();
    let bundle = signer.bundle(&signature_statement(&image(), &Value::Null));
    let original = bytes(&bundle);
    let text = std::str::from_utf8(&original).unwrap();
    let hint = text.find("\"hint\"").unwrap()..text.find("\"tlogEntries\"").unwrap();
    // A list of log entries under another name is no list of log entries, and this rule asks for none.
    let entries = text.find("\"tlogEntries\"").unwrap()..text.find("\"tlogEntries\"").unwrap() + 13;
    for index in 0..original.len() {
        let mut changed = original.clone();
        changed[index] ^= 1;
        let evidence = Evidence { bundles: vec![changed.into()], legacy: Vec::new() };
        if judge(&trust.rules()[0], &image(), &evidence).status() == Status::Verified {
            assert!(hint.contains(&index) || entries.contains(&index), "byte {index}: {}", &text[index..]);
        }
    }
}
