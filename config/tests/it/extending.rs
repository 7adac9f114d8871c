//! Configurations that extend others.

use platlint_engine::Level;

use crate::folder::{Folder, GOOD_RULE};

const BASE: &str = "\
version: 1
policies: [builtin, {path: policies}]
rules:
  resource-limits: {level: warn, parameters: {resources: [memory]}}
  short-names: {level: audit, parameters: {longest: 5}}
overrides: [{rules: [image-digest], namespaces: [a], level: warn}]
exemptions: [{rule: image-digest, reason: a, owner: b, expires: 2027-01-31}]
files: {exclude: [base]}
namespaces: [{files: base, namespace: base}]
self-service: {rules: [image-digest], max-days: 10}
";

fn folder(test: &str, main: &str) -> Folder {
    Folder::with(
        test,
        &[
            ("platform/platlint.yaml", BASE),
            ("platform/policies/naming/short-names/a.rego", GOOD_RULE),
            ("service/platlint.yaml", main),
        ],
    )
}

fn load(folder: &Folder) -> platlint_config::Loaded {
    let mut options = folder.options();
    options.start = folder.path.join("service");
    platlint_config::load(&options).unwrap()
}

#[test]
fn what_is_extended_comes_first_and_can_be_changed() {
    let folder = folder(
        "extends",
        "\
version: 1
extends: ../platform
rules:
  resource-limits: {level: error}
  short-names: warn
overrides: [{rules: [image-digest], namespaces: [a], level: audit}]
exemptions: [{rule: short-names, reason: a, owner: b, expires: 2027-01-31}]
files: {exclude: [service]}
namespaces: [{files: service, namespace: service}]
",
    );
    let loaded = load(&folder);
    let rule = |id: &str| loaded.set.rules().iter().find(|rule| &*rule.meta.id == id).unwrap();
    assert_eq!(rule("resource-limits").settings.level, Level::Error);
    assert_eq!(rule("resource-limits").settings.parameters.to_string(), r#"{"resources":["memory"]}"#);
    assert_eq!(rule("short-names").settings.level, Level::Warn);
    assert_eq!(rule("short-names").settings.parameters.to_string(), r#"{"longest":5}"#);
    let overrides: Vec<&str> =
        loaded.effective["overrides"].as_array().unwrap().iter().map(|one| one["level"].as_str().unwrap()).collect();
    assert_eq!(overrides, ["audit", "warn"]);
    assert_eq!(loaded.set.exemptions().len(), 2);
    assert_eq!(loaded.files.exclude, ["service", "base"]);
    assert_eq!(loaded.namespaces[0].namespace, "service");
    assert_eq!(loaded.root, folder.path.join("service"));
    assert_eq!(loaded.set.self_service().max_days, 10);
}

#[test]
fn several_can_be_extended_and_a_shared_one_is_read_once() {
    let folder = folder("several", "version: 1\nextends: [../left, ../right/platlint.yaml]\n");
    folder.write("left/platlint.yaml", b"version: 1\nextends: ../platform\nrules: {image-digest: audit}\n");
    folder.write("right/platlint.yaml", b"version: 1\nextends: ../platform\nrules: {image-digest: warn}\n");
    let loaded = load(&folder);
    assert_eq!(loaded.effective["configurations"].as_array().unwrap().len(), 4);
    assert_eq!(loaded.set.exemptions().len(), 1);
    assert_eq!(loaded.effective["rules"]["image-digest"]["level"], "warn");
}

#[test]
fn what_cannot_be_extended_is_a_problem_at_its_place() {
    let folder = Folder::with(
        "not-extended",
        &[
            (
                "platlint.yaml",
                "version: 1\nextends:\n  - oci://registry.example/policies@sha256:00\n  - ./empty\n  - nowhere\n  - loop.yaml\n  - bad.yaml\n",
            ),
            ("empty/a.txt", ""),
            ("loop.yaml", "version: 1\nextends: platlint.yaml\n"),
            ("bad.yaml", "version: 1\nrule: {}\n"),
        ],
    );
    insta::assert_snapshot!(folder.problems());
}

#[test]
fn too_many_on_top_of_each_other_are_a_problem() {
    let folder = Folder::config("deep", "version: 1\nextends: 1.yaml\n");
    for depth in 1..12 {
        folder.write(&format!("{depth}.yaml"), format!("version: 1\nextends: {}.yaml\n", depth + 1).as_bytes());
    }
    insta::assert_snapshot!(folder.problems());
}
