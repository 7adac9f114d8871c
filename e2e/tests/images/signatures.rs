//! What platlint says of signatures that cosign made, beside what cosign says of them.

use crate::judge::{Judge, annotated, key, rule};
use crate::{cosign, each_registry};
use platlint_config::images::{Formats, ImageRule};
use platlint_e2e::images::cosign::{Algorithm, Format, Signing};
use platlint_e2e::images::digest::Descriptor;
use platlint_e2e::images::handmade::{BUNDLE, Signer, legacy_tag};
use platlint_e2e::images::push::Repository;
use serde_json::json;
use std::path::Path;

const FORMATS: [Format; 2] = [Format::Bundle, Format::Legacy];

/// Puts a signature of one image where signatures of another are looked for.
fn copy_signature(repository: &Repository<'_>, format: Format, from: &Descriptor, to: &Descriptor) {
    match format {
        Format::Legacy => drop(repository.copy(&legacy_tag(from), &legacy_tag(to))),
        Format::Bundle => {
            let bundle = repository.bundles(from).remove(0);
            repository.attach(to, BUNDLE, &bundle, &json!({}));
        }
    }
}

/// A rule that accepts one format only.
fn only(format: Format, mut rule: ImageRule) -> ImageRule {
    rule.formats = Formats { bundle: format == Format::Bundle, legacy: format == Format::Legacy };
    rule
}

#[test]
fn a_signature_by_the_right_key_is_verified_and_no_other() {
    let Some(cosign) = cosign() else { return };
    let other = cosign.key(Algorithm::Ecdsa);
    each_registry(|registry| {
        for algorithm in [Algorithm::Ecdsa, Algorithm::Rsa] {
            let trusted = cosign.key(algorithm);
            for format in FORMATS {
                let repository = registry.repository(&format!("team/{algorithm:?}-{format:?}").to_lowercase());
                let push = |tag: &str| repository.image(tag, tag);
                let (signed, unsigned) = (push("signed"), push("unsigned"));
                let (by_other, copied) = (push("by-another-key"), push("copied"));
                cosign.sign(registry, &trusted, &repository.pinned(&signed), Signing::plain(format));
                cosign.sign(registry, &other, &repository.pinned(&by_other), Signing::plain(format));
                copy_signature(&repository, format, &signed, &copied);
                let judge = Judge::new(registry, only(format, rule(vec![key("release", &trusted.public)])));
                for (image, status) in
                    [(signed, "verified"), (unsigned, "unsigned"), (by_other, "invalid"), (copied, "invalid")]
                {
                    let reference = repository.pinned(&image);
                    let found = judge.of(&reference);
                    assert_eq!(found.status, status, "{algorithm:?} {format:?}: {found:?}");
                    let accepted = cosign.verify(registry, &trusted.public, &reference, format, &[]);
                    assert_eq!(accepted.is_ok(), status == "verified", "cosign says otherwise: {accepted:?}");
                }
            }
        }
    });
}

#[test]
fn ed25519_is_accepted_as_cosign_verifies_it_not_as_it_signs() {
    let Some(cosign) = cosign() else { return };
    let signer = Signer::new();
    let prehashed = cosign.key(Algorithm::Ed25519);
    each_registry(|registry| {
        let repository = registry.repository("team/ed25519");
        let (bundle, legacy) = (repository.image("1", "bundle"), repository.image("2", "legacy"));
        signer.bundle(&repository, &bundle);
        signer.legacy(&repository, &legacy);
        let by_cosign = repository.image("3", "by cosign");
        cosign.sign(registry, &prehashed, &repository.pinned(&by_cosign), Signing::plain(Format::Legacy));
        for (image, format, public, status) in [
            (&bundle, Format::Bundle, signer.public(), "verified"),
            (&legacy, Format::Legacy, signer.public(), "verified"),
            (&bundle, Format::Bundle, &*prehashed.public, "invalid"),
            (&by_cosign, Format::Legacy, &*prehashed.public, "invalid"),
        ] {
            let reference = repository.pinned(image);
            let found = Judge::new(registry, rule(vec![key("release", public)])).of(&reference);
            assert_eq!(found.status, status, "{found:?}");
            let accepted = cosign.verify(registry, public, &reference, format, &[]);
            assert_eq!(accepted.is_ok(), status == "verified", "cosign says otherwise: {accepted:?}");
        }
    });
}

