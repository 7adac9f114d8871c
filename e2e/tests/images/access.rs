//! Getting in: TLS by an authority of one's own, passwords, tokens. Whoever is not let in does not know, and says so.

use crate::judge::{Judge, key, rule};
use crate::{cosign, tools};
use platlint_e2e::authority::Authority;
use platlint_e2e::images::cosign::{Algorithm, Format, Signing};
use platlint_e2e::images::registry::{Access, PASSWORD, Registry, USER};
use platlint_e2e::images::token::TokenServer;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

/// A docker configuration beside that of the registry's own.
fn config(registry: &Registry, name: &str, content: &serde_json::Value) -> PathBuf {
    let path = registry.docker_config().join(name);
    fs::write(&path, content.to_string()).unwrap();
    path
}

#[test]
fn who_is_let_in_verifies_and_who_is_not_does_not_know() {
    let (Some(tools), Some(cosign)) = (tools(), cosign()) else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    let authority = Authority::new("platlint tests: registries");
    let (tokens, plain_tokens) = (TokenServer::start(Some(&authority)), TokenServer::start(None));
    for (tls, access) in [
        (Some(&authority), Access::Basic),
        (None, Access::Basic),
        (Some(&authority), Access::Token(&tokens)),
        (None, Access::Token(&plain_tokens)),
    ] {
        let registry = Registry::docker(tools, tls, access);
        let repository = registry.repository("team/app");
        let image = repository.image("1", "behind a door");
        cosign.sign(&registry, &trusted, &repository.pinned(&image), Signing::plain(Format::Bundle));
        let unsigned = repository.image("2", "behind a door, unsigned");
        let authority = || rule(vec![key("release", &trusted.public)]);
        let judge = Judge::new(&registry, authority());
        for (reference, status) in [
            (repository.pinned(&image), "verified"),
            (repository.tagged("1"), "verified"),
            (repository.pinned(&unsigned), "unsigned"),
        ] {
            let found = judge.of(&reference);
            assert_eq!(found.status, status, "{access:?}: {found:?}");
        }
        let ca: Option<Arc<[u8]>> = tls.map(|authority| authority.pem().as_bytes().into());
        for (name, content) in [
            ("nobody.json", json!({})),
            ("wrong.json", registry.credentials(USER, "wrong")),
            ("elsewhere.json", json!({"auths": {"registry.example": {"auth": "cHVsbGVyOm9wZW4="}}})),
        ] {
            let judge = Judge::with(&registry, authority(), ca.clone(), &config(&registry, name, &content));
            for reference in [repository.pinned(&image), repository.pinned(&unsigned), repository.tagged("1")] {
                let found = judge.of(&reference);
                assert_eq!(found.status, "unknown", "{access:?} {name}: {found:?}");
                assert!(found.reason.contains("not unsigned"), "{found:?}");
                assert!(found.facts.pinned.is_none(), "{found:?}");
                assert!(!format!("{found:?}").contains(PASSWORD), "{found:?}");
            }
        }
    }
}

#[test]
fn a_token_is_asked_for_the_one_repository_and_for_pulling_only() {
    let (Some(tools), Some(cosign)) = (tools(), cosign()) else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    let tokens = TokenServer::start(None);
    let registry = Registry::docker(tools, None, Access::Token(&tokens));
    let repository = registry.repository("team/app");
    let image = repository.image("1", "behind a door");
    cosign.sign(&registry, &trusted, &repository.pinned(&image), Signing::plain(Format::Bundle));
    let before = tokens.asked().len();
    let found = Judge::new(&registry, rule(vec![key("release", &trusted.public)])).of(&repository.pinned(&image));
    assert_eq!(found.status, "verified", "{found:?}");
    let asked = tokens.asked().split_off(before);
    assert!(!asked.is_empty());
    for one in asked {
        let query = one.query.replace("%3A", ":").replace("%2F", "/");
        assert!(query.contains("scope=repository:team/app:pull"), "{query}");
        assert!(!query.contains("push"), "{query}");
    }
}

#[test]
fn a_registry_with_a_certificate_of_nobody_is_unknown() {
    let (Some(tools), Some(cosign)) = (tools(), cosign()) else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    let (authority, stranger) = (Authority::new("platlint tests: registries"), Authority::new("stranger"));
    for registry in [Registry::oci(tools, Some(&authority)), Registry::docker(tools, Some(&authority), Access::Open)] {
        let repository = registry.repository("team/app");
        let reference = repository.pinned(&repository.image("1", "over TLS"));
        cosign.sign(&registry, &trusted, &reference, Signing::plain(Format::Bundle));
        let docker = registry.docker_config().join("config.json");
        for (ca, status) in [(Some(&authority), "verified"), (Some(&stranger), "unknown"), (None, "unknown")] {
            let ca = ca.map(|authority| authority.pem().as_bytes().into());
            let rule = rule(vec![key("release", &trusted.public)]);
            let found = Judge::with(&registry, rule, ca, &docker).of(&reference);
            assert_eq!(found.status, status, "{found:?}");
        }
    }
}

#[test]
fn a_registry_that_is_gone_is_unknown_for_what_is_not_remembered() {
    let (Some(tools), Some(cosign)) = (tools(), cosign()) else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    for mut registry in [Registry::oci(tools, None), Registry::docker(tools, None, Access::Open)] {
        let repository = registry.repository("team/app");
        let signed = repository.pinned(&repository.image("1", "signed"));
        let late = repository.pinned(&repository.image("2", "asked for too late"));
        for reference in [&signed, &late] {
            cosign.sign(&registry, &trusted, reference, Signing::plain(Format::Bundle));
        }
        let judge = Judge::new(&registry, rule(vec![key("release", &trusted.public)]));
        assert_eq!(judge.of(&signed).status, "verified");
        registry.process().kill();
        assert_eq!(judge.of(&signed).status, "verified", "a digest's signature does not decay");
        let found = judge.of(&late);
        assert_eq!(found.status, "unknown", "{found:?}");
        assert!(found.reason.starts_with("registry unreachable, not unsigned"), "{found:?}");
    }
}
