//! Locked rules: what the configuration that extends them may not do.

use platlint_engine::Level;

use crate::folder::{Folder, GOOD_RULE, KEY, built_in};

const PLATFORM: &str = "\
version: 1
rules:
  resource-limits: {level: warn, locked: true, undecided: warn, parameters: {resources: [memory]}}
  image-digest: {level: error, locked: true}
  image-signature: {level: error, locked: true}
overrides: [{rules: [resource-limits], namespaces: [prod], level: error}]
exemptions: [{rule: image-digest, name: a, reason: a, owner: b, expires: 2027-01-31}]
self-service: {rules: [image-digest], max-days: 10}
images: {rules: [{match: ['**'], authorities: [{name: platform, key: platform.pub}]}]}
";

fn with(test: &str, main: &str) -> Folder {
    let main = format!("version: 1\n{main}");
    let own = KEY.replace("MFkw", "AAAA");
    let files = [
        ("platform/platlint.yaml", PLATFORM),
        ("platform/platform.pub", KEY),
        ("own.pub", own.as_str()),
        ("platlint.yaml", main.as_str()),
    ];
    Folder::with(test, &files)
}

#[test]
fn every_weakening_of_a_locked_rule_is_a_problem_that_names_the_lock() {
    let folder = with(
        "weakenings",
        "\
extends: platform
rules:
  resource-limits: {level: audit, undecided: allow, parameters: {resources: [cpu]}, locked: false}
  image-digest: off
overrides:
  - {rules: ['*'], level: warn}
  - {rules: [resource-limits], level: warn}
exemptions:
  - {rule: 'image-*', reason: a, owner: b, expires: 2027-01-31}
self-service: {rules: [resource-limits], max-days: 11}
images: {rules: [{match: ['**'], authorities: [{name: platform, key: own.pub}]}]}
",
    );
    insta::assert_snapshot!(folder.problems());
}

#[test]
fn tightening_a_locked_rule_is_allowed() {
    let folder = with(
        "tightening",
        "\
extends: platform
rules:
  resource-limits: {level: error, undecided: error, parameters: {resources: [memory]}, locked: true}
  owner-annotation: off
overrides: [{rules: ['*'], clusters: [a], level: error}]
exemptions: [{rule: owner-annotation, reason: a, owner: b, expires: 2027-01-31}]
self-service: {rules: [image-digest, owner-annotation], max-days: 5}
",
    );
    let loaded = folder.load().unwrap();
    let locked: Vec<&str> =
        loaded.set.rules().iter().filter(|rule| rule.settings.locked).map(|rule| &*rule.meta.id).collect();
    assert_eq!(locked, ["image-digest", "image-signature", "resource-limits"]);
}

#[test]
fn a_lock_counts_whichever_file_is_extended_first() {
    for (test, order) in [("before", "[weak.yaml, platform]"), ("after", "[platform, weak.yaml]")] {
        let folder = with(test, &format!("extends: {order}\n"));
        folder.write(
            "weak.yaml",
            b"version: 1\nexemptions: [{rule: resource-limits, reason: a, owner: b, expires: 2027-01-31}]\n",
        );
        let problems = folder.problems();
        assert!(
            problems.starts_with("weak.yaml:2:21: rule `resource-limits` is locked by platform/platlint.yaml:3"),
            "{problems}"
        );
    }
}

#[test]
fn the_star_locks_what_the_locker_knows_and_nothing_else() {
    let folder = Folder::with(
        "star",
        &[
            ("platform.yaml", "version: 1\nrules: {'*': {locked: true}}\n"),
            (
                "platlint.yaml",
                "version: 1\nextends: platform.yaml\npolicies: [{path: policies}]\nrules: {short-names: off}\n",
            ),
            ("policies/naming/short-names/a.rego", GOOD_RULE),
        ],
    );
    assert_eq!(folder.load().unwrap().set.rules().len(), built_in().len() + 1);
    folder.write("platlint.yaml", b"version: 1\nextends: platform.yaml\nrules: {'*': audit}\n");
    let problems = folder.problems();
    let plain = Folder::with("star-none", &[]).load().unwrap();
    let lowered = plain.set.rules().iter().filter(|rule| rule.settings.level > Level::Audit);
    let lowered: Vec<String> =
        lowered.map(|rule| format!("rule `{}` is locked by platform.yaml:2: ", rule.meta.id)).collect();
    assert_eq!(problems.lines().count(), lowered.len(), "{problems}");
    let is_told = |line: &str| lowered.iter().any(|start| line.starts_with(&format!("platlint.yaml:3:9: {start}")));
    assert!(problems.lines().all(is_told), "{problems}");
}

#[test]
fn a_lock_binds_nobody_below_it() {
    let folder = Folder::with(
        "below",
        &[
            (
                "base.yaml",
                "version: 1\nrules: {image-digest: warn}\nexemptions: [{rule: image-digest, reason: a, owner: b, expires: 2027-01-31}]\n",
            ),
            ("platlint.yaml", "version: 1\nextends: base.yaml\nrules: {image-digest: {locked: true}}\n"),
        ],
    );
    assert_eq!(folder.load().unwrap().set.exemptions().len(), 1);
}

#[test]
fn self_service_keeps_the_lockers_limit_where_nothing_else_is_said() {
    let folder = with("days", "extends: platform\nself-service: {rules: [image-digest]}\n");
    assert_eq!(folder.load().unwrap().set.self_service().max_days, 10);
}

#[test]
fn parameters_slipped_in_beside_the_lock_are_found() {
    let folder = with("beside", "extends: [weak.yaml, platform]\n");
    folder.write(
        "platform/platlint.yaml",
        PLATFORM
            .replace(
                "resource-limits: {level",
                "no-public-load-balancer: {locked: true, parameters: {nodePorts: true}}\n  resource-limits: {level",
            )
            .as_bytes(),
    );
    folder.write("weak.yaml", b"version: 1\nrules: {no-public-load-balancer: {parameters: {namespaces: []}}}\n");
    let problems = folder.problems();
    assert!(problems.starts_with("weak.yaml:2:47: rule `no-public-load-balancer` is locked"), "{problems}");
}
