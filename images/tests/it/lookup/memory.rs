//! What is remembered, what ends it, and what must not be taken from it.

use platlint_config::images::ImageRule;
use platlint_images::testing::{Kind, TestKey};
use platlint_images::{Anonymous, Moment, Trust};
use platlint_registry::testing::Answer;
use std::sync::Arc;
use std::time::Duration;

use crate::world::{REPOSITORY, World, policy, rule, said, trust, used, verdict};

#[tokio::test]
async fn a_verified_digest_is_not_asked_for_again_for_a_day() {
    let world = World::new();
    let text = world.by_digest(&world.signed("1.0"));
    let lookup = world.lookup();
    assert_eq!(verdict(&lookup, &text).await.0, "verified");
    let asked = world.registry.count();
    world.clock.advance(Duration::from_hours(24) - Duration::from_secs(1));
    assert_eq!(verdict(&lookup, &text).await.0, "verified");
    assert_eq!(world.registry.count(), asked);
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(verdict(&lookup, &text).await.0, "verified");
    assert_eq!(world.registry.count(), asked * 2);
    assert_eq!((lookup.stats().hits, lookup.stats().misses), (1, 2));
}

#[tokio::test]
async fn an_image_that_is_signed_after_it_was_asked_for_is_verified_seconds_later() {
    let world = World::new();
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    let (lookup, text) = (world.lookup(), world.by_digest(&digest));
    assert_eq!(verdict(&lookup, &text).await.0, "unsigned");
    world.sign(REPOSITORY, &digest);
    let asked = world.registry.count();
    assert_eq!(verdict(&lookup, &text).await.0, "unsigned");
    assert_eq!(world.registry.count(), asked, "a storm of retries is held off");
    world.clock.advance(Duration::from_secs(15));
    assert_eq!(verdict(&lookup, &text).await.0, "verified");
}

#[tokio::test]
async fn another_key_or_requirement_is_another_question() {
    let world = World::new();
    let text = world.by_digest(&world.signed("1.0"));
    assert_eq!(verdict(&world.lookup(), &text).await.0, "verified");
    let pattern = format!("{}/**", world.registry.host());
    let rotated = rule(&TestKey::new(Kind::P256), &pattern);
    let mut attested = world.rule();
    attested.attestations.push(platlint_config::images::WantedAttestation {
        predicate_type: "https://slsa.dev/provenance/v1".into(),
        authority: None,
    });
    for changed in [rotated, attested] {
        let lookup = world.lookup_by(trust(vec![changed]));
        assert!(lookup.cached(&[used(&text)], Moment::Admission).is_none());
        assert_eq!(verdict(&lookup, &text).await.0, "invalid");
    }
    assert_eq!(verdict(&world.lookup(), &text).await.0, "verified");
}

#[tokio::test]
async fn another_trusted_root_is_another_question() {
    use platlint_config::images::{AuthorityTrust, Matcher};
    use platlint_images::testing::{Keyless, Sigstore, bytes, signature_statement};
    let world = World::new();
    let (ours, theirs) = (Sigstore::new(), Sigstore::new());
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    let signer = Keyless::by("https://ci.example/release", "https://issuer.example");
    let bundle = bytes(&ours.bundle(&signer, &signature_statement(&digest, &serde_json::Value::Null)));
    world.registry.put_referrer(REPOSITORY, &digest, crate::world::BUNDLE, &bundle);
    let by_root = |root: &Sigstore| {
        let mut rule = world.rule();
        rule.authorities[0].trust = AuthorityTrust::Keyless {
            issuer: Matcher::Exact("https://issuer.example".into()),
            subject: Matcher::Exact("https://ci.example/release".into()),
            ci_claims: std::collections::BTreeMap::new(),
            trusted_root: root.trusted_root().into(),
        };
        world.lookup_by(trust(vec![rule]))
    };
    let text = world.by_digest(&digest);
    assert_eq!(verdict(&by_root(&ours), &text).await.0, "verified");
    assert_eq!(verdict(&by_root(&theirs), &text).await.0, "invalid");
}

