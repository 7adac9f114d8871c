//! What somebody would try who can push to the registry but not sign.

use crate::trial::{
    ISSUER, SUBJECT, evidence, exactly, image, key, key_with, keyless, legacy, matching, other_image, release, rule,
};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platlint_config::images::{Require, Transparency};
use platlint_images::testing::{Keyless, Kind, Sigstore, TestKey, bytes, legacy_payload, signature_statement};
use platlint_images::{Evidence, LegacySignature, Status};
use serde_json::{Value, json};

fn signed() -> Vec<u8> {
    signature_statement(&image(), &Value::Null)
}

#[test]
fn refuses_the_signature_of_another_image() {
    let (sigstore, signer) = (Sigstore::new(), TestKey::new(Kind::P256));
    let authorities = || rule([key("platform", &signer), release(&sigstore)]);
    let statement = signature_statement(&other_image(), &Value::Null);
    for bundle in [signer.bundle(&statement), sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &statement)] {
        let (status, reason) = authorities().bundles(&[&bundle]);
        assert!(status == Status::Invalid && reason.ends_with("it signs another image"), "{reason}");
    }
    let payload = legacy_payload(&other_image(), &Value::Null);
    for layer in [signer.legacy(&payload), sigstore.legacy(&Keyless::by(SUBJECT, ISSUER), &payload)] {
        let (status, reason) = authorities().layers(&[&layer]);
        assert!(status == Status::Invalid && reason.ends_with("it signs another image"), "{reason}");
    }
}

#[test]
fn refuses_a_payload_rewritten_for_this_image() {
    let (sigstore, signer) = (Sigstore::new(), TestKey::new(Kind::P256));
    let elsewhere = signature_statement(&other_image(), &Value::Null);
    for mut bundle in [signer.bundle(&elsewhere), sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &elsewhere)] {
        bundle["dsseEnvelope"]["payload"] = STANDARD.encode(signed()).into();
        let (status, reason) = rule([key("platform", &signer), release(&sigstore)]).bundles(&[&bundle]);
        assert_eq!(status, Status::Invalid);
        assert!(reason.contains("does not fit the content"), "{reason}");
    }
    let payload = legacy_payload(&other_image(), &Value::Null);
    for mut layer in [signer.legacy(&payload), sigstore.legacy(&Keyless::by(SUBJECT, ISSUER), &payload)] {
        layer.payload = legacy_payload(&image(), &Value::Null).into();
        let (status, reason) = rule([key("platform", &signer), release(&sigstore)]).layers(&[&layer]);
        assert_eq!(status, Status::Invalid, "{reason}");
    }
}

#[test]
fn refuses_another_payload_type() {
    let signer = TestKey::new(Kind::P256);
    for payload_type in ["application/json", "application/vnd.in-toto", "application/vnd.in-toto+json ", ""] {
        let mut bundle = signer.bundle(&signed());
        bundle["dsseEnvelope"]["payloadType"] = payload_type.into();
        let (status, reason) = rule([key("platform", &signer)]).bundles(&[&bundle]);
        assert!(status == Status::Invalid && reason.contains("its payload is"), "{reason}");
    }
}

#[test]
fn refuses_the_wrong_key() {
    for (signer, trusted) in [(Kind::P256, Kind::P256), (Kind::Rsa, Kind::Rsa), (Kind::Ed25519, Kind::Ed25519)] {
        let (signer, trusted) = (TestKey::new(signer), TestKey::new(trusted));
        let bundle = evidence(&[&signer.bundle(&signed())]);
        let layer = legacy(&[&signer.legacy(&legacy_payload(&image(), &Value::Null))]);
        for evidence in [bundle, layer] {
            let answer = rule([key("platform", &trusted)]).judge(&evidence);
            assert_eq!(answer.status(), Status::Invalid);
            assert!(answer.reason().unwrap().contains("does not fit the content and its key"));
        }
    }
}

