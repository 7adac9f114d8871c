//! Ways by which a violation once passed in silence. Each was found by a review, and each stays closed.

use crate::sandbox::{POD, Sandbox};

const BALANCER: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: prod-secure-eu, annotations: {owner: team-a}}\nspec: {type: LoadBalancer}\n";

/// The balancer as an item of a list.
fn item() -> String {
    format!("- {}", BALANCER.trim_end().replace('\n', "\n  "))
}

fn code(files: &[(&str, &str)], arguments: &[&str]) -> i32 {
    Sandbox::with(files).run(arguments).code
}

#[test]
fn items_make_a_list_of_any_object() {
    for head in ["apiVersion: v1\nkind: List\nspec: {}\n", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"] {
        assert_eq!(code(&[("a.yaml", &format!("{head}items:\n{}", item()))], &["check"]), 1, "{head}");
    }
    assert_eq!(code(&[("a.yaml", "apiVersion: v1\nkind: List\nitems: {}\n")], &["check"]), 1);
}

#[cfg(unix)]
#[test]
fn files_whose_names_look_alike_are_all_read() {
    let files = [("k8s/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"), ("k8s\\a.yaml", BALANCER)];
    assert_eq!(code(&files, &["check"]), 1);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_judged_with_the_other_objects_too() {
    let range =
        "---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: other, namespace: other}\nspec: {limits: []}\n";
    let sandbox = Sandbox::with(&[("in.yaml", format!("{POD}{range}"))]);
    let program = env!("CARGO_BIN_EXE_platlint");
    let script = format!("'{program}' check --rule resource-limits <(cat in.yaml)");
    let output = std::process::Command::new("bash").args(["-c", &script]).current_dir(sandbox.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_comment_cannot_go_around_the_lock_of_a_foreign_policy() {
    let policy = "package main\n\ndeny contains \"no\" if {\n\tinput.kind == \"Pod\"\n}\n";
    let platform =
        "version: 1\npolicies: [{path: policy, dialect: conftest}]\nrules: {main: {level: error, locked: true}}\n";
    let service = "version: 1\nextends: ../platform\nself-service: {rules: [\"main.*\"], max-days: 3000}\n";
    let pod = format!("# platlint: ignore[main.deny] reason=r owner=o until=2026-12-01\n{POD}");
    let files = [
        ("platform/platlint.yaml", platform),
        ("platform/policy/a.rego", policy),
        ("app/platlint.yaml", service),
        ("app/pod.yaml", &pod),
    ];
    assert_ne!(code(&files, &["check", "--config", "app/platlint.yaml", "app"]), 0);
}

#[test]
fn rules_are_found_however_they_are_laid_out() {
    let policy = "package main\n\n  deny contains \"no\" if {\n\tinput.kind == \"Pod\"\n}\n";
    let config = "version: 1\npolicies: [{path: policy, dialect: conftest, namespaces: [\"*\"]}]\n";
    assert_eq!(code(&[("platlint.yaml", config), ("policy/a.rego", policy), ("pod.yaml", POD)], &["check"]), 1);
}

#[test]
fn a_path_written_with_dots_has_the_configured_namespace() {
    let config = "version: 1\nnamespaces: [{files: \"envs/**\", namespace: prod-secure-eu}]\n";
    let service = BALANCER.replace("namespace: prod-secure-eu, ", "");
    let sandbox = Sandbox::with(&[("platlint.yaml", config), ("envs/a.yaml", &service), ("sub/x.txt", "")]);
    assert_eq!(sandbox.run(&["check", "sub/../envs"]).code, 1);
}

#[cfg(unix)]
#[test]
fn a_link_to_an_endless_file_is_refused() {
    let sandbox = Sandbox::with(&[("pod.yaml", POD)]);
    std::os::unix::fs::symlink("/dev/zero", sandbox.path().join("a.yaml")).unwrap();
    let json = sandbox.run(&["--format", "json", "--rule", "image-digest"]).json();
    let rules: Vec<_> = json["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["unreadable-file", "image-digest"]);
}

#[test]
fn a_panic_of_the_evaluator_costs_one_answer_and_not_all() {
    let policy = "package main\n\ndeny contains \"found\" if {\n\tinput.kind == \"Pod\"\n}\n\ndeny contains \"many\" if {\n\tstrings.count(input.metadata.name, input.metadata.labels.sep) > 5\n}\n";
    let bad = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {sep: \"\"}}\n";
    let sandbox = Sandbox::with(&[("policy/a.rego", policy), ("a.yaml", bad), ("pod.yaml", POD)]);
    let ran = sandbox.run(&["--no-builtin", "--policy", "policy:conftest", "--format", "json"]);
    assert_eq!(ran.code, 2, "{}", ran.shown());
    assert_eq!(ran.json()["findings"][0]["message"], "found");
    assert_eq!(ran.json()["faults"].as_array().unwrap().len(), 1);
}

#[test]
fn kinds_that_can_never_match_are_refused() {
    for (groups, kinds) in [("apps/v1", "Deployment"), ("\"*.k8s.io\"", "Deployment"), ("apps", "deployment")] {
        let rule = format!(
            "# METADATA\n# title: T\n# custom:\n#   platlint: {{match: {{kinds: [{{groups: [{groups}], kinds: [{kinds}]}}]}}}}\npackage platlint.c.r\n\ndeny contains {{\"msg\": \"m\", \"path\": []}}\n"
        );
        assert_eq!(
            code(&[("p/c/r/r.rego", &rule), ("pod.yaml", POD)], &["check", "--policy", "p"]),
            2,
            "{groups} {kinds}"
        );
    }
}

#[test]
fn a_package_of_many_rules_loads() {
    use std::fmt::Write as _;
    let rules = (0..60).fold(String::from("package main\n"), |mut text, rule| {
        writeln!(
            text,
            "\ndeny_a_container_without_something_{rule} contains \"no {rule}\" if {{\n\tinput.kind == \"Pod\"\n}}"
        )
        .unwrap();
        text
    });
    let sandbox = Sandbox::with(&[("p/a.rego", &*rules), ("pod.yaml", POD)]);
    let json = sandbox.run(&["--no-builtin", "--policy", "p:conftest", "--format", "json"]).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 60);
}
