//! Tags: pinned to what was verified by the mutating hook, refused by the validating one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platlint_registry::testing::{Answer, MANIFEST};
use serde_json::{Value, json};

use super::scene::{DENIES, PINS, Scene, Set, deployment_of, message, pod_of};
use crate::support::{review, update};

fn operations(answer: &Value) -> Value {
    let patch = STANDARD.decode(answer["patch"].as_str().unwrap_or_else(|| panic!("no patch: {answer}"))).unwrap();
    serde_json::from_slice(&patch).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_pinned_to_the_digest_that_was_verified_and_then_passes() {
    let scene = Scene::new(PINS);
    let digest = scene.registry.put_image("shop/web", "1.0");
    scene.sign("shop/web", &digest, &scene.key);
    let tagged = format!("{}/shop/web:1.0", scene.registry.host());
    let answer = scene.mutate(&review(pod_of(&[&tagged]))).await;
    let pinned = format!("{tagged}@{digest}");
    assert_eq!(operations(&answer), json!([{"op": "replace", "path": "/spec/containers/0/image", "value": pinned}]));
    let asked = scene.registry.count();
    let answer = scene.create(&[&pinned]).await;
    assert_eq!(answer["allowed"], true, "{answer}");
    assert_eq!(scene.registry.count(), asked, "the validating hook has it from memory");
    let again = scene.mutate(&review(pod_of(&[&pinned]))).await;
    assert_eq!(again["patch"], Value::Null, "what is pinned is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_tag_is_not_pinned_and_then_denied() {
    let scene = Scene::new(PINS);
    scene.registry.put_image("shop/web", "1.0");
    let tagged = format!("{}/shop/web:1.0", scene.registry.host());
    let answer = scene.mutate(&review(pod_of(&[&tagged]))).await;
    assert_eq!((&answer["allowed"], &answer["patch"]), (&json!(true), &Value::Null));
    let asked = scene.registry.count();
    let denied = scene.create(&[&tagged]).await;
    assert!(message(&denied).contains("named by a tag"), "{denied}");
    assert_eq!(scene.registry.count(), asked, "no registry can make a tag in a Pod trustworthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_moves_after_it_was_resolved_changes_nothing() {
    let scene = Scene::new(PINS);
    let (signed, evil) = (scene.registry.put_image("shop/web", "good"), scene.registry.put_image("shop/web", "evil"));
    scene.sign("shop/web", &signed, &scene.key);
    // The first who asks for the tag is told the signed image, everybody after that the other one.
    scene.registry.tag("shop/web", "1.0", &evil);
    let first = manifest_bytes(&scene, &signed).await;
    scene.registry.fault_times("/manifests/1.0", 1, Answer::body(MANIFEST, first));
    let tagged = format!("{}/shop/web:1.0", scene.registry.host());
    let answer = scene.mutate(&review(pod_of(&[&tagged]))).await;
    let pinned = format!("{tagged}@{signed}");
    assert_eq!(operations(&answer)[0]["value"], pinned.as_str());
    let resolved = scene.registry.requests().iter().filter(|one| one.target.contains("/manifests/1.0")).count();
    assert_eq!(resolved, 1, "a tag is resolved once");
    assert_eq!(scene.create(&[&pinned]).await["allowed"], true);
    assert_eq!(scene.create(&[&scene.named("shop/web", &evil)]).await["allowed"], false);
}

/// The bytes of a manifest, as the registry has them.
async fn manifest_bytes(scene: &Scene, digest: &platlint_registry::Digest) -> bytes::Bytes {
    let client = scene.registry.client();
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
    let session =
        client.session(scene.registry.repository("shop/web"), platlint_registry::Credential::Anonymous, deadline);
    session.manifest(&platlint_registry::Target::Digest(digest.clone())).await.unwrap().bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn without_pinning_a_tag_is_denied_and_no_registry_asked() {
    for scene in [Scene::new(DENIES), Set::new(PINS).with_rule("      pin: false\n").play()] {
        let digest = scene.registry.put_image("shop/web", "1.0");
        scene.sign("shop/web", &digest, &scene.key);
        let tagged = format!("{}/shop/web:1.0", scene.registry.host());
        let answer = scene.mutate(&review(pod_of(&[&tagged]))).await;
        assert_eq!(answer["patch"], Value::Null);
        let denied = scene.create(&[&tagged]).await;
        assert!(message(&denied).contains("named by a tag"), "{denied}");
        assert_eq!(scene.registry.count(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_with_a_tag_is_looked_up_as_a_preview_and_not_changed() {
    let scene = Scene::new(PINS);
    let digest = scene.registry.put_image("shop/web", "1.0");
    let tagged = format!("{}/shop/web:1.0", scene.registry.host());
    let review = review(deployment_of(&[&tagged], 1));
    let denied = scene.server.client().await.ask(&review).await;
    assert!(message(&denied).contains("carries no signature of a trusted authority"), "{denied}");
    scene.sign("shop/web", &digest, &scene.key);
    scene.clock.advance(std::time::Duration::from_secs(15));
    let answer = scene.server.client().await.ask(&review).await;
    assert!(!answer["status"]["message"].to_string().contains("image-signature"), "{answer}");
    assert_eq!(scene.mutate(&review).await["patch"], Value::Null, "a template is Git's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_pinned_where_the_rule_changes_everything() {
    let scene =
        Scene::new("image-signature: {level: error, undecided: error}\n  image-digest: {level: error, mutate: all}");
    let digest = scene.registry.put_image("shop/web", "1.0");
    scene.sign("shop/web", &digest, &scene.key);
    let tagged = format!("{}/shop/web:1.0", scene.registry.host());
    let answer = scene.mutate(&review(deployment_of(&[&tagged], 1))).await;
    let expected = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": format!("{tagged}@{digest}")}]);
    assert_eq!(operations(&answer), expected);
    let pinned = deployment_of(&[&format!("{tagged}@{digest}")], 1);
    assert_eq!(scene.server.client().await.ask(&review(pinned)).await["allowed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_is_changed_to_a_tag_is_denied_and_one_that_keeps_its_tag_is_not() {
    let scene = Scene::new(DENIES);
    let image = scene.signed("shop/web");
    let tagged = format!("{}/shop/web:1.0", scene.registry.host());
    let mut client = scene.server.client().await;
    let answer = client.ask(&update(pod_of(&[&image]), pod_of(&[&tagged]))).await;
    assert!(message(&answer).contains("named by a tag"), "{answer}");
    let mut labelled = pod_of(&[&tagged]);
    labelled["metadata"]["labels"] = json!({"a": "b"});
    let answer = client.ask(&update(pod_of(&[&tagged]), labelled)).await;
    assert_eq!(answer["allowed"], true, "it stood there before: {answer}");
}
