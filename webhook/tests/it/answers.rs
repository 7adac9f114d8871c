//! What users, logs and auditors read, byte for byte.

use base64::Engine as _;
use platlint_webhook::admission::Mode;
use platlint_webhook::limits::{ANNOTATION_CHARS, WARNING_CHARS, WARNINGS_CHARS};
use serde_json::{Value, json};

use crate::support::{Judges, ONLY_LIMITS, bad, good, pod, review, update};

/// A rule that always says something, at a level of the configuration's.
const SAYS: &str = r#"# METADATA
# title: Says what an annotation says
# custom:
#   platlint:
#     remedy: Say less.
#     match: {kinds: [{groups: [""], kinds: [Pod]}]}
package platlint.test.says

deny contains {"msg": sprintf("says %s", [text]), "path": ["metadata", "annotations", "say", index]} if {
	some index, text in split(input.review.object.metadata.annotations.say, ";")
}
"#;

/// A rule that fails on objects that ask for it.
const FAILS: &str = r#"# METADATA
# title: Never ends where it is asked to
# custom:
#   platlint:
#     match: {kinds: [{groups: [""], kinds: [Pod]}]}
package platlint.test.fails

deny contains {"msg": "no end", "path": []} if {
	input.review.object.metadata.annotations.fail
	some i in numbers.range(1, 3000)
	some j in numbers.range(1, 3000)
	i * j == -1
}
"#;

/// As text; the revision changes with every rule.
fn pretty(answer: &Value) -> String {
    let mut answer = answer.clone();
    answer["auditAnnotations"]["revision"] = json!("[revision]");
    serde_json::to_string_pretty(&answer).unwrap()
}

fn saying(level: &str, mode: Mode) -> Judges {
    let config =
        format!("version: 1\npolicies: [builtin, {{path: policies/}}]\nrules:\n  \"*\": off\n  says: {level}\n");
    Judges::with(&config, &[("says", SAYS)], mode)
}

fn says(text: &str) -> Value {
    let mut pod = pod(good());
    pod["metadata"]["annotations"] = json!({"say": text});
    review(pod)
}

#[tokio::test]
async fn a_denial_names_rule_message_path_and_remedy_in_its_first_line() {
    let judges = Judges::new("version: 1\nrules:\n  \"*\": off\n  resource-limits: error\n  image-digest: error\n");
    let denied = judges.ask("/validate", &review(pod(bad()))).await;
    insta::assert_snapshot!("denial", pretty(&denied));
    insta::assert_snapshot!("denial_text", denied["status"]["message"].as_str().unwrap());
}

#[tokio::test]
async fn an_allowed_review_carries_revision_and_mode_and_nothing_else() {
    let judges = Judges::new(ONLY_LIMITS);
    let allowed = judges.ask("/validate", &review(pod(good()))).await;
    insta::assert_snapshot!("allowed", pretty(&allowed));
    assert_eq!(allowed["auditAnnotations"]["revision"], judges.policies.current().set.revision());
}

#[tokio::test]
async fn warn_warns_and_audit_only_annotates() {
    let warned = saying("warn", Mode::Enforce).ask("/validate", &says("a")).await;
    assert_eq!(warned["allowed"], true);
    assert_eq!(warned["warnings"], json!(["[says] says a (metadata.annotations.say[0])"]));
    let audited = saying("audit", Mode::Enforce).ask("/validate", &says("a")).await;
    assert_eq!(audited["allowed"], true);
    assert_eq!(audited["warnings"], Value::Null);
    assert_eq!(audited["auditAnnotations"]["findings"], "says audit metadata.annotations.say[0]");
}

