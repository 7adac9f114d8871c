//! The GitHub Action: `action.yml` is read, and its steps are run as a runner runs them, on a folder of their own.
//!
//! GitHub itself is not asked: what a runner does with a composite action is done by [`run`] here.

mod definition;
mod steps;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::{POD, Sandbox};
use steps::{Job, run};

const BINARY: (&str, &str) = ("binary", env!("CARGO_BIN_EXE_platlint"));

/// Runs the action with the platlint of this build and these inputs.
fn check(sandbox: &Sandbox, inputs: &[(&str, &str)]) -> Job {
    run(sandbox, &[&[BINARY], inputs].concat())
}

/// A program in place of platlint.
fn program(sandbox: &Sandbox, text: &str) -> String {
    let path = sandbox.path().join("stand-in");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn findings_become_annotations_counts_and_a_summary() {
    let sandbox = Sandbox::with(&[("k8s/pod.yaml", POD), ("app/settings.json", "{}")]);
    let job = check(&sandbox, &[]);
    assert_eq!(job.code, 1, "{}", job.log);
    insta::assert_snapshot!(job.shown());
}

#[test]
fn a_clean_checkout_passes() {
    let sandbox = Sandbox::with(&[("config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")]);
    let job = check(&sandbox, &[]);
    assert_eq!(job.code, 0, "{}", job.log);
    insta::assert_snapshot!(job.shown());
}

#[test]
fn a_wrong_configuration_fails_with_its_message() {
    let sandbox = Sandbox::with(&[("platlint.yaml", "version: 1\nrulez: {}\n"), ("pod.yaml", POD)]);
    let job = check(&sandbox, &[("sarif-file", "out.sarif")]);
    assert_eq!(job.code, 2, "{}", job.log);
    insta::assert_snapshot!(job.shown());
}

#[test]
fn images_that_the_lock_does_not_decide_fail_the_step() {
    // The key's private half was never kept.
    let config = "version: 1\nrules: {\"*\": off, image-signature: error}\nimages:\n  rules:\n    - match: [\"**\"]\n      \
                  authorities:\n        - name: release\n          key: |\n            -----BEGIN PUBLIC KEY-----\n            \
                  MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEt3xQfVjTwFwfszODvWG+/7owJEbn\n            \
                  ExXVMCILdAVz/m8QkKb9QLpETNhYL7H3rfL5fiCf/B4E/xmTfbjdUPgYSQ==\n            \
                  -----END PUBLIC KEY-----\n";
    let sandbox = Sandbox::with(&[("platlint.yaml", config), ("pod.yaml", POD)]);
    let offline = check(&sandbox, &[]);
    assert_eq!(offline.code, 0, "{}", offline.log);
    let job = check(&sandbox, &[("images", "lock")]);
    assert_eq!((job.code, job.outputs["findings"].as_str()), (1, "0"), "{}", job.log);
    assert!(job.shown().contains("Findings, or images that are not decided, fail this step."), "{}", job.shown());
}

#[test]
fn every_input_arrives() {
    let sandbox = Sandbox::with(&[
        ("a/pod.yaml", POD),
        ("b/pod.yaml", POD),
        ("with blank/pod.yaml", POD),
        ("left-out/pod.yaml", POD),
        ("strict.yaml", "version: 1\nrules: {image-digest: warn, resource-limits: off}\n"),
    ]);
    let job = check(
        &sandbox,
        &[
            ("paths", "a  b\n"),
            ("config", "strict.yaml"),
            ("args", "with blank/pod.yaml\n--namespace\nshop\n"),
            ("format", "concise"),
            ("fail-on", "warn"),
            ("sarif-file", "out.sarif"),
            ("summary", "false"),
        ],
    );
    assert_eq!(job.code, 1, "{}", job.log);
    let places: Vec<&str> = job.log.lines().filter_map(|line| line.split_once(": warning").map(|(at, _)| at)).collect();
    assert_eq!(places, ["a/pod.yaml:11:14", "b/pod.yaml:11:14", "with blank/pod.yaml:11:14"], "{}", job.log);
    assert_eq!(job.outputs["exit-code"], "1");
    assert_eq!(job.outputs["findings"], "3");
    assert_eq!(job.outputs["errors"], "0");
    assert_eq!(job.outputs["sarif-file"], "out.sarif");
    assert_eq!(job.summary, "");
    let sarif = std::fs::read_to_string(sandbox.path().join("out.sarif")).unwrap();
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 3);

    let job = check(&sandbox, &[("paths", "a"), ("expect-revision", "sha256:0")]);
    assert_eq!(job.code, 2);
    assert!(job.log.contains("expected was sha256:0"), "{}", job.log);
}

