//! Folders of policies: what is found, and what is said of broken ones.

use std::sync::Arc;

use platlint_config::{PolicySource, SourceDialect, load, read_metadata};
use platlint_engine::{Evaluator, Facts, Requirement, Review, Situation, Value};

use crate::folder::{Folder, GOOD_RULE, built_in, now};

/// The same in another package: no two rules share one.
fn in_package(name: &str, text: &str) -> String {
    text.replace("package a.b", &format!("package a.{name}"))
}

#[test]
fn metadata_of_one_file_can_be_read_alone() {
    let meta = read_metadata("a.rego", GOOD_RULE).unwrap().unwrap();
    assert_eq!((&*meta.category, &*meta.id, meta.title.as_str()), ("team", "short_names", "Names are short"));
    assert!(meta.parameters.is_some());
    assert!(read_metadata("a.rego", "package a\n").unwrap().is_none());
    assert_eq!(
        read_metadata("a.rego", "# METADATA\n# title: 1\npackage a\n").unwrap_err().to_string(),
        "a.rego:2:10: `title` must be a string, not a number"
    );
}

/// What is wrong with a folder `policies` of these files.
fn problems(test: &str, files: &[(&str, &str)]) -> String {
    let folder = Folder::with(test, &[("platlint.yaml", "version: 1\npolicies:\n  - path: policies\n  - builtin\n")]);
    files.iter().for_each(|(name, text)| folder.write(&format!("policies/{name}"), text.as_bytes()));
    folder.problems()
}

fn rule(metadata: &str) -> String {
    format!(
        "# METADATA\n{metadata}package a.b\n\nimport rego.v1\n\ndeny contains {{\"msg\": \"a\", \"path\": []}} if input.x\n"
    )
}

#[test]
fn metadata_are_checked_as_a_whole() {
    let text = rule(
        "\
# titel: wrong
# related_resources:
# - description: no address
# custom:
#   other-tool: {anything: [1]}
#   platlint:
#     severty: high
#     level: fatal
#     match:
#       kinds:
#       - {groups: [apps], kind: [Deployment]}
#       - {groups: [], kinds: [Pod]}
#       operations: [create]
#       namespaces: prod
#       images: often
#       custom-resources: sometimes
#     problems: [bad-thing, '', 7]
#     settled: [true]
#     requires: [namespaces, 'inventory:v1', 'inventory:apps/v1/Deployment']
#     remedy: ''
#     parameters: []
#     examples:
#     - {bad: a, god: b}
",
    );
    insta::assert_snapshot!(problems("metadata", &[("c/some-rule/a.rego", &text)]));
}

#[test]
fn rules_about_platform_files_say_of_what_they_speak() {
    let text = rule(
        "# title: a\n# custom:\n#   platlint:\n#     match: {custom-resources: true}\n#     requires: [platform]\n\
         #     problems: [bad-thing]\n#     settled: [owner]\n",
    );
    let meta = read_metadata("a.rego", &text).unwrap().unwrap();
    assert_eq!(meta.problems, ["bad-thing".into()]);
    assert_eq!(meta.settled, ["owner".into()]);
    assert_eq!(meta.requires, [Requirement::Platform]);
    assert!(meta.matches.custom_resources && meta.matches.kinds.is_empty() && meta.wants_platform());

    let misspelt = text.replace("problems:", "problem:");
    let empty = text.replace("[bad-thing]", "[]");
    let patching = text.replace("deny contains", "patch contains");
    insta::assert_snapshot!(problems(
        "about-others",
        &[
            ("c/a/a.rego", &in_package("a", &misspelt)),
            ("c/b/a.rego", &in_package("b", &empty)),
            ("c/c/a.rego", &in_package("c", &patching)),
        ],
    ));
}

#[test]
fn metadata_that_are_no_yaml_are_a_problem_at_their_place() {
    insta::assert_snapshot!(problems("metadata-yaml", &[("c/some-rule/a.rego", &rule("# title: [a\n# custom: {}\n"))]));
}

