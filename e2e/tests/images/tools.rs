//! The tools themselves, without platlint: what the other tests build on, and what cosign says of what it has made.

use crate::tools;
use platlint_e2e::authority::Authority;
use platlint_e2e::images::cosign::{Algorithm, Cosign, Format, Signing};
use platlint_e2e::images::handmade::Signer;
use platlint_e2e::images::registry::{Access, PASSWORD, Registry, USER};
use platlint_e2e::images::token::TokenServer;
use serde_json::json;

const FORMATS: [Format; 2] = [Format::Bundle, Format::Legacy];

#[test]
fn cosign_accepts_what_it_signed_and_nothing_else() {
    let Some(tools) = tools() else { return };
    let cosign = Cosign::new(tools);
    let other = cosign.key(Algorithm::Ecdsa);
    for registry in [Registry::docker(tools, None, Access::Open), Registry::oci(tools, None)] {
        for algorithm in [Algorithm::Ecdsa, Algorithm::Rsa] {
            let key = cosign.key(algorithm);
            for format in FORMATS {
                let repository = registry.repository(&format!("team/{algorithm:?}-{format:?}").to_lowercase());
                let image = repository.pinned(&repository.image("1", "signed"));
                let unsigned = repository.pinned(&repository.image("2", "not signed"));
                cosign.sign(&registry, &key, &image, Signing::plain(format));
                let verify = |key: &_, image: &_| cosign.verify(&registry, key, image, format, &[]);
                verify(&key.public, &image).expect("the right key");
                verify(&other.public, &image).expect_err("another key");
                verify(&key.public, &unsigned).expect_err("another image");
            }
        }
    }
    assert_eq!(cosign.dialled(), 0, "nothing outside the loopback interface is dialled");
}

#[test]
fn cosign_refuses_its_own_ed25519_signatures_and_accepts_plain_ones() {
    let Some(tools) = tools() else { return };
    let cosign = Cosign::new(tools);
    let registry = Registry::docker(tools, None, Access::Open);
    let key = cosign.key(Algorithm::Ed25519);
    let signer = Signer::new();
    for format in FORMATS {
        let repository = registry.repository(&format!("{format:?}").to_lowercase());
        let verify = |public: &_, image: &_| cosign.verify(&registry, public, &repository.pinned(image), format, &[]);
        let by_cosign = repository.image("1", "by cosign");
        let signing = Signing::plain(format);
        let signed = cosign.try_sign(&registry, &key, &repository.pinned(&by_cosign), signing);
        assert_eq!(signed.is_ok(), format == Format::Legacy, "{signed:?}");
        verify(&key.public, &by_cosign).expect_err("signed with Ed25519ph");
        let by_hand = repository.image("2", "by hand");
        match format {
            Format::Bundle => signer.bundle(&repository, &by_hand),
            Format::Legacy => signer.legacy(&repository, &by_hand),
        }
        verify(signer.public(), &by_hand).expect("plain Ed25519");
        verify(&key.public, &by_hand).expect_err("another key");
    }
}

#[test]
fn what_cosign_dials_outside_is_counted() {
    let Some(tools) = tools() else { return };
    let cosign = Cosign::new(tools);
    cosign.dial_outside();
    assert!(cosign.dialled() > 0);
}

#[test]
fn referrers_are_an_api_at_the_one_registry_and_a_tag_at_the_other() {
    let Some(tools) = tools() else { return };
    let cosign = Cosign::new(tools);
    let key = cosign.key(Algorithm::Ecdsa);
    for (registry, api) in [(Registry::oci(tools, None), true), (Registry::docker(tools, None, Access::Open), false)] {
        let repository = registry.repository("app");
        let image = repository.image("1", "signed");
        cosign.sign(&registry, &key, &repository.pinned(&image), Signing::plain(Format::Bundle));
        assert_eq!(repository.referrers(&image).is_some(), api);
        let by_tag = repository.get(&image.digest.replace(':', "-"));
        assert_eq!(by_tag.is_some(), !api);
    }
}

#[test]
fn cosign_holds_annotations_to_what_was_signed() {
    let Some(tools) = tools() else { return };
    let cosign = Cosign::new(tools);
    let key = cosign.key(Algorithm::Ecdsa);
    let registry = Registry::oci(tools, None);
    for format in FORMATS {
        let repository = registry.repository(&format!("{format:?}").to_lowercase());
        let image = repository.pinned(&repository.image("1", "annotated"));
        let signing = Signing { annotations: &[("stage", "prod")], ..Signing::plain(format) };
        cosign.sign(&registry, &key, &image, signing);
        let verify = |annotations| cosign.verify(&registry, &key.public, &image, format, annotations);
        verify(&[("stage", "prod")]).expect("the annotation that was signed");
        verify(&[("stage", "test")]).expect_err("another value");
        verify(&[("owner", "me")]).expect_err("another annotation");
    }
}