#[test]
fn an_argument_that_an_input_sets_is_refused() {
    let sandbox = Sandbox::with(&[("pod.yaml", POD)]);
    let job = check(&sandbox, &[("fail-on", "error"), ("args", "--fail-on=warn")]);
    assert_eq!(job.code, 2);
    assert!(job.log.contains("cannot be used multiple times"), "{}", job.log);
}

#[test]
fn paths_are_no_options_and_no_patterns() {
    let sandbox = Sandbox::with(&[("pod.yaml", POD), ("--exit-zero", POD)]);
    let job = check(&sandbox, &[("paths", "--exit-zero")]);
    assert_eq!((job.code, job.outputs["errors"].as_str()), (1, "2"), "{}", job.log);
    let job = check(&sandbox, &[("paths", "*.yaml")]);
    assert_eq!(job.code, 2);
    assert!(job.log.contains("*.yaml: No such file"), "{}", job.log);
    // Standard input is empty rather than the runner's.
    let job = check(&sandbox, &[("paths", "-")]);
    assert!(job.log.contains("no manifest was found"), "{}", job.log);
}

#[test]
fn hostile_text_runs_nothing_and_forges_nothing() {
    let hostile = [
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned #",
        "\"; touch pwned; \"",
        "'; touch pwned; '",
        "x\n; touch pwned\n",
        "&& touch pwned",
        "x\nexit-code=0\nforged=1\n",
        "x\n::set-output name=forged::1\n::add-mask::x\n::error::forged\n",
        "a[$(touch pwned)]",
        "${IFS}touch${IFS}pwned",
        "%0A::error::forged",
        "*",
    ];
    for (name, input) in &definition::action().inputs {
        for text in hostile {
            let sandbox = Sandbox::with(&[("pod.yaml", POD)]);
            let job = run(&sandbox, &[BINARY, ("paths", "pod.yaml"), (name, text)]);
            let context = format!("{name}: {text:?}\n{}", job.log);
            assert!(!sandbox.path().join("pwned").exists(), "{context}");
            assert_eq!(job.outputs["exit-code"], job.code.to_string(), "{context}");
            assert!(!job.outputs.contains_key("forged"), "{context}");
            // Text may be quoted in a command of platlint, which has properties; it never begins one.
            let forged = ["::error::", "::add-mask", "::set-output"];
            let begins_forged = |command: &str| forged.iter().any(|start| command.trim_start().starts_with(start));
            assert!(!job.commands().any(begins_forged), "{context}");
            // Whatever it does, the text does not hide the pod's findings.
            assert_ne!(job.code, 0, "{context}");
        }
        assert!(!input.description.is_empty(), "{name} says nothing of itself");
    }
}

#[test]
fn text_of_a_checked_file_is_no_command_to_the_runner() {
    let sandbox = Sandbox::with(&[("platlint.yaml", "version: 1\n\"a\\n::error::forged\": 1\n"), ("pod.yaml", POD)]);
    let job = check(&sandbox, &[]);
    assert_eq!(job.code, 2);
    assert!(job.log.lines().any(|line| line.contains("::error::forged")), "the message is not shown: {}", job.log);
    assert!(job.commands().all(|command| !command.starts_with("::error::forged")), "{}", job.log);
}

