//! What is found for a digest, and what is certain without asking.

use platlint_config::images::{DefaultDecision, Formats};
use platlint_images::testing::{Kind, TestKey, bytes, statement};
use platlint_images::{Moment, Trust, offline};
use platlint_registry::Digest;
use serde_json::json;
use std::sync::Arc;

use crate::world::{BUNDLE, REPOSITORY, World, facts, policy, rule, said, trust, used, verdict};

#[tokio::test]
async fn verifies_a_bundle_by_the_referrers_api_in_three_requests() {
    let world = World::new();
    let digest = world.signed("1.0");
    let lookup = world.lookup();
    let found = facts(&lookup, &world.by_digest(&digest), Moment::Admission).await;
    assert_eq!(said(&found), ("verified".into(), String::new()));
    let signature = serde_json::to_value(&found.signature).unwrap();
    assert_eq!(signature["authorities"], json!(["release"]));
    assert_eq!((found.digest.as_deref(), found.pinned), (Some(digest.as_str()), None));
    assert_eq!(world.registry.count(), 3);
}

#[tokio::test]
async fn verifies_a_bundle_where_the_registry_has_no_referrers_api() {
    let world = World::new();
    world.registry.referrers_api(false);
    let digest = world.signed("1.0");
    assert_eq!(verdict(&world.lookup(), &world.by_digest(&digest)).await.0, "verified");
    assert_eq!(world.registry.count(), 4);
}

#[tokio::test]
async fn a_legacy_signature_counts_only_where_the_rule_lists_the_format() {
    let world = World::new();
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    world.sign_legacy(&digest);
    assert_eq!(verdict(&world.lookup(), &world.by_digest(&digest)).await.0, "unsigned");
    let mut both = world.rule();
    both.formats = Formats { bundle: true, legacy: true };
    let lookup = world.lookup_by(trust(vec![both]));
    assert_eq!(verdict(&lookup, &world.by_digest(&digest)).await.0, "verified");
}

#[tokio::test]
async fn a_legacy_signature_holds_beside_a_bundle_of_another_key() {
    let world = World::new();
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    world.sign_legacy(&digest);
    world.sign_by(&TestKey::new(Kind::P256), REPOSITORY, &digest);
    let mut both = world.rule();
    both.formats = Formats { bundle: true, legacy: true };
    let lookup = world.lookup_by(trust(vec![both]));
    assert_eq!(verdict(&lookup, &world.by_digest(&digest)).await.0, "verified");
}

#[tokio::test]
async fn the_wrong_key_is_invalid_and_no_signature_is_unsigned() {
    let world = World::new();
    let (foreign, bare) =
        (world.registry.put_image(REPOSITORY, "foreign"), world.registry.put_image(REPOSITORY, "bare"));
    world.sign_by(&TestKey::new(Kind::P256), REPOSITORY, &foreign);
    let lookup = world.lookup();
    assert_eq!(verdict(&lookup, &world.by_digest(&foreign)).await.0, "invalid");
    let (status, reason) = verdict(&lookup, &world.by_digest(&bare)).await;
    assert_eq!(status, "unsigned");
    assert!(reason.contains("its index may be signed, name the index"), "{reason}");
}

#[tokio::test]
async fn a_signature_copied_from_another_image_is_invalid() {
    let world = World::new();
    let signed = world.signed("1.0");
    let other = world.registry.put_image(REPOSITORY, "2.0");
    let bundle =
        bytes(&world.key.bundle(&platlint_images::testing::signature_statement(&signed, &serde_json::Value::Null)));
    world.registry.put_referrer(REPOSITORY, &other, BUNDLE, &bundle);
    assert_eq!(verdict(&world.lookup(), &world.by_digest(&other)).await.0, "invalid");
}

#[tokio::test]
async fn an_image_with_only_an_sbom_is_invalid_with_and_without_the_hint() {
    let world = World::new();
    let spdx = "https://spdx.dev/Document";
    for hinted in [false, true] {
        let digest = world.registry.put_image(REPOSITORY, if hinted { "hinted" } else { "plain" });
        let bundle = bytes(&world.key.bundle(&statement(&digest, spdx, &json!({}))));
        if hinted {
            world.refer(&digest, &bundle, spdx);
        } else {
            world.registry.put_referrer(REPOSITORY, &digest, BUNDLE, &bundle);
        }
        assert_eq!(verdict(&world.lookup(), &world.by_digest(&digest)).await.0, "invalid", "hinted: {hinted}");
    }
}

#[tokio::test]
async fn a_hint_saves_a_fetch_and_never_grants() {
    let world = World::new();
    let digest = world.signed("1.0");
    let spdx = "https://spdx.dev/Document";
    let sbom = bytes(&world.key.bundle(&statement(&digest, spdx, &json!({}))));
    world.refer(&digest, &sbom, spdx);
    assert_eq!(verdict(&world.lookup(), &world.by_digest(&digest)).await.0, "verified");
    assert_eq!(world.registry.count(), 3, "the SBOM is not fetched");

    let liar = world.registry.put_image(REPOSITORY, "liar");
    let sbom = bytes(&world.key.bundle(&statement(&liar, spdx, &json!({}))));
    world.refer(&liar, &sbom, "https://sigstore.dev/cosign/sign/v1");
    assert_eq!(verdict(&world.lookup(), &world.by_digest(&liar)).await.0, "invalid");
}

