//! Real connections: kept alive, drained, many at once.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use platlint_webhook::serve::Stage;
use tokio::sync::{Barrier, Semaphore, oneshot};
use tokio::time::timeout;

use crate::support::{Client, Judges, ONLY_LIMITS, Server, bad, good, pod, review};

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn one_connection_carries_many_reviews() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let mut client = server.client().await;
    for _ in 0..50 {
        assert_eq!(client.ask(&review(pod(good()))).await["allowed"], true);
        assert_eq!(client.ask(&review(pod(bad()))).await["allowed"], false);
    }
    let text = server.judges.metrics.text();
    assert!(text.contains(r#"platlint_tls_handshakes_total{result="ok"} 1"#), "{text}");
    assert!(text.contains("platlint_connections 1"));
}

/// Handshakes at once: more would only measure how fast an unoptimised build does them.
const HANDSHAKES: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_connections_at_once_are_all_answered() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    let all_open = Arc::new(Barrier::new(1_000));
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let (address, authority) = (server.address, server.authority.certificate().to_owned());
        let (handshakes, all_open) = (handshakes.clone(), all_open.clone());
        asking.spawn(async move {
            let turn = handshakes.acquire().await.unwrap();
            let mut client = Client::over(crate::support::connect(address, &authority).await.unwrap()).await;
            drop(turn);
            all_open.wait().await;
            client.ask(&review(pod(bad()))).await["allowed"] == false
        });
    }
    while let Some(denied) = asking.join_next().await {
        assert!(denied.unwrap());
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let server = Server::with_connections(Judges::new(ONLY_LIMITS), 1);
    let mut first = server.client().await;
    assert_eq!(first.ask(&review(pod(good()))).await["allowed"], true);
    let (address, authority) = (server.address, server.authority.certificate().to_owned());
    let second = tokio::spawn(async move { crate::support::connect(address, &authority).await });
    drop(first);
    Client::over(timeout(LONG, second).await.unwrap().unwrap().unwrap()).await.ask(&review(pod(good()))).await;
}

impl Server {
    /// A server whose `/validate` says when it has begun and answers when it is let.
    fn held(mut judges: Judges) -> (Self, oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (begun, has_begun) = oneshot::channel();
        let (release, released) = oneshot::channel::<()>();
        let once = Arc::new(std::sync::Mutex::new(Some((begun, released))));
        judges.app = Router::new().route(
            "/validate",
            post(move || {
                let parts = once.lock().unwrap().take();
                async move {
                    let (begun, released) = parts.unwrap();
                    let _ = begun.send(());
                    let _ = released.await;
                    "done"
                }
            }),
        );
        (Self::start(judges), has_begun, release)
    }
}

#[tokio::test]
async fn while_it_leaves_every_review_is_answered_and_its_connection_closed() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let mut kept = server.client().await;
    assert_eq!(kept.ask(&review(pod(good()))).await["allowed"], true);
    server.judges.drain.advance(Stage::Leaving);
    assert!(!server.judges.health().is_ready());
    // Old and new connections are answered, and asked to go elsewhere.
    let mut new = server.client().await;
    for client in [&mut kept, &mut new] {
        let response = client.send("/validate", review(pod(bad())).to_string()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["connection"], "close");
        assert!(!client.is_open().await);
    }
    server.judges.drain.advance(Stage::Ending);
    assert!(timeout(LONG, server.served).await.unwrap().unwrap());
}

#[tokio::test]
async fn what_is_under_way_ends_before_the_server_does() {
    let (server, has_begun, release) = Server::held(Judges::new(ONLY_LIMITS));
    let mut idle = server.client().await;
    assert!(idle.is_open().await);
    let mut client = server.client().await;
    let answer = tokio::spawn(async move { client.send("/validate", "{}").await });
    has_begun.await.unwrap();
    server.judges.drain.advance(Stage::Ending);
    // Idle connections are closed at once, and no new one is taken.
    let mut served = server.served;
    release.send(()).unwrap();
    assert_eq!(answer.await.unwrap().unwrap().body(), "done");
    assert!(timeout(LONG, &mut served).await.unwrap().unwrap());
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err());
    assert!(!idle.is_open().await);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing_behind() {
    let (server, has_begun, release) = Server::held(Judges::new(ONLY_LIMITS));
    let mut client = server.client().await;
    let asking = tokio::spawn(async move { client.send("/validate", "{}").await });
    has_begun.await.unwrap();
    asking.abort();
    assert!(asking.await.is_err());
    drop(release);
    server.judges.drain.advance(Stage::Ending);
    assert!(timeout(LONG, server.served).await.unwrap().unwrap());
    assert!(server.judges.metrics.text().contains("platlint_connections 0"));
}
