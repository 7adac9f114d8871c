//! The revision: what changes it and what does not.

use crate::folder::{Folder, GOOD_RULE, KEY};

const CONFIG: &str = "\
version: 1
policies: [builtin, {path: policies}]
rules:
  resource-limits: {level: warn, parameters: {resources: [memory]}}
  short-names: audit
overrides: [{rules: [image-digest], clusters: [a], level: warn}]
exemptions: [{rule: image-digest, kind: Job, reason: a, owner: b, expires: 2027-01-31}]
self-service: {rules: [image-digest], max-days: 10}
images: {rules: [{match: [a.example/b], authorities: [{name: a, key: a.pub}]}]}
";

fn revision(test: &str, config: &str, rule: &str, policies: &str) -> String {
    let folder = Folder::with(
        &format!("revision-{test}"),
        &[
            ("platlint.yaml", config),
            ("a.pub", KEY),
            ("b.pub", &KEY.replace("MFkw", "AAAA")),
            ("same.pub", KEY),
            (&format!("{policies}/naming/short-names/a.rego"), rule),
        ],
    );
    folder.load().unwrap().set.revision().to_owned()
}

#[test]
fn what_decides_nothing_does_not_change_it() {
    let first = revision("same", CONFIG, GOOD_RULE, "policies");
    assert!(first.starts_with("sha256:") && first.len() == 71, "{first}");
    let again = |test: &str, config: &str| revision(test, config, GOOD_RULE, "policies");
    let mut lines: Vec<&str> = CONFIG.lines().skip(1).collect();
    lines.rotate_left(1);
    // `rules` moves as a block: its two lines below stay behind it.
    let (rules, others): (Vec<&str>, Vec<&str>) =
        lines.into_iter().partition(|line| line.starts_with("rules") || line.starts_with(' '));
    let moved = format!("# words\n{}\n{}\nversion: 1\n", others.join("\n"), rules.join("\n"));
    assert_eq!(again("moved", &moved), first);
    let swapped = CONFIG.replace("kind: Job, reason: a", "reason: another, kind: Job");
    assert_eq!(again("swapped", &swapped), first);
    assert_eq!(
        again(
            "files",
            &format!(
                "{CONFIG}files: {{exclude: [a]}}\nrepositories: {{a: .}}\nrender: {{helm: off, allow: [exec], charts: [{{path: c}}]}}\nnamespaces: [{{files: a, namespace: b}}]\n"
            )
        ),
        first
    );
    assert_eq!(
        again(
            "written-out",
            &CONFIG.replace("short-names: audit", "short-names: {level: audit, parameters: {longest: 20}}")
        ),
        first
    );
    assert_eq!(again("same-key", &CONFIG.replace("a.pub", "same.pub")), first, "the content counts, not its name");
    let elsewhere = CONFIG.replace("path: policies", "path: ./else/where");
    assert_eq!(revision("elsewhere", &elsewhere, GOOD_RULE, "else/where"), first);
}

#[test]
fn whatever_decides_changes_it() {
    let mut known = vec![revision("first", CONFIG, GOOD_RULE, "policies")];
    for (index, (from, to)) in [
        ("level: warn, parameters", "level: error, parameters"),
        ("[memory]", "[cpu]"),
        ("short-names: audit", "short-names: warn"),
        ("clusters: [a]", "clusters: [b]"),
        ("kind: Job", "kind: CronJob"),
        ("2027-01-31", "2027-02-01"),
        ("max-days: 10", "max-days: 11"),
        ("a.pub", "b.pub"),
        ("a.example/b", "a.example/**"),
        ("name: a,", "name: b,"),
        ("images: {", "images: {default: {static: allow, reason: a}, "),
        ("images: {", "images: {revoked: [sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa], "),
        ("images: {", "images: {fields: [{group: a.example, kind: B, paths: [spec.image]}], "),
        ("audit\n", "{level: audit, undecided: error}\n"),
        ("builtin, ", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let mut config = CONFIG.replace(from, to);
        if from == "builtin, " {
            config = "version: 1\npolicies: [{path: policies}]\n".to_owned();
        }
        assert_ne!(config, CONFIG, "{from}");
        known.push(revision(&format!("changed-{index}"), &config, GOOD_RULE, "policies"));
    }
    known.push(revision("code", CONFIG, &GOOD_RULE.replace("too long", "very long"), "policies"));
    let count = known.len();
    known.sort();
    known.dedup();
    assert_eq!(known.len(), count);
}
