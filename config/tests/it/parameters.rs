//! Parameters of rules: defaults, and what is said of wrong ones.

use crate::folder::{Folder, GOOD_RULE};

#[test]
fn parameters_are_checked_by_the_rules_schema_at_their_places() {
    let folder = Folder::config(
        "parameters",
        "\
version: 1
rules:
  image-digest: {parameters: {tags: false}}
  resource-limits:
    parameters:
      resources: [cpu, 7]
      resorces: []
  no-public-load-balancer:
    parameters:
      clouds: [aws, aws, azur]
",
    );
    insta::assert_snapshot!(folder.problems());
}

#[test]
fn defaults_are_filled_in() {
    let folder =
        Folder::config("defaults", "version: 1\nrules: {no-public-load-balancer: {parameters: {nodePorts: true}}}\n");
    let loaded = folder.load().unwrap();
    let parameters = &loaded.effective["rules"]["no-public-load-balancer"]["parameters"];
    assert_eq!(parameters["nodePorts"], true);
    assert_eq!(parameters["namespaces"], serde_json::json!(["prod-secure-*"]));
    assert_eq!(
        loaded.effective["rules"]["resource-limits"]["parameters"]["resources"],
        serde_json::json!(["cpu", "memory"])
    );
}

#[test]
fn a_parameter_that_must_be_given_is_asked_for_unless_the_rule_is_off() {
    let rule = GOOD_RULE.replace("additionalProperties: false", "required: [longest]").replace(", default: 20", "");
    let folder = |test: &str, rules: &str| {
        Folder::with(
            test,
            &[
                ("policies/naming/short-names/a.rego", rule.as_str()),
                ("platlint.yaml", &format!("version: 1\npolicies: [{{path: policies}}]\n{rules}")),
            ],
        )
    };
    insta::assert_snapshot!(folder("required", "").problems());
    assert!(folder("required-off", "rules: {short-names: off}\n").load().is_ok());
    assert!(folder("required-given", "rules: {short-names: {parameters: {longest: 3}}}\n").load().is_ok());
    insta::assert_snapshot!(
        "required-wrong",
        folder("required-wrong", "rules: {short-names: {parameters: {longest: 0}}}\n").problems()
    );
}
