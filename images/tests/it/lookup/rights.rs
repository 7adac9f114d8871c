//! Whose credential sees what: answers are shared, rights are not.

use platlint_images::lookup::CredentialsFuture;
use platlint_images::{CredentialFault, Credentials, Moment};
use platlint_registry::testing::{Access, Account};
use platlint_registry::{Credential, Repository};
use std::time::Duration;

use crate::world::{REPOSITORY, World, facts_as, said};

/// These credentials for every repository.
struct Holds(Vec<Credential>);

impl Credentials for Holds {
    fn credentials<'a>(&'a self, _: &'a Repository) -> CredentialsFuture<'a> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

/// A helper that fails.
struct Fails;

impl Credentials for Fails {
    fn credentials<'a>(&'a self, _: &'a Repository) -> CredentialsFuture<'a> {
        Box::pin(async { Err(CredentialFault("the helper did not start".into())) })
    }
}

fn robot() -> Credential {
    Credential::Basic { username: "robot".into(), password: "secret".into() }
}

fn stranger() -> Credential {
    Credential::Basic { username: "stranger".into(), password: "other".into() }
}

/// A registry where `robot` may read the shop and `stranger` something else.
fn private() -> World {
    let world = World::new();
    let accounts = vec![Account::new("robot", "secret", &["shop/"]), Account::new("stranger", "other", &["else/"])];
    world.registry.access(Access::Basic(accounts));
    world
}

#[tokio::test]
async fn who_may_not_look_learns_nothing_and_denies_nobody() {
    let world = private();
    let (lookup, text) = (world.lookup(), world.by_digest(&world.signed("1.0")));
    for by in [Holds(vec![]), Holds(vec![stranger()])] {
        let (status, reason) = said(&facts_as(&lookup, &text, Moment::Admission, &by).await);
        assert!(status == "unknown" && reason.contains("denied"), "{status}: {reason}");
    }
    let by = Holds(vec![robot()]);
    assert_eq!(said(&facts_as(&lookup, &text, Moment::Admission, &by).await).0, "verified");
}

#[tokio::test]
async fn credentials_are_tried_in_turn_as_a_node_tries_them() {
    let world = private();
    let (lookup, digest) = (world.lookup(), world.signed("1.0"));
    let by = Holds(vec![stranger(), robot()]);
    let found = facts_as(&lookup, &world.name(REPOSITORY, ":1.0"), Moment::BeforeMutation, &by).await;
    assert_eq!((said(&found).0.as_str(), found.digest.as_deref()), ("verified", Some(digest.as_str())));
    world.clock.advance(Duration::from_hours(25));
    assert_eq!(said(&facts_as(&lookup, &world.by_digest(&digest), Moment::Admission, &by).await).0, "verified");
}

#[tokio::test]
async fn a_verified_digest_is_a_fact_for_all_and_what_a_tag_names_is_not() {
    let world = private();
    let (lookup, digest) = (world.lookup(), world.signed("1.0"));
    let tag = world.name(REPOSITORY, ":1.0");
    let by = Holds(vec![robot()]);
    assert_eq!(said(&facts_as(&lookup, &tag, Moment::BeforeMutation, &by).await).0, "verified");
    let stranger = Holds(vec![stranger()]);
    let found = facts_as(&lookup, &world.by_digest(&digest), Moment::Admission, &stranger).await;
    assert_eq!(said(&found).0, "verified");
    let found = facts_as(&lookup, &tag, Moment::BeforeMutation, &stranger).await;
    assert_eq!((said(&found).0.as_str(), found.digest), ("unknown", None));
}

#[tokio::test]
async fn an_absence_shown_to_one_credential_is_no_absence_for_another() {
    let world = World::new();
    let digest = world.signed("1.0");
    let (lookup, text) = (world.lookup(), world.by_digest(&digest));
    // A registry that hides what may not be read behind 404.
    world.registry.fault("/v2/", platlint_registry::testing::Answer::status(404));
    let found = facts_as(&lookup, &text, Moment::Admission, &Holds(vec![stranger()])).await;
    assert_eq!(said(&found).0, "unsigned");
    world.registry.clear_faults();
    let found = facts_as(&lookup, &text, Moment::Admission, &Holds(vec![robot()])).await;
    assert_eq!(said(&found).0, "verified");
}

#[tokio::test]
async fn a_credential_that_cannot_be_had_is_unknown() {
    let world = World::new();
    let text = world.by_digest(&world.signed("1.0"));
    let (status, reason) = said(&facts_as(&world.lookup(), &text, Moment::Admission, &Fails).await);
    assert!(status == "unknown" && reason.contains("the helper did not start"), "{status}: {reason}");
    assert_eq!(world.registry.count(), 0);
}

#[tokio::test]
async fn what_one_place_verifies_stands_where_another_place_is_denied() {
    let world = World::new();
    let digest = world.registry.put_image(REPOSITORY, "1.0");
    world.sign_legacy(&digest);
    let mut both = world.rule();
    both.formats.legacy = true;
    world.registry.fault("/referrers/", platlint_registry::testing::Answer::status(403));
    let lookup = world.lookup_by(crate::world::trust(vec![both]));
    // The second credential sees nothing at all.
    let by = Holds(vec![robot(), Credential::Basic { username: "late".into(), password: "x".into() }]);
    let found = facts_as(&lookup, &world.by_digest(&digest), Moment::Admission, &by).await;
    assert_eq!(said(&found).0, "verified");
    let survey = lookup.survey(&world.by_digest(&digest), &by, crate::world::soon()).await.unwrap();
    assert_eq!(survey.answer.status(), platlint_images::Status::Verified);
    let asked = |answer: &str| {
        world.registry.requests().iter().filter(|request| format!("{request:?}").contains(answer)).count()
    };
    assert_eq!(asked("/referrers/"), 2, "once for each question: the first credential suffices");
}
