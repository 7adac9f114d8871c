//! The command line as users meet it: what is found, how it is said, how it ends.

use crate::sandbox::{POD, Sandbox, root, run_in};

#[test]
fn the_first_command_of_the_readme_shows_findings_with_places() {
    let ran = run_in(&root(), &["check", "fixtures/golden-path/broken"], &[], b"");
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn the_repaired_golden_path_is_clean() {
    let ran = run_in(&root(), &["check", "fixtures/golden-path/fixed"], &[], b"");
    insta::assert_snapshot!(ran.shown());
    assert_eq!(ran.code, 0);
}

#[test]
fn check_is_the_default_command_and_here_the_default_path() {
    let sandbox = Sandbox::with(&[("k8s/pod.yaml", POD)]);
    let ran = sandbox.run(&["--format", "concise"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn a_missing_field_is_shown_at_its_nearest_parent() {
    let sandbox = Sandbox::with(&[("pod.yaml", POD)]);
    let findings = sandbox.run(&["--format", "json", "pod.yaml"]).findings();
    assert_eq!(
        findings,
        [("resource-limits".to_owned(), 13, 9), ("image-digest".to_owned(), 11, 14)]
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );
}

#[test]
fn standard_input_has_a_name_when_it_is_given_one() {
    let ran =
        Sandbox::new().run_with(&["--format", "json", "--stdin-filename", "rendered.yaml", "-"], &[], POD.as_bytes());
    assert_eq!(ran.json()["findings"][0]["file"], "rendered.yaml");
    let ran = Sandbox::new().run_with(&["--format", "json", "-"], &[], POD.as_bytes());
    assert_eq!(ran.json()["findings"][0]["file"], "<stdin>");
}

#[test]
fn output_is_the_same_at_any_number_of_threads() {
    let sandbox = Sandbox::new();
    for file in 0..40 {
        let documents: Vec<String> = (0..60).map(|pod| POD.replace("cart", &format!("cart-{file}-{pod}"))).collect();
        sandbox.write(&format!("k8s/{file}.yaml"), documents.join("---\n").as_bytes());
    }
    for format in ["full", "concise", "json", "sarif", "github", "junit"] {
        let one = sandbox.run(&["--format", format, "--threads", "1"]);
        assert!(one.stdout.lines().count() > 40, "{format}");
        for threads in ["2", "8"] {
            let more = sandbox.run(&["--format", format, "--threads", threads]);
            assert!(more.stdout == one.stdout, "{format} differs at {threads} threads");
        }
    }
}

#[test]
fn several_formats_are_written_in_one_run() {
    let sandbox = Sandbox::with(&[("pod.yaml", POD)]);
    let ran = sandbox.run(&["--format", "concise", "--output", "json=out.json", "--output", "sarif=out.sarif"]);
    assert_eq!(ran.code, 1);
    for file in ["out.json", "out.sarif"] {
        let text = std::fs::read_to_string(sandbox.path().join(file)).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
}

#[test]
fn in_github_actions_annotations_are_the_default() {
    let sandbox = Sandbox::with(&[("pod.yaml", POD)]);
    let ran = sandbox.run_with(&["check"], &[("GITHUB_ACTIONS", "true")], b"");
    assert!(ran.stdout.starts_with("::error file=pod.yaml,line="), "{}", ran.stdout);
}

#[test]
fn the_exit_status_follows_what_should_fail() {
    let config = "version: 1\nrules: {resource-limits: warn, image-digest: audit}\n";
    let sandbox = Sandbox::with(&[("pod.yaml", POD), ("platlint.yaml", config)]);
    for (arguments, code) in [
        (&["check"][..], 0),
        (&["check", "--fail-on", "warn"], 1),
        (&["check", "--fail-on", "warn", "--exit-zero"], 0),
        (&["check", "--fail-on", "audit", "--rule", "image-digest"], 1),
        (&["check", "--fail-on", "warn", "--rule", "image-digest"], 0),
        (&["check", "nowhere"], 2),
        (&["check", "--rule", "image-digets"], 2),
        (&["check", "--no-such-flag"], 2),
        (&["check", "--expect-revision", "sha256:0"], 2),
        (&["--version"], 0),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.shown());
    }
}

#[test]
fn undecided_rules_fail_a_run_that_asks_for_it() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a, annotations: {owner: team-a}}\nspec: {type: LoadBalancer}\n";
    let sandbox = Sandbox::with(&[("service.yaml", service)]);
    assert_eq!(sandbox.run(&["check"]).code, 0);
    assert_eq!(sandbox.run(&["check", "--fail-on", "undecided"]).code, 1);
    assert_eq!(sandbox.run(&["check", "--fail-on", "undecided", "--namespace", "shop"]).code, 0);
    assert_eq!(sandbox.run(&["check", "--namespace", "prod-secure-eu"]).code, 1);
}

#[test]
fn nothing_to_check_is_said() {
    let sandbox = Sandbox::with(&[("values.yaml", "replicas: 3\n")]);
    let ran = sandbox.run(&["check"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("no manifest was found"), "{}", ran.stderr);
    assert_eq!(sandbox.run(&["check", "--require-documents"]).code, 2);
}

#[test]
fn discovery_honours_gitignore_and_exclusions() {
    let config = "version: 1\nfiles: {exclude: [\"**/testdata/**\"]}\n";
    let sandbox = Sandbox::with(&[
        ("platlint.yaml", config),
        (".gitignore", "/build/\n"),
        ("build/pod.yaml", POD),
        ("pkg/testdata/pod.yaml", POD),
        (".hidden/pod.yaml", POD),
        (".git/pod.yaml", POD),
        ("k8s/pod.yml", POD),
        ("k8s/readme.md", POD),
    ]);
    let files = |ran: crate::sandbox::Ran| {
        let json = ran.json();
        let mut files: Vec<String> =
            json["findings"].as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap().to_owned()).collect();
        files.dedup();
        files
    };
    assert_eq!(files(sandbox.run(&["--format", "json"])), [".hidden/pod.yaml", "k8s/pod.yml"]);
    // A file that is named is read, whatever it is called and though git ignores it; exclusions hold all the same.
    let named = sandbox.run(&["--format", "json", "build/pod.yaml", "k8s/readme.md", "pkg/testdata/pod.yaml"]);
    assert_eq!(files(named), ["build/pod.yaml", "k8s/readme.md"]);
}

#[test]
fn links_to_files_are_read_and_dead_ones_are_said() {
    let sandbox = Sandbox::with(&[("elsewhere/pod.txt", POD)]);
    std::fs::create_dir(sandbox.path().join("k8s")).unwrap();
    std::os::unix::fs::symlink("../elsewhere/pod.txt", sandbox.path().join("k8s/a.yaml")).unwrap();
    std::os::unix::fs::symlink("nowhere", sandbox.path().join("k8s/b.yaml")).unwrap();
    let json = sandbox.run(&["--format", "json", "--rule", "image-digest", "k8s"]).json();
    let seen: Vec<_> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["file"].as_str().unwrap(), f["rule"].as_str().unwrap()))
        .collect();
    assert_eq!(seen, [("k8s/a.yaml", "image-digest"), ("k8s/b.yaml", "unreadable-file")]);
}

