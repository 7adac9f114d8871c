//! Registries that fail: `unknown` with the cause, never `unsigned`, and never remembered.

use platlint_images::Moment;
use platlint_images::testing::{bytes, signature_statement};
use platlint_registry::MAX_BUNDLE_BYTES;
use platlint_registry::testing::Answer;
use serde_json::Value;
use std::time::Duration;

use crate::world::{BUNDLE, REPOSITORY, World, facts, said, trust, verdict};

#[tokio::test]
async fn every_failure_at_every_place_is_unknown_and_is_not_remembered() {
    let world = World::new();
    let digest = world.signed("1.0");
    let text = world.by_digest(&digest);
    for place in ["/referrers/", "/manifests/", "/blobs/"] {
        for answer in [
            Answer::status(401),
            Answer::status(403),
            Answer::status(429),
            Answer::status(500),
            Answer::status(503),
            Answer::status(302),
            Answer::body("application/json", "<html>"),
            Answer::body("application/json", "{}"),
            Answer::Close,
            Answer::Truncated,
            Answer::Garbage,
            Answer::Endless,
        ] {
            let shown = format!("{place} {answer:?}");
            world.registry.fault(place, answer);
            let (status, reason) = verdict(&world.lookup(), &text).await;
            assert!(status == "unknown" && reason.contains("not unsigned"), "{shown}: {status}: {reason}");
            world.registry.clear_faults();
        }
    }
    assert_eq!(verdict(&world.lookup(), &text).await.0, "verified");
}

#[tokio::test]
async fn a_failure_while_looking_for_the_tag_is_unknown_and_pins_nothing() {
    let world = World::new();
    world.signed("1.0");
    world.registry.fault("/manifests/1.0", Answer::status(500));
    let found = facts(&world.lookup(), &world.name(REPOSITORY, ":1.0"), Moment::BeforeMutation).await;
    assert_eq!((said(&found).0.as_str(), found.digest, found.pinned), ("unknown", None, None));
}

#[tokio::test]
async fn an_unsigned_image_whose_legacy_tag_cannot_be_asked_is_unknown() {
    let world = World::new();
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    world.registry.fault(".sig", Answer::status(500));
    let mut both = world.rule();
    both.formats.legacy = true;
    assert_eq!(verdict(&world.lookup_by(trust(vec![both])), &world.by_digest(&digest)).await.0, "unknown");
}

#[tokio::test]
async fn a_signature_that_is_listed_and_gone_is_unknown() {
    let world = World::new();
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    let bundle = bytes(&world.key.bundle(&signature_statement(&digest, &Value::Null)));
    world.registry.put_referrer(REPOSITORY, &digest, BUNDLE, &bundle);
    world.registry.remove(REPOSITORY, &platlint_registry::Digest::sha256(&bundle));
    let (status, reason) = verdict(&world.lookup(), &world.by_digest(&digest)).await;
    assert!(status == "unknown" && reason.contains("does not have it"), "{status}: {reason}");
}

#[tokio::test]
async fn too_large_a_bundle_is_unknown_and_others_are_answered() {
    let world = World::new();
    let (large, small) = (world.registry.put_image(REPOSITORY, "large"), world.signed("small"));
    let bundle = vec![b' '; usize::try_from(MAX_BUNDLE_BYTES).unwrap() + 1];
    world.registry.put_referrer(REPOSITORY, &large, BUNDLE, &bundle);
    let lookup = world.lookup();
    let (status, reason) = verdict(&lookup, &world.by_digest(&large)).await;
    assert!(status == "unknown" && reason.contains("exceeds the limit"), "{status}: {reason}");
    assert_eq!(verdict(&lookup, &world.by_digest(&small)).await.0, "verified");
    assert!(world.registry.bytes_sent() < MAX_BUNDLE_BYTES, "it is not even asked for");
}

#[tokio::test]
async fn a_manifest_too_large_for_one_signature_is_unknown_whatever_size_was_announced() {
    let world = World::new();
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    let hex = "0".repeat(64);
    let layer = format!(r#"{{"mediaType":"x","digest":"sha256:{hex}","size":2}}"#);
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","subject":{{"mediaType":"x","digest":"{digest}","size":2}},"layers":[{}{layer}]}}"#,
        platlint_registry::testing::MANIFEST,
        format!("{layer},").repeat(3000)
    );
    let size = manifest.len();
    let large = world.registry.put_manifest(REPOSITORY, platlint_registry::testing::MANIFEST, manifest);
    let listed = |size: usize| {
        serde_json::json!({"schemaVersion": 2, "mediaType": platlint_registry::testing::INDEX, "manifests": [
            {"mediaType": platlint_registry::testing::MANIFEST, "digest": large.as_str(), "size": size}]})
        .to_string()
    };
    for announced in [size, 2] {
        world.registry.fault("/referrers/", Answer::body(platlint_registry::testing::INDEX, listed(announced)));
        let (status, reason) = verdict(&world.lookup(), &world.by_digest(&digest)).await;
        assert!(status == "unknown" && reason.contains("limit of 262144"), "{announced}: {status}: {reason}");
        world.registry.clear_faults();
    }
}

#[tokio::test]
async fn a_good_signature_beside_one_that_is_too_large_is_verified_for_a_short_time() {
    let world = World::new();
    let digest = world.signed("1.0");
    let bundle = vec![b' '; usize::try_from(MAX_BUNDLE_BYTES).unwrap() + 1];
    world.registry.put_referrer(REPOSITORY, &digest, BUNDLE, &bundle);
    let (lookup, text) = (world.lookup(), world.by_digest(&digest));
    assert_eq!(verdict(&lookup, &text).await.0, "verified");
    let asked = world.registry.count();
    assert_eq!(verdict(&lookup, &text).await.0, "verified");
    assert_eq!(world.registry.count(), asked);
    world.clock.advance(Duration::from_secs(16));
    assert_eq!(verdict(&lookup, &text).await.0, "verified");
    assert!(world.registry.count() > asked, "an answer on part of the evidence is not kept for a day");
}

#[tokio::test]
async fn more_referrers_than_are_looked_at_are_unknown() {
    let world = World::new();
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    for referrer in 0..=32 {
        world.registry.put_referrer(REPOSITORY, &digest, BUNDLE, format!("{{\"number\": {referrer}}}").as_bytes());
    }
    assert_eq!(verdict(&world.lookup(), &world.by_digest(&digest)).await.0, "unknown");
}
