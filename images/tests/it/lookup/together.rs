//! Many at once: one flight per question, all images at the same time, nobody waits for a stranger's registry.

use futures::future::join_all;
use platlint_images::{Anonymous, Moment};
use platlint_registry::Settings;
use platlint_registry::testing::{Answer, TestRegistry};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

use crate::world::{REPOSITORY, World, said, soon, trust, used};

#[tokio::test]
async fn five_hundred_pods_with_one_image_cost_five_requests() {
    let world = World::new();
    world.signed("1.0");
    let (lookup, text) = (world.lookup(), world.name(REPOSITORY, ":1.0"));
    let images = [used(&text)];
    let pods = (0..500).map(|_| lookup.facts(&images, Moment::BeforeMutation, &Anonymous, soon()));
    for facts in join_all(pods).await {
        assert_eq!(said(&facts[&text]).0, "verified");
    }
    assert!(world.registry.count() <= 5, "{}", world.registry.count());
    assert_eq!(lookup.stats().flights, 2);
    assert_eq!(lookup.stats().in_the_air, 0);
}

#[tokio::test]
async fn a_waiter_that_goes_away_takes_nothing_from_the_others() {
    let world = World::new();
    let digest = world.signed("1.0");
    world.registry.delay(Duration::from_millis(20));
    let (lookup, text) = (world.lookup(), world.by_digest(&digest));
    let images = [used(&text)];
    let mut first = Box::pin(lookup.facts(&images, Moment::Admission, &Anonymous, soon()));
    let mut second = Box::pin(lookup.facts(&images, Moment::Admission, &Anonymous, soon()));
    assert!(futures::poll!(&mut first).is_pending());
    assert!(futures::poll!(&mut second).is_pending());
    drop(first);
    assert_eq!(said(&second.await[&text]).0, "verified");
    assert_eq!((world.registry.count(), lookup.stats().joined), (3, 1));
}

#[tokio::test]
async fn a_flight_whose_waiters_are_all_gone_still_fills_the_cache() {
    let world = World::new();
    let digest = world.signed("1.0");
    let (lookup, text) = (world.lookup(), world.by_digest(&digest));
    let images = [used(&text)];
    // Its deadline has passed before the registry can answer.
    let late = lookup.facts(&images, Moment::Admission, &Anonymous, Instant::now()).await;
    assert_eq!(said(&late[&text]).0, "unknown");
    let found = lookup.facts(&images, Moment::Admission, &Anonymous, soon()).await;
    assert_eq!(said(&found[&text]).0, "verified");
    assert_eq!(world.registry.count(), 3, "the second question joined the flight or found its answer");
}

/// The lag is larger than the 20 ms of the goal, so that the machine's own time matters less; the waits are the same.
#[tokio::test]
async fn fifty_images_of_one_pod_take_at_most_eight_waits() {
    let world = World::new();
    let lag = Duration::from_millis(200);
    let images: Vec<_> = (0..50).map(|image| used(&world.by_digest(&world.signed(&format!("v{image}"))))).collect();
    world.registry.delay(lag);
    let lookup = world.lookup();
    let started = Instant::now();
    let facts = lookup.facts(&images, Moment::Admission, &Anonymous, soon()).await;
    let waits = started.elapsed().as_secs_f64() / lag.as_secs_f64();
    assert!(facts.values().all(|facts| said(facts).0 == "verified"));
    assert_eq!((facts.len(), world.registry.count()), (50, 150));
    assert!(waits <= 8.0, "{waits} waits");
}

#[tokio::test]
async fn bundles_and_legacy_signatures_are_asked_for_at_the_same_time() {
    let world = World::new();
    let lag = Duration::from_millis(200);
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    world.sign_legacy(&digest);
    world.registry.delay(lag);
    let mut both = world.rule();
    both.formats.legacy = true;
    let lookup = world.lookup_by(trust(vec![both]));
    let started = Instant::now();
    let facts = lookup.facts(&[used(&world.by_digest(&digest))], Moment::Admission, &Anonymous, soon()).await;
    assert!(facts.values().all(|facts| said(facts).0 == "verified"));
    // Two trips for the legacy signature; one after the other it would be three.
    assert!(started.elapsed() < lag * 3, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_registry_that_hangs_keeps_only_its_own_images_waiting() {
    let world = World::new();
    let hanging = TestRegistry::start();
    hanging.fault("/", Answer::Hang);
    let good = world.by_digest(&world.signed("1.0"));
    let bad: Arc<str> = format!("{}/app@{}", hanging.host(), platlint_registry::Digest::sha256(b"app")).into();
    let rules = vec![world.rule(), crate::world::rule(&world.key, &format!("{}/**", hanging.host()))];
    let mut hosts = world.registry.settings().hosts;
    hosts.extend(hanging.settings().hosts);
    let lookup = world.lookup_with(trust(rules), Settings { hosts, ..Settings::default() });
    let deadline = Instant::now() + Duration::from_millis(500);
    let facts = lookup.facts(&[used(&bad), used(&good)], Moment::Admission, &Anonymous, deadline).await;
    assert!(deadline.elapsed() < Duration::from_millis(500), "{:?}", deadline.elapsed());
    assert_eq!(said(&facts[&good]).0, "verified");
    let (status, reason) = said(&facts[&bad]);
    assert!(status == "unknown" && reason.contains("not unsigned"), "{status}: {reason}");
}

#[tokio::test]
async fn what_was_read_suffices_where_another_place_hangs() {
    let mut world = World::new();
    world.patience = Duration::from_millis(600);
    let digest = world.signed("1.0");
    world.registry.fault(".sig", Answer::Hang);
    let mut both = world.rule();
    both.formats.legacy = true;
    let lookup = world.lookup_by(trust(vec![both]));
    let deadline = Instant::now() + Duration::from_secs(5);
    let text = world.by_digest(&digest);
    let facts = lookup.facts(&[used(&text)], Moment::Admission, &Anonymous, deadline).await;
    assert_eq!(said(&facts[&text]).0, "verified");
}