#[test]
fn a_closed_pipe_does_not_make_a_failing_run_pass() {
    let sandbox = Sandbox::new();
    for file in 0..200 {
        sandbox.write(&format!("{file}.yaml"), POD.as_bytes());
    }
    let program = env!("CARGO_BIN_EXE_platlint");
    let script = format!("set -o pipefail; '{program}' check --format concise | head -n 1");
    let output = std::process::Command::new("bash").args(["-c", &script]).current_dir(sandbox.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn namespaces_come_from_the_file_then_the_configuration_then_the_command_line() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a, annotations: {owner: team-a}}\nspec: {type: LoadBalancer}\n";
    let config = "version: 1\nnamespaces: [{files: \"envs/prod/**\", namespace: prod-secure-eu}]\n";
    let sandbox =
        Sandbox::with(&[("platlint.yaml", config), ("envs/prod/a.yaml", service), ("envs/dev/a.yaml", service)]);
    let json = sandbox.run(&["--format", "json", "--namespace", "dev"]).json();
    assert_eq!(json["summary"]["undecided"], 0);
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["file"], "envs/prod/a.yaml");
    assert_eq!(findings[0]["object"]["namespace"], "prod-secure-eu");
}

#[test]
fn items_of_lists_are_found_at_their_own_places() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a, annotations: {owner: team-a}}\n  spec:\n    containers:\n    - name: app\n      image: nginx\n      resources: {limits: {cpu: 1, memory: 1Gi}}\n";
    let json = Sandbox::with(&[("list.yaml", list)]).run(&["--format", "json"]).json();
    let finding = &json["findings"][0];
    assert_eq!(
        (finding["path"].as_str(), finding["line"].as_u64()),
        (Some("/items/0/spec/containers/0/image"), Some(10))
    );
}

