//! Rules that change objects: how they are written, switched on and locked.

use platlint_engine::{FixSafety, Mutate};

use crate::folder::Folder;

const PATCHING: &str = "\
# METADATA
# title: Pods do not mount the token of their service account
# custom:
#   platlint:
#     level: off
#     fix: safe
package platlint.security.no_token

patch contains {\"op\": \"set\", \"path\": path, \"value\": false} if {
\tsome pod in input.pods
\tpath = array.concat(pod.path, [\"spec\", \"automountServiceAccountToken\"])
}
";

const CONFIG: &str = "\
version: 1
policies: [{path: policies}]
rules:
  no-token: {level: warn, mutate: pods}
";

fn folder(test: &str, config: &str) -> Folder {
    let name = format!("mutation-{test}");
    Folder::with(&name, &[("platlint.yaml", config), ("policies/security/no-token/no_token.rego", PATCHING)])
}

fn mutate(test: &str, config: &str) -> Mutate {
    folder(test, config).load().unwrap().set.rules()[0].settings.mutate
}

#[test]
fn a_rule_with_nothing_but_patches_is_a_rule() {
    let loaded = folder("only-patches", CONFIG).load().unwrap();
    let rule = &loaded.set.rules()[0];
    assert!(rule.patches());
    assert_eq!(rule.meta.fix, Some(FixSafety::Safe));
    assert_eq!(rule.settings.mutate, Mutate::Pods);
    assert_eq!(loaded.effective["rules"]["no-token"]["mutate"], "pods");
}

#[test]
fn nothing_is_changed_unless_the_configuration_says_so() {
    assert_eq!(mutate("default", &CONFIG.replace(", mutate: pods", "")), Mutate::Off);
    assert_eq!(mutate("short", &CONFIG.replace("{level: warn, mutate: pods}", "warn")), Mutate::Off);
    let every = "  '*': {mutate: all}\n";
    assert_eq!(mutate("every", &format!("{}{every}", CONFIG.replace(", mutate: pods", ""))), Mutate::All);
    assert_eq!(mutate("own-entry", &format!("{CONFIG}{every}")), Mutate::Pods);
}

#[test]
fn another_word_or_a_rule_without_patches_is_a_problem() {
    assert_eq!(
        folder("word", &CONFIG.replace("pods", "yes")).problems().lines().next().unwrap(),
        "platlint.yaml:4:35: `rules.no-token.mutate` must be one of off, pods, all, not yes"
    );
    let with_builtin = CONFIG.replace("policies: [", "policies: [builtin, ");
    let without_patches = folder("no-patches", &format!("{with_builtin}  image-signature: {{mutate: all}}\n"));
    assert_eq!(
        without_patches.problems(),
        "platlint.yaml:5:29: rule `image-signature` has no patches\n  help: only rules that define `patch` can mutate"
    );
    assert!(folder("off", &format!("{with_builtin}  image-signature: {{mutate: off}}\n")).load().is_ok());
}

#[test]
fn what_a_locked_rule_changes_cannot_be_changed() {
    let locked = CONFIG.replace("mutate: pods", "mutate: pods, locked: true").replace("path: ", "path: ../");
    let with = |test: &str, service: &str| {
        Folder::with(
            &format!("mutation-locked-{test}"),
            &[
                ("platform/platlint.yaml", &locked),
                ("platlint.yaml", &format!("version: 1\nextends: platform\nrules:\n  {service}\n")),
                ("policies/security/no-token/no_token.rego", PATCHING),
            ],
        )
    };
    for (test, service) in
        [("less", "no-token: {mutate: off}"), ("more", "no-token: {mutate: all}"), ("every", "'*': {mutate: off}")]
    {
        let problems = with(test, service).problems();
        assert!(
            problems.contains("rule `no-token` is locked by platform/platlint.yaml:4: what it changes is pods"),
            "{problems}"
        );
    }
    assert!(with("same", "no-token: {mutate: pods}").load().is_ok());
}

#[test]
fn what_is_changed_belongs_to_the_revision() {
    let revision = |test: &str, config: &str| folder(test, config).load().unwrap().set.revision().to_owned();
    let first = revision("revision", CONFIG);
    assert_ne!(revision("revision-all", &CONFIG.replace("pods", "all")), first);
    assert_eq!(revision("revision-again", CONFIG), first);
}