#[tokio::test]
async fn the_mode_turns_a_whole_server_to_warn_or_audit() {
    let warned = saying("error", Mode::Warn).ask("/validate", &says("a")).await;
    assert_eq!((&warned["allowed"], warned["warnings"].as_array().unwrap().len()), (&json!(true), 1));
    assert_eq!(warned["auditAnnotations"]["mode"], "warn");
    assert_eq!(warned["auditAnnotations"]["findings"], "says error metadata.annotations.say[0]");
    let audited = saying("error", Mode::Audit).ask("/validate", &says("a")).await;
    assert_eq!((&audited["allowed"], &audited["warnings"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn warnings_are_single_short_lines_and_what_is_too_much_is_counted_first() {
    let many: Vec<String> = (0..60).map(|number| format!("line {number}\n\ttwo \u{7} {}", "x".repeat(200))).collect();
    let answer = saying("warn", Mode::Enforce).ask("/validate", &says(&many.join(";"))).await;
    let warnings: Vec<&str> = answer["warnings"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert!(warnings[0].starts_with("[platlint] ") && warnings[0].contains(" more findings"), "{}", warnings[0]);
    assert!(warnings.len() > 25, "{}", warnings.len());
    assert!(warnings.iter().all(|one| !one.is_empty() && !one.contains(['\n', '\t', '\u{7}'])));
    assert!(warnings.iter().all(|one| one.chars().count() <= WARNING_CHARS));
    assert!(warnings.iter().map(|one| one.chars().count()).sum::<usize>() <= WARNINGS_CHARS);
    let annotations = answer["auditAnnotations"].as_object().unwrap();
    assert!(
        annotations
            .iter()
            .all(|(key, value)| !key.contains('/') && value.as_str().unwrap().chars().count() <= ANNOTATION_CHARS)
    );
}

#[tokio::test]
async fn a_denial_of_very_many_findings_stays_readable() {
    let many: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    let answer = saying("error", Mode::Enforce).ask("/validate", &says(&many.join(";"))).await;
    let message = answer["status"]["message"].as_str().unwrap();
    assert!(message.starts_with("[says] says 0 (metadata.annotations.say[0]). Say less.\n"), "{message}");
    assert!(message.ends_with("\nand 460 more"), "{message}");
    assert_eq!(answer["status"]["details"]["causes"].as_array().unwrap().len(), 40);
}

#[tokio::test]
async fn a_dry_run_gets_the_same_verdict() {
    let judges = Judges::new(ONLY_LIMITS);
    let mut dry = review(pod(bad()));
    dry["request"]["dryRun"] = json!(true);
    assert_eq!(judges.ask("/validate", &dry).await, judges.ask("/validate", &review(pod(bad()))).await);
}

#[tokio::test]
async fn a_policy_fault_denies_at_error_and_says_whose_fault_it_is_and_never_at_warn_or_audit() {
    let config = |level: &str| {
        format!("version: 1\npolicies: [builtin, {{path: policies/}}]\nrules:\n  \"*\": off\n  fails: {level}\n")
    };
    let mut failing = pod(good());
    failing["metadata"]["annotations"] = json!({"fail": "yes"});
    let failing = review(failing);
    for (level, mode, allowed) in [
        ("error", Mode::Enforce, false),
        ("error", Mode::Warn, true),
        ("warn", Mode::Enforce, true),
        ("audit", Mode::Enforce, true),
    ] {
        let judges = Judges::with(&config(level), &[("fails", FAILS)], mode);
        let answer = judges.ask("/validate", &failing).await;
        assert_eq!(answer["allowed"], allowed, "{level} {mode:?}");
        // On a busy machine time runs out before the instructions do.
        let kind = answer["auditAnnotations"]["faults"].as_str().unwrap().strip_prefix("fails ").unwrap();
        assert!(["budget", "backstop"].contains(&kind), "{kind}");
        let counted = format!(r#"platlint_policy_faults_total{{rule="fails",kind="{kind}"}} 1"#);
        assert!(judges.metrics.text().contains(&counted));
        if !allowed {
            let message = answer["status"]["message"].as_str().unwrap();
            assert!(message.starts_with("[fails] policy fault, not yours: "), "{message}");
            // The next review is none the worse for it.
            assert_eq!(judges.ask("/validate", &review(pod(good()))).await["allowed"], true);
        }
    }
}

#[tokio::test]
async fn what_is_not_decided_has_the_effect_it_is_configured_to_have() {
    const ASKS: &str = "# METADATA\n# title: Asks for what nobody knows\n# custom:\n#   platlint:\n#     match: {kinds: [{groups: [\"\"], kinds: [Pod]}]}\npackage platlint.test.asks\n\nundecided contains {\"reason\": \"nobody knows\", \"path\": [\"spec\"]} if input.review.kind.kind == \"Pod\"\n";
    for (effect, allowed, warnings) in [("allow", true, 0), ("warn", true, 1), ("error", false, 0)] {
        let config = format!(
            "version: 1\npolicies: [builtin, {{path: policies/}}]\nrules:\n  \"*\": off\n  asks: {{level: error, undecided: {effect}}}\n"
        );
        let answer =
            Judges::with(&config, &[("asks", ASKS)], Mode::Enforce).ask("/validate", &review(pod(good()))).await;
        assert_eq!(answer["allowed"], allowed, "{effect}");
        assert_eq!(answer["warnings"].as_array().map_or(0, Vec::len), warnings, "{effect}");
        assert_eq!(answer["auditAnnotations"]["undecided"], "asks spec: nobody knows");
    }
}

#[tokio::test]
async fn an_update_does_not_newly_fail_for_what_the_object_had_before() {
    let judges = Judges::new(ONLY_LIMITS);
    let mut relabelled = pod(bad());
    relabelled["metadata"]["labels"] = json!({"a": "b"});
    let answer = judges.ask("/validate", &update(pod(bad()), relabelled)).await;
    assert_eq!(answer["allowed"], true);
    assert!(answer["warnings"][0].as_str().unwrap().contains("already before this update"), "{answer}");
    assert!(!answer["auditAnnotations"]["preexisting"].is_null());
    let worse = judges.ask("/validate", &update(pod(good()), pod(bad()))).await;
    assert_eq!(worse["allowed"], false);
}

#[tokio::test]
async fn releasing_finalizers_of_a_deleting_object_is_always_allowed() {
    let judges = Judges::new(ONLY_LIMITS);
    let deleting = |finalizers: Value| {
        let mut pod = pod(bad());
        pod["metadata"]["deletionTimestamp"] = json!("2026-11-20T00:00:00Z");
        pod["metadata"]["finalizers"] = finalizers;
        pod
    };
    let answer = judges.ask("/validate", &update(deleting(json!(["a/b", "c/d"])), deleting(json!(["c/d"])))).await;
    assert_eq!((&answer["allowed"], &answer["warnings"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn deletions_and_connections_are_judged_only_by_rules_that_name_them() {
    const KEEPS: &str = "# METADATA\n# title: Keeps what is kept\n# custom:\n#   platlint:\n#     match: {kinds: [{groups: [\"\"], kinds: [Pod]}], operations: [DELETE]}\npackage platlint.test.keeps\n\ndeny contains {\"msg\": sprintf(\"%s is kept\", [input.review.object.metadata.name]), \"path\": []} if input.review.operation == \"DELETE\"\n";
    let deletion = |object: Value| {
        let mut review = review(object.clone());
        review["request"]["operation"] = json!("DELETE");
        review["request"]["oldObject"] = object;
        review["request"]["object"] = Value::Null;
        review["request"]["name"] = json!("");
        review
    };
    let unaware = Judges::new(ONLY_LIMITS);
    assert_eq!(unaware.ask("/validate", &deletion(pod(bad()))).await["allowed"], true);
    let config = "version: 1\npolicies: [builtin, {path: policies/}]\nrules:\n  \"*\": off\n  resource-limits: error\n  keeps: error\n";
    let aware = Judges::with(config, &[("keeps", KEEPS)], Mode::Enforce);
    let denied = aware.ask("/validate", &deletion(pod(bad()))).await;
    assert_eq!(denied["status"]["message"], "[keeps] web is kept");
    let mut connect = review(json!({"apiVersion": "v1", "kind": "PodExecOptions", "metadata": {"name": "web"}}));
    connect["request"]["operation"] = json!("CONNECT");
    assert_eq!(aware.ask("/validate", &connect).await["allowed"], true);
}

#[tokio::test]
async fn kinds_that_no_rule_judges_are_allowed_unread() {
    let judges = Judges::new(ONLY_LIMITS);
    // Such an object cannot even be parsed.
    let mut review = review(json!({"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w"}}));
    review["request"]["object"]["deep"] = json!("DEEP");
    let deep = format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000));
    let body = review.to_string().replace("\"DEEP\"", &deep);
    let (status, response) = judges.send(crate::support::post("/validate", body)).await;
    assert_eq!(status, 200);
    assert_eq!(serde_json::from_slice::<Value>(response.body()).unwrap()["response"]["allowed"], true);
}

const MUTATING: &str = "version: 1\nrules:\n  \"*\": off\n  seccomp-profile: {level: warn, mutate: pods}\n";

/// The operations of a patch.
fn operations(response: &Value) -> Value {
    let patch = base64::engine::general_purpose::STANDARD.decode(response["patch"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&patch).unwrap()
}

#[tokio::test]
async fn a_mutation_is_a_minimal_patch_with_its_type_and_the_validating_hook_never_patches() {
    let judges = Judges::new(MUTATING);
    let answer = judges.ask("/mutate", &review(pod(good()))).await;
    assert_eq!((&answer["allowed"], &answer["patchType"]), (&json!(true), &json!("JSONPatch")));
    assert_eq!(
        operations(&answer),
        json!([{"op": "add", "path": "/spec/securityContext", "value": {"seccompProfile": {"type": "RuntimeDefault"}}}])
    );
    assert!(answer["auditAnnotations"]["mutations"].as_str().unwrap().starts_with("seccomp-profile set "));
    let validated = judges.ask("/validate", &review(pod(good()))).await;
    assert_eq!((&validated["patch"], &validated["patchType"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_mutated_object_is_not_mutated_again() {
    let judges = Judges::new(MUTATING);
    let mut mutated = pod(good());
    mutated["spec"]["securityContext"] = json!({"seccompProfile": {"type": "RuntimeDefault"}});
    let answer = judges.ask("/mutate", &review(mutated)).await;
    assert_eq!((&answer["patch"], &answer["patchType"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn writes_that_cannot_take_a_change_are_left_alone() {
    let judges = Judges::new(MUTATING);
    let mut resize = update(pod(good()), pod(good()));
    resize["request"]["subResource"] = json!("resize");
    let mut mirror = pod(good());
    mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "abc"});
    let mut deleting = pod(good());
    deleting["metadata"]["deletionTimestamp"] = json!("2026-11-20T00:00:00Z");
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [good()]}}}});
    for (what, review) in [
        ("a resize", resize),
        ("an update of a Pod, whose spec is fixed", update(pod(good()), pod(good()))),
        ("a mirror Pod", review(mirror)),
        ("what is being deleted", review(deleting)),
        ("a template, which Git holds", review(deployment)),
    ] {
        let answer = judges.ask("/mutate", &review).await;
        assert_eq!((&answer["allowed"], &answer["patch"]), (&json!(true), &Value::Null), "{what}");
    }
}

#[tokio::test]
async fn in_mode_audit_mutations_are_withheld_and_told() {
    let judges = Judges::with(MUTATING, &[], Mode::Audit);
    let answer = judges.ask("/mutate", &review(pod(good()))).await;
    assert_eq!(answer["patch"], Value::Null);
    assert!(!answer["auditAnnotations"]["mutations-withheld"].is_null());
}

#[tokio::test]
async fn what_another_controller_undoes_again_and_again_is_seen_in_a_metric() {
    let config = "version: 1\nrules:\n  \"*\": off\n  seccomp-profile: {level: warn, mutate: all}\n";
    let judges = Judges::new(config);
    let deployment = |context: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [good()], "securityContext": context}}}})
    };
    let wanted = json!({"seccompProfile": {"type": "RuntimeDefault"}});
    for _ in 0..3 {
        let answer = judges.ask("/mutate", &update(deployment(wanted.clone()), deployment(json!({})))).await;
        assert_eq!(answer["patchType"], "JSONPatch");
    }
    let text = judges.metrics.text();
    assert!(text.contains(r#"platlint_mutations_undone_total{rule="seccomp-profile"} 3"#), "{text}");
    assert!(text.contains(r#"platlint_mutations_total{rule="seccomp-profile",operation="update"} 3"#));
    assert!(text.contains("platlint_mutation_rounds_count 3"));
}

#[tokio::test]
async fn fields_of_future_versions_pass_untouched() {
    let judges = Judges::new(MUTATING);
    let mut future = pod(good());
    future["spec"]["fieldOf2030"] = json!({"a": [1, 2.5, null], "big": 12_345_678_901_234_567_890_u64});
    let answer = judges.ask("/mutate", &review(future)).await;
    assert_eq!(operations(&answer).as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn ephemeral_containers_and_resize_are_judged_as_the_whole_pod() {
    let judges = Judges::new("version: 1\nrules:\n  \"*\": off\n  image-digest: error\n  resource-limits: error\n");
    let mut debugged = pod(good());
    debugged["spec"]["ephemeralContainers"] = json!([{"name": "debug", "image": "busybox"}]);
    let mut ephemeral = update(pod(good()), debugged);
    ephemeral["request"]["subResource"] = json!("ephemeralcontainers");
    let denied = judges.ask("/validate", &ephemeral).await;
    assert_eq!(denied["allowed"], false);
    assert!(
        denied["status"]["details"]["causes"][0]["field"].as_str().unwrap().starts_with("spec.ephemeralContainers[0]")
    );
    let mut resize = update(pod(good()), pod(bad()));
    resize["request"]["subResource"] = json!("resize");
    assert_eq!(judges.ask("/validate", &resize).await["allowed"], false);
}
