//! Tags: resolved once, verified, pinned; never believed in a Pod on its way to a node.

use platlint_config::images::ImageRule;
use platlint_images::Moment;
use platlint_registry::testing::Answer;
use std::time::Duration;

use crate::world::{REPOSITORY, World, facts, said, trust};

#[tokio::test]
async fn pins_the_digest_that_was_verified() {
    let world = World::new();
    let digest = world.signed("1.0");
    let text = world.name(REPOSITORY, ":1.0");
    let found = facts(&world.lookup(), &text, Moment::BeforeMutation).await;
    assert_eq!(said(&found).0, "verified");
    assert_eq!(found.pinned.as_deref(), Some(format!("{text}@{digest}").as_str()));
    assert_eq!(found.digest.as_deref(), Some(digest.as_str()));
}

#[tokio::test]
async fn an_index_stays_the_index_when_it_is_pinned() {
    let world = World::new();
    let child = world.registry.put_image(REPOSITORY, "child");
    let index = world.index("1.0", &[&child]);
    world.sign(REPOSITORY, &index);
    let found = facts(&world.lookup(), &world.name(REPOSITORY, ":1.0"), Moment::BeforeMutation).await;
    assert!(found.pinned.unwrap().ends_with(index.as_str()));
}

#[tokio::test]
async fn a_tag_that_moves_between_check_and_pull_is_pinned_to_what_was_checked() {
    let world = World::new();
    let good = world.signed("1.0");
    let evil = world.registry.put_image(REPOSITORY, "evil");
    let text = world.name(REPOSITORY, ":1.0");
    let lookup = world.lookup();
    let first = facts(&lookup, &text, Moment::BeforeMutation).await;
    let asked = world.registry.requests();
    assert_eq!(asked.iter().filter(|request| request.target.ends_with("/manifests/1.0")).count(), 1);

    // The registry names another image from the second time on.
    world.registry.tag(REPOSITORY, "1.0", &evil);
    let second = facts(&lookup, &text, Moment::BeforeMutation).await;
    for found in [first, second] {
        assert_eq!(found.pinned.as_deref(), Some(format!("{text}@{good}").as_str()));
    }
    world.clock.advance(Duration::from_secs(11));
    let third = facts(&lookup, &text, Moment::BeforeMutation).await;
    assert_eq!((said(&third).0.as_str(), third.pinned), ("unsigned", None));
    assert_eq!(third.digest.as_deref(), Some(evil.as_str()));
}

#[tokio::test]
async fn a_tag_in_a_pod_at_admission_is_unsigned_without_asking() {
    let world = World::new();
    world.signed("1.0");
    let (lookup, text) = (world.lookup(), world.name(REPOSITORY, ":1.0"));
    // Not even after it was resolved and verified a moment ago.
    assert_eq!(said(&facts(&lookup, &text, Moment::BeforeMutation).await).0, "verified");
    let asked = world.registry.count();
    let found = facts(&lookup, &text, Moment::Admission).await;
    let (status, reason) = said(&found);
    assert!(status == "unsigned" && reason.contains("can move"), "{status}: {reason}");
    assert_eq!((found.digest, found.pinned, world.registry.count()), (None, None, asked));
}

#[tokio::test]
async fn a_tag_is_not_resolved_where_the_rule_does_not_pin() {
    let world = World::new();
    world.signed("1.0");
    let lookup = world.lookup_by(trust(vec![ImageRule { pin: false, ..world.rule() }]));
    let found = facts(&lookup, &world.name(REPOSITORY, ":1.0"), Moment::BeforeMutation).await;
    assert_eq!((said(&found).0.as_str(), world.registry.count()), ("unsigned", 0));
}

#[tokio::test]
async fn the_tag_beside_a_digest_says_nothing() {
    let world = World::new();
    let digest = world.signed("1.0");
    let found =
        facts(&world.lookup(), &world.name(REPOSITORY, &format!(":no-such-tag@{digest}")), Moment::Admission).await;
    assert_eq!(said(&found).0, "verified");
}

#[tokio::test]
async fn a_tag_that_is_not_there_is_unsigned() {
    let world = World::new();
    let found = facts(&world.lookup(), &world.name(REPOSITORY, ":9"), Moment::BeforeMutation).await;
    assert_eq!(said(&found), ("unsigned".into(), "the registry has no such tag".into()));
}

#[tokio::test]
async fn a_revoked_digest_is_refused_when_a_tag_leads_to_it() {
    let world = World::new();
    let digest = world.signed("1.0");
    let text = world.name(REPOSITORY, ":1.0");
    assert_eq!(said(&facts(&world.lookup(), &text, Moment::BeforeMutation).await).0, "verified");
    let mut policy = crate::world::policy(vec![world.rule()]);
    policy.revoked.insert(digest.as_str().into());
    let lookup = world.lookup_by(std::sync::Arc::new(platlint_images::Trust::compile(&policy).unwrap()));
    let found = facts(&lookup, &text, Moment::BeforeMutation).await;
    assert_eq!((said(&found).0.as_str(), found.pinned), ("invalid", None));
}

#[tokio::test]
async fn a_registry_that_lies_about_a_tags_digest_is_never_pinned() {
    let world = World::new();
    let good = world.signed("1.0");
    let evil = world.registry.put_image(REPOSITORY, "evil");
    let header = Answer::Headers(Vec::new()).with("Docker-Content-Digest", good.as_str());
    world.registry.fault("/manifests/evil", header);
    let found = facts(&world.lookup(), &world.name(REPOSITORY, ":evil"), Moment::BeforeMutation).await;
    assert_eq!((said(&found).0.as_str(), found.pinned), ("unknown", None));
    assert_ne!(found.digest.as_deref(), Some(evil.as_str()));
}