#[test]
fn a_summary_stays_below_the_limit_and_says_what_it_leaves_out() {
    let sandbox = Sandbox::new();
    let stand_in = program(
        &sandbox,
        r#"#!/usr/bin/env bash
for argument; do case $argument in --output=concise=*) findings=${argument#*=*=} ;; esac; done
for ((line = 0; line < 20000; line++)); do
  echo "k8s/$line.yaml:1:1: error[a-rule] <b>üüüüüüüüüüüüüüüüüüüü</b>"
done >"$findings"
exit 1
"#,
    );
    let job = run(&sandbox, &[("binary", &stand_in)]);
    assert_eq!(job.code, 1, "{}", job.log);
    assert!(job.summary.len() < 1024 * 1024 && job.summary.len() > 400_000, "{} bytes", job.summary.len());
    let shown = job.summary.lines().filter(|line| line.starts_with("    k8s/")).count();
    assert!(job.summary.ends_with(&format!("\nLines left out here: {}.\n", 20_000 - shown)), "{shown} shown");
    assert_eq!(job.outputs["findings"], "", "there was no report to count in");
}

#[test]
fn a_platlint_that_does_not_start_fails_the_step() {
    let sandbox = Sandbox::with(&[("pod.yaml", POD)]);
    let job = run(&sandbox, &[("binary", "./nowhere")]);
    assert_eq!((job.code, job.outputs["exit-code"].as_str()), (127, "127"), "{}", job.log);
    assert!(job.summary.contains("platlint did not work (exit status 127)."), "{}", job.summary);
    assert!(job.commands().any(|command| command.starts_with("::error title=platlint failed")), "{}", job.log);
}

#[test]
fn the_examples_of_the_guide_use_the_action_as_it_is() {
    #[derive(serde::Deserialize)]
    struct Workflow {
        jobs: BTreeMap<String, Steps>,
    }
    #[derive(serde::Deserialize)]
    struct Steps {
        steps: Vec<Step>,
    }
    #[derive(serde::Deserialize)]
    struct Step {
        #[serde(default)]
        uses: String,
        #[serde(default)]
        with: BTreeMap<String, serde_yaml::Value>,
    }
    let guide = std::fs::read_to_string(crate::sandbox::root().join("docs/github-actions.md")).unwrap();
    let mut codes = Vec::new();
    for example in crate::sandbox::yaml_blocks(&guide) {
        let workflow: Workflow = serde_yaml::from_str(example).unwrap();
        let steps = workflow.jobs.into_values().flat_map(|job| job.steps);
        for step in steps.filter(|step| step.uses == "platlint/platlint@<commit>") {
            let config = "version: 1\nimages: {default: {static: allow, reason: only an example}}\n";
            let sandbox =
                Sandbox::with(&[("platlint.yaml", config), ("k8s/pod.yaml", POD), ("charts/rendered/pod.yaml", POD)]);
            let inputs: Vec<(&str, &str)> =
                step.with.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
            let job = check(&sandbox, &inputs);
            assert_eq!(job.outputs["errors"], "4", "{example}{}", job.log);
            codes.push(job.code);
        }
    }
    assert_eq!(codes, [1, 0, 1], "the first and the last fail on findings, the second leaves that to code scanning");
    // The table names every input and output.
    let action = definition::action();
    for name in action.inputs.keys().chain(action.outputs.keys()) {
        assert!(guide.contains(&format!("`{name}`")), "docs/github-actions.md does not name {name}");
    }
}

#[test]
fn without_a_binary_it_builds_from_its_own_checkout() {
    let sandbox = Sandbox::with(&[("pod.yaml", POD)]);
    // A cargo that says where and how it was called, and installs the platlint of this build.
    sandbox.write(
        "bin/cargo",
        format!(
            "#!/usr/bin/env bash
set -eu
echo \"cargo in $PWD: $*\"
while [ $# -gt 0 ]; do [ \"$1\" != --root ] || root=$2; shift; done
mkdir -p \"$root/bin\"
cp {} \"$root/bin/platlint\"\n",
            env!("CARGO_BIN_EXE_platlint")
        )
        .as_bytes(),
    );
    std::fs::set_permissions(sandbox.path().join("bin/cargo"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let job = run(&sandbox, &[("paths", "pod.yaml")]);
    assert_eq!(job.code, 1, "{}", job.log);
    let root = crate::sandbox::root();
    let called = format!("cargo in {}: install --locked --path . --bin platlint --root ", root.display());
    assert!(job.log.starts_with(&called), "{}", job.log);
    assert_eq!(job.outputs["errors"], "2");
}
