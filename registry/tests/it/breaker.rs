//! A failing registry is left alone for a while. The clock is stopped only while it is set forward: sockets need it.

use std::time::Duration;

use crate::{APP, basic, later, session, v1};
use platlint_registry::testing::{Answer, TestRegistry};
use platlint_registry::{Client, Credential, FetchError, Settings};

async fn set_forward(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

async fn fail(client: &Client, registry: &TestRegistry) -> FetchError {
    session(client, registry).manifest(&v1()).await.unwrap_err()
}

#[tokio::test]
async fn it_opens_for_a_failing_registry_and_closes_for_a_working_one() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    registry.fault("/v2/", Answer::status(500));
    let client = registry.client();
    for _ in 0..3 {
        assert_eq!(fail(&client, &registry).await, FetchError::Server { status: 500 });
    }
    let open = fail(&client, &registry).await;
    assert!(matches!(&open, FetchError::Unreachable(why) if why.contains("not asked")), "{open:?}");
    assert_eq!(registry.count(), 3);

    set_forward(Duration::from_secs(5)).await;
    assert_eq!(fail(&client, &registry).await, FetchError::Server { status: 500 });
    assert!(matches!(fail(&client, &registry).await, FetchError::Unreachable(_)));
    assert_eq!(registry.count(), 4);

    registry.clear_faults();
    set_forward(Duration::from_secs(10)).await;
    assert!(session(&client, &registry).manifest(&v1()).await.is_ok());
    assert!(session(&client, &registry).manifest(&v1()).await.is_ok());
    assert_eq!(registry.count(), 6);
}

#[tokio::test]
async fn it_opens_for_a_registry_that_does_not_answer() {
    let registry = TestRegistry::start();
    registry.fault("/v2/", Answer::Hang);
    let client = registry.client();
    for _ in 0..3 {
        let deadline = tokio::time::Instant::now() + Duration::from_millis(600);
        let session = client.session(registry.repository(APP), Credential::Anonymous, deadline);
        assert_eq!(session.manifest(&v1()).await, Err(FetchError::Timeout));
    }
    assert!(matches!(fail(&client, &registry).await, FetchError::Unreachable(_)));
    assert_eq!(registry.count(), 3);
}

#[tokio::test]
async fn what_waits_in_vain_for_its_turn_says_nothing_of_the_registry() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    registry.fault_times("/v2/", 1, Answer::Hang);
    let client = Client::new(Settings { concurrency: 1, ..registry.settings() }).unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_millis(700);
    let ask = || async {
        let session = client.session(registry.repository(APP), Credential::Anonymous, deadline);
        session.manifest(&v1()).await
    };
    let all = tokio::join!(ask(), ask(), ask(), ask(), ask());
    let (first, second, third, fourth, fifth) = all;
    for late in [first, second, third, fourth, fifth] {
        assert_eq!(late, Err(FetchError::Timeout));
    }
    assert_eq!(registry.count(), 1, "the others never had their turn");
    assert!(session(&client, &registry).manifest(&v1()).await.is_ok());
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_does_not_open_it() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    registry.fault_times("/v2/", 3, Answer::Drip(Duration::from_millis(50)));
    let client = registry.client();
    let deadline = tokio::time::Instant::now() + Duration::from_millis(700);
    let ask = || async {
        let session = client.session(registry.repository(APP), Credential::Anonymous, deadline);
        session.manifest(&v1()).await
    };
    let (first, second, third) = tokio::join!(ask(), ask(), ask());
    for late in [first, second, third] {
        assert_eq!(late, Err(FetchError::Timeout));
    }
    assert!(session(&client, &registry).manifest(&v1()).await.is_ok());
}

#[tokio::test]
async fn absence_and_denial_do_not_open_it() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    let client = registry.client();
    for status in [404, 403, 404, 403, 404] {
        registry.clear_faults();
        registry.fault("/v2/", Answer::status(status));
        fail(&client, &registry).await;
    }
    registry.clear_faults();
    assert!(session(&client, &registry).manifest(&v1()).await.is_ok());
}

#[tokio::test]
async fn the_time_that_the_registry_names_is_kept_for_that_credential_alone() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    registry.fault_times("/v2/", 1, Answer::status(429).with("Retry-After", "59"));
    let client = registry.client();
    let limited = client.session(
        registry.repository(APP),
        Credential::Anonymous,
        tokio::time::Instant::now() + Duration::from_secs(20),
    );
    assert_eq!(limited.manifest(&v1()).await, Err(FetchError::Limited { retry_after: Some(Duration::from_secs(59)) }));
    assert!(matches!(fail(&client, &registry).await, FetchError::Limited { retry_after: Some(_) }));
    assert_eq!(registry.count(), 1);
    let other = client.session(registry.repository(APP), basic("another", "secret"), later());
    assert!(other.manifest(&v1()).await.is_ok());
    set_forward(Duration::from_mins(1)).await;
    assert!(session(&client, &registry).manifest(&v1()).await.is_ok());
}

#[tokio::test]
async fn one_registry_does_not_open_it_for_another() {
    let (broken, working) = (TestRegistry::start(), TestRegistry::start());
    working.put_image(APP, "v1");
    broken.fault("/v2/", Answer::status(500));
    let hosts = [(broken.host(), broken.host_settings()), (working.host(), working.host_settings())].into();
    let client = Client::new(Settings { hosts, ..Settings::default() }).unwrap();
    for _ in 0..5 {
        fail(&client, &broken).await;
        assert!(session(&client, &working).manifest(&v1()).await.is_ok());
    }
    assert_eq!(broken.count(), 3);
}
