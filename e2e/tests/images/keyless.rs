//! Keyless signatures in real registries: made by a Sigstore of the tests' own (`platlint_images::testing`), found by
//! platlint and by cosign in both registries, and judged against its `trusted_root.json`.

use crate::judge::{Judge, keyless, rule};
use crate::{cosign, each_registry};
use platlint_config::images::Matcher;
use platlint_e2e::images::cosign::Format;
use platlint_e2e::images::digest::Descriptor;
use platlint_e2e::images::handmade::{BUNDLE, PAYLOAD, legacy_tag};
use platlint_e2e::images::push::Repository;
use platlint_images::testing::{Keyless, Sigstore, bytes, legacy_payload, signature_statement, statement};
use platlint_registry::Digest;
use serde_json::json;

const ISSUER: &str = "https://token.actions.example";
const SUBJECT: &str = "https://git.example/org/app/.ci/release.yml@refs/heads/main";

/// Signs the image keylessly in that format and puts the signature beside it.
fn sign(sigstore: &Sigstore, signer: &Keyless, repository: &Repository<'_>, image: &Descriptor, format: Format) {
    let digest = Digest::parse(&image.digest).unwrap();
    match format {
        Format::Bundle => {
            let bundle = sigstore.bundle(signer, &signature_statement(&digest, &json!({})));
            repository.attach(image, BUNDLE, &bytes(&bundle), &json!({}));
        }
        Format::Legacy => {
            let signed = sigstore.legacy(signer, &legacy_payload(&digest, &json!(null)));
            let mut layer = repository.blob(PAYLOAD, &signed.payload).json();
            layer["annotations"] = json!({
                "dev.cosignproject.cosign/signature": signed.signature,
                "dev.sigstore.cosign/certificate": signed.certificate,
                "dev.sigstore.cosign/bundle": signed.rekor_bundle,
            });
            repository.layers(&legacy_tag(image), &[layer]);
        }
    }
}

#[test]
fn a_keyless_signature_is_verified_by_the_identity_and_the_root_it_is_from() {
    let Some(cosign) = cosign() else { return };
    let (ours, theirs) = (Sigstore::new(), Sigstore::new());
    let exact = |text: &str| Matcher::Exact(text.to_owned());
    each_registry(|registry| {
        for format in [Format::Bundle, Format::Legacy] {
            let repository = registry.repository(&format!("keyless/{format:?}").to_lowercase());
            let image = repository.image("1", "keyless");
            sign(&ours, &Keyless::by(SUBJECT, ISSUER), &repository, &image, format);
            let reference = repository.pinned(&image);
            for (root, subject, issuer, status) in [
                (&ours, SUBJECT, ISSUER, "verified"),
                (&ours, "https://git.example/org/app", ISSUER, "invalid"),
                (&ours, SUBJECT, "https://token.actions.example.attacker.example", "invalid"),
                (&theirs, SUBJECT, ISSUER, "invalid"),
            ] {
                let authority = keyless("release", &root.trusted_root(), exact(issuer), exact(subject));
                let found = Judge::new(registry, rule(vec![authority])).of(&reference);
                assert_eq!(found.status, status, "{format:?} {subject} {issuer}: {found:?}");
                let accepted =
                    cosign.verify_keyless(registry, &root.trusted_root(), (subject, issuer), &reference, format);
                assert_eq!(accepted.is_ok(), status == "verified", "cosign says otherwise: {accepted:?}");
                if status == "verified" {
                    let identity = &found.signature["identities"][0];
                    assert_eq!((&identity["issuer"], &identity["subject"]), (&json!(ISSUER), &json!(SUBJECT)));
                }
            }
        }
    });
}

#[test]
fn a_subject_pattern_matches_the_whole_subject() {
    if cosign().is_none() {
        return;
    }
    let sigstore = Sigstore::new();
    each_registry(|registry| {
        let repository = registry.repository("keyless/pattern");
        let image = repository.image("1", "keyless");
        sign(&sigstore, &Keyless::by(SUBJECT, ISSUER), &repository, &image, Format::Bundle);
        for (pattern, status) in [
            (r"https://git\.example/org/.*", "verified"),
            (r"https://git\.example/org/app", "invalid"),
            (r"git\.example/org/app/.*", "invalid"),
            (r"https://git\.example/or|.*never", "invalid"),
        ] {
            let subject = Matcher::Regex(pattern.to_owned());
            let issuer = Matcher::Exact(ISSUER.to_owned());
            let authority = keyless("release", &sigstore.trusted_root(), issuer, subject);
            let found = Judge::new(registry, rule(vec![authority])).of(&repository.pinned(&image));
            assert_eq!(found.status, status, "{pattern}: {found:?}");
        }
    });
}

#[test]
fn a_keyless_signature_of_another_image_is_invalid() {
    if cosign().is_none() {
        return;
    }
    let sigstore = Sigstore::new();
    let exact = |text: &str| Matcher::Exact(text.to_owned());
    each_registry(|registry| {
        let repository = registry.repository("keyless/copied");
        let (signed, other) = (repository.image("1", "signed"), repository.image("2", "other"));
        sign(&sigstore, &Keyless::by(SUBJECT, ISSUER), &repository, &signed, Format::Bundle);
        repository.attach(&other, BUNDLE, &repository.bundles(&signed).remove(0), &json!({}));
        let attested = repository.image("3", "attested");
        let digest = Digest::parse(&attested.digest).unwrap();
        let provenance = statement(&digest, "https://slsa.dev/provenance/v1", &json!({}));
        let bundle = sigstore.bundle(&Keyless::by(SUBJECT, ISSUER), &provenance);
        repository.attach(&attested, BUNDLE, &bytes(&bundle), &json!({}));
        let authority = keyless("release", &sigstore.trusted_root(), exact(ISSUER), exact(SUBJECT));
        let judge = Judge::new(registry, rule(vec![authority]));
        for (image, status) in [(&signed, "verified"), (&other, "invalid"), (&attested, "invalid")] {
            let found = judge.of(&repository.pinned(image));
            assert_eq!(found.status, status, "{found:?}");
        }
    });
}
