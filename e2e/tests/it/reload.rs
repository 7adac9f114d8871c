//! New policies while requests run, and a bad one that changes nothing.

use crate::scene::{Scene, only, scene};
use platlint_e2e::load::{Load, Outcome};
use platlint_e2e::wait;
use serde_json::{Value, json};

fn pod() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "a-"},
        "spec": {"containers": [{"name": "web", "image": "example.org/web:1"}]}})
}

/// Asks the API server 50 times a second to create a Pod in a dry run. Both answers are right; any other is not.
fn load(scene: &Scene) -> Load {
    let client = scene.plane.api().client().clone();
    let path = format!("{}?dryRun=All", scene.space.path("v1", "pods"));
    Load::start(50, move |_| {
        let (client, path) = (client.clone(), path.clone());
        Box::pin(async move {
            let headers = [("content-type", "application/json")];
            let answer = client.exchange("POST", &path, &headers, pod().to_string().into()).await;
            match answer {
                Ok(answer) if answer.status == 201 => Ok(()),
                Ok(answer)
                    if answer.status == 403
                        && answer.json()["message"].as_str().unwrap_or_default().contains("[resource-limits]") =>
                {
                    Ok(())
                }
                Ok(answer) => Err(answer.json().to_string()),
                Err(error) => Err(error.to_string()),
            }
        })
    })
}

fn is_denied(scene: &Scene) -> bool {
    let path = format!("{}?dryRun=All", scene.space.path("v1", "pods"));
    scene.plane.api().create(&path, &pod()).status == 403
}

fn told(outcome: &Outcome) {
    println!("{outcome}");
    outcome.assert_nothing_lost();
}

#[test]
fn a_reload_takes_effect_while_requests_run_and_none_is_lost() {
    let Some(scene) = scene("reload", &only("resource-limits: error")) else { return };
    assert!(is_denied(&scene));
    let load = load(&scene);
    for level in ["warn", "error"] {
        let before = scene.webhook.metric("platlint_reloads_total", &["result=\"ok\""]);
        scene.webhook.write_config(&only(&format!("resource-limits: {level}")));
        wait::until("the reload", || {
            (scene.webhook.metric("platlint_reloads_total", &["result=\"ok\""]) > before).then_some(())
        });
        assert_eq!(is_denied(&scene), level == "error");
        load.await_more(20);
    }
    told(&load.stop());
}

#[test]
fn a_bad_configuration_is_told_and_the_last_good_one_stays_in_force() {
    let Some(scene) = scene("reload", &only("resource-limits: error")) else { return };
    let load = load(&scene);
    scene.webhook.write_config("version: 1\nrules: {resource-limit: error}\n");
    wait::until("the failed reload", || (scene.webhook.metric("platlint_reload_failed", &[]) > 0.0).then_some(()));
    assert!(is_denied(&scene));
    assert_eq!(scene.webhook.readiness().unwrap().0, 200, "a replica with older policies still serves");
    assert!(scene.webhook.log().contains("resource-limit"), "{}", scene.webhook.log());
    scene.webhook.write_config(&only("resource-limits: warn"));
    wait::until("the repaired configuration", || {
        (scene.webhook.metric("platlint_reload_failed", &[]) < 1.0).then_some(())
    });
    assert!(!is_denied(&scene));
    told(&load.stop());
}
