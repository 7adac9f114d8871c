//! Certificates that change, expire in trust or were never right.

use crate::requests::{at_the_webhook, told};
use crate::scene::{limited_pod, only, scene};
use platlint_e2e::authority::Authority;
use platlint_e2e::https::Client;
use platlint_e2e::registration::base64;
use platlint_e2e::wait;
use serde_json::{Value, json};

#[test]
fn a_certificate_replaced_under_load_loses_nothing() {
    let Some(scene) = scene("certificates", &only("resource-limits: error")) else { return };
    let old = &scene.authority;
    let new = Authority::new("platlint-e2e webhook, renewed");
    // As in a rotation: whoever asks trusts both until all replicas serve the new one.
    let both = format!("{}{}", old.pem(), new.pem());
    let port = scene.webhook.port();
    let load = at_the_webhook(100, move || Client::new(port, "localhost", &both, None));
    load.await_more(50);
    scene.webhook.write_certificate(&new, &scene.space.name);
    let trusting_new_only = || Client::new(port, "localhost", new.pem(), None).send("GET", "/validate", "").ok();
    wait::until("the new certificate to be served", trusting_new_only);
    load.await_more(100);
    let outcome = load.stop();
    told("certificate and authority replaced, each request over a new connection", &outcome);
    outcome.assert_nothing_lost();
}

fn with_bundle(scene: &crate::scene::Scene, bundle: &str) {
    let mut webhooks: Value = scene.registered.validating()["webhooks"].clone();
    webhooks[0]["clientConfig"]["caBundle"] = json!(bundle);
    scene.registered.change_validating(&json!({"webhooks": webhooks}));
}

#[test]
fn a_wiped_or_wrong_ca_bundle_lets_nothing_in_under_fail() {
    let Some(scene) = scene("certificates", &only("resource-limits: error")) else { return };
    let wrong = Authority::new("somebody else");
    for bundle in [String::new(), base64(wrong.pem().as_bytes())] {
        with_bundle(&scene, &bundle);
        let text = wait::until("the API server to distrust the webhook", || {
            let said = scene.space.kubectl.run_with(&["apply", "--dry-run=server", "-f", "-"], &limited_pod("a"));
            (!said.succeeded).then_some(said.stderr)
        });
        assert!(text.contains("failed calling webhook") && text.contains("x509"), "{text}");
    }
    with_bundle(&scene, &base64(scene.authority.pem().as_bytes()));
    wait::until("trust to be restored", || scene.space.kubectl.apply(&limited_pod("a")).succeeded.then_some(()));
}