#[tokio::test]
async fn a_revoked_digest_is_refused_with_a_warm_cache() {
    let world = World::new();
    let digest = world.signed("1.0");
    let text = world.by_digest(&digest);
    assert_eq!(verdict(&world.lookup(), &text).await.0, "verified");
    let mut policy = policy(vec![world.rule()]);
    policy.revoked.insert(digest.as_str().into());
    let lookup = world.lookup_by(Arc::new(Trust::compile(&policy).unwrap()));
    assert_eq!(verdict(&lookup, &text).await.0, "invalid");
    let cached = lookup.cached(&[used(&text)], Moment::Admission).unwrap();
    assert_eq!(said(&cached[&text]).0, "invalid");
}

/// Right is: a signature counts where it stands beside the image. Else a copy would pass or fail by who asked before.
#[tokio::test]
async fn the_same_digest_in_another_repository_is_another_question() {
    let world = World::new();
    let digest = world.signed("1.0");
    assert_eq!(world.registry.put_image("copy/web", "1.0"), digest);
    let copy = world.name("copy/web", &format!("@{digest}"));
    let lookup = world.lookup();
    // The original's signature does not admit the copy, in either order …
    assert_eq!(verdict(&lookup, &world.by_digest(&digest)).await.0, "verified");
    assert_eq!(verdict(&lookup, &copy).await.0, "unsigned");
    // … the copy's lack of one does not deny the original …
    assert_eq!(verdict(&lookup, &world.by_digest(&digest)).await.0, "verified");
    // … and a signature copied along with the image is as good there: it speaks of the content.
    world.sign("copy/web", &digest);
    world.clock.advance(Duration::from_secs(16));
    assert_eq!(verdict(&lookup, &copy).await.0, "verified");
}

#[tokio::test]
async fn a_last_known_answer_outlives_an_outage_and_says_so() {
    let world = World::new();
    let text = world.by_digest(&world.signed("1.0"));
    let rule = ImageRule { last_known: Some(Duration::from_hours(2)), ..world.rule() };
    let trust = trust(vec![rule]);
    assert_eq!(verdict(&world.lookup_by(Arc::clone(&trust)), &text).await, ("verified".into(), String::new()));
    world.registry.fault("/", Answer::status(500));
    world.clock.advance(Duration::from_hours(25));
    let (status, reason) = verdict(&world.lookup_by(Arc::clone(&trust)), &text).await;
    assert!(status == "verified" && reason.contains("lastKnown"), "{status}: {reason}");
    assert!(world.lookup_by(Arc::clone(&trust)).cached(&[used(&text)], Moment::Admission).is_none());
    assert_eq!(verdict(&world.lookup(), &text).await.0, "unknown", "only where the rule allows it");
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(verdict(&world.lookup_by(trust), &text).await.0, "unknown");
}

#[tokio::test]
async fn last_known_answers_hold_through_outages_and_through_nothing_else() {
    let mut world = World::new();
    world.patience = Duration::from_millis(500);
    let text = world.by_digest(&world.signed("1.0"));
    let trust = trust(vec![ImageRule { last_known: Some(Duration::from_hours(2)), ..world.rule() }]);
    assert_eq!(verdict(&world.lookup_by(Arc::clone(&trust)), &text).await.0, "verified");
    world.clock.advance(Duration::from_hours(25));
    for (answer, status) in [
        (Answer::status(503), "verified"),
        (Answer::status(429), "verified"),
        (Answer::Close, "verified"),
        (Answer::status(403), "unknown"),
        (Answer::body("application/json", "{}"), "unknown"),
    ] {
        let shown = format!("{answer:?}");
        world.registry.fault("/referrers/", answer);
        let found = verdict(&world.lookup_by(Arc::clone(&trust)), &text).await;
        assert_eq!(found.0, status, "{shown}: {}", found.1);
        world.registry.clear_faults();
    }
    // Who may write to the repository cannot bring the old answer back by more than is looked at.
    let digest = platlint_registry::Digest::parse(text.split_once('@').unwrap().1).unwrap();
    for junk in 0..40 {
        world.registry.put_referrer(
            REPOSITORY,
            &digest,
            crate::world::BUNDLE,
            format!("{{\"number\":{junk}}}").as_bytes(),
        );
    }
    world.registry.fault("/blobs/", Answer::status(500));
    assert_eq!(verdict(&world.lookup_by(trust), &text).await.0, "unknown");
}