#[test]
fn a_rule_needs_metadata_with_a_title() {
    let without = "package a.b\n\ndeny contains 1 if input.x\n";
    insta::assert_snapshot!(problems(
        "untitled",
        &[("c/some-rule/a.rego", &rule("")), ("c/other-rule/a.rego", without)]
    ));
}

#[test]
fn a_schema_of_parameters_must_be_one_and_fit_its_defaults() {
    let with = |name: &str, schema: &str| {
        in_package(name, &rule(&format!("# title: a\n# custom:\n#   platlint:\n#     parameters: {schema}\n")))
    };
    insta::assert_snapshot!(problems(
        "schemas",
        &[
            ("c/a/a.rego", &with("a", "{type: object, properties: {x: {type: text}}}")),
            ("c/b/a.rego", &with("b", "{properties: {}}")),
            ("c/c/a.rego", &with("c", "{type: object, properties: {x: {type: string, default: 1}}}")),
            ("c/d/a.rego", &with("d", "{type: object, properties: {x: {$ref: 'https://example.org/x.json'}}}")),
        ],
    ));
}

#[test]
fn code_that_cannot_run_is_a_problem_at_its_line() {
    let good = rule("# title: a\n");
    let after = |text: &str| good.replace("deny", &format!("{text}\n\ndeny"));
    insta::assert_snapshot!(problems(
        "syntax",
        &[("c/syntax/a.rego", &after("x := {")), ("lib/a.rego", "package lib.a\n\nimport rego.v1\n\nf(x) := := 1\n"),],
    ));
    insta::assert_snapshot!(
        "refused",
        problems(
            "refused",
            &[
                ("c/clock/a.rego", &in_package("clock", &after("x := time.now_ns()"))),
                ("c/network/a.rego", &in_package("network", &after("x := http.send({})"))),
                ("c/unknown/a.rego", &in_package("unknown", &good.replace("if input.x", "if no.such_function(1)"))),
                (
                    "c/no-entry/a.rego",
                    &in_package("no_entry", &good.replace("deny", "denied"))
                        .replace("# title: a", "# title: a\n# custom: {platlint: {}}")
                ),
            ],
        )
    );
}

#[test]
fn places_and_names_of_rules_are_checked() {
    // One id of a built-in rule, one twice, one package twice.
    let good = |package: &str| in_package(package, &rule("# title: a\n"));
    insta::assert_snapshot!(problems(
        "places",
        &[
            ("a.rego", &good("c")),
            ("c/Bad Name/a.rego", &good("d")),
            ("c/same/a.rego", &good("e")),
            ("d/same/a.rego", &good("f")),
            ("c/resource-limits/a.rego", &good("g")),
            ("e/package/a.rego", &good("e")),
        ],
    ));
}

#[test]
fn files_that_cannot_be_used_are_problems() {
    let folder = Folder::with("files", &[("platlint.yaml", "version: 1\npolicies:\n  - path: policies\n")]);
    folder.write("policies/c/not-utf8/a.rego", b"package a\n# \xff\n");
    folder.write("policies/c/huge/a.rego", &vec![b'#'; (1 << 20) + 1]);
    folder.write("policies/c/empty/a.rego", b"");
    folder.write("policies/c/no-package/a.rego", b"deny contains 1\n");
    insta::assert_snapshot!(folder.problems());
}

#[test]
fn folders_without_rules_are_problems_where_they_are_named() {
    let folder = Folder::with(
        "no-rules",
        &[
            (
                "platlint.yaml",
                "version: 1\npolicies:\n  - path: empty\n  - path: nowhere\n  - path: libraries\n  - {path: gate, dialect: gatekeeper}\n  - {path: empty, namespaces: [a]}\n",
            ),
            ("empty/README.md", ""),
            ("libraries/a.rego", "package a\n\nx := 1\n"),
            ("gate/a.yaml", ""),
        ],
    );
    insta::assert_snapshot!(folder.problems());
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_in_a_circle_are_problems() {
    let folder = Folder::with(
        "links",
        &[
            ("platlint.yaml", "version: 1\npolicies: [{path: policies}]\n"),
            ("policies/c/short-names/a.rego", GOOD_RULE),
        ],
    );
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, folder.path.join(at)).unwrap();
    link("..", "policies/c/up");
    link("itself.rego", "policies/c/itself.rego");
    insta::assert_snapshot!(folder.problems());
}

