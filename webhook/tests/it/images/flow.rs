//! How a review comes to know its images: from memory at once, else from the registry, once for all who ask.

use std::time::Duration;

use platlint_images::testing::{Kind, TestKey};
use serde_json::json;

use super::scene::{DENIES, Scene, Set, message, pod_of};
use crate::support::review;

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_image_is_looked_up_once_and_remembered() {
    let scene = Scene::new(DENIES);
    let image = scene.signed("shop/web");
    let cold = scene.create(&[&image]).await;
    assert_eq!(cold["allowed"], true, "{cold}");
    let asked = scene.registry.count();
    assert!((1..=4).contains(&asked), "{asked} requests");
    for _ in 0..3 {
        assert_eq!(scene.create(&[&image]).await["allowed"], true);
    }
    assert_eq!(scene.registry.count(), asked, "memory answers");
    let metrics = scene.metrics();
    for line in [
        r#"platlint_image_lookups_total{status="verified"} 1"#,
        "platlint_image_lookup_duration_seconds_count 1",
        "platlint_image_cache_hits_total 3",
        "platlint_image_cache_entries 1",
        &format!(r#"platlint_registry_requests_total{{registry="{}"}} {asked}"#, scene.registry.host()),
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_image_and_one_signed_by_a_stranger_are_denied_each_with_its_reason() {
    let scene = Scene::new(DENIES);
    let unsigned = scene.create(&[&scene.unsigned("shop/web")]).await;
    assert!(message(&unsigned).starts_with("[image-signature] container \"c0\": image "), "{unsigned}");
    assert!(message(&unsigned).contains("carries no signature of a trusted authority"), "{unsigned}");
    let digest = scene.registry.put_image("shop/other", "1.0");
    scene.sign("shop/other", &digest, &TestKey::new(Kind::P256));
    let stranger = scene.create(&[&scene.named("shop/other", &digest)]).await;
    assert!(message(&stranger).contains("carries a signature that does not hold"), "{stranger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_users_can_write_says_anything_about_a_signature() {
    let scene = Scene::new(DENIES);
    let mut pod = pod_of(&[&scene.unsigned("shop/web")]);
    pod["metadata"]["annotations"] = json!({"platlint.dev/verified": "true", "platlint.dev/images": "verified",
        "cosign.sigstore.dev/message": "signed"});
    pod["metadata"]["labels"] = json!({"platlint.dev/verified": "true"});
    let answer = scene.server.client().await.ask(&review(pod)).await;
    assert_eq!(answer["allowed"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_identical_reviews_ask_the_registry_five_times_at_most() {
    let scene = Scene::new(DENIES);
    let image = scene.signed("shop/web");
    // So that all of them come while the first one's answer is awaited.
    scene.registry.delay(Duration::from_millis(20));
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (mut client, review) = (scene.server.client().await, review(pod_of(&[&image])));
        senders.spawn(async move { client.ask(&review).await });
    }
    let answers = senders.join_all().await;
    assert!(answers.iter().all(|answer| answer["allowed"] == true), "{answers:?}");
    assert!(scene.registry.count() <= 5, "{} requests", scene.registry.count());
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_images_of_a_pod_are_looked_up_at_the_same_time() {
    let scene = Scene::new(DENIES);
    let images: Vec<String> = (0..50).map(|number| scene.signed(&format!("shop/web-{number}"))).collect();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    scene.registry.delay(Duration::from_millis(20));
    // One after another 50 images would take four seconds, eight at a time half a second.
    let answer = scene.create(&images).await;
    assert_eq!(answer["allowed"], true, "{answer}");
    assert!(scene.registry.count() <= 50 * 4, "{} requests", scene.registry.count());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_image_among_many_denies_and_only_it_is_named() {
    let scene = Scene::new(DENIES);
    let (good, bad) = (scene.signed("shop/web"), scene.unsigned("shop/sidecar"));
    let answer = scene.create(&[&good, &bad]).await;
    assert!(message(&answer).contains("c1") && !message(&answer).contains("c0"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_judged_by_the_policies_that_asked_for_its_images() {
    let scene = Scene::new(DENIES);
    let image = scene.signed("shop/web");
    let judges = &scene.server.judges;
    let before = judges.policies.current().set.revision().to_owned();
    scene.registry.delay(Duration::from_millis(300));
    let mut client = scene.server.client().await;
    let review = review(pod_of(&[&image]));
    let asking = tokio::spawn(async move { client.ask(&review).await });
    while scene.registry.count() == 0 {
        tokio::task::yield_now().await;
    }
    // Another key is trusted now; this review asked under the old one.
    std::fs::write(judges.folder.path().join("release.pub"), TestKey::new(Kind::P256).public_pem()).unwrap();
    let source = crate::support::source(judges.folder.path().to_path_buf());
    let reload = judges.policies.reload(&source, crate::support::today());
    assert!(matches!(reload, platlint_webhook::policies::Reload::Swapped(_)), "{reload:?}");
    let answer = asking.await.unwrap();
    assert_eq!((&answer["allowed"], &answer["auditAnnotations"]["revision"]), (&json!(true), &json!(before)));
    assert_eq!(scene.create(&[&image]).await["allowed"], false, "the next one is judged by the new key");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_decision_log_tells_the_status_and_who_signed() {
    let (output, mut lines) = Lines::new();
    let scene = Set::new(DENIES).looking(|looks| looks.output = Some(Box::new(output))).play();
    let (good, bad) = (scene.signed("shop/web"), scene.unsigned("shop/bad"));
    scene.create(&[&good, &bad]).await;
    let line: serde_json::Value = serde_json::from_str(&lines.recv().await.unwrap()).unwrap();
    let images = line["result"]["images"].as_array().unwrap();
    let of = |image: &str| images.iter().find(|one| one["image"] == image).unwrap().clone();
    assert_eq!((&of(&good)["status"], &of(&good)["authorities"]), (&json!("verified"), &json!(["release"])));
    assert_eq!(of(&bad)["status"], "unsigned");
    assert!(of(&bad)["reason"].is_string());
}

/// Hands on what is written, a line at a time.
struct Lines(tokio::sync::mpsc::UnboundedSender<String>, Vec<u8>);

impl Lines {
    fn new() -> (Self, tokio::sync::mpsc::UnboundedReceiver<String>) {
        let (send, receive) = tokio::sync::mpsc::unbounded_channel();
        (Self(send, Vec::new()), receive)
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.1.extend_from_slice(bytes);
        while let Some(end) = self.1.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.1.drain(..=end).collect();
            let _ = self.0.send(String::from_utf8(line).unwrap());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
