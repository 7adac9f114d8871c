//! Which authorities, how many of them, and configurations that cannot be used.

use crate::trial::{
    ISSUER, SUBJECT, evidence, exactly, image, key, key_with, keyless, legacy, matching, release, rule,
    with_annotation, with_claim,
};
use platlint_config::images::{Authority, Distinct, Matcher, Require, Transparency};
use platlint_images::testing::{Keyless, Kind, Sigstore, TestKey, legacy_payload, signature_statement};
use platlint_images::{Evidence, Status};
use serde_json::{Value, json};

fn signed() -> Vec<u8> {
    signature_statement(&image(), &Value::Null)
}

#[test]
fn counts_signers_as_the_rule_says() {
    let (first, second) = (TestKey::new(Kind::P256), TestKey::new(Kind::P256));
    let authorities = || [key("first", &first), key("second", &second)];
    let (one, two) = (first.bundle(&signed()), second.bundle(&signed()));
    let at_least = |count| Require::AtLeast { count, distinct: Distinct::Authority };
    for (require, bundles, expected) in [
        (Require::Any, vec![&one], Status::Verified),
        (Require::All, vec![&one], Status::Invalid),
        (Require::All, vec![&one, &two], Status::Verified),
        (at_least(1), vec![&two], Status::Verified),
        (at_least(2), vec![&one, &one], Status::Invalid),
        (at_least(2), vec![&two, &one], Status::Verified),
        (at_least(3), vec![&one, &two], Status::Invalid),
        (at_least(0), vec![&one], Status::Verified),
    ] {
        let (status, reason) = rule(authorities()).require(require).bundles(&bundles);
        assert_eq!(status, expected, "{require:?} {}: {reason}", bundles.len());
    }
    let (_, reason) = rule(authorities()).require(Require::All).bundles(&[&one]);
    assert!(reason.starts_with("no valid signature of `second`; `second`: the signature does not fit"), "{reason}");
}

#[test]
fn counts_identities_and_not_names_for_them() {
    let (first, sigstore) = (TestKey::new(Kind::P256), Sigstore::new());
    let two = Require::AtLeast { count: 2, distinct: Distinct::Identity };
    // One key that signs twice is one.
    let twice = rule([key("a", &first)]).require(two).bundles(&[&first.bundle(&signed()), &first.bundle(&signed())]);
    assert_eq!(twice.0, Status::Invalid);
    // Two people under one pattern are two.
    let team = || rule([keyless("team", &sigstore, exactly(ISSUER), matching(".*@org[.]example"))]).require(two);
    let by = |subject: &str| sigstore.bundle(&Keyless::by(subject, ISSUER), &signed());
    assert_eq!(team().bundles(&[&by("a@org.example"), &by("b@org.example")]).0, Status::Verified);
    // One person who signs twice is one.
    assert_eq!(team().bundles(&[&by("a@org.example"), &by("a@org.example")]).0, Status::Invalid);
}

#[test]
fn all_branches_and_workflows_of_one_repository_are_one_signer() {
    let sigstore = Sigstore::new();
    let two = Require::AtLeast { count: 2, distinct: Distinct::Identity };
    let ci = || rule([keyless("ci", &sigstore, exactly(ISSUER), matching("https://github.com/org/.*"))]).require(two);
    let by = |workflow: &str, repository: Option<&str>| {
        let mut signer = Keyless::by(&format!("https://github.com/org/{workflow}"), ISSUER);
        if let Some(number) = repository {
            signer.leaf = signer.leaf.claim(15, number);
        }
        sigstore.bundle(&signer, &signed())
    };
    for (one, other, expected) in [
        // By the repository's number, where the certificate has it.
        (
            by("app/.github/workflows/a.yml@refs/heads/main", Some("7")),
            by("app/.github/workflows/b.yml@refs/heads/x", Some("7")),
            Status::Invalid,
        ),
        (by("app/a.yml@refs/heads/main", Some("7")), by("web/a.yml@refs/heads/main", Some("8")), Status::Verified),
        // Else by the subject without its Git reference, whatever is written in that.
        (by("app/a.yml@refs/heads/main", None), by("app/a.yml@refs/heads/x@y", None), Status::Invalid),
        (by("app/a.yml@refs/heads/main", None), by("web/a.yml@refs/heads/main", None), Status::Verified),
    ] {
        let (status, reason) = ci().bundles(&[&one, &other]);
        assert_eq!(status, expected, "{reason}");
    }
}

#[test]
fn one_key_under_two_names_is_a_mistake_however_it_is_written() {
    let (signer, sigstore) = (TestKey::new(Kind::P256), Sigstore::new());
    let spaced = format!("\n{}\n\n", signer.public_pem());
    let again = || key_with("again", spaced.as_bytes(), Transparency::Ignore, None);
    let at_least = Require::AtLeast { count: 2, distinct: Distinct::Authority };
    for require in [Require::All, Require::Any, at_least] {
        let problems = rule([key("platform", &signer), again()]).require(require).compile().unwrap_err();
        let told = problems[0].to_string();
        assert!(told.contains("authority `again`: has the same key as `platform`"), "{told}");
        let twice = rule([release(&sigstore), Authority { name: "again".into(), ..release(&sigstore) }]);
        let told = twice.require(require).compile().unwrap_err()[0].to_string();
        assert!(told.contains("trusts the same identities as `release`"), "{told}");
    }
    // Counted nowhere, and something else is asked of it: the key may sign for two stages.
    let stages =
        || rule([with_annotation(key("prod", &signer), "env", "prod"), with_annotation(again(), "env", "test")]);
    assert!(stages().compile().is_ok() && stages().require(Require::All).compile().is_err());
    // The same identity by two roots, while one follows the other.
    let other = Sigstore::new();
    let roots = || rule([release(&sigstore), Authority { name: "next".into(), ..release(&other) }]);
    assert!(roots().compile().is_ok() && roots().require(at_least).compile().is_err());
}

