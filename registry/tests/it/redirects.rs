//! A registry that sends the client elsewhere.

use crate::{APP, basic, later, session, v1};
use platlint_registry::testing::{Access, Account, Answer, TestRegistry};
use platlint_registry::{Client, Digest, FetchError, Settings};

fn refused<T: std::fmt::Debug>(result: &Result<T, FetchError>) {
    assert!(matches!(result, Err(FetchError::Refused(_))), "{result:?}");
}

#[tokio::test]
async fn manifests_and_referrers_follow_no_redirect() {
    let (registry, other) = (TestRegistry::start(), TestRegistry::start());
    let image = other.put_image(APP, "v1");
    registry.fault("/v2/", Answer::redirect(&format!("{}/v2/{APP}/manifests/v1", other.url())));
    let client = registry.client();
    refused(&session(&client, &registry).manifest(&v1()).await);
    refused(&session(&client, &registry).referrers(&image).await);
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn a_blob_elsewhere_is_fetched_without_the_credential() {
    let (registry, elsewhere) = (TestRegistry::start(), TestRegistry::start());
    registry.access(Access::Basic(vec![Account::new("robot", "secret", &[APP])]));
    let digest = elsewhere.put_blob(APP, "content");
    let client = registry.client();
    let session = client.session(registry.repository(APP), basic("robot", "secret"), later());
    registry.put_image(APP, "v1");
    session.manifest(&v1()).await.unwrap();
    registry.fault("/blobs/", Answer::redirect(&format!("{}/v2/{APP}/blobs/{digest}", elsewhere.url())));
    assert_eq!(&session.blob(&digest, 100).await.unwrap()[..], b"content");
    assert!(registry.requests().iter().any(|request| request.authorization.is_some()));
    assert_eq!(elsewhere.requests().len(), 1);
    assert_eq!(elsewhere.requests()[0].authorization, None);
}

#[tokio::test]
async fn a_blob_elsewhere_on_the_same_host_is_fetched_too() {
    let registry = TestRegistry::start();
    let digest = registry.put_blob("elsewhere", "content");
    registry.fault("/team/app/blobs/", Answer::redirect(&format!("/v2/elsewhere/blobs/{digest}")));
    let client = registry.client();
    assert_eq!(&session(&client, &registry).blob(&digest, 100).await.unwrap()[..], b"content");
}

#[tokio::test]
async fn a_blob_that_is_not_where_the_registry_says_is_no_absence() {
    let registry = TestRegistry::start();
    registry.fault("/team/app/blobs/", Answer::redirect("/v2/elsewhere/blobs/nothing"));
    let client = registry.client();
    let result = session(&client, &registry).blob(&Digest::sha256(b""), 100).await;
    assert!(matches!(result, Err(FetchError::Protocol(_))), "{result:?}");
}

#[tokio::test]
async fn redirects_end_after_three() {
    let registry = TestRegistry::start();
    registry.fault("/blobs/", Answer::redirect("/v2/team/app/blobs/again"));
    let client = registry.client();
    refused(&session(&client, &registry).blob(&Digest::sha256(b""), 100).await);
    assert_eq!(registry.count(), 4);
}

#[tokio::test]
async fn a_redirect_to_metadata_or_another_scheme_is_refused() {
    let registry = TestRegistry::start();
    let client = registry.client();
    for location in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://100.100.100.200/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://192.168.0.1/",
        "http://[fd00::1]/",
        "ftp://127.0.0.1/",
        "http://user:password@127.0.0.1/",
    ] {
        registry.clear_faults();
        registry.fault("/blobs/", Answer::redirect(location));
        let result = session(&client, &registry).blob(&Digest::sha256(b""), 100).await;
        assert!(matches!(result, Err(FetchError::Refused(_))), "{location}: {result:?}");
        assert!(!format!("{result:?}").contains("password"));
    }
}

#[tokio::test]
async fn a_redirect_to_no_address_is_a_fault_of_the_protocol() {
    let registry = TestRegistry::start();
    let client = registry.client();
    for location in ["", "//127.0.0.1/x", "blob", "http://", "http://[::1"] {
        registry.clear_faults();
        registry.fault("/blobs/", Answer::redirect(location));
        let result = session(&client, &registry).blob(&Digest::sha256(b""), 100).await;
        assert!(matches!(result, Err(FetchError::Protocol(_))), "{location}: {result:?}");
    }
}

#[tokio::test]
async fn a_registry_with_tls_never_leads_to_plain_http() {
    let (registry, plain) = (TestRegistry::start_with_tls(), TestRegistry::start());
    let digest = plain.put_blob(APP, "content");
    registry.fault("/blobs/", Answer::redirect(&format!("{}/v2/{APP}/blobs/{digest}", plain.url())));
    let hosts = [(registry.host(), registry.host_settings()), (plain.host(), plain.host_settings())].into();
    let client = Client::new(Settings { hosts, ..Settings::default() }).unwrap();
    refused(&session(&client, &registry).blob(&digest, 100).await);
    assert_eq!(plain.count(), 0);
}

#[tokio::test]
async fn a_registry_may_lead_to_a_listed_host_with_roots_of_its_own() {
    let (registry, elsewhere) = (TestRegistry::start(), TestRegistry::start_with_tls());
    let digest = elsewhere.put_blob(APP, "content");
    registry.fault("/blobs/", Answer::redirect(&format!("{}/v2/{APP}/blobs/{digest}", elsewhere.url())));
    let hosts = [(registry.host(), registry.host_settings()), (elsewhere.host(), elsewhere.host_settings())].into();
    let client = Client::new(Settings { hosts, ..Settings::default() }).unwrap();
    assert_eq!(&session(&client, &registry).blob(&digest, 100).await.unwrap()[..], b"content");
    let alone = registry.client();
    let untrusted = session(&alone, &registry).blob(&digest, 100).await;
    assert!(matches!(untrusted, Err(FetchError::Unreachable(_))), "{untrusted:?}");
}
