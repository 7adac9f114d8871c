//! Other places of the same content: they may have it or not, but decide nothing.

use crate::{APP, basic, later, v1};
use platlint_registry::testing::{Access, Account, Answer, TestRegistry};
use platlint_registry::{Client, Credential, Digest, FetchError, HostSettings, Session, Settings, Target};

/// The mirror keeps the registry's repositories below this path.
const PREFIX: &str = "proxy";
const MIRRORED: &str = "proxy/team/app";

/// A registry with a mirror, and a client that knows of both.
fn mirrored() -> (TestRegistry, TestRegistry, Client) {
    let (registry, mirror) = (TestRegistry::start(), TestRegistry::start());
    let mirrors = vec![format!("{}/{PREFIX}", mirror.host())];
    let hosts = [
        (registry.host(), HostSettings { mirrors, ..registry.host_settings() }),
        (mirror.host(), mirror.host_settings()),
    ];
    let client = Client::new(Settings { hosts: hosts.into(), ..Settings::default() }).unwrap();
    (registry, mirror, client)
}

fn ask<'c>(client: &'c Client, registry: &TestRegistry) -> Session<'c> {
    client.session(registry.repository(APP), Credential::Anonymous, later())
}

#[tokio::test]
async fn content_by_digest_comes_from_the_mirror() {
    let (registry, mirror, client) = mirrored();
    let image = mirror.put_image(MIRRORED, "v1");
    let blob = mirror.put_blob(MIRRORED, "content");
    ask(&client, &registry).manifest(&Target::Digest(image)).await.unwrap();
    ask(&client, &registry).blob(&blob, 100).await.unwrap();
    assert_eq!((registry.count(), mirror.count()), (0, 2));
}

#[tokio::test]
async fn a_mirror_without_it_or_with_something_else_falls_through() {
    for answer in [
        Answer::status(404),
        Answer::status(403),
        Answer::status(500),
        Answer::status(429),
        Answer::Close,
        Answer::Garbage,
        Answer::Endless,
        Answer::body("application/json", "forged"),
        Answer::redirect("http://169.254.169.254/"),
    ] {
        let (registry, mirror, client) = mirrored();
        let image = registry.put_image(APP, "v1");
        let blob = registry.put_blob(APP, "content");
        mirror.fault("/v2/", answer.clone());
        assert!(ask(&client, &registry).manifest(&Target::Digest(image)).await.is_ok(), "{answer:?}");
        assert_eq!(&ask(&client, &registry).blob(&blob, 100).await.unwrap()[..], b"content", "{answer:?}");
    }
}

#[tokio::test]
async fn a_mirror_that_hangs_leaves_time_for_the_registry() {
    let (registry, mirror, client) = mirrored();
    let blob = registry.put_blob(APP, "content");
    mirror.fault("/v2/", Answer::Hang);
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(2);
    let session = client.session(registry.repository(APP), Credential::Anonymous, deadline);
    assert_eq!(&session.blob(&blob, 100).await.unwrap()[..], b"content");
}

#[tokio::test]
async fn a_tag_is_resolved_by_the_registry_and_not_by_an_old_mirror() {
    let (registry, mirror, client) = mirrored();
    let new = registry.put_image(APP, "v1");
    let old = mirror.put_image(MIRRORED, "old");
    mirror.tag(MIRRORED, "v1", &old);
    assert_eq!(ask(&client, &registry).manifest(&v1()).await.unwrap().digest, new);
    assert_eq!(mirror.count(), 0);
}

#[tokio::test]
async fn a_tag_that_the_registry_does_not_have_is_not_found() {
    let (registry, mirror, client) = mirrored();
    mirror.put_image(MIRRORED, "v1");
    assert_eq!(ask(&client, &registry).manifest(&v1()).await, Err(FetchError::NotFound));
    registry.fault("/v2/", Answer::status(403));
    assert_eq!(ask(&client, &registry).manifest(&v1()).await, Err(FetchError::Denied { status: 403 }));
    assert_eq!(mirror.count(), 0);
}

#[tokio::test]
async fn a_tag_is_resolved_by_the_mirror_while_the_registry_gives_no_answer() {
    for answer in [Answer::Close, Answer::status(500), Answer::status(429)] {
        let (registry, mirror, client) = mirrored();
        registry.fault("/v2/", answer);
        let image = mirror.put_image(MIRRORED, "v1");
        assert_eq!(ask(&client, &registry).manifest(&v1()).await.unwrap().digest, image);
    }
}

#[tokio::test]
async fn a_mirror_without_referrers_says_nothing_while_the_registry_gives_no_answer() {
    let (registry, mirror, client) = mirrored();
    registry.fault("/v2/", Answer::status(500));
    let image = mirror.put_image(MIRRORED, "v1");
    for has_api in [true, false] {
        mirror.referrers_api(has_api);
        assert!(ask(&client, &registry).referrers(&image).await.is_err());
    }
    mirror.put_referrer(MIRRORED, &image, "application/vnd.example", b"a signature");
    assert_eq!(ask(&client, &registry).referrers(&image).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_mirror_says_for_a_silent_registry_is_marked_as_perhaps_old() {
    let (registry, mirror, client) = mirrored();
    let image = mirror.put_image(MIRRORED, "v1");
    mirror.put_referrer(MIRRORED, &image, "application/vnd.example", b"an old signature");
    let by_digest = Target::Digest(image.clone());
    let session = ask(&client, &registry);
    session.manifest(&by_digest).await.unwrap();
    assert_eq!(session.doubt(), None, "content by its digest is the same everywhere");
    registry.fault("/v2/", Answer::status(500));
    session.referrers(&image).await.unwrap();
    assert_eq!(session.doubt(), Some(&FetchError::Server { status: 500 }));
    let session = ask(&client, &registry);
    session.manifest(&v1()).await.unwrap();
    assert_eq!(session.doubt(), Some(&FetchError::Server { status: 500 }));
}

#[tokio::test]
async fn absence_needs_the_word_of_the_registry() {
    let (registry, _mirror, client) = mirrored();
    let nothing = Target::Digest(Digest::sha256(b"nothing"));
    assert_eq!(ask(&client, &registry).manifest(&nothing).await, Err(FetchError::NotFound));
    registry.fault("/v2/", Answer::status(500));
    assert_eq!(ask(&client, &registry).manifest(&nothing).await, Err(FetchError::Server { status: 500 }));
}

#[tokio::test]
async fn the_credential_of_the_registry_is_not_shown_to_the_mirror() {
    let (registry, mirror, client) = mirrored();
    let blob = registry.put_blob(APP, "content");
    for place in [&registry, &mirror] {
        place.access(Access::Basic(vec![Account::new("robot", "secret", &["team/", PREFIX])]));
    }
    let session = || client.session(registry.repository(APP), basic("robot", "secret"), later());
    session().blob(&blob, 100).await.unwrap();
    assert!(mirror.requests().iter().all(|request| request.authorization.is_none()));
    mirror.put_blob(MIRRORED, "content");
    let with_own = session().with_mirror_credential(&mirror.host(), basic("robot", "secret"));
    let before = registry.count();
    with_own.blob(&blob, 100).await.unwrap();
    assert_eq!(registry.count(), before);
    assert_eq!(client.mirrors(&registry.repository(APP)), [mirror.repository(MIRRORED)]);
}
