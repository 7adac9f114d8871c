//! What is remembered, for how long, and what a reload makes of it.

use std::time::Duration;

use platlint_images::testing::{Kind, TestKey};
use platlint_webhook::policies::{LoadError, Reload};

use super::scene::{DENIES, Scene};
use crate::support::{source, today};

fn reload(scene: &Scene) -> Reload {
    let judges = &scene.server.judges;
    judges.policies.reload(&source(judges.folder.path().to_path_buf()), today())
}

fn trust(scene: &Scene, text: &str) {
    std::fs::write(scene.server.judges.folder.path().join("release.pub"), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_makes_what_was_known_unknown_and_the_old_key_brings_it_back() {
    let scene = Scene::new(DENIES);
    let image = scene.signed("shop/web");
    assert_eq!(scene.create(&[&image]).await["allowed"], true);
    let asked = scene.registry.count();
    trust(&scene, &TestKey::new(Kind::P256).public_pem());
    assert!(matches!(reload(&scene), Reload::Swapped(_)));
    assert_eq!(scene.create(&[&image]).await["allowed"], false);
    assert!(scene.registry.count() > asked, "memory of the other key says nothing");
    let asked = scene.registry.count();
    trust(&scene, &scene.key.public_pem());
    assert!(matches!(reload(&scene), Reload::Swapped(_)));
    assert_eq!(scene.create(&[&image]).await["allowed"], true);
    assert_eq!(scene.registry.count(), asked, "memory outlives reloads");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_read_refuses_the_reload_and_the_last_good_one_stays() {
    let scene = Scene::new(DENIES);
    let image = scene.signed("shop/web");
    trust(&scene, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    let refused = reload(&scene);
    assert!(matches!(&refused, Reload::Refused(LoadError::Images(_) | LoadError::Problems(_))), "{refused:?}");
    assert_eq!(scene.create(&[&image]).await["allowed"], true);
    assert!(scene.server.judges.metrics.text().contains("platlint_reload_failed 1"));
    trust(&scene, &scene.key.public_pem());
    assert!(matches!(reload(&scene), Reload::SameRevision));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_signature_is_remembered_for_fifteen_seconds() {
    let scene = Scene::new(DENIES);
    let digest = scene.registry.put_image("shop/web", "1.0");
    let image = scene.named("shop/web", &digest);
    assert_eq!(scene.create(&[&image]).await["allowed"], false);
    let asked = scene.registry.count();
    scene.sign("shop/web", &digest, &scene.key);
    scene.clock.advance(Duration::from_secs(14));
    assert_eq!(scene.create(&[&image]).await["allowed"], false, "as it was");
    assert_eq!(scene.registry.count(), asked);
    scene.clock.advance(Duration::from_secs(1));
    assert_eq!(scene.create(&[&image]).await["allowed"], true, "asked anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_image_is_remembered_for_a_day() {
    let scene = Scene::new(DENIES);
    let image = scene.signed("shop/web");
    assert_eq!(scene.create(&[&image]).await["allowed"], true);
    let asked = scene.registry.count();
    scene.clock.advance(Duration::from_secs(24 * 3_600 - 1));
    assert_eq!(scene.create(&[&image]).await["allowed"], true);
    assert_eq!(scene.registry.count(), asked);
    scene.clock.advance(Duration::from_secs(1));
    assert_eq!(scene.create(&[&image]).await["allowed"], true);
    assert!(scene.registry.count() > asked, "asked anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_asks_no_registry() {
    let scene = Scene::new(DENIES);
    scene.registry.fault("/", platlint_registry::testing::Answer::Hang);
    assert!(scene.server.judges.health().is_ready());
    assert_eq!(scene.registry.count(), 0);
}