#[tokio::test]
async fn a_withdrawn_signature_is_not_brought_back_by_an_outage() {
    let world = World::new();
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    let signature = world.sign(REPOSITORY, &digest);
    let text = world.by_digest(&digest);
    let trust = trust(vec![ImageRule { last_known: Some(Duration::from_hours(48)), ..world.rule() }]);
    assert_eq!(verdict(&world.lookup_by(Arc::clone(&trust)), &text).await.0, "verified");
    world.registry.remove(REPOSITORY, &signature);
    world.clock.advance(Duration::from_hours(25));
    assert_eq!(verdict(&world.lookup_by(Arc::clone(&trust)), &text).await.0, "unsigned");
    world.clock.advance(Duration::from_secs(16));
    world.registry.fault("/", Answer::status(500));
    assert_eq!(verdict(&world.lookup_by(trust), &text).await.0, "unknown");
}

#[tokio::test]
async fn memory_answers_at_once_or_not_at_all() {
    let world = World::new();
    let (text, tag) = (world.by_digest(&world.signed("1.0")), world.name(REPOSITORY, ":1.0"));
    let lookup = world.lookup();
    assert!(lookup.cached(&[used(&text)], Moment::Admission).is_none());
    let found = lookup.facts(&[used(&text)], Moment::Admission, &Anonymous, crate::world::soon()).await;
    assert_eq!(lookup.cached(&[used(&text)], Moment::Admission), Some(found));
    // A tag in a Pod is certain at admission; before the mutation it must be resolved.
    assert!(lookup.cached(&[used(&text), used(&tag)], Moment::Admission).is_some());
    assert!(lookup.cached(&[used(&text), used(&tag)], Moment::BeforeMutation).is_none());
}

#[tokio::test]
async fn prefilling_remembers_what_runs_and_leaves_half_of_the_room() {
    let world = World::new();
    let (one, two) = (world.signed("1.0"), world.registry.put_image(REPOSITORY, "2.0"));
    let lookup = world.lookup();
    let images = [
        format!("docker-pullable://{}", world.by_digest(&one)).into(),
        world.by_digest(&two),
        world.name(REPOSITORY, ":1.0"),
        world.by_digest(&one),
    ];
    let done = lookup.prefill(&images, &Anonymous).await;
    assert_eq!((done.verified, done.others, done.skipped, done.left_out), (1, 1, 2, 0));
    assert!(lookup.cached(&[used(&world.by_digest(&one))], Moment::Admission).is_some());

    let lifetimes = platlint_images::lookup::Lifetimes::default();
    let small = Arc::new(platlint_images::Cache::new(8192, lifetimes, world.clock.clone()));
    let client = Arc::new(world.registry.client());
    let lookup = platlint_images::Lookup::new(world.trust(), client, small, platlint_images::Patience::CLI);
    let many: Vec<_> = (0..12).map(|image| world.by_digest(&world.signed(&format!("v{image}")))).collect();
    let done = lookup.prefill(&many, &Anonymous).await;
    assert!(done.verified > 0 && done.left_out > 0 && done.verified + done.left_out == 12, "{done:?}");
    assert!(lookup.stats().bytes < 8192 * 3 / 4, "{:?}", lookup.stats());
}

#[tokio::test]
async fn memory_is_bounded_by_bytes() {
    let mut world = World::new();
    let lifetimes = platlint_images::lookup::Lifetimes::default();
    world.cache = Arc::new(platlint_images::Cache::new(8192, lifetimes, world.clock.clone()));
    let lookup = world.lookup();
    for image in 0..20 {
        assert_eq!(verdict(&lookup, &world.by_digest(&world.signed(&format!("v{image}")))).await.0, "verified");
    }
    let stats = lookup.stats();
    assert!(stats.bytes <= 8192 && (1..20).contains(&stats.entries), "{stats:?}");
}
