//! What becomes of requests when nobody answers them.

use crate::scene::{limited_pod, only, scene};
use nix::sys::signal::Signal;
use serde_json::json;
use std::time::Duration;

#[test]
fn under_fail_with_all_replicas_gone_objects_are_refused_and_under_ignore_they_are_let_in() {
    let Some(mut scene) = scene("down", &only("resource-limits: error")) else { return };
    scene.webhook.process().signal(Signal::SIGKILL);
    scene.webhook.process().kill();
    let text = scene.space.kubectl.apply(&limited_pod("a")).expect_failure();
    assert!(text.contains("failed calling webhook \"validate.platlint.dev\""), "{text}");
    let mut webhooks = scene.registered.validating()["webhooks"].clone();
    webhooks[0]["failurePolicy"] = json!("Ignore");
    scene.registered.change_validating(&json!({"webhooks": webhooks}));
    platlint_e2e::wait::until("the object to be let in", || {
        scene.space.kubectl.apply(&limited_pod("a")).succeeded.then_some(())
    });
}

#[test]
fn sigterm_ends_the_replica_in_order() {
    let Some(mut scene) = scene("drain", &only("resource-limits: error")) else { return };
    let status = scene.webhook.terminate(Duration::from_secs(30));
    assert!(status.success(), "{status}: {}", scene.webhook.log());
}