#[test]
fn demands_annotations_in_what_was_signed() {
    let signer = TestKey::new(Kind::P256);
    let authority = || with_annotation(key("platform", &signer), "env", "prod");
    let cases = [
        (json!({"env": "prod", "more": 1}), true),
        (json!({"env": "dev"}), false),
        (json!({"env": "production"}), false),
        (json!({"env": ["prod"]}), false),
        (json!({}), false),
        (Value::Null, false),
    ];
    for (annotations, expected) in cases {
        let bundle = evidence(&[&signer.bundle(&signature_statement(&image(), &annotations))]);
        let layer = legacy(&[&signer.legacy(&legacy_payload(&image(), &annotations))]);
        for evidence in [bundle, layer] {
            let answer = rule([authority()]).judge(&evidence);
            assert_eq!(answer.status() == Status::Verified, expected, "{annotations}");
            assert!(expected || answer.reason().unwrap().contains("annotation `env` is"), "{:?}", answer.reason());
        }
    }
}

#[test]
fn tells_unsigned_from_signed_in_a_format_that_is_not_accepted() {
    let signer = TestKey::new(Kind::P256);
    let layer = legacy(&[&signer.legacy(&legacy_payload(&image(), &Value::Null))]);
    let bundle = evidence(&[&signer.bundle(&signed())]);
    for (evidence, formats, said) in [
        (&Evidence::default(), (true, true), "no signature was found"),
        (&layer, (true, false), "legacy format only"),
        (&bundle, (false, true), "as a bundle only"),
    ] {
        let answer = rule([key("platform", &signer)]).formats(formats.0, formats.1).judge(evidence);
        assert_eq!(answer.status(), Status::Unsigned);
        assert!(answer.reason().unwrap().contains(said), "{:?}", answer.reason());
    }
}

#[test]
fn reports_every_authority_that_cannot_be_used_with_its_place() {
    let (sigstore, signer) = (Sigstore::new(), TestKey::new(Kind::P256));
    let pem = signer.public_pem();
    let broken_root = |mut authority: Authority| {
        if let platlint_config::images::AuthorityTrust::Keyless { trusted_root, .. } = &mut authority.trust {
            *trusted_root = b"{}".as_slice().into();
        }
        authority
    };
    let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let problems = rule([
        key_with("a", b"no key", Transparency::Ignore, None),
        key_with("b", private.as_bytes(), Transparency::Ignore, None),
        key_with("c", pem.as_bytes(), Transparency::Required, None),
        keyless("d", &sigstore, exactly(ISSUER), matching("(")),
        broken_root(release(&sigstore)),
        keyless("f", &sigstore, exactly(ISSUER), Matcher::Any),
        with_claim(release(&sigstore), "repo", "org/app"),
    ])
    .attested("https://slsa.dev/provenance/v1", Some("nobody"))
    .compile()
    .unwrap_err();
    let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
    for (place, said) in [
        (4, "authority `a`: the key is not one public key in PEM"),
        (4, "authority `b`: the key holds a private key"),
        (4, "authority `c`: `transparency: required` needs a `trustedRoot`"),
        (4, "authority `d`: the subject `(` is not a regular expression"),
        (4, "authority `release`: the trusted root is not a trusted_root.json"),
        (4, "authority `f`: needs a subject or `ciClaims`"),
        (4, "authority `release`: claim `repo` is unknown"),
        (2, "attestation `https://slsa.dev/provenance/v1` names no authority of the rule: `nobody`"),
    ] {
        let wanted = format!("platlint.yaml:{place}:5: {said}");
        assert!(told.iter().any(|told| told.starts_with(&wanted)), "{wanted} in {told:#?}");
    }
    assert_eq!(told.len(), 8, "{told:#?}");
}

#[test]
fn hashes_everything_that_decides_and_nothing_else() {
    let (sigstore, other, signer) = (Sigstore::new(), Sigstore::new(), TestKey::new(Kind::P256));
    let base = || rule([key("platform", &signer), release(&sigstore)]);
    let hash = base().hash();
    assert_eq!(base().change(|rule| rule.pin = false).hash(), hash);
    assert_eq!(base().change(|rule| rule.at = crate::trial::at(99)).hash(), hash);
    let changed = [
        rule([key("platform", &TestKey::new(Kind::P256)), release(&sigstore)]).hash(),
        rule([key("platform", &signer), release(&other)]).hash(),
        rule([key("platform", &signer)]).hash(),
        rule([key("renamed", &signer), release(&sigstore)]).hash(),
        rule([release(&sigstore), key("platform", &signer)]).require(Require::All).hash(),
        rule([with_annotation(key("platform", &signer), "a", "b"), release(&sigstore)]).hash(),
        rule([key("platform", &signer), with_claim(release(&sigstore), "ref", "x")]).hash(),
        rule([key("platform", &signer), keyless("release", &sigstore, exactly(ISSUER), matching(SUBJECT))]).hash(),
        base().formats(true, false).hash(),
        base().attested("a", None).hash(),
        base().attested("a", Some("release")).hash(),
        base().change(|rule| rule.recursive = true).hash(),
        base().require(Require::AtLeast { count: 1, distinct: Distinct::Identity }).hash(),
        base().require(Require::AtLeast { count: 2, distinct: Distinct::Identity }).hash(),
        base().require(Require::AtLeast { count: 1, distinct: Distinct::Authority }).hash(),
    ];
    let all: std::collections::BTreeSet<_> = changed.into_iter().chain([hash]).collect();
    assert_eq!(all.len(), changed.len() + 1);
}
