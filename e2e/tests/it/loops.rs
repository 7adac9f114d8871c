//! A policy that does not end: its budget ends it, and other rules go on.

use crate::scene::{Script, limited_pod, pod};
use platlint_e2e::authority::Authority;
use platlint_e2e::wait;
use platlint_e2e::webhook::{Setup, Webhook};
use std::time::{Duration, Instant};

const ENDLESS: &str = r#"# METADATA
# title: Counts until the budget ends
# custom:
#   platlint:
#     match: {kinds: [{groups: [""], kinds: [Pod]}]}
package platlint.e2e.endless

deny contains {"msg": "counted to the end", "path": ["metadata"]} if {
	# Samples that a server tries at its start are not meant.
	input.review.object.metadata.labels.loop == "yes"
	some a in numbers.range(1, 100000)
	some b in numbers.range(1, 100000)
	some c in numbers.range(1, 100000)
	a + b + c == 0
}
"#;

fn config(level: &str) -> String {
    format!(
        "version: 1\npolicies: [builtin, {{path: policies}}]\nrules: {{\"*\": off, endless: {level}, resource-limits: error}}\n"
    )
}

const POLICIES: &[(&str, &str)] = &[("policies/e2e/endless/endless.rego", ENDLESS)];

/// Good but for the rule that does not end.
fn looping_pod() -> String {
    limited_pod("a").replace("{name: a}", "{name: a, labels: {loop: \"yes\"}}")
}

#[test]
fn a_rule_at_warn_that_does_not_end_denies_nobody_and_others_still_judge() {
    let config = config("warn");
    let script = Script { subject: "loop", config: &config, policies: POLICIES, ..Script::default() };
    let Some(scene) = script.play() else { return };
    let start = Instant::now();
    scene.space.kubectl.apply(&looping_pod()).expect_success();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    println!("FAULT endless rule at warn: answered in {:.1?}", start.elapsed());
    let text = scene.space.kubectl.apply(&pod("b", "example.org/web:1")).expect_failure();
    assert!(text.contains("[resource-limits]"), "{text}");
    assert!(scene.webhook.metric("platlint_policy_faults_total", &["rule=\"endless\""]) >= 1.0);
}

#[test]
fn a_rule_that_fails_on_every_pod_is_refused_at_the_start() {
    let Some(plane) = crate::cluster() else { return };
    let always = ENDLESS.replace("input.review.object.metadata.labels.loop == \"yes\"", "true");
    let policies = [("policies/e2e/endless/endless.rego", always.as_str())];
    let authority = Authority::new("platlint-e2e webhook");
    let config = config("error");
    let setup = Setup { policies: &policies, ..Setup::new("default", &config) };
    let mut webhook = Webhook::launch(plane, &authority, &setup);
    let status = wait::until("the webhook to give up", || webhook.process().ended());
    assert_eq!(status.code(), Some(2));
    assert!(webhook.log().contains("rule endless fails on a sample CREATE Pod"), "{}", webhook.log());
}

#[test]
fn a_rule_at_error_that_does_not_end_denies_and_says_whose_fault_it_is() {
    let config = config("error");
    let script = Script { subject: "loop", config: &config, policies: POLICIES, ..Script::default() };
    let Some(scene) = script.play() else { return };
    let text = scene.space.kubectl.apply(&looping_pod()).expect_failure();
    assert!(text.contains("[endless] policy fault, not yours"), "{text}");
}
