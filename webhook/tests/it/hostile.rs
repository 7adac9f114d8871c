//! Clients that are broken, slow or hostile cost their own connection and nobody else's.

use platlint_webhook::limits::{BODY_BYTES, HANDSHAKE_TIME, HEAD_TIME};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Judges, NAME, ONLY_LIMITS, Server, good, pod, review};

async fn still_serves(server: &Server) {
    assert_eq!(server.client().await.ask(&review(pod(good()))).await["allowed"], true);
}

/// Everything a raw connection says until it is closed.
async fn answer_to(server: &Server, bytes: &[u8]) -> String {
    let mut stream = server.tls().await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // Closing without a TLS goodbye is an error that does not matter here.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn no_tls_garbage_and_half_handshakes_are_dropped() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &[0_u8; 600], &[0x16, 3, 1, 2, 0, 1, 0]] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    }
    still_serves(&server).await;
    assert!(server.judges.metrics.text().contains(r#"platlint_tls_handshakes_total{result="failed"} 3"#));
}

#[tokio::test]
async fn garbage_inside_tls_is_400() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    assert!(answer_to(&server, b"\x00\x01garbage\r\n\r\n").await.starts_with("HTTP/1.1 400 "));
    let head = format!("POST /validate HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    assert!(answer_to(&server, head.as_bytes()).await.starts_with("HTTP/1.1 431 "));
    still_serves(&server).await;
}

#[tokio::test]
async fn a_truncated_body_gets_no_verdict() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let body = review(pod(good())).to_string();
    let head = format!(
        "POST /validate HTTP/1.1\r\nhost: {NAME}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = server.tls().await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body.as_bytes()[..body.len() / 2]).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(!answer.contains("\"allowed\":true"), "{answer}");
    still_serves(&server).await;
}

#[tokio::test]
async fn an_oversized_body_is_read_to_its_end_so_that_the_413_arrives() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let mut client = server.client().await;
    let response = client.send("/validate", vec![b' '; BODY_BYTES + (1 << 20)]).await.unwrap();
    assert_eq!(response.status(), 413);
    // The connection is as good as before.
    assert_eq!(client.ask(&review(pod(good()))).await["allowed"], true);
}

#[tokio::test]
async fn seven_mebibytes_pass_over_the_wire() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let mut big = pod(good());
    big["metadata"]["annotations"] = serde_json::json!({"filler": "x".repeat(BODY_BYTES - 2_000)});
    assert_eq!(server.client().await.ask(&review(big)).await["allowed"], true);
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_after_connecting_is_cut() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut byte = [0];
    // Time is stopped and jumps to the next timer: that of the handshake.
    let closed = timeout(HANDSHAKE_TIME * 2, silent.read(&mut byte)).await.unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)));
    assert!(server.judges.metrics.text().contains(r#"platlint_tls_handshakes_total{result="timeout"} 1"#));
}

#[tokio::test]
async fn a_slow_head_is_cut_and_other_clients_do_not_notice() {
    let server = Server::start(Judges::new(ONLY_LIMITS));
    let mut slow = server.tls().await.unwrap();
    slow.write_all(b"POST /validate HTTP/1.1\r\nhost: ").await.unwrap();
    still_serves(&server).await;
    // From here on time jumps from timer to timer.
    tokio::time::pause();
    let mut rest = Vec::new();
    let closed = timeout(HEAD_TIME * 2, slow.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "it is still open");
}
