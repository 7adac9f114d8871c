//! Attestations that cosign made: their type counts, a signature they are not, and what they say reaches the rules.

use crate::judge::{Judge, key, rule, wanted};
use crate::{cosign, each_registry};
use platlint_config::images::ImageRule;
use platlint_e2e::images::cosign::{Algorithm, Format, Signing};
use serde_json::json;

const SLSA: &str = "https://slsa.dev/provenance/v1";
const SPDX: &str = "https://spdx.dev/Document";
const CYCLONEDX: &str = "https://cyclonedx.org/bom";
const SCAN: &str = "https://scan.example/vulnerabilities/v1";

#[test]
fn wanted_attestations_reach_the_rules_with_what_they_say() {
    let Some(cosign) = cosign() else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    let provenance =
        json!({"buildDefinition": {"buildType": "https://build.example/1"}, "runDetails": {"builder": {"id": "b"}}});
    each_registry(|registry| {
        let repository = registry.repository("attested/all");
        let reference = repository.pinned(&repository.image("1", "attested"));
        cosign.sign(registry, &trusted, &reference, Signing::plain(Format::Bundle));
        for (name, content) in [
            ("slsaprovenance1", &provenance),
            ("spdxjson", &json!({"spdxVersion": "SPDX-2.3", "name": "app"})),
            ("cyclonedx", &json!({"bomFormat": "CycloneDX", "specVersion": "1.6"})),
            (SCAN, &json!({"scanner": {"vulnerabilities": {"critical": 2}}})),
        ] {
            cosign.attest(registry, &trusted, &reference, Format::Bundle, (name, content));
        }
        let judge = |types: &[&str]| {
            let attestations = types.iter().map(|name| wanted(name)).collect();
            Judge::new(registry, ImageRule { attestations, ..rule(vec![key("release", &trusted.public)]) })
        };
        let found = judge(&[SLSA, SPDX, CYCLONEDX, SCAN]).of(&reference);
        assert_eq!(found.status, "verified", "{found:?}");
        let of = |name: &str| {
            let attestations = found.signature["attestations"].as_array().unwrap();
            attestations.iter().find(|one| one["type"] == name).unwrap_or_else(|| panic!("{name}: {found:?}"))
        };
        assert_eq!(of(SLSA)["authority"], "release");
        assert_eq!(of(SLSA)["predicate"]["buildDefinition"], provenance["buildDefinition"]);
        assert_eq!(of(SPDX)["predicate"]["name"], "app");
        assert_eq!(of(CYCLONEDX)["predicate"]["specVersion"], "1.6");
        assert_eq!(of(SCAN)["predicate"]["scanner"]["vulnerabilities"]["critical"], 2);
        let found = judge(&["https://other.example/v1"]).of(&reference);
        assert_eq!(found.status, "invalid", "{found:?}");
        let found = judge(&[]).of(&reference);
        assert_eq!(found.status, "verified", "{found:?}");
        assert_eq!(found.signature["attestations"], json!([]), "nobody has asked for them");
    });
}

#[test]
fn an_attestation_is_no_signature() {
    let Some(cosign) = cosign() else { return };
    let trusted = cosign.key(Algorithm::Ecdsa);
    each_registry(|registry| {
        let repository = registry.repository("attested/only");
        let reference = repository.pinned(&repository.image("1", "only attested"));
        let document = json!({"spdxVersion": "SPDX-2.3"});
        cosign.attest(registry, &trusted, &reference, Format::Bundle, ("spdxjson", &document));
        for attestations in [vec![], vec![wanted(SPDX)]] {
            let rule = ImageRule { attestations, ..rule(vec![key("release", &trusted.public)]) };
            let found = Judge::new(registry, rule).of(&reference);
            assert_eq!(found.status, "invalid", "{found:?}");
        }
    });
}

#[test]
fn an_attestation_by_another_key_counts_for_nothing() {
    let Some(cosign) = cosign() else { return };
    let (trusted, other) = (cosign.key(Algorithm::Ecdsa), cosign.key(Algorithm::Ecdsa));
    each_registry(|registry| {
        let repository = registry.repository("attested/by-another");
        let reference = repository.pinned(&repository.image("1", "attested by another"));
        cosign.sign(registry, &trusted, &reference, Signing::plain(Format::Bundle));
        cosign.attest(registry, &other, &reference, Format::Bundle, ("spdxjson", &json!({"name": "theirs"})));
        let judge = || {
            let attestations = vec![wanted(SPDX)];
            Judge::new(registry, ImageRule { attestations, ..rule(vec![key("release", &trusted.public)]) })
        };
        let found = judge().of(&reference);
        assert_eq!(found.status, "invalid", "{found:?}");
        cosign.attest(registry, &trusted, &reference, Format::Bundle, ("spdxjson", &json!({"name": "ours"})));
        let found = judge().of(&reference);
        assert_eq!(found.status, "verified", "{found:?}");
        let names: Vec<_> =
            found.signature["attestations"].as_array().unwrap().iter().map(|one| &one["predicate"]["name"]).collect();
        assert_eq!(names, ["ours"]);
    });
}
