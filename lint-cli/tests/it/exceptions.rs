//! Exemptions: by the platform, by developers where the platform allows it, and what is said of those that do not hold.

use crate::sandbox::{POD, Sandbox};

fn rules(sandbox: &Sandbox) -> Vec<String> {
    let json = sandbox.run(&["--format", "json"]).json();
    let mut rules: Vec<String> =
        json["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect();
    rules.sort();
    rules
}

const SERVICE: &str = "version: 1\nself-service: {rules: [image-digest], max-days: 30}\n";

#[test]
fn an_exemption_of_the_configuration_is_reported_with_its_place() {
    let config = "version: 1\nexemptions:\n  - {rule: image-digest, kind: Pod, namespace: shop, name: cart, reason: r, owner: o, expires: 2026-11-21}\n";
    let sandbox = Sandbox::with(&[("platlint.yaml", config), ("pod.yaml", POD)]);
    let json = sandbox.run(&["--format", "json"]).json();
    assert_eq!(json["exempted"][0]["rule"], "image-digest");
    assert_eq!(json["exempted"][0]["by"], "platlint.yaml:3");
    assert_eq!(json["exempted"][0]["expires"], "2026-11-21");
    assert_eq!(rules(&sandbox), ["resource-limits"]);
}

#[test]
fn an_expired_exemption_excuses_nothing_and_is_a_finding() {
    let config = "version: 1\nexemptions:\n  - {rule: image-digest, reason: r, owner: o, expires: 2026-11-20}\n";
    let sandbox = Sandbox::with(&[("platlint.yaml", config), ("pod.yaml", POD)]);
    assert_eq!(rules(&sandbox), ["expired-exemption", "image-digest", "resource-limits"]);
}

#[test]
fn a_comment_exempts_where_the_platform_allows_it() {
    let comment = "# platlint: ignore[image-digest] reason=\"vendor tag\" owner=team-a until=2026-11-30";
    let beside = POD.replace("nginx:1.27", &format!("nginx:1.27  {comment}"));
    let above = POD.replace("    - name: app", &format!("    {comment}\n    - name: app"));
    for text in [beside, above] {
        let sandbox = Sandbox::with(&[("platlint.yaml", SERVICE), ("pod.yaml", &text)]);
        assert_eq!(rules(&sandbox), ["resource-limits"], "{text}");
        let refused = Sandbox::with(&[("pod.yaml", &text)]);
        assert_eq!(rules(&refused), ["image-digest", "resource-limits", "self-exemption"], "{text}");
    }
}

#[test]
fn a_comment_elsewhere_exempts_nothing() {
    let comment = "# platlint: ignore[image-digest] reason=\"vendor tag\" owner=team-a until=2026-11-30";
    let text = POD.replace("  name: cart", &format!("  name: cart  {comment}"));
    let sandbox = Sandbox::with(&[("platlint.yaml", SERVICE), ("pod.yaml", &text)]);
    assert_eq!(rules(&sandbox), ["image-digest", "resource-limits"]);
}

#[test]
fn a_comment_without_reason_owner_or_end_is_a_finding() {
    let text = POD.replace("nginx:1.27", "nginx:1.27  # platlint: ignore[image-digest]");
    let sandbox = Sandbox::with(&[("platlint.yaml", SERVICE), ("pod.yaml", &text)]);
    assert_eq!(rules(&sandbox), ["image-digest", "resource-limits", "self-exemption"]);
    insta::assert_snapshot!(sandbox.run(&["--format", "concise"]).stdout);
}

#[test]
fn an_annotation_exempts_where_the_platform_allows_it() {
    let text = POD.replace(
        "    owner: team-cart",
        "    owner: team-cart\n    platlint.dev/exempt: image-digest reason=why owner=team-a until=2026-11-30",
    );
    let allowed = Sandbox::with(&[("platlint.yaml", SERVICE), ("pod.yaml", &text)]);
    assert_eq!(rules(&allowed), ["resource-limits"]);
    let refused = Sandbox::with(&[("pod.yaml", &text)]);
    assert_eq!(rules(&refused), ["image-digest", "resource-limits", "self-exemption"]);
}

#[test]
fn a_platform_locks_what_its_services_may_not_weaken() {
    let platform = "version: 1\nrules: {image-digest: {level: error, locked: true}}\n";
    for weaker in [
        "rules: {image-digest: warn}",
        "overrides: [{rules: [\"*\"], level: warn}]",
        "self-service: {rules: [image-digest], max-days: 9}",
    ] {
        let service = format!("version: 1\nextends: ../platform\n{weaker}\n");
        let sandbox = Sandbox::with(&[
            ("platform/platlint.yaml", platform),
            ("app/platlint.yaml", &service),
            ("app/pod.yaml", POD),
        ]);
        let ran = sandbox.run(&["check", "--config", "app/platlint.yaml", "app"]);
        assert_eq!(ran.code, 2, "{weaker}: {}", ran.shown());
        assert!(ran.stderr.contains("locked"), "{}", ran.stderr);
    }
}