#[test]
fn a_format_that_the_rule_does_not_list_counts_for_nothing() {
    let Some(cosign) = cosign() else { return };
    let (trusted, other) = (cosign.key(Algorithm::Ecdsa), cosign.key(Algorithm::Ecdsa));
    each_registry(|registry| {
        let repository = registry.repository("team/formats");
        let sign = |key: &_, image: &_, format| {
            cosign.sign(registry, key, &repository.pinned(image), Signing::plain(format));
        };
        let legacy = repository.image("1", "legacy");
        sign(&trusted, &legacy, Format::Legacy);
        // A legacy signature with a bundle of another key beside it.
        let both = repository.image("2", "both");
        sign(&trusted, &both, Format::Legacy);
        sign(&other, &both, Format::Bundle);
        let authority = || rule(vec![key("release", &trusted.public)]);
        for (image, rule, status) in [
            (&legacy, only(Format::Bundle, authority()), "unsigned"),
            (&legacy, only(Format::Legacy, authority()), "verified"),
            (&both, only(Format::Bundle, authority()), "invalid"),
            (&both, only(Format::Legacy, authority()), "verified"),
            (&both, authority(), "verified"),
        ] {
            let formats = rule.formats;
            let found = Judge::new(registry, rule).of(&repository.pinned(image));
            assert_eq!(found.status, status, "{formats:?}: {found:?}");
        }
    });
}

#[test]
fn annotations_must_be_those_that_were_signed() {
    let Some(cosign) = cosign() else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    each_registry(|registry| {
        for format in FORMATS {
            let repository = registry.repository(&format!("annotated/{format:?}").to_lowercase());
            let reference = repository.pinned(&repository.image("1", "annotated"));
            let annotations = &[("stage", "prod"), ("team", "shop")];
            cosign.sign(registry, &trusted, &reference, Signing { annotations, ..Signing::plain(format) });
            for (name, value, status) in
                [("stage", "prod", "verified"), ("stage", "test", "invalid"), ("owner", "shop", "invalid")]
            {
                let authority = annotated(key("release", &trusted.public), name, value);
                let found = Judge::new(registry, rule(vec![authority])).of(&reference);
                assert_eq!(found.status, status, "{format:?} {name}={value}: {found:?}");
                let accepted = cosign.verify(registry, &trusted.public, &reference, format, &[(name, value)]);
                assert_eq!(accepted.is_ok(), status == "verified", "cosign says otherwise: {accepted:?}");
            }
        }
    });
}

#[test]
fn an_index_is_judged_by_its_own_digest_unless_the_rule_is_recursive() {
    let Some(cosign) = cosign() else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    let judge = |registry: &_, public: &Path, recursive| {
        Judge::new(registry, ImageRule { recursive, ..rule(vec![key("release", public)]) })
    };
    each_registry(|registry| {
        let (flat, deep) = (judge(registry, &trusted.public, false), judge(registry, &trusted.public, true));
        for format in FORMATS {
            for recursive in [false, true] {
                let repository = registry.repository(&format!("index/{format:?}-{recursive}").to_lowercase());
                let (index, children) = repository.index("1", "many", &["amd64", "arm64"]);
                let signing = Signing { recursive, ..Signing::plain(format) };
                cosign.sign(registry, &trusted, &repository.pinned(&index), signing);
                let expect = |judge: &Judge, image: &_, status: &str| {
                    let found = judge.of(&repository.pinned(image));
                    assert_eq!(found.status, status, "{format:?}, signed recursively: {recursive}: {found:?}");
                    found
                };
                let of_children = if recursive { "verified" } else { "unsigned" };
                let found = expect(&flat, &index, "verified");
                // What was verified is the index, and so is what would be written.
                assert_eq!(found.facts.digest.as_deref(), Some(&*index.digest));
                expect(&deep, &index, of_children);
                for child in &children {
                    let found = expect(&flat, child, of_children);
                    assert!(recursive || found.reason.contains("name the index"), "{found:?}");
                }
            }
            // The other habit: each image signed, the index not.
            let repository = registry.repository(&format!("index/{format:?}-children").to_lowercase());
            let (index, children) = repository.index("1", "many", &["amd64", "arm64"]);
            for child in &children {
                cosign.sign(registry, &trusted, &repository.pinned(child), Signing::plain(format));
            }
            assert_eq!(flat.of(&repository.pinned(&children[1])).status, "verified");
            for judge in [&flat, &deep] {
                assert_eq!(judge.of(&repository.pinned(&index)).status, "unsigned");
            }
        }
    });
}

#[test]
fn the_same_digest_in_another_repository_has_the_signatures_of_that_repository() {
    let Some(cosign) = cosign() else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    each_registry(|registry| {
        for format in FORMATS {
            let name = format!("{format:?}").to_lowercase();
            let (home, elsewhere) =
                (registry.repository(&format!("home/{name}")), registry.repository(&format!("elsewhere/{name}")));
            let image = home.image("1", "the same");
            assert_eq!(elsewhere.image("1", "the same"), image);
            cosign.sign(registry, &trusted, &home.pinned(&image), Signing::plain(format));
            // One judge for both: what it remembers of the one must not answer for the other.
            let judge = Judge::new(registry, rule(vec![key("release", &trusted.public)]));
            for (repository, status) in [(home, "verified"), (elsewhere, "unsigned")] {
                let reference = repository.pinned(&image);
                let found = judge.of(&reference);
                assert_eq!(found.status, status, "{found:?}");
                let accepted = cosign.verify(registry, &trusted.public, &reference, format, &[]);
                assert_eq!(accepted.is_ok(), status == "verified", "cosign says otherwise: {accepted:?}");
            }
        }
    });
}
