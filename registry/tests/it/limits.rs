//! A registry that sends too much: reading stops at the limit, whatever was announced.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use crate::{APP, session, v1};
use platlint_registry::testing::{Answer, INDEX, TestRegistry};
use platlint_registry::{Client, Digest, FetchError, MAX_INDEX_BYTES, MAX_MANIFEST_BYTES, Settings};

/// What the buffers of two sockets on loopback may hold beyond what was read.
const BUFFERED: u64 = 24 << 20;

/// A question, and its answer once there is one.
type Asked<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);

/// Polls all of them in turn, whichever was woken.
async fn join_all<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut all: Vec<Asked<F>> = all.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|cx| {
        for (one, output) in all.iter_mut().filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(ready) = one.as_mut().poll(cx) {
                *output = Some(ready);
            }
        }
        if all.iter().all(|(_, output)| output.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    all.into_iter().filter_map(|(_, output)| output).collect()
}

fn too_large<T: Debug>(result: Result<T, FetchError>, expected: u64) {
    match result {
        Err(FetchError::TooLarge { limit, .. }) => assert_eq!(limit, expected),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_body_without_end_is_read_up_to_the_limit() {
    let registry = TestRegistry::start();
    registry.fault("/v2/", Answer::Endless);
    let client = registry.client();
    let session = session(&client, &registry);
    let any = Digest::sha256(b"");
    too_large(session.manifest(&v1()).await, MAX_MANIFEST_BYTES);
    too_large(session.referrers(&any).await, MAX_INDEX_BYTES);
    too_large(session.blob(&any, 1000).await, 1000);
    let read = MAX_MANIFEST_BYTES + MAX_INDEX_BYTES;
    assert!(registry.bytes_sent() < read + 3 * BUFFERED, "{} bytes", registry.bytes_sent());
}

#[tokio::test]
async fn ten_gigabytes_are_refused_when_announced() {
    let registry = TestRegistry::start();
    registry.fault("/v2/", Answer::Announces(10_000_000_000));
    let client = registry.client();
    let session = session(&client, &registry);
    too_large(session.manifest(&v1()).await, MAX_MANIFEST_BYTES);
    too_large(session.referrers(&Digest::sha256(b"")).await, MAX_INDEX_BYTES);
    assert!(registry.bytes_sent() < 10_000);
}

#[tokio::test]
async fn a_blob_of_exactly_the_limit_is_read() {
    let registry = TestRegistry::start();
    let digest = registry.put_blob(APP, vec![7; 1000]);
    let client = registry.client();
    assert_eq!(session(&client, &registry).blob(&digest, 1000).await.unwrap().len(), 1000);
    too_large(session(&client, &registry).blob(&digest, 999).await, 999);
}

#[tokio::test]
async fn ten_thousand_referrers_are_too_many() {
    let registry = TestRegistry::start();
    let one = r#"{"mediaType":"a","digest":"sha256:DIGEST","size":1}"#.replace("DIGEST", &"a".repeat(64));
    let list = vec![one; 10_000].join(",");
    let client = registry.client();
    for has_api in [true, false] {
        registry.clear_faults();
        if !has_api {
            registry.fault("/referrers/", Answer::status(404));
        }
        registry.fault("/v2/", Answer::body(INDEX, format!("{{\"manifests\":[{list}]}}")));
        too_large(session(&client, &registry).referrers(&Digest::sha256(b"")).await, MAX_INDEX_BYTES);
    }
}

/// So many referrers of about 1 KiB each.
fn referrers(number: usize) -> String {
    let one = r#"{"mediaType":"a","digest":"sha256:DIGEST","size":1,"annotations":{"a":"TEXT"}}"#;
    let one = one.replace("DIGEST", &"a".repeat(64)).replace("TEXT", &"x".repeat(900));
    format!("{{\"manifests\":[{}]}}", vec![one; number].join(","))
}

#[tokio::test]
async fn hundreds_of_referrers_are_listed_whole() {
    let registry = TestRegistry::start();
    let client = registry.client();
    for has_api in [true, false] {
        registry.clear_faults();
        if !has_api {
            registry.fault("/referrers/", Answer::status(404));
        }
        registry.fault("/v2/", Answer::body(INDEX, referrers(900)));
        assert_eq!(session(&client, &registry).referrers(&Digest::sha256(b"")).await.unwrap().len(), 900);
    }
}

#[tokio::test]
async fn one_referrer_too_many_is_an_error_and_not_a_shorter_list() {
    let registry = TestRegistry::start();
    let image = Digest::sha256(b"");
    let next = format!("</v2/{APP}/referrers/{image}?second>; rel=\"next\"");
    for (second, fits) in [(200, true), (300, false)] {
        let client = registry.client();
        registry.clear_faults();
        registry.fault("?second", Answer::body(INDEX, referrers(second)));
        registry.fault("/referrers/", Answer::body(INDEX, referrers(800)).with("Link", &next));
        let list = session(&client, &registry).referrers(&image).await;
        if fits {
            assert_eq!(list.unwrap().len(), 800 + second);
        } else {
            // Each page alone is within the limit; together they are not.
            too_large(list, MAX_INDEX_BYTES);
        }
    }
}

#[tokio::test]
async fn deep_json_is_an_error_and_no_overflow() {
    let registry = TestRegistry::start();
    let client = registry.client();
    let deep = format!("{}1{}", "[".repeat(400_000), "]".repeat(400_000));
    for body in [deep.clone(), format!("{{\"manifests\":{deep}}}"), format!("{{\"mediaType\":{deep}}}")] {
        registry.clear_faults();
        registry.fault("/v2/", Answer::body(INDEX, body));
        let session = session(&client, &registry);
        let manifest = session.manifest(&v1()).await;
        let list = session.referrers(&Digest::sha256(b"")).await;
        assert!(matches!(list, Err(FetchError::Protocol(_))), "{list:?}");
        // A manifest is not taken apart here: members other than its media type are the caller's.
        assert!(!matches!(manifest, Err(FetchError::NotFound)));
    }
}

#[tokio::test]
async fn members_written_twice_are_a_fault_of_the_protocol() {
    let registry = TestRegistry::start();
    let client = registry.client();
    registry.fault("/referrers/", Answer::body(INDEX, r#"{"manifests": [], "manifests": []}"#));
    registry.fault("/manifests/", Answer::body(INDEX, r#"{"mediaType": "a", "mediaType": "b"}"#));
    let list = session(&client, &registry).referrers(&Digest::sha256(b"")).await;
    assert!(matches!(list, Err(FetchError::Protocol(_))), "{list:?}");
    let manifest = session(&client, &registry).manifest(&v1()).await;
    assert!(matches!(manifest, Err(FetchError::Protocol(_))), "{manifest:?}");
}

#[tokio::test]
async fn an_endless_header_is_a_fault_of_the_protocol() {
    let registry = TestRegistry::start();
    let client = registry.client();
    let many = (0..200).fold(Answer::status(200), |answer, number| answer.with(&format!("X-{number}"), "x"));
    for answer in [Answer::status(200).with("X-Long", &"x".repeat(1 << 20)), many] {
        registry.clear_faults();
        registry.fault("/v2/", answer);
        let result = session(&client, &registry).manifest(&v1()).await;
        assert!(matches!(result, Err(FetchError::Protocol(_))), "{result:?}");
    }
}

#[tokio::test]
async fn no_more_than_so_many_requests_are_in_flight_at_one_registry() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    registry.delay(Duration::from_millis(20));
    let client = Client::new(Settings { concurrency: 3, ..registry.settings() }).unwrap();
    let (asked, tag) = (session(&client, &registry), v1());
    let all: Vec<_> = (0..12).map(|_| asked.manifest(&tag)).collect();
    assert!(join_all(all).await.into_iter().all(|result| result.is_ok()));
    assert!((2..=3).contains(&registry.most_at_once()), "{}", registry.most_at_once());
}

#[tokio::test]
async fn one_session_does_not_fill_the_queue_of_a_registry() {
    let registry = TestRegistry::start();
    registry.put_image(APP, "v1");
    registry.delay(Duration::from_millis(20));
    let client = Client::new(Settings { concurrency: 100, ..registry.settings() }).unwrap();
    let (greedy, tag) = (session(&client, &registry), v1());
    let all: Vec<_> = (0..40).map(|_| greedy.manifest(&tag)).collect();
    assert!(join_all(all).await.into_iter().all(|result| result.is_ok()));
    assert!((2..=8).contains(&registry.most_at_once()), "{}", registry.most_at_once());
}
