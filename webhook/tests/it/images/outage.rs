//! Registries that hang, deny or break: what cannot be found out is not decided, in time, and passes for nothing else.

use std::time::{Duration, Instant};

use platlint_registry::testing::Answer;
use serde_json::json;

use super::scene::{DENIES, Scene, deployment_of, message, pod_of};
use crate::support::{review, update};

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_hangs_leaves_the_rule_undecided_before_the_deadline() {
    let scene = Scene::new(DENIES);
    let image = scene.signed("shop/web");
    scene.registry.fault("/v2/", Answer::Hang);
    let began = Instant::now();
    let answer = scene.server.client().await.ask_at("/validate?timeout=2s", &review(pod_of(&[&image]))).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(
        message(&answer).contains("the signature of image") && message(&answer).contains("is not known"),
        "{answer}"
    );
    assert!(answer["auditAnnotations"]["undecided"].as_str().unwrap().starts_with("image-signature "), "{answer}");
    assert!(scene.metrics().contains(r#"platlint_image_lookups_total{status="unknown"} 1"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_image_that_is_not_known_means_is_the_configurations_choice() {
    for (rules, allowed, warns) in [
        ("image-signature: {level: error, undecided: error}", false, false),
        ("image-signature: {level: error, undecided: warn}", true, true),
        ("image-signature: {level: error, undecided: allow}", true, false),
    ] {
        let scene = Scene::new(rules);
        let image = scene.signed("shop/web");
        scene.registry.fault("/v2/", Answer::status(403));
        let answer = scene.create(&[&image]).await;
        assert_eq!((&answer["allowed"], answer["warnings"].is_array()), (&json!(allowed), warns), "{rules}: {answer}");
        assert!(answer["auditAnnotations"]["undecided"].is_string(), "{rules}: it is told in any case");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_of_a_registry_makes_an_image_verified_or_unsigned() {
    let scene = Scene::new(DENIES);
    let faults = [
        Answer::status(401),
        Answer::status(403),
        Answer::status(429),
        Answer::status(500),
        Answer::status(503),
        Answer::Close,
        Answer::Garbage,
        Answer::Truncated,
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let image = scene.unsigned(&format!("shop/web-{number}"));
        scene.registry.fault(&format!("shop/web-{number}/"), fault.clone());
        let answer = scene.server.client().await.ask_at("/validate?timeout=2s", &review(pod_of(&[&image]))).await;
        assert!(message(&answer).contains("is not known"), "{fault:?}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_tells_a_class_and_nothing_of_the_network_behind_the_server() {
    let scene = Scene::new(DENIES);
    let host = scene.registry.host();
    for (number, (fault, class)) in [
        (Answer::status(401), "denied"),
        (Answer::status(403), "denied"),
        (Answer::status(429), "too many requests"),
        (Answer::Garbage, "answers wrongly"),
        (Answer::Close, "unreachable"),
        (Answer::redirect("http://169.254.169.254/latest"), "unreachable"),
    ]
    .into_iter()
    .enumerate()
    {
        let image = scene.signed(&format!("shop/web-{number}"));
        scene.registry.clear_faults();
        scene.registry.fault(&format!("shop/web-{number}/blobs/"), fault.clone());
        let answer = scene.create(&[&image]).await;
        let told = format!("registry {host}: {class}, not unsigned");
        assert!(message(&answer).contains(&told), "{fault:?}: {answer}");
        let text = answer.to_string();
        for word in ["169.254", "status 40", "redirect", "connection", "os error"] {
            assert!(!text.contains(word), "{fault:?}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_that_wait_for_a_registry_keep_no_thread_from_others() {
    let scene = Scene::new(DENIES);
    let (known, hanging) = (scene.signed("shop/known"), scene.signed("slow/web"));
    assert_eq!(scene.create(&[&known]).await["allowed"], true);
    scene.registry.fault("/v2/slow/", Answer::Hang);
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (mut client, review) = (scene.server.client().await, review(pod_of(&[&hanging])));
        waiting.spawn(async move { client.ask_at("/validate?timeout=3s", &review).await });
    }
    // The server has two threads, and twenty reviews wait.
    while scene.server.judges.metrics.in_flight.get() < 20 {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        assert_eq!(scene.create(&[&known]).await["allowed"], true);
    }
    assert!(waiting.try_join_next().is_none(), "they still wait");
    waiting.abort_all();
}

#[tokio::test(flavor = "multi_thread")]
async fn scaling_and_labelling_work_while_the_registry_is_down() {
    let scene = Scene::new(DENIES);
    let image = scene.signed("shop/web");
    scene.registry.fault("/v2/", Answer::Close);
    let (one, mut two) = (deployment_of(&[&image], 1), deployment_of(&[&image], 2));
    two["metadata"]["labels"] = json!({"a": "b"});
    let answer = scene.server.client().await.ask(&update(one.clone(), two)).await;
    assert_eq!(answer["allowed"], true, "{answer}");
    assert_eq!(scene.registry.count(), 0, "nothing is asked for images that stay as they are");
    let mut pod = pod_of(&[&image]);
    pod["metadata"]["labels"] = json!({"a": "b"});
    let answer = scene.server.client().await.ask(&update(pod_of(&[&image]), pod)).await;
    assert_eq!(answer["allowed"], true, "{answer}");
    // Another image is another question.
    let other = scene.signed("shop/other");
    let answer = scene.server.client().await.ask(&update(one, deployment_of(&[&other], 1))).await;
    assert!(message(&answer).contains("is not known"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_adds_a_container_asks_only_about_that_one() {
    let scene = Scene::new(DENIES);
    let (old, new) = (scene.unsigned("shop/old"), scene.signed("shop/new"));
    let answer =
        scene.server.client().await.ask(&update(deployment_of(&[&old], 1), deployment_of(&[&old, &new], 1))).await;
    assert_eq!(answer["allowed"], true, "{answer}");
    let requests = scene.registry.requests();
    assert!(!requests.is_empty() && requests.iter().all(|one| one.target.contains("/shop/new/")), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_ask_nothing() {
    let scene = Scene::new(DENIES);
    let mut review = review(pod_of(&[&scene.unsigned("shop/web")]));
    review["request"]["operation"] = json!("DELETE");
    review["request"]["oldObject"] = review["request"]["object"].take();
    let answer = scene.server.client().await.ask(&review).await;
    assert_eq!(answer["allowed"], true);
    assert_eq!(scene.registry.count(), 0);
}
