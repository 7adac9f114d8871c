//! Paths, methods, types, sizes: every request gets the status that says whose fault it is, and none a silent allow.

use axum::body::Body;
use hyper::Request;
use platlint_webhook::admission::Mode;
use platlint_webhook::limits::BODY_BYTES;
use serde_json::{Value, json};

use crate::support::{Judges, ONLY_LIMITS, bad, good, pod, post, review};

fn judges() -> Judges {
    Judges::new(ONLY_LIMITS)
}

async fn status(judges: &Judges, request: Request<Body>) -> u16 {
    let (status, response) = judges.send(request).await;
    if status != 200 {
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["kind"], "Status");
        assert_eq!(body["code"], status.as_u16());
        assert!(body["message"].as_str().unwrap().starts_with("platlint: "), "{body}");
    }
    status.as_u16()
}

#[tokio::test]
async fn answers_a_review_at_both_paths() {
    let judges = judges();
    for path in ["/validate", "/mutate", "/validate?timeout=3s", "/mutate?timeout=10s"] {
        assert_eq!(status(&judges, post(path, review(pod(good())).to_string())).await, 200, "{path}");
    }
}

#[tokio::test]
async fn another_path_or_method_is_refused() {
    let judges = judges();
    assert_eq!(status(&judges, post("/", "{}")).await, 404);
    assert_eq!(status(&judges, Request::get("/validate").body(Body::empty()).unwrap()).await, 405);
}

#[tokio::test]
async fn another_content_type_is_415() {
    let judges = judges();
    let body = review(pod(good())).to_string();
    for (content_type, expected) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("application/yaml", 415),
        ("text/plain", 415),
        ("application/vnd.kubernetes.protobuf", 415),
    ] {
        let request = Request::post("/validate").header("content-type", content_type).body(Body::from(body.clone()));
        assert_eq!(status(&judges, request.unwrap()).await, expected, "{content_type}");
    }
    let untyped = Request::post("/validate").body(Body::from(body)).unwrap();
    assert_eq!(status(&judges, untyped).await, 415);
}

#[tokio::test]
async fn what_is_no_review_is_400() {
    let judges = judges();
    let whole = review(pod(bad())).to_string();
    let mut without_uid = review(pod(bad()));
    without_uid["request"]["uid"] = json!("");
    let mut beta = review(pod(bad()));
    beta["apiVersion"] = json!("admission.k8s.io/v1beta1");
    let mut no_object = review(pod(bad()));
    no_object["request"]["object"] = Value::Null;
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let mut nested = review(pod(bad()));
    nested["request"]["object"]["spec"]["deep"] = json!("DEEP");
    let nested = nested.to_string().replace("\"DEEP\"", &deep);
    for body in [
        String::new(),
        "garbage".to_owned(),
        whole[..whole.len() / 2].to_owned(),
        without_uid.to_string(),
        beta.to_string(),
        no_object.to_string(),
        deep,
        nested,
        "null".to_owned(),
        "[]".to_owned(),
    ] {
        let start: String = body.chars().take(60).collect();
        assert_eq!(status(&judges, post("/validate", body)).await, 400, "{start}");
    }
    let not_utf8 = [b"{\"kind\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat();
    assert_eq!(status(&judges, post("/validate", not_utf8)).await, 400);
}

/// A review of exactly so many bytes.
fn of_size(bytes: usize) -> String {
    let mut review = review(pod(good()));
    review["request"]["object"]["metadata"]["annotations"] = json!({"filler": ""});
    let missing = bytes - review.to_string().len();
    review["request"]["object"]["metadata"]["annotations"]["filler"] = json!("x".repeat(missing));
    review.to_string()
}

#[tokio::test]
async fn seven_mebibytes_are_judged_and_one_byte_more_is_413() {
    let judges = judges();
    assert_eq!(status(&judges, post("/validate", of_size(BODY_BYTES))).await, 200);
    assert_eq!(status(&judges, post("/validate", of_size(BODY_BYTES + 1))).await, 413);
    // Without a length it is found out while reading.
    let chunks = futures::stream::iter((0..3).map(|_| Ok::<_, std::io::Error>(of_size(BODY_BYTES / 2))));
    let request = Request::post("/validate").header("content-type", "application/json").body(Body::from_stream(chunks));
    assert_eq!(status(&judges, request.unwrap()).await, 413);
}

#[tokio::test]
async fn a_lying_length_is_413_before_anything_is_read() {
    let judges = judges();
    let request =
        Request::post("/validate").header("content-type", "application/json").header("content-length", "99999999999");
    assert_eq!(status(&judges, request.body(Body::from("{}")).unwrap()).await, 413);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let judges = judges();
    let chunks = futures::stream::iter([Ok("{\"kind\":"), Err(std::io::Error::other("reset"))]);
    let request = Request::post("/validate").header("content-type", "application/json").body(Body::from_stream(chunks));
    assert_eq!(status(&judges, request.unwrap()).await, 400);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_408() {
    let judges = judges();
    let request = Request::post("/validate").header("content-type", "application/json");
    let request = request.body(Body::from_stream(futures::stream::pending::<Result<String, std::io::Error>>()));
    assert_eq!(status(&judges, request.unwrap()).await, 408);
}

#[tokio::test(start_paused = true)]
async fn a_review_nobody_judges_in_time_is_429_with_retry_after_before_the_api_server_gives_up() {
    let folder = tempfile::tempdir().unwrap();
    crate::support::write_policies(folder.path(), ONLY_LIMITS, &[]);
    let judges = Judges::of_folder(folder, Mode::Enforce, 0);
    let asked = tokio::time::Instant::now();
    let (status, response) = judges.send(post("/validate?timeout=3s", review(pod(good())).to_string())).await;
    assert_eq!(status, 429);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(asked.elapsed().as_millis(), 2_500);
    let text = judges.metrics.text();
    assert!(text.contains(r#"platlint_shed_total{reason="deadline"} 1"#));
    assert!(text.contains("platlint_reviews_in_flight 0"));
}

#[tokio::test]
async fn when_memory_for_bodies_is_used_up_reviews_are_shed() {
    use platlint_webhook::serve::{App, app};
    use platlint_webhook::workers::{Answered, MakeJudge, Workers};
    use std::sync::Arc;
    let mut judges = judges();
    let make: MakeJudge =
        Arc::new(|| Box::new(|_| Ok(Answered { body: bytes::Bytes::new(), outcome: "allowed", subject: None }.into())));
    let workers = Workers::start(1, 8, &make, &judges.metrics).unwrap();
    judges.app = app(Arc::new(App::new(workers, judges.metrics.clone(), judges.drain.clone()).with_memory(8)));
    assert_eq!(status(&judges, post("/validate", "x".repeat(4_096))).await, 200);
    assert_eq!(status(&judges, post("/validate", "x".repeat(9 * 1_024))).await, 429);
    assert!(judges.metrics.text().contains(r#"platlint_shed_total{reason="memory"} 1"#));
}
