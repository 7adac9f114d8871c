//! The port for operators, and its documentation.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::body::Body;
use http_body_util::BodyExt as _;
use hyper::Request;
use platlint_webhook::observe::{Observer, names, routes};
use platlint_webhook::serve::Stage;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;

use crate::support::{Judges, NAME, ONLY_LIMITS, bad, pod, review};

async fn get(judges: &Judges, path: &str) -> (u16, String) {
    let routes = routes(judges.health(), judges.metrics.clone());
    let response = routes.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    (head.status.as_u16(), String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

#[test]
fn the_page_of_metrics_is_up_to_date() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    if std::env::var_os("PLATLINT_BLESS").is_some() {
        std::fs::write(&page, names::markdown()).unwrap();
    }
    let written = std::fs::read_to_string(page).unwrap();
    assert!(written == names::markdown(), "run this test with PLATLINT_BLESS=1 to write docs/metrics.md anew");
}

#[tokio::test]
async fn decisions_are_counted_by_rule_and_action() {
    let judges = Judges::new(ONLY_LIMITS);
    judges.ask("/validate", &review(pod(bad()))).await;
    let (status, text) = get(&judges, "/metrics").await;
    assert_eq!(status, 200);
    for line in [
        r#"platlint_decisions_total{rule="resource-limits",action="denied"} 1"#,
        r#"platlint_request_duration_seconds_count{path="validate",outcome="denied"} 1"#,
        r#"platlint_review_duration_seconds_count{path="validate"} 1"#,
        r#"platlint_rules{level="error"} 1"#,
        "platlint_queue_wait_seconds_count 1",
        "platlint_ready 0",
        "platlint_reviews_in_flight 0",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(text.contains(&format!("revision=\"{}\"", judges.policies.current().set.revision())));
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn readiness_turns_off_when_the_server_leaves_and_liveness_does_not() {
    let judges = Judges::new(ONLY_LIMITS);
    let authority = platlint_webhook::tls::dev::Authority::new().unwrap();
    authority.leaf(&[NAME]).unwrap().install(&judges.certificates).unwrap();
    assert_eq!(get(&judges, "/readyz").await, (200, "ready\n".to_owned()));
    let (status, verbose) = get(&judges, "/readyz?verbose").await;
    assert_eq!(status, 200);
    assert!(verbose.contains("[+]policies ok: revision sha256:") && verbose.contains("[+]caches ok"), "{verbose}");
    judges.drain.advance(Stage::Leaving);
    assert_eq!(get(&judges, "/readyz").await, (503, "[-]drain failed: the server is stopping\nnot ready\n".to_owned()));
    assert_eq!(get(&judges, "/healthz").await.0, 200);
}

#[tokio::test]
async fn operators_have_a_port_of_their_own() {
    let judges = Judges::new(ONLY_LIMITS);
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let observer = Observer::start(any, routes(judges.health(), judges.metrics.clone())).unwrap();
    let mut stream = tokio::net::TcpStream::connect(observer.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok\n"), "{answer}");
}
