//! A policy that does not end: its budget ends it, and other rules go on.

use crate::scene::{Script, limited_pod, pod};
use std::time::{Duration, Instant};

const ENDLESS: &str = r#"# METADATA
# title: Counts until the budget ends
# custom:
#   platlint:
#     match: {kinds: [{groups: [""], kinds: [Pod]}]}
package platlint.e2e.endless

deny contains {"msg": "counted to the end", "path": ["metadata"]} if {
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

#[test]
fn a_rule_at_warn_that_does_not_end_denies_nobody_and_others_still_judge() {
    let config = config("warn");
    let script = Script { subject: "loop", config: &config, policies: POLICIES, ..Script::default() };
    let Some(scene) = script.play() else { return };
    let start = Instant::now();
    scene.space.kubectl.apply(&limited_pod("a")).expect_success();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    println!("FAULT endless rule at warn: answered in {:.1?}", start.elapsed());
    let text = scene.space.kubectl.apply(&pod("b", "example.org/web:1")).expect_failure();
    assert!(text.contains("[resource-limits]"), "{text}");
    assert!(scene.webhook.metric("platlint_policy_faults_total", &["rule=\"endless\""]) >= 1.0);
}

#[test]
fn a_rule_at_error_that_does_not_end_denies_and_says_whose_fault_it_is() {
    let config = config("error");
    let script = Script { subject: "loop", config: &config, policies: POLICIES, ..Script::default() };
    let Some(scene) = script.play() else { return };
    let text = scene.space.kubectl.apply(&limited_pod("a")).expect_failure();
    assert!(text.contains("[endless] policy fault, not yours"), "{text}");
}