#[tokio::test]
async fn a_signed_index_says_nothing_of_its_children_and_they_nothing_of_it() {
    let world = World::new();
    let (one, two) = (world.registry.put_image(REPOSITORY, "one"), world.registry.put_image(REPOSITORY, "two"));
    let signed = world.index("signed", &[&one]);
    world.sign(REPOSITORY, &signed);
    world.sign(REPOSITORY, &two);
    let unsigned = world.index("unsigned", &[&two]);
    let lookup = world.lookup();
    assert_eq!(verdict(&lookup, &world.by_digest(&signed)).await.0, "verified");
    let (status, reason) = verdict(&lookup, &world.by_digest(&one)).await;
    assert!(status == "unsigned" && reason.contains("name the index"), "{status}: {reason}");
    let (status, reason) = verdict(&lookup, &world.by_digest(&unsigned)).await;
    assert!(status == "unsigned" && reason.contains("do not count for it"), "{status}: {reason}");
    assert_eq!(verdict(&lookup, &world.by_digest(&two)).await.0, "verified");
}

#[tokio::test]
async fn a_recursive_rule_wants_the_index_and_every_child_signed() {
    let world = World::new();
    let (one, two) = (world.signed("one"), world.registry.put_image(REPOSITORY, "two"));
    let index = world.index("index", &[&one, &two]);
    world.sign(REPOSITORY, &index);
    let mut recursive = world.rule();
    recursive.recursive = true;
    let trust = trust(vec![recursive]);
    let (status, reason) = verdict(&world.lookup_by(Arc::clone(&trust)), &world.by_digest(&index)).await;
    assert!(status == "unsigned" && reason.contains(two.as_str()), "{status}: {reason}");

    world.clock.advance(std::time::Duration::from_secs(16));
    world.sign(REPOSITORY, &two);
    assert_eq!(verdict(&world.lookup_by(trust), &world.by_digest(&index)).await.0, "verified");
}

#[tokio::test]
async fn what_was_verified_without_the_children_is_not_verified_with_them() {
    let world = World::new();
    let child = world.registry.put_image(REPOSITORY, "child");
    let index = world.index("index", &[&child]);
    world.sign(REPOSITORY, &index);
    assert_eq!(verdict(&world.lookup(), &world.by_digest(&index)).await.0, "verified");
    let mut recursive = world.rule();
    recursive.recursive = true;
    assert_eq!(verdict(&world.lookup_by(trust(vec![recursive])), &world.by_digest(&index)).await.0, "unsigned");
}

#[tokio::test]
async fn an_image_that_is_not_there_is_unsigned_and_says_so() {
    let world = World::new();
    let (status, reason) = verdict(&world.lookup(), &world.by_digest(&Digest::sha256(b"nothing"))).await;
    assert!(status == "unsigned" && reason.contains("neither this image nor a signature"), "{status}: {reason}");
}

#[tokio::test]
async fn what_is_certain_asks_no_registry_and_is_the_same_offline() {
    let world = World::new();
    let digest = world.signed("1.0");
    let mut policy = policy(vec![rule(&world.key, "registry.example/**")]);
    policy.revoked.insert(digest.as_str().into());
    let deny = Arc::new(Trust::compile(&policy).unwrap());
    policy.default = DefaultDecision::Allow { reason: "being introduced".into() };
    let allow = Arc::new(Trust::compile(&policy).unwrap());
    let table = [
        (&deny, Arc::from("Not An Image"), "unsigned", "not an image reference"),
        (&deny, world.name(REPOSITORY, ":1.0"), "unsigned", "no rule under images.rules"),
        (&allow, world.name(REPOSITORY, ":1.0"), "verified", "being introduced"),
        (&allow, world.by_digest(&digest), "invalid", "revoked"),
        (&deny, Arc::from("registry.example/app:1"), "unsigned", "can move"),
    ];
    for (trust, text, status, reason) in table {
        let online = facts(&world.lookup_by(Arc::clone(trust)), &text, Moment::Admission).await;
        let without = offline(trust, &[used(&text)], Moment::Admission).remove(&text).unwrap();
        assert_eq!(online, without, "{text}");
        let found = said(&online);
        assert!(found.0 == status && found.1.contains(reason), "{text}: {found:?}");
    }
    assert_eq!(world.registry.count(), 0);
}

#[test]
fn offline_is_unknown_and_never_a_pass() {
    let world = World::new();
    let digest = world.signed("1.0");
    for text in [world.by_digest(&digest), world.name(REPOSITORY, ":1.0")] {
        let found = offline(&world.trust(), &[used(&text)], Moment::BeforeMutation).remove(&text).unwrap();
        let (status, reason) = said(&found);
        assert!(status == "unknown" && reason.starts_with("offline"), "{status}: {reason}");
        assert_eq!(found.pinned, None);
    }
}