#[test]
fn refuses_a_legacy_signature_beside_a_bundle_of_another_key() {
    let (trusted, evil) = (TestKey::new(Kind::P256), TestKey::new(Kind::P256));
    let payload = legacy_payload(&image(), &Value::Null);
    // Another key's bundle beside the right key's legacy signature: decided by what holds, and only by that.
    let mixed = |bundle: &TestKey, layer: &TestKey| Evidence {
        bundles: evidence(&[&bundle.bundle(&signed())]).bundles,
        legacy: vec![layer.legacy(&payload)],
    };
    let judged = |evidence: &Evidence, legacy: bool| {
        rule([key("platform", &trusted)]).formats(true, legacy).judge(evidence).status()
    };
    assert_eq!(judged(&mixed(&evil, &trusted), true), Status::Verified);
    assert_eq!(judged(&mixed(&evil, &trusted), false), Status::Invalid);
    assert_eq!(judged(&mixed(&evil, &evil), true), Status::Invalid);
    // Halves of two signatures are none.
    let mut layer = trusted.legacy(&payload);
    layer.signature = evil.legacy(&payload).signature;
    assert_eq!(rule([key("platform", &trusted)]).layers(&[&layer]).0, Status::Invalid);
}

#[test]
fn lets_no_evidence_choose_the_algorithm() {
    let kinds = [Kind::P256, Kind::P384, Kind::Ed25519, Kind::Rsa];
    for signer in kinds {
        for trusted in kinds.into_iter().filter(|trusted| *trusted != signer) {
            let (signer, trusted) = (TestKey::new(signer), TestKey::new(trusted));
            assert_eq!(rule([key("platform", &trusted)]).bundles(&[&signer.bundle(&signed())]).0, Status::Invalid);
            let layer = signer.legacy(&legacy_payload(&image(), &Value::Null));
            assert_eq!(rule([key("platform", &trusted)]).layers(&[&layer]).0, Status::Invalid);
        }
    }
    // The right RSA key by the padding that nobody asked for.
    let signer = TestKey::new(Kind::Rsa);
    let payload = legacy_payload(&image(), &Value::Null);
    let pair = RsaKeyPair::from_pkcs8(&signer.private_der()).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), &payload, &mut signature).unwrap();
    let layer = LegacySignature { signature: STANDARD.encode(signature), ..signer.legacy(&payload) };
    assert_eq!(rule([key("platform", &signer)]).layers(&[&layer]).0, Status::Invalid);
    // A public key used as if it were a shared secret, or an empty signature.
    for signature in [signer.public_pem(), String::new(), "AAAA".to_owned()] {
        let layer = LegacySignature { signature: STANDARD.encode(signature), ..signer.legacy(&payload) };
        assert_eq!(rule([key("platform", &signer)]).layers(&[&layer]).0, Status::Invalid);
    }
}

#[test]
fn refuses_weak_keys_before_anything_is_judged() {
    // RSA with 1024 bits, made once; its private half is gone.
    let weak = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCu6sA8x6pyFB9RfIBcvOyuiQOU
hsKj8gC0I7sYuIEq38pCRItedybYW2JtGLDPHkINc+oo9LLcP2ilIawVPqmRlF+S
barQI+q3DB1RNr4huXjb7jCJpVR9C6PGLM9rL5T+TgIJEyAUmdyB0qfpF0fpdhmh
sWSNoe7UUb8Lpy0COQIDAQAB
-----END PUBLIC KEY-----
";
    let problems = rule([key_with("weak", weak.as_bytes(), Transparency::Ignore, None)]).compile().unwrap_err();
    assert!(problems[0].message.contains("RSA keys must have 2048 to 8192 bits"), "{}", problems[0]);
}

#[test]
fn a_certificate_is_no_key_and_a_key_no_certificate() {
    let (sigstore, signer) = (Sigstore::new(), TestKey::new(Kind::P256));
    let keyless = sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &signed());
    let (status, reason) = rule([key("platform", &signer)]).bundles(&[&keyless]);
    assert!(status == Status::Invalid && reason.contains("with a certificate, not with a key"), "{reason}");
    let (status, reason) = rule([release(&sigstore)]).bundles(&[&signer.bundle(&signed())]);
    assert!(status == Status::Invalid && reason.contains("with a key, not with a certificate"), "{reason}");
    // The legacy format of a key with somebody's certificate beside it.
    let payload = legacy_payload(&image(), &Value::Null);
    let mut layer = signer.legacy(&payload);
    let borrowed = sigstore.legacy(&Keyless::by(SUBJECT, ISSUER), &payload);
    (layer.certificate, layer.rekor_bundle) = (borrowed.certificate, borrowed.rekor_bundle);
    assert_eq!(rule([release(&sigstore)]).layers(&[&layer]).0, Status::Invalid);
}