#[cfg(unix)]
#[test]
fn folders_as_kubernetes_mounts_them_are_read_once() {
    let folder = Folder::with(
        "mounted",
        &[
            ("platlint.yaml", "version: 1\npolicies: [{path: policies}]\n"),
            ("policies/c/short-names/..data/a.rego", GOOD_RULE),
        ],
    );
    std::os::unix::fs::symlink("..data/a.rego", folder.path.join("policies/c/short-names/a.rego")).unwrap();
    assert_eq!(folder.load().unwrap().set.rules().len(), 1);
}

#[test]
fn a_rule_runs_with_its_own_and_the_built_in_libraries_and_its_parameters() {
    let text = GOOD_RULE.replace(
        "deny contains",
        "import data.platlint.lib.containers\nimport data.team.words\n\nlengths contains words.longest\n\n\
         titles contains containers.title({\"type\": \"init\", \"name\": \"x\"}, \"name\")\n\ndeny contains",
    );
    let folder = Folder::with(
        "libraries",
        &[
            ("more/naming/short-names/short_names.rego", &text),
            ("more/naming/short-names/short_names_test.rego", "package team.short_names_test\n\nbroken {"),
            ("more/words.rego", "package team.words\n\nimport data.team.deeper\n\nlongest := deeper.longest\n"),
            ("more/deeper/deeper.rego", "package team.deeper\n\nlongest := 3\n"),
            ("more/unused.rego", "package team.unused\n\nx := 1\n"),
            (
                "platlint.yaml",
                "version: 1\npolicies: [{path: more}]\nrules: {short-names: {parameters: {longest: 3}}}\n",
            ),
        ],
    );
    let loaded = folder.load().unwrap();
    let platlint_engine::policy::Code::Native(policy) = &loaded.set.rules()[0].code else { panic!("not native") };
    let names: Vec<String> = policy.modules().iter().map(|module| folder.shorten(&module.path)).collect();
    assert_eq!(
        names,
        [
            "more/naming/short-names/short_names.rego",
            "more/deeper/deeper.rego",
            "more/words.rego",
            "builtin/lib/containers.rego"
        ]
    );
    assert_eq!(&*loaded.set.rules()[0].meta.category, "naming");

    let mut evaluator = Evaluator::new(Arc::new(loaded.set));
    let mut found = |name: &str| {
        let json = format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"}}}}"#);
        let situation = Situation { now: now(), cluster: None };
        let review = Review::of_document(Value::from_json_str(&json).unwrap(), Some("a"), situation).unwrap();
        let verdict = evaluator.decide(&review, &Facts::default());
        assert!(verdict.faults.is_empty(), "{:?}", verdict.faults);
        verdict.findings.len()
    };
    assert_eq!((found("abc"), found("abcd")), (0, 1));
}

#[test]
fn policies_of_the_command_line_come_on_top_of_the_configured_ones() {
    let folder = Folder::with("on-top", &[("more/naming/short-names/a.rego", GOOD_RULE)]);
    let mut options = folder.options();
    let source = |path: &str| PolicySource {
        path: folder.path.join(path),
        dialect: SourceDialect::Native,
        namespaces: Vec::new(),
    };
    options.policies = vec![source("more"), source("more/../more")];
    assert_eq!(load(&options).unwrap().set.rules().len(), built_in().len() + 1);
    options.policies = vec![source("nowhere")];
    assert_eq!(
        folder.shorten(&load(&options).unwrap_err().to_string()),
        "nowhere: cannot be read: no such file or directory"
    );
}
