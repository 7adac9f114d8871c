//! Levels below `error`, and the switch that lowers a whole server: warnings for users, annotations for auditors.

use crate::scene::{Script, only, pod, scene};

const WARNINGS: &str = "\
Warning: [resource-limits] container \"web\" has no cpu limit (spec.containers[0].resources.limits.cpu)
Warning: [resource-limits] container \"web\" has no memory limit (spec.containers[0].resources.limits.memory)
";

#[test]
fn a_rule_at_level_warn_warns_the_user_and_lets_the_object_in() {
    let Some(scene) = scene("warn", &only("resource-limits: warn")) else { return };
    let said = scene.space.kubectl.apply(&pod("a", "example.org/web:1"));
    assert_eq!(said.stderr, WARNINGS);
    assert_eq!(said.expect_success(), "pod/a created\n");
}

#[test]
fn a_rule_at_level_audit_is_silent_but_for_the_audit_log() {
    let Some(scene) = scene("audit", &only("resource-limits: audit")) else { return };
    let said = scene.space.kubectl.apply(&pod("a", "example.org/web:1"));
    assert_eq!(said.stderr, "");
    let findings = scene.annotation("create", "pods", "a", "validate.platlint.dev/findings").unwrap();
    assert_eq!(
        findings,
        "resource-limits audit spec.containers[0].resources.limits.cpu; \
         resource-limits audit spec.containers[0].resources.limits.memory"
    );
    let revision = scene.annotation("create", "pods", "a", "validate.platlint.dev/revision").unwrap();
    assert!(revision.starts_with("sha256:"), "{revision}");
    assert!(scene.webhook.metrics().contains(&revision), "the audit log and the metrics tell one revision");
}

#[test]
fn a_denied_request_is_in_the_audit_log_with_its_findings() {
    let Some(scene) = scene("audit", &only("resource-limits: error")) else { return };
    scene.space.kubectl.apply(&pod("a", "example.org/web:1")).expect_failure();
    let findings = scene.annotation("create", "pods", "a", "validate.platlint.dev/findings").unwrap();
    assert!(findings.starts_with("resource-limits error spec.containers[0].resources.limits.cpu; "), "{findings}");
}

#[test]
fn mode_warn_turns_every_denial_into_a_warning() {
    let config = only("resource-limits: error");
    let script = Script { subject: "mode", config: &config, flags: &["--mode", "warn"], ..Script::default() };
    let Some(scene) = script.play() else { return };
    let said = scene.space.kubectl.apply(&pod("a", "example.org/web:1"));
    assert_eq!(said.stderr, WARNINGS);
    said.expect_success();
}

#[test]
fn mode_audit_tells_the_audit_log_only() {
    let config = only("resource-limits: error\nimage-digest: warn");
    let script = Script { subject: "mode", config: &config, flags: &["--mode", "audit"], ..Script::default() };
    let Some(scene) = script.play() else { return };
    let said = scene.space.kubectl.apply(&pod("a", "example.org/web:1"));
    assert_eq!(said.stderr, "");
    said.expect_success();
    let findings = scene.annotation("create", "pods", "a", "validate.platlint.dev/findings").unwrap();
    assert!(findings.contains("resource-limits error") && findings.contains("image-digest warn"), "{findings}");
    assert_eq!(scene.annotation("create", "pods", "a", "validate.platlint.dev/mode").unwrap(), "audit");
}