#[test]
fn refuses_duplicate_members_and_deep_nesting() {
    let signer = TestKey::new(Kind::P256);
    let twice = |text: &[u8], member: &str, value: &str| {
        let text = std::str::from_utf8(text).unwrap();
        text.replacen(member, &format!("{member}:{value},{member}"), 1)
    };
    let bundle = twice(&bytes(&signer.bundle(&signed())), "\"payload\"", "\"AAAA\"");
    let payload = twice(&signed(), "\"predicateType\"", "\"https://spdx.dev/Document\"");
    let in_payload = bytes(&signer.bundle(payload.as_bytes()));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_payload = bytes(&signer.bundle(deep.as_bytes()));
    for bundle in [bundle.into_bytes(), in_payload, deep.clone().into_bytes(), deep_payload, b"{".to_vec(), Vec::new()]
    {
        let evidence = Evidence { bundles: vec![bundle.into()], legacy: Vec::new() };
        let answer = rule([key("platform", &signer)]).judge(&evidence);
        assert_eq!(answer.status(), Status::Invalid);
        assert!(answer.reason().unwrap().contains("the bundle is malformed"), "{:?}", answer.reason());
    }
    let payload = twice(&legacy_payload(&image(), &Value::Null), "\"critical\"", "{}");
    assert_eq!(rule([key("platform", &signer)]).layers(&[&signer.legacy(payload.as_bytes())]).0, Status::Invalid);
}

#[test]
fn a_bad_bundle_does_not_spoil_a_good_one() {
    let (sigstore, signer) = (Sigstore::new(), TestKey::new(Kind::P256));
    let (good, foreign) = (signer.bundle(&signed()), TestKey::new(Kind::P256).bundle(&signed()));
    let mut evidence = evidence(&[&foreign, &json!({}), &sigstore.bundle(&Keyless::by("x@y.z", ISSUER), &signed())]);
    evidence.bundles.insert(0, b"\xff\x00".to_vec().into());
    let authorities = || rule([key("platform", &signer), release(&sigstore)]);
    let answer = authorities().judge(&evidence);
    assert!(answer.reason().unwrap().contains("another subject is wanted"), "nearest miss: {:?}", answer.reason());
    evidence.bundles.push(bytes(&good).into());
    assert_eq!(authorities().judge(&evidence).status(), Status::Verified);
    assert_eq!(authorities().require(Require::All).judge(&evidence).status(), Status::Invalid);
}

#[test]
fn does_not_call_a_flood_invalid_that_was_not_heard_to_the_end() {
    let signer = TestKey::new(Kind::P256);
    let mut evidence = Evidence { bundles: vec![b"{}".to_vec().into(); 1000], legacy: Vec::new() };
    let answer = rule([key("platform", &signer)]).judge(&evidence);
    assert_eq!(answer.status(), Status::Unknown);
    evidence.bundles.insert(0, bytes(&signer.bundle(&signed())).into());
    assert_eq!(rule([key("platform", &signer)]).judge(&evidence).status(), Status::Verified);
}

#[test]
fn bounds_the_proofs_of_one_bundle() {
    let sigstore = Sigstore::new();
    let mut bundle = sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &signed());
    let entry = bundle["verificationMaterial"]["tlogEntries"][0].clone();
    bundle["verificationMaterial"]["tlogEntries"] = vec![entry; 100].into();
    let (status, reason) = rule([release(&sigstore)]).bundles(&[&bundle]);
    assert!(status == Status::Invalid && reason.contains("more than 8 log entries"), "{reason}");
}

#[test]
fn the_same_digest_verifies_under_any_name_that_a_rule_trusts_it_for() {
    // The payload names `registry.test/shop/web`; the digest alone is asked about, wherever the content lies.
    let signer = TestKey::new(Kind::P256);
    let layer = signer.legacy(&legacy_payload(&image(), &Value::Null));
    assert_eq!(rule([key("platform", &signer)]).layers(&[&layer]).0, Status::Verified);
}

#[test]
fn shows_no_control_characters_of_foreign_text() {
    let sigstore = Sigstore::new();
    let authority = || keyless("release", &sigstore, exactly(ISSUER), matching("nobody"));
    let signer = Keyless::by("https://x.example/\u{7}", ISSUER);
    let (_, reason) = rule([authority()]).bundles(&[&sigstore.bundle(&signer, &signed())]);
    assert!(!reason.contains(char::is_control), "{reason:?}");
}
