//! Kustomizations in a run: files that are only parts of them, and comments that exempt in what they are built from.

use std::collections::BTreeSet;

use crate::sandbox::{Ran, Sandbox};

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
  template:
    spec:
      containers:
        - name: app
          image: registry.example/cart:1.0
";

/// Names an object and changes one field of it.
const PATCH: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
  template:
    spec:
      containers:
        - name: app
          env: [{name: A, value: b}]
";

/// Files of what a run says of a rule in one of its lists.
fn files(ran: &Ran, list: &str, rule: &str) -> BTreeSet<String> {
    let json = ran.json();
    let items = json[list].as_array().unwrap_or_else(|| panic!("{}", ran.shown())).iter();
    let items = items.filter(|one| one["rule"] == *rule);
    items.map(|one| format!("{}:{}", one["file"].as_str().unwrap(), one["line"])).collect()
}

fn set(places: &[&str]) -> BTreeSet<String> {
    places.iter().map(|place| (*place).to_owned()).collect()
}

#[test]
fn parts_of_a_kustomization_that_is_not_rendered_are_no_manifests() {
    let prod = "\
resources: [../base, also.yaml]
patches: [{path: patch.yaml}, {path: also.yaml}, {path: shared.yaml}]
transformers: [labels.yaml]
";
    let labels = "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: l}\nlabels: {a: b}\n";
    let sandbox = Sandbox::with(&[
        ("base/kustomization.yaml", "resources: [app.yaml]\npatchesStrategicMerge: [patch.yaml]\n"),
        ("base/app.yaml", DEPLOYMENT),
        ("base/patch.yaml", PATCH),
        ("prod/kustomization.yaml", prod),
        ("prod/patch.yaml", PATCH),
        ("prod/also.yaml", PATCH),
        ("prod/shared.yaml", PATCH),
        ("prod/labels.yaml", labels),
        ("other/kustomization.yaml", "resources: [../prod/shared.yaml, https://x.example/base.yaml]\n"),
    ]);
    let check = |more: &[&str]| {
        let rules = ["check", "--format", "json", "--rule", "resource-limits", "--exit-zero"];
        sandbox.run(&[&rules[..], more, &["."]].concat())
    };
    // No program is on the path of the test.
    let ran = check(&[]);
    let found = files(&ran, "findings", "resource-limits");
    assert_eq!(found, set(&["base/app.yaml:9", "prod/also.yaml:9", "prod/shared.yaml:9"]), "{}", ran.shown());
    let open = files(&ran, "undecided", "not-rendered");
    assert_eq!(open, set(&["other/kustomization.yaml:1", "prod/kustomization.yaml:1"]), "{}", ran.shown());
    let ran = check(&["--render", "off"]);
    let all = ["base/app.yaml:9", "base/patch.yaml:9", "prod/also.yaml:9", "prod/patch.yaml:9", "prod/shared.yaml:9"];
    assert_eq!(files(&ran, "findings", "resource-limits"), set(&all), "{}", ran.shown());
}

/// Where kustomize or kubectl are, as `PATH`; without them a test is skipped, which fails in CI.
fn programs() -> Option<String> {
    let path = ["PLATLINT_RENDER_TOOLS", "PATH"].iter().filter_map(|name| std::env::var(name).ok());
    let path = path.collect::<Vec<_>>().join(":");
    let has = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    if has("kustomize") || has("kubectl") {
        return Some(path);
    }
    assert!(!std::env::var("CI").is_ok_and(|value| value == "true"), "CI has kustomize or kubectl");
    eprintln!("SKIPPED: comments in files of kustomizations: kustomize or kubectl is needed");
    None
}

#[test]
fn comments_exempt_in_files_of_which_kustomize_builds() {
    let Some(path) = programs() else { return };
    let comment = "# platlint: ignore[image-digest] reason=\"vendor tag\" owner=team-a until=2026-11-30";
    let other = comment.replace("image-digest", "resource-limits");
    let beside = DEPLOYMENT.replace("cart:1.0", &format!("cart:1.0  {comment}"));
    let above = DEPLOYMENT.replace("      containers:", &format!("      {comment}\n      containers:"));
    let config = "version: 1\nself-service: {rules: [image-digest], max-days: 30}\n";
    let rules = ["image-digest", "resource-limits", "self-exemption"];
    let check = |app: &str, config: &str| {
        let sandbox = Sandbox::with(&[
            ("platlint.yaml", config),
            ("base/kustomization.yaml", "resources: [app.yaml]\n"),
            ("base/app.yaml", app),
            ("blue/kustomization.yaml", "resources: [../base]\nnamespace: blue\n"),
            ("green/kustomization.yaml", "resources: [../base]\nnamespace: green\n"),
        ]);
        let arguments = ["check", "--format", "json", "--rule", rules[0], "--rule", rules[1], "--exit-zero", "."];
        sandbox.run_with(&arguments, &[("PATH", &path)], b"")
    };
    for (app, line) in [(&beside, 10), (&above, 11)] {
        let ran = check(app, config);
        let at = format!("base/app.yaml:{line}");
        assert_eq!(files(&ran, "exempted", rules[0]), set(&[&at]), "{}", ran.shown());
        assert_eq!(ran.json()["exempted"].as_array().unwrap().len(), 1, "once, however many overlays: {}", ran.shown());
        assert!(files(&ran, "findings", rules[0]).is_empty(), "{}", ran.shown());
        assert_eq!(files(&ran, "findings", rules[1]).len(), 1, "{}", ran.shown());
        // Where the platform does not allow it the finding stays, and the comment is one.
        let ran = check(app, "version: 1\n");
        assert_eq!(files(&ran, "findings", rules[0]), set(&[&at]), "{}", ran.shown());
        assert_eq!(files(&ran, "findings", rules[2]).len(), 1, "{}", ran.shown());
        assert!(files(&ran, "exempted", rules[0]).is_empty(), "{}", ran.shown());
    }
    // Of another rule, and elsewhere.
    let ran = check(&DEPLOYMENT.replace("cart:1.0", &format!("cart:1.0  {other}")), config);
    assert_eq!(files(&ran, "findings", rules[0]), set(&["base/app.yaml:10"]), "{}", ran.shown());
    let ran = check(&DEPLOYMENT.replace("name: cart", &format!("name: cart  {comment}")), config);
    assert_eq!(files(&ran, "findings", rules[0]), set(&["base/app.yaml:10"]), "{}", ran.shown());
}