#[test]
fn a_limit_range_in_a_later_file_satisfies_the_namespace() {
    let range = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: defaults, namespace: shop}\nspec:\n  limits:\n  - {type: Container, default: {cpu: 500m}}\n";
    let sandbox = Sandbox::with(&[("a.yaml", POD), ("z.yaml", range)]);
    let json = sandbox.run(&["--format", "json", "--rule", "resource-limits"]).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 0, "{json}");
    let alone = Sandbox::with(&[("a.yaml", POD)]).run(&["--format", "json", "--rule", "resource-limits"]).json();
    assert_eq!(alone["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn conftest_policies_run_unchanged() {
    let policy = "package main\n\nimport rego.v1\n\ndeny contains msg if {\n\tinput.kind == \"Pod\"\n\tmsg := sprintf(\"%s is a pod\", [input.metadata.name])\n}\n\nwarn contains {\"msg\": \"careful\"} if input.kind == \"Pod\"\n";
    let sandbox = Sandbox::with(&[("policy/a.rego", policy), ("pod.yaml", POD)]);
    let ran = sandbox.run(&["--no-builtin", "--policy", "policy:conftest", "--format", "concise"]);
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn rules_and_explain_tell_what_the_rules_want() {
    let sandbox = Sandbox::new();
    insta::assert_snapshot!("rules", sandbox.run(&["rules"]).shown());
    insta::assert_snapshot!("explain", sandbox.run(&["explain", "resource-limits"]).shown());
    let json = sandbox.run(&["rules", "--format", "json"]).json();
    assert_eq!(json["rules"].as_array().unwrap().len(), 57);
    let unknown = sandbox.run(&["explain", "nothing"]);
    assert_eq!(unknown.code, 2);
    insta::assert_snapshot!("explain_unknown", unknown.shown());
}

#[test]
fn inspect_shows_documents_as_they_are_read() {
    let sandbox = Sandbox::with(&[("a.yaml", "apiVersion: v1\nkind: X\non: 0777\n---\n- a\n---\nb: [\n")]);
    insta::assert_snapshot!(sandbox.run(&["inspect", "a.yaml"]).shown());
    insta::assert_snapshot!(
        "inspect_places",
        Sandbox::with(&[("a.yaml", "a:\n- b: 1\n")]).run(&["inspect", "--places", "a.yaml"]).shown()
    );
}

#[test]
fn the_configuration_is_made_shown_and_checked() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["config", "init"]).code, 0);
    let again = sandbox.run(&["config", "init"]);
    assert_eq!(again.code, 2, "{}", again.shown());
    let checked = sandbox.run(&["config", "check"]);
    assert_eq!(checked.code, 0, "{}", checked.shown());
    assert!(checked.stdout.contains("revision sha256:"), "{}", checked.stdout);
    let shown = sandbox.run(&["config", "show"]).json();
    let revision = shown["revision"].as_str().unwrap().to_owned();
    assert_eq!(sandbox.run(&["check", "--expect-revision", &revision]).code, 0);
    assert_eq!(sandbox.run(&["config", "schema"]).json()["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn the_built_in_policies_pass_their_own_tests() {
    let ran = run_in(&root(), &["test", "policies"], &[], b"");
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert!(ran.stdout.ends_with(" passed, 0 failed, 0 skipped\n"), "{}", ran.stdout);
}

#[test]
fn coverage_says_which_lines_no_test_evaluates() {
    let rule = "# METADATA\n# title: Test\n# custom:\n#   platlint: {level: error}\npackage platlint.test.tried\n\ndeny contains {\"msg\": \"m\", \"path\": []} if {\n\tinput.bad\n}\n\ndeny contains {\"msg\": \"n\", \"path\": []} if {\n\tinput.worse\n\tinput.worst\n}\n";
    let test = "package platlint.test.tried_test\n\nimport data.platlint.test.tried\n\ntest_bad if {\n\tcount(tried.deny) == 1 with input as {\"bad\": true}\n}\n";
    let sandbox =
        Sandbox::with(&[("policies/test/tried/tried.rego", rule), ("policies/test/tried/tried_test.rego", test)]);
    insta::assert_snapshot!(sandbox.run(&["test", "--coverage"]).shown());
}

#[test]
fn completions_are_for_the_shell_that_asks() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = Sandbox::new().run(&["completions", shell]);
        assert!(ran.code == 0 && ran.stdout.contains("platlint"), "{shell}");
    }
}
