//! Rules that want an index and all that stands below it signed.

use platlint_images::{Anonymous, Lookup, Moment, Trust};
use platlint_registry::Digest;
use platlint_registry::testing::{Answer, INDEX, MANIFEST};
use serde_json::json;
use std::sync::Arc;

use crate::world::{REPOSITORY, World, policy, used, verdict};

fn recursive(world: &World, revoked: &[&Digest]) -> Lookup {
    let mut rule = world.rule();
    rule.recursive = true;
    let mut policy = policy(vec![rule]);
    policy.revoked = revoked.iter().map(|digest| digest.as_str().into()).collect();
    world.lookup_by(Arc::new(Trust::compile(&policy).unwrap()))
}

/// A signed index that its body does not call one, served under this media type.
fn unnamed_index(world: &World, media_type: &str, child: &Digest) -> Digest {
    let listed = json!([{"mediaType": MANIFEST, "digest": child.as_str(), "size": 2}]);
    let body = json!({"schemaVersion": 2, "manifests": listed}).to_string();
    let digest = world.registry.put_manifest(REPOSITORY, media_type, body);
    world.sign(REPOSITORY, &digest);
    digest
}

#[tokio::test]
async fn an_index_that_cannot_be_read_does_not_satisfy_a_recursive_rule() {
    let world = World::new();
    let child = world.signed("child");
    let index = world.index("1.0", &[&child]);
    world.sign(REPOSITORY, &index);
    let text = world.by_digest(&index);
    for part in [&index, &child] {
        for answer in [Answer::status(500), Answer::status(404), Answer::Close, Answer::status(403)] {
            let shown = format!("{part} {answer:?}");
            world.registry.fault(&format!("/manifests/{part}"), answer);
            let (status, reason) = verdict(&recursive(&world, &[]), &text).await;
            assert!(status == "unknown", "{shown}: {status}: {reason}");
            world.registry.clear_faults();
        }
    }
    assert_eq!(verdict(&recursive(&world, &[]), &text).await.0, "verified", "no failure was remembered");
}

#[tokio::test]
async fn an_index_whose_list_is_malformed_does_not_satisfy_a_recursive_rule() {
    let world = World::new();
    for body in [r#"{"manifests":3}"#, r#"{"manifests":[{"digest":"x"}]}"#] {
        let index = world.registry.put_manifest(REPOSITORY, INDEX, body);
        world.sign(REPOSITORY, &index);
        assert_eq!(verdict(&recursive(&world, &[]), &world.by_digest(&index)).await.0, "unknown", "{body}");
    }
}

#[tokio::test]
async fn what_lists_manifests_is_an_index_whatever_the_registry_calls_it() {
    let world = World::new();
    let child = world.registry.put_image(REPOSITORY, "child");
    for media_type in [MANIFEST, "application/json", INDEX] {
        let index = unnamed_index(&world, media_type, &child);
        let nested = world.index("nested", &[&index]);
        world.sign(REPOSITORY, &nested);
        for text in [world.by_digest(&index), world.by_digest(&nested)] {
            let (status, reason) = verdict(&recursive(&world, &[]), &text).await;
            assert!(status == "unsigned" && reason.contains(child.as_str()), "{media_type}: {status}: {reason}");
        }
        world.clock.advance(std::time::Duration::from_secs(16));
    }
}

#[tokio::test]
async fn a_revoked_child_makes_its_index_invalid_with_a_warm_cache_too() {
    let world = World::new();
    let child = world.signed("child");
    let index = world.index("1.0", &[&child]);
    world.sign(REPOSITORY, &index);
    let text = world.by_digest(&index);
    assert_eq!(verdict(&recursive(&world, &[]), &text).await.0, "verified");
    let lookup = recursive(&world, &[&child]);
    assert!(lookup.cached(&[used(&text)], Moment::Admission).is_none());
    let (status, reason) = verdict(&lookup, &text).await;
    assert!(status == "invalid" && reason.contains("revoked") && reason.contains(child.as_str()), "{status}: {reason}");
    // Without `recursive` the digest that is named is judged, and no other.
    assert_eq!(verdict(&world.lookup(), &text).await.0, "verified");
}

#[tokio::test]
async fn images_beyond_the_limit_of_one_call_are_unknown_and_ask_nobody() {
    let world = World::new();
    let lookup = world.lookup();
    let texts: Vec<Arc<str>> =
        (0..300_u32).map(|image| world.by_digest(&Digest::sha256(&image.to_be_bytes()))).collect();
    let images: Vec<_> = texts.iter().map(used).collect();
    let found = lookup.facts(&images, Moment::Admission, &Anonymous, crate::world::soon()).await;
    let said: Vec<_> = found.values().map(crate::world::said).collect();
    let many = said.iter().filter(|(status, reason)| status == "unknown" && reason.contains("limit of 256")).count();
    assert_eq!((found.len(), many), (300, 44));
    assert_eq!(said.iter().filter(|(status, _)| status == "unsigned").count(), 256);
}
