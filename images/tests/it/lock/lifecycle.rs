//! From a registry into the file and back, and what changes between two runs.

use platlint_images::Lock;
use platlint_images::lock::{Scope, SignerChange};
use platlint_images::testing::{Kind, TestKey};

use super::{Folder, day, locked, survey, verdict};
use crate::world::{REPOSITORY, World, rule, trust, used};

#[tokio::test]
async fn a_locked_image_is_verified_again_without_a_registry() {
    let world = World::new();
    let image = world.by_digest(&world.signed("1.0"));
    let (folder, updated) = locked(&world, &world.lookup(), &[&image]).await;
    assert_eq!((updated.changed.len(), updated.refused.len()), (1, 0));
    let asked = world.registry.count();
    assert_eq!(verdict(&folder.read(), &world.trust(), &image), ("verified".into(), String::new()));
    assert_eq!(world.registry.count(), asked);
    let text = folder.text();
    for line in
        ["mediaType: application/vnd.oci.image.manifest.v1+json", "authority: \"release\"", "checkedAt: 2026-11-01"]
    {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[tokio::test]
async fn a_legacy_signature_is_locked_too() {
    let world = World::new();
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    world.sign_legacy(&digest);
    let mut both = world.rule();
    both.formats.legacy = true;
    let trust = trust(vec![both]);
    let image = world.by_digest(&digest);
    let (folder, _) = locked(&world, &world.lookup_by(trust.clone()), &[&image]).await;
    assert_eq!(verdict(&folder.read(), &trust, &image).0, "verified");
}

#[tokio::test]
async fn only_references_by_digest_pass() {
    let world = World::new();
    let digest = world.signed("1.0");
    let image = world.name(REPOSITORY, &format!(":1.0@{digest}"));
    let (folder, _) = locked(&world, &world.lookup(), &[&image]).await;
    let lock = folder.read();
    assert_eq!(verdict(&lock, &world.trust(), &image).0, "verified");
    let (status, reason) = verdict(&lock, &world.trust(), &world.name(REPOSITORY, ":1.0"));
    assert!(status == "unknown" && reason.contains("a lock speaks of digests"), "{status}: {reason}");
    let mut unpinned = world.rule();
    unpinned.pin = false;
    assert_eq!(verdict(&lock, &trust(vec![unpinned]), &world.name(REPOSITORY, ":1.0")).0, "unsigned");
}

#[tokio::test]
async fn an_image_without_an_entry_is_unknown() {
    let world = World::new();
    let (one, two) = (world.by_digest(&world.signed("1.0")), world.by_digest(&world.signed("2.0")));
    let (folder, _) = locked(&world, &world.lookup(), &[&one]).await;
    let (status, reason) = verdict(&folder.read(), &world.trust(), &two);
    assert!(status == "unknown" && reason.contains("not in platlint-images.lock"), "{status}: {reason}");
}

#[tokio::test]
async fn a_run_without_news_changes_no_byte_and_unused_evidence_goes() {
    let world = World::new();
    let (one, two) = (world.by_digest(&world.signed("1.0")), world.by_digest(&world.signed("2.0")));
    let lookup = world.lookup();
    let (folder, _) = locked(&world, &lookup, &[&two, &one]).await;
    world.registry.clear_faults();
    let (before, evidence) = (folder.text(), folder.evidence().len());
    // Connections of its own: the ones before have met a failing registry.
    let surveys = survey(&world.lookup(), &[&one, &two]).await;
    let mut lock = folder.read();
    let updated = lock.update(&surveys, Scope::Whole, day(2));
    lock.write(&folder.path()).unwrap();
    assert_eq!((updated.changed.len(), folder.text() == before, evidence), (0, true, 2));

    lock.update(&surveys[..1], Scope::Whole, day(2));
    lock.write(&folder.path()).unwrap();
    assert_eq!((lock.images().len(), folder.evidence().len()), (1, 1));
}

#[tokio::test]
async fn what_is_not_verified_is_not_locked_and_an_outage_keeps_the_old_entry() {
    let world = World::new();
    let (signed, bare) = (world.by_digest(&world.signed("1.0")), world.registry.put_image(REPOSITORY, "bare"));
    let (folder, updated) = locked(&world, &world.lookup(), &[&signed, &world.by_digest(&bare)]).await;
    assert_eq!(updated.refused.len(), 1);
    let mut lock = folder.read();
    assert_eq!(lock.images().len(), 1);
    let during_outage = lock.update(&survey(&world.lookup(), &[&signed]).await, Scope::Whole, day(2));
    assert!(during_outage.refused[0].kept && during_outage.removed.is_empty());
    assert_eq!(verdict(&lock, &world.trust(), &signed).0, "verified");
}

#[tokio::test]
async fn drift_tells_what_is_missing_stale_unused_and_unpinned() {
    let world = World::new();
    let (one, two) = (world.by_digest(&world.signed("1.0")), world.by_digest(&world.signed("2.0")));
    let tag = world.name(REPOSITORY, ":1.0");
    let (folder, _) = locked(&world, &world.lookup(), &[&one]).await;
    let lock = folder.read();
    assert!(lock.drift(&[used(&one)], &world.trust()).is_none());
    let drift = lock.drift(&[used(&two), used(&tag)], &world.trust());
    assert_eq!(
        (drift.missing, drift.unused, drift.unpinned),
        (vec![two.to_string()], vec![one.to_string()], vec![tag])
    );

    // Another requirement that the evidence satisfies: verified, and stale; another key: not decided.
    let mut other = world.rule();
    other.require = platlint_config::images::Require::All;
    let other = trust(vec![other]);
    assert_eq!(lock.drift(&[used(&one)], &other).stale, [one.to_string()]);
    assert_eq!(verdict(&lock, &other, &one).0, "verified");
    let rotated = trust(vec![rule(&TestKey::new(Kind::P256), &format!("{}/**", world.registry.host()))]);
    let (status, reason) = verdict(&lock, &rotated, &one);
    assert!(status == "unknown" && reason.contains("another image policy"), "{status}: {reason}");
}

#[tokio::test]
async fn a_signer_that_changes_shows() {
    let world = World::new();
    let other = TestKey::new(Kind::P256);
    let mut two_authorities = world.rule();
    let mut second = rule(&other, "registry.example/**").authorities.remove(0);
    second.name = "contractor".into();
    two_authorities.authorities.push(second);
    let lookup = world.lookup_by(trust(vec![two_authorities]));
    let (one, two) = (world.by_digest(&world.signed("1.0")), world.registry.put_image(REPOSITORY, "2.0"));
    world.sign_by(&other, REPOSITORY, &two);
    let two = world.by_digest(&two);
    let path = Folder::new().path();
    let (mut before, mut after) = (Lock::new(&path), Lock::new(&path));
    before.update(&survey(&lookup, &[&one]).await, Scope::Whole, day(1));
    after.update(&survey(&lookup, &[&two]).await, Scope::Whole, day(2));
    let changes: Vec<SignerChange> = before.signer_changes(&after);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].now.iter().map(|signer| signer.authority.as_str()).collect::<Vec<_>>(), ["contractor"]);
    assert!(before.signer_changes(&before).is_empty());
}

#[tokio::test]
async fn a_tag_that_moved_since_shows() {
    let world = World::new();
    let digest = world.signed("1.0");
    let image = world.name(REPOSITORY, &format!(":1.0@{digest}"));
    let (folder, _) = locked(&world, &world.lookup(), &[&image]).await;
    world.registry.clear_faults();
    let lock = folder.read();
    let moved = || async { lock.moved_tags(&world.lookup(), &platlint_images::Anonymous, crate::world::soon()).await };
    assert!(moved().await.is_empty());
    let newer = world.registry.put_image(REPOSITORY, "newer");
    world.registry.tag(REPOSITORY, "1.0", &newer);
    world.clock.advance(std::time::Duration::from_secs(11));
    let moved = moved().await;
    assert_eq!((moved[0].tag.as_str(), moved[0].now.as_ref().unwrap()), ("1.0", &newer));
}
