//! What is read from a registry without faults.

use crate::{APP, later, session, v1};
use platlint_registry::testing::{MANIFEST, TestRegistry};
use platlint_registry::{Credential, Digest, FetchError, MAX_BUNDLE_BYTES, Repository, Session, Target};

#[tokio::test]
async fn reads_a_manifest_by_tag_and_by_digest() {
    let registry = TestRegistry::start();
    let digest = registry.put_image(APP, "v1");
    let client = registry.client();
    let by_tag = session(&client, &registry).manifest(&v1()).await.unwrap();
    assert_eq!((&by_tag.digest, by_tag.media_type.as_str()), (&digest, MANIFEST));
    let by_digest = session(&client, &registry).manifest(&Target::Digest(digest)).await.unwrap();
    assert_eq!(by_tag, by_digest);
}

#[tokio::test]
async fn reads_referrers_and_their_layers_with_and_without_the_api() {
    let registry = TestRegistry::start();
    let image = registry.put_image(APP, "v1");
    let signature = registry.put_referrer(APP, &image, "application/vnd.example", b"a signature");
    let client = registry.client();
    for has_api in [true, false] {
        registry.referrers_api(has_api);
        let found = session(&client, &registry).referrers(&image).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].digest, signature);
        // As real registries report it; nothing is filtered by it.
        assert_eq!(found[0].artifact_type.as_deref(), Some("application/vnd.oci.empty.v1+json"));
        let manifest = session(&client, &registry).manifest(&Target::Digest(signature.clone())).await.unwrap();
        assert_eq!(u64::try_from(manifest.bytes.len()).unwrap(), found[0].size);
    }
    let layer = session(&client, &registry).blob(&Digest::sha256(b"a signature"), MAX_BUNDLE_BYTES).await.unwrap();
    assert_eq!(&layer[..], b"a signature");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let registry = TestRegistry::start();
    let client = registry.client();
    let session = session(&client, &registry);
    let nothing = Digest::sha256(b"nothing");
    assert_eq!(session.manifest(&v1()).await, Err(FetchError::NotFound));
    assert_eq!(session.manifest(&Target::Digest(nothing.clone())).await, Err(FetchError::NotFound));
    assert_eq!(session.blob(&nothing, 10).await, Err(FetchError::NotFound));
}

#[tokio::test]
async fn counts_requests_by_host() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    let client = registry.client();
    session(&client, &registry).manifest(&v1()).await.unwrap();
    session(&client, &registry).manifest(&v1()).await.unwrap();
    assert_eq!(client.requests(), [(registry.host(), 2)].into());
    assert_eq!(registry.count(), 2);
}

#[tokio::test]
async fn asks_for_no_compression() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    let client = registry.client();
    session(&client, &registry).manifest(&v1()).await.unwrap();
    assert_eq!(registry.requests()[0].accept_encoding.as_deref(), Some("identity"));
    assert_eq!(registry.requests()[0].authorization, None);
}

#[tokio::test]
async fn names_that_would_change_the_address_are_refused() {
    let registry = TestRegistry::start();
    let client = registry.client();
    for name in ["../v2/other", "a?b", "a/../b", ""] {
        let session = client.session(registry.repository(name), Credential::Anonymous, later());
        let refused = session.manifest(&v1()).await;
        assert!(matches!(refused, Err(FetchError::Refused(_))), "{name}: {refused:?}");
    }
    let tag = session(&client, &registry).manifest(&Target::Tag("../../x".into())).await;
    assert!(matches!(tag, Err(FetchError::Refused(_))), "{tag:?}");
    assert_eq!(registry.count(), 0);
}

#[test]
fn every_question_may_be_asked_from_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    fn check(session: &Session<'_>, digest: &Digest, target: &Target) {
        is_send(session);
        is_send(&session.manifest(target));
        is_send(&session.referrers(digest));
        is_send(&session.blob(digest, 1));
    }
    let client = platlint_registry::Client::new(platlint_registry::Settings::default()).unwrap();
    let repository = Repository { registry: "registry.example".into(), repository: APP.into() };
    let deadline = tokio::time::Instant::now();
    check(&client.session(repository, Credential::Anonymous, deadline), &Digest::sha256(b""), &v1());
    assert!(client.requests().is_empty());
}
