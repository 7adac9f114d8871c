//! A registry that fails: each failure is told apart, none is absence, and all end with the deadline.

use std::time::{Duration, Instant as Clock};

use crate::{APP, later, session, soon, v1};
use platlint_registry::testing::{Answer, TestRegistry};
use platlint_registry::{Client, Credential, FetchError, HostSettings, Manifest, Repository, Settings};

/// What comes of asking for a manifest once.
async fn ask(answer: Answer) -> (Result<Manifest, FetchError>, usize) {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    registry.fault("/manifests/", answer);
    let client = registry.client();
    let result = session(&client, &registry).manifest(&v1()).await;
    (result, registry.count())
}

async fn silent(answer: Answer) {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    registry.fault("/manifests/", answer);
    let client = registry.client();
    let (started, deadline) = (Clock::now(), soon());
    let result = client.session(registry.repository(APP), Credential::Anonymous, deadline).manifest(&v1()).await;
    assert_eq!(result, Err(FetchError::Timeout));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_registry_that_hangs_is_left_at_the_deadline() {
    silent(Answer::Hang).await;
}

#[tokio::test]
async fn a_slow_drip_is_left_at_the_deadline() {
    silent(Answer::Drip(Duration::from_millis(20))).await;
}

#[tokio::test]
async fn one_deadline_holds_for_all_questions_of_a_session() {
    let registry = TestRegistry::start();
    let image = registry.put_image(APP, "v1");
    registry.fault("/manifests/", Answer::Hang);
    registry.fault("/referrers/", Answer::Hang);
    let client = registry.client();
    let deadline = soon();
    let session = client.session(registry.repository(APP), Credential::Anonymous, deadline);
    assert_eq!(session.manifest(&v1()).await, Err(FetchError::Timeout));
    let second = Clock::now();
    assert_eq!(session.referrers(&image).await, Err(FetchError::Timeout));
    assert!(second.elapsed() < Duration::from_millis(200), "the second had no time left: {:?}", second.elapsed());
}

#[tokio::test]
async fn a_closed_connection_is_tried_once_more() {
    let (result, count) = ask(Answer::Close).await;
    assert!(matches!(result, Err(FetchError::Unreachable(_))), "{result:?}");
    assert_eq!(count, 2);
}

#[tokio::test]
async fn a_connection_closed_once_does_no_harm() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    registry.fault_times("/manifests/", 1, Answer::Close);
    let client = registry.client();
    assert!(session(&client, &registry).manifest(&v1()).await.is_ok());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    let (result, count) = ask(Answer::Truncated).await;
    assert!(matches!(result, Err(FetchError::Unreachable(_))), "{result:?}");
    assert_eq!(count, 1);
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let host = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let plain = HostSettings { plain_http: true, ..HostSettings::default() };
    let settings = Settings { hosts: [(host.clone(), plain)].into(), ..Settings::default() };
    let client = Client::new(settings).unwrap();
    let repository = Repository { registry: host.as_str().into(), repository: APP.into() };
    let result = client.session(repository, Credential::Anonymous, later()).manifest(&v1()).await;
    assert!(matches!(result, Err(FetchError::Unreachable(_))), "{result:?}");
    assert_eq!(client.requests()[&host], 2);
}

#[tokio::test]
async fn denials_are_told_from_absence_and_not_retried() {
    for status in [401, 403] {
        assert_eq!(ask(Answer::status(status)).await, (Err(FetchError::Denied { status }), 1));
    }
}

#[tokio::test]
async fn failures_of_the_registry_are_not_retried() {
    for status in [500, 502, 503, 504] {
        assert_eq!(ask(Answer::status(status)).await, (Err(FetchError::Server { status }), 1));
    }
}

#[tokio::test]
async fn other_statuses_are_faults_of_the_protocol() {
    for status in [204, 206, 400, 405, 410, 418] {
        let (result, count) = ask(Answer::status(status)).await;
        assert!(matches!(result, Err(FetchError::Protocol(_))), "{status}: {result:?}");
        assert_eq!(count, 1);
    }
}

#[tokio::test]
async fn too_many_requests_without_a_time_are_not_retried() {
    assert_eq!(ask(Answer::status(429)).await, (Err(FetchError::Limited { retry_after: None }), 1));
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_not_waited_for() {
    for status in [429, 503] {
        let answer = Answer::status(status).with("Retry-After", "3600");
        let limited = FetchError::Limited { retry_after: Some(Duration::from_hours(1)) };
        assert_eq!(ask(answer).await, (Err(limited), 1));
    }
}

#[tokio::test]
async fn a_wait_that_fits_is_waited_for_once() {
    for status in [429, 503] {
        let registry = TestRegistry::start();
        registry.put_image(APP, "v1");
        registry.fault_times("/manifests/", 1, Answer::status(status).with("Retry-After", "0"));
        let client = registry.client();
        assert!(session(&client, &registry).manifest(&v1()).await.is_ok());
        assert_eq!(registry.count(), 2);
        let (result, count) = ask(Answer::status(status).with("Retry-After", "0")).await;
        assert_eq!(result, Err(FetchError::Limited { retry_after: Some(Duration::ZERO) }));
        assert_eq!(count, 2);
    }
}

#[tokio::test]
async fn bytes_that_are_no_http_are_a_fault_of_the_protocol() {
    let (result, _) = ask(Answer::Garbage).await;
    assert!(matches!(result, Err(FetchError::Protocol(_))), "{result:?}");
}

#[tokio::test]
async fn garbage_instead_of_json_is_a_fault_of_the_protocol() {
    for body in ["<html>not found</html>", "", "{", "[]", "null", "{\"mediaType\": 7}"] {
        let (result, _) = ask(Answer::body("application/json", body)).await;
        assert!(matches!(result, Err(FetchError::Protocol(_))), "{body}: {result:?}");
    }
}

#[tokio::test]
async fn a_compressed_answer_is_refused_unread() {
    // The beginning of a gzip bomb; it is never looked into.
    let bomb = Answer::body("application/json", vec![0x1f, 0x8b, 8, 0]).with("Content-Encoding", "gzip");
    let (result, _) = ask(bomb).await;
    assert!(matches!(result, Err(FetchError::Protocol(_))), "{result:?}");
}
