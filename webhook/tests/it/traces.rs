//! Traces, to a collector of the test's own.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use platlint_webhook::serve::{App, app};
use platlint_webhook::traces::{Traces, TracesError};

use crate::support::{Judges, ONLY_LIMITS, bad, pod, post, review};

/// Takes one POST and gives back its head and body.
fn collector() -> (String, thread::JoinHandle<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let taken = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = Vec::new();
        let end = loop {
            let mut buffer = [0; 4_096];
            let read = stream.read(&mut buffer).unwrap();
            bytes.extend_from_slice(&buffer[..read]);
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
        let length =
            head.split("content-length: ").nth(1).unwrap().split('\r').next().unwrap().parse::<usize>().unwrap();
        let mut body = bytes[end..].to_vec();
        let have = body.len();
        body.resize(length, 0);
        stream.read_exact(&mut body[have..]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        (head, body)
    });
    (endpoint, taken)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_traced_review_reaches_the_collector_beneath_the_api_servers_span() {
    let (endpoint, taken) = collector();
    let traces = Traces::start(&endpoint, 0.0).unwrap();
    let mut judges = Judges::new(ONLY_LIMITS);
    let (workers, metrics, drain) = (judges.workers.clone(), judges.metrics.clone(), judges.drain.clone());
    judges.app = app(Arc::new(App::new(workers, metrics, drain).with_traces(traces.clone())));
    // Without a parent that is traced this one is not, as the part is none.
    judges.ask("/validate", &review(pod(bad()))).await;
    let mut request = post("/validate", review(pod(bad())).to_string());
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    request.headers_mut().insert("traceparent", parent.parse().unwrap());
    assert_eq!(judges.send(request).await.0, 200);
    tokio::task::spawn_blocking(move || traces.end()).await.unwrap();
    let (head, body) = taken.join().unwrap();
    assert!(head.starts_with("post /v1/traces http/1.1\r\n") && head.contains("application/x-protobuf"), "{head}");
    let holds = |bytes: &[u8]| body.windows(bytes.len()).filter(|window| *window == bytes).count();
    let trace = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes();
    assert_eq!(holds(&trace), 1);
    for text in ["POST /validate", "platlint-webhook", "denied", "705ab4f5-6393-11e8-b7cc-42010a800002", "v1/Pod"] {
        assert!(holds(text.as_bytes()) > 0, "{text}");
    }
}

#[test]
fn an_endpoint_that_is_none_is_refused() {
    assert!(matches!(Traces::start("https://collector:4318", 1.0), Err(TracesError::Endpoint(_))));
}