#[test]
fn cosign_signs_an_index_alone_or_with_its_images() {
    let Some(tools) = tools() else { return };
    let cosign = Cosign::new(tools);
    let key = cosign.key(Algorithm::Ecdsa);
    let registry = Registry::docker(tools, None, Access::Open);
    for format in FORMATS {
        for recursive in [false, true] {
            let repository = registry.repository(&format!("{format:?}-{recursive}").to_lowercase());
            let (index, children) = repository.index("1", "many", &["amd64", "arm64"]);
            let reference = repository.pinned(&index);
            cosign.sign(&registry, &key, &reference, Signing { recursive, ..Signing::plain(format) });
            let verify = |image: &_| cosign.verify(&registry, &key.public, &repository.pinned(image), format, &[]);
            verify(&index).expect("the index");
            for child in &children {
                assert_eq!(verify(child).is_ok(), recursive, "{format:?}");
            }
        }
    }
}

#[test]
fn cosign_finds_attestations_by_their_type() {
    let Some(tools) = tools() else { return };
    let cosign = Cosign::new(tools);
    let key = cosign.key(Algorithm::Ecdsa);
    let registry = Registry::docker(tools, None, Access::Open);
    for format in FORMATS {
        let repository = registry.repository(&format!("{format:?}").to_lowercase());
        let image = repository.pinned(&repository.image("1", "attested"));
        for (predicate_type, content) in [
            ("slsaprovenance1", json!({"buildDefinition": {"buildType": "https://build.example/1"}, "runDetails": {}})),
            ("spdxjson", json!({"spdxVersion": "SPDX-2.3", "name": "app"})),
            ("cyclonedx", json!({"bomFormat": "CycloneDX", "specVersion": "1.6"})),
            ("https://scan.example/vuln/v1", json!({"critical": 0})),
        ] {
            let verify = || cosign.verify_attestation(&registry, &key.public, &image, format, predicate_type);
            verify().expect_err("not attested yet");
            cosign.attest(&registry, &key, &image, format, (predicate_type, &content));
            verify().expect("attested");
        }
    }
    assert_eq!(cosign.dialled(), 0);
}

#[test]
fn a_registry_over_tls_is_believed_by_its_authority_and_asks_for_a_password() {
    let Some(tools) = tools() else { return };
    let cosign = Cosign::new(tools);
    let key = cosign.key(Algorithm::Ecdsa);
    let authority = Authority::new("platlint tests: registries");
    let tokens = TokenServer::start(Some(&authority));
    let plain_tokens = TokenServer::start(None);
    for registry in [
        Registry::oci(tools, Some(&authority)),
        Registry::docker(tools, Some(&authority), Access::Open),
        Registry::docker(tools, Some(&authority), Access::Basic),
        Registry::docker(tools, None, Access::Basic),
        Registry::docker(tools, Some(&authority), Access::Token(&tokens)),
        Registry::docker(tools, None, Access::Token(&plain_tokens)),
    ] {
        let repository = registry.repository("team/app");
        let image = repository.pinned(&repository.image("1", "behind a door"));
        cosign.sign(&registry, &key, &image, Signing::plain(Format::Bundle));
        cosign.verify(&registry, &key.public, &image, Format::Bundle, &[]).expect("signed");
    }
    for server in [tokens, plain_tokens] {
        let asked = server.asked();
        assert!(asked.iter().any(|one| one.granted && one.query.contains("scope=")), "{asked:?}");
    }
}

#[test]
fn a_registry_with_a_password_refuses_who_has_none() {
    let Some(tools) = tools() else { return };
    let tokens = TokenServer::start(None);
    for registry in
        [Registry::docker(tools, None, Access::Basic), Registry::docker(tools, None, Access::Token(&tokens))]
    {
        registry.repository("team/app").image("1", "behind a door");
        let anybody = platlint_e2e::https::Client::plain(registry.port());
        let answer = anybody.send("GET", "/v2/team/app/manifests/1", "").expect("an answer");
        assert_eq!(answer.status, 401);
        let credentials = registry.credentials(USER, PASSWORD);
        assert!(credentials["auths"][registry.address()]["auth"].is_string(), "{credentials}");
    }
}
