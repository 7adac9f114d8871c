//! `platlint fix`: what is written, what is left, and what no fix may ever do.

use std::collections::BTreeSet;
use std::path::Path;

use platlint_engine::{Value, ValueBuilder};
use platlint_source::{Document, Limits, Reading, SourceText};

use crate::mutations::cases;
use crate::sandbox::{POD, Ran, Sandbox, root, run_in};

/// Rules with fixes, all of them on.
const CONFIG: &str = "\
version: 1
rules:
  image-digest: off
  owner-annotation: error
  drop-capabilities: warn
  privilege-escalation: warn
  seccomp-profile: warn
  service-account-token: warn
  resource-limits:
    level: error
    parameters: {defaults: {limits: {cpu: 500m, memory: 128Mi}, requests: {cpu: 100m}}}
";

/// The Pod of the sandbox with all that `fix --unsafe` writes into it.
const FIXED: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
  annotations:
    owner: team-cart
spec:
  containers:
    - name: app
      image: nginx:1.27
      resources:
        limits:
          memory: 64Mi
          cpu: 500m
        requests:
          cpu: 100m
      securityContext:
        allowPrivilegeEscalation: false
        capabilities:
          drop:
            - ALL
  automountServiceAccountToken: false
  securityContext:
    seccompProfile:
      type: RuntimeDefault
";

const NAMESPACE: &str =
    "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  annotations:\n    owner: team-shop\n";

fn with(pod: &str) -> Sandbox {
    Sandbox::with(&[("platlint.yaml", CONFIG), ("pod.yaml", pod)])
}

fn read(sandbox: &Sandbox, name: &str) -> String {
    std::fs::read_to_string(sandbox.path().join(name)).unwrap()
}

/// Without the notice on a rule that no test here configures.
fn said(ran: &Ran) -> String {
    let lines = ran.stderr.lines().filter(|line| !line.contains("image-signature is inactive"));
    format!("exit {}\n{}{}", ran.code, ran.stdout, lines.flat_map(|line| [line, "\n"]).collect::<String>())
}

#[test]
fn writes_what_rules_repair_and_nothing_else() {
    let sandbox = with(POD);
    let ran = sandbox.run(&["fix", "--unsafe"]);
    assert_eq!(
        said(&ran),
        "exit 0\npod.yaml: fixed drop-capabilities, privilege-escalation, resource-limits, seccomp-profile, \
         service-account-token\nfixed 5 findings in 1 file\n"
    );
    assert_eq!(read(&sandbox, "pod.yaml"), FIXED);
    assert_eq!(said(&sandbox.run(&["fix", "--unsafe"])), "exit 0\nnothing to fix\n");
    assert_eq!(read(&sandbox, "pod.yaml"), FIXED);
    assert_eq!(sandbox.run(&["check", "--fail-on", "warn"]).code, 0);
}

#[test]
fn unsafe_fixes_are_asked_for() {
    let sandbox = with(POD);
    let ran = sandbox.run(&["fix"]);
    assert_eq!(
        said(&ran),
        "exit 1\nnothing to fix; 5 findings left: `platlint check` shows them\n\
         `--unsafe` may fix more: what runs can behave differently afterwards\n"
    );
    assert_eq!(read(&sandbox, "pod.yaml"), POD);
}

#[test]
fn only_the_rules_that_are_named_are_fixed() {
    let sandbox = with(POD);
    assert_eq!(sandbox.run(&["fix", "--unsafe", "--rule", "service-account-token"]).code, 0);
    assert_eq!(read(&sandbox, "pod.yaml"), format!("{POD}  automountServiceAccountToken: false\n"));
}

#[test]
fn a_diff_writes_nothing_and_is_what_git_applies() {
    // Two documents, one of them without a line ending at its end, and lines with Windows' endings.
    for pod in [
        format!("# a Pod\n{POD}---\n{}", POD.replace("cart", "list").trim_end()),
        POD.replace('\n', "\r\n"),
        format!("\u{FEFF}{POD}"),
    ] {
        let sandbox = with(&pod);
        let ran = sandbox.run(&["fix", "--unsafe", "--diff"]);
        assert_eq!(ran.code, 1, "{}", ran.shown());
        assert!(ran.stderr.contains("platlint: pod.yaml: would fix drop-capabilities"), "{}", ran.stderr);
        assert_eq!(read(&sandbox, "pod.yaml"), pod);
        let patched = with(&pod);
        patched.write("fix.patch", ran.stdout.as_bytes());
        let git = std::process::Command::new("git")
            .args(["apply", "--whitespace=nowarn", "fix.patch"])
            .current_dir(patched.path())
            .output()
            .unwrap();
        assert!(git.status.success(), "{}\n{}", String::from_utf8_lossy(&git.stderr), ran.stdout);
        sandbox.run(&["fix", "--unsafe"]);
        assert_ne!(read(&sandbox, "pod.yaml"), pod);
        assert_eq!(read(&sandbox, "pod.yaml"), read(&patched, "pod.yaml"));
        let again = sandbox.run(&["fix", "--unsafe", "--diff"]);
        assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{}", again.shown());
    }
}

#[test]
fn standard_input_comes_out_fixed() {
    let sandbox = with("a: 1\n");
    let ran = sandbox.run_with(&["fix", "--unsafe", "--stdin-filename", "rendered.yaml", "-"], &[], POD.as_bytes());
    assert_eq!((ran.code, ran.stdout.as_str()), (0, FIXED), "{}", ran.stderr);
    assert!(ran.stderr.contains("platlint: rendered.yaml: fixed drop-capabilities"), "{}", ran.stderr);
    // What there is nothing to fix in, or what cannot be read, passes through.
    for text in ["a: 1\n", "a: [\n", ""] {
        let ran = sandbox.run_with(&["fix", "-"], &[], text.as_bytes());
        assert_eq!(ran.stdout, text);
    }
}

#[test]
fn line_endings_marks_and_comments_stay() {
    let sandbox = with(&POD.replace('\n', "\r\n"));
    sandbox.run(&["fix", "--unsafe"]);
    assert_eq!(read(&sandbox, "pod.yaml"), FIXED.replace('\n', "\r\n"));

    let sandbox = with(&format!("\u{FEFF}{POD}"));
    sandbox.run(&["fix", "--unsafe"]);
    assert_eq!(read(&sandbox, "pod.yaml"), format!("\u{FEFF}{FIXED}"));

    let comments = |text: &str| {
        text.replace("memory: 64Mi\n", "memory: 64Mi # tight\n        # end of limits\n")
            .replace("kind: Pod", "kind: Pod # x")
    };
    let sandbox = with(&comments(POD));
    sandbox.run(&["fix", "--unsafe", "--rule", "resource-limits"]);
    let fixed = read(&sandbox, "pod.yaml");
    assert!(fixed.contains("memory: 64Mi # tight\n          cpu: 500m\n        requests:\n          cpu: 100m\n        # end of limits\n"), "{fixed}");
    assert!(fixed.contains("kind: Pod # x\n"), "{fixed}");

    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(POD.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let sandbox = Sandbox::with(&[("platlint.yaml", CONFIG.as_bytes()), ("pod.yaml", &utf16)]);
    let ran = sandbox.run(&["fix", "--unsafe"]);
    assert!(ran.stdout.contains("not fixed: drop-capabilities: the file is not encoded in UTF-8"), "{}", ran.shown());
    assert_eq!(std::fs::read(sandbox.path().join("pod.yaml")).unwrap(), utf16);
}

#[test]
fn every_document_and_every_item_of_a_list_is_fixed() {
    let item = POD.trim_end().replace('\n', "\n  ");
    let list =
        format!("apiVersion: v1\nkind: List\nitems:\n- {item}\n# the second\n- {}\n", item.replace("cart", "list"));
    let sandbox = with(&format!("a: [\n---\n{list}---\n{POD}"));
    let ran = sandbox.run(&["fix", "--unsafe"]);
    assert!(ran.stdout.contains("fixed 15 findings in 1 file"), "{}", ran.shown());
    let fixed_item = FIXED.trim_end().replace('\n', "\n  ");
    // The lists that are there already are not indented, and so are those that come.
    let unindented = |text: &str| text.replace("  - ALL", "- ALL");
    let expected = format!(
        "a: [\n---\napiVersion: v1\nkind: List\nitems:\n- {fixed_item}\n# the second\n- {}\n---\n{FIXED}",
        fixed_item.replace("cart", "list")
    );
    assert_eq!(unindented(&read(&sandbox, "pod.yaml")), unindented(&expected));
}

#[test]
fn json_stays_json() {
    let pod = "{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"Pod\",\n    \"metadata\": {\"name\": \"a\", \"annotations\": {\"owner\": \"team-a\"}},\n    \"spec\": {\n        \"containers\": []\n    }\n}\n";
    let sandbox = Sandbox::with(&[("platlint.yaml", CONFIG), ("pod.json", pod)]);
    sandbox.run(&["fix", "--unsafe", "--rule", "service-account-token"]);
    let expected = pod.replace("[]\n", "[],\n        \"automountServiceAccountToken\": false\n");
    assert_eq!(read(&sandbox, "pod.json"), expected);
}

#[test]
fn an_owner_comes_from_the_namespace_in_another_file() {
    let pod = POD.replace("  annotations:\n    owner: team-cart\n", "");
    let sandbox = with(&pod);
    assert!(sandbox.run(&["fix", "--rule", "owner-annotation"]).stdout.starts_with("nothing to fix"));
    sandbox.write("z/namespace.yaml", NAMESPACE.as_bytes());
    let ran = sandbox.run(&["fix", "--rule", "owner-annotation"]);
    assert_eq!(said(&ran), "exit 0\npod.yaml: fixed owner-annotation\nfixed 1 finding in 1 file\n");
    assert_eq!(read(&sandbox, "pod.yaml"), POD.replace("team-cart", "team-shop"));
    assert_eq!(read(&sandbox, "z/namespace.yaml"), NAMESPACE);
}

#[test]
fn places_that_cannot_be_edited_are_named_and_the_others_fixed() {
    let pod = POD.replace(
        "      image: nginx:1.27\n",
        "      image: nginx:1.27\n      securityContext: {\n        runAsNonRoot: true}\n",
    ) + "    - &second\n      name: side\n      image: x\n";
    let sandbox = with(&pod);
    let ran = sandbox.run(&["fix", "--unsafe"]);
    assert_eq!(
        said(&ran),
        "exit 1\npod.yaml: fixed resource-limits, seccomp-profile (2), service-account-token\n\
         pod.yaml:12:7: not fixed: drop-capabilities: the brackets span several lines\n\
         pod.yaml:12:7: not fixed: privilege-escalation: the brackets span several lines\n\
         pod.yaml:17:7: not fixed: drop-capabilities: the value has an anchor, and its aliases would change with it\n\
         pod.yaml:17:7: not fixed: privilege-escalation: the value has an anchor, and its aliases would change with it\n\
         pod.yaml:17:7: not fixed: resource-limits: the value has an anchor, and its aliases would change with it\n\
         fixed 4 findings in 1 file; 5 changes left out; 6 findings left: `platlint check` shows them\n"
    );
    let fixed = read(&sandbox, "pod.yaml");
    assert!(
        fixed.contains("securityContext: {\n        runAsNonRoot: true}\n")
            && fixed.contains("    - &second\n      name: side\n      image: x\n"),
        "{fixed}"
    );
}

#[test]
fn what_a_comment_excuses_is_left() {
    let config = format!("{CONFIG}self-service: {{rules: [resource-limits], max-days: 30}}\n");
    let comment = "# platlint: ignore[resource-limits] reason=\"batch\" owner=team-a until=2026-11-30";
    let pod = POD.replace("    - name: app", &format!("    {comment}\n    - name: app"));
    let sandbox = Sandbox::with(&[("platlint.yaml", config.as_str()), ("pod.yaml", &pod)]);
    sandbox.run(&["fix", "--unsafe"]);
    let fixed = read(&sandbox, "pod.yaml");
    assert!(!fixed.contains("cpu") && fixed.contains("RuntimeDefault"), "{fixed}");
    // What another rule writes into the same new map is written all the same.
    let config = format!("{CONFIG}self-service: {{rules: [drop-capabilities], max-days: 30}}\n");
    let excused = pod.replace("ignore[resource-limits]", "ignore[drop-capabilities]");
    let sandbox = Sandbox::with(&[("platlint.yaml", config.as_str()), ("pod.yaml", &excused)]);
    sandbox.run(&["fix", "--unsafe"]);
    let fixed = read(&sandbox, "pod.yaml");
    assert!(fixed.contains("      securityContext:\n        allowPrivilegeEscalation: false\n  auto"), "{fixed}");
    // Where the platform does not allow it, the comment excuses nothing.
    let sandbox = with(&pod);
    sandbox.run(&["fix", "--unsafe"]);
    assert!(read(&sandbox, "pod.yaml").contains("cpu: 500m"));
}

#[test]
fn the_exit_status_follows_what_is_left() {
    let sandbox = with(POD);
    for (arguments, code) in [
        (&["fix", "--diff"][..], 1),
        (&["fix", "--unsafe", "--diff", "--exit-zero"], 1),
        (&["fix", "--diff", "--rule", "owner-annotation"], 0),
        (&["fix", "--rule", "drop-capabilities"], 0),
        (&["fix", "--rule", "drop-capabilities", "--fail-on", "warn"], 1),
        (&["fix", "--rule", "drop-capabilities", "--fail-on", "warn", "--exit-zero"], 0),
        (&["fix", "--rule", "drop-capabilites"], 2),
        (&["fix", "nowhere"], 2),
        (&["fix", "--expect-revision", "sha256:0"], 2),
        (&["fix", "--format", "json"], 2),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.shown());
    }
    assert_eq!(read(&sandbox, "pod.yaml"), POD);
}

#[test]
fn a_policy_that_fails_writes_nothing_of_its_own() {
    let policy = "# METADATA\n# title: T\n# custom:\n#   platlint:\n#     level: warn\n#     fix: safe\npackage platlint.test.wrong\n\npatch contains {\"op\": \"turn\", \"path\": [\"spec\"], \"value\": 1} if {\n\tinput.review.kind.kind == \"Pod\"\n}\n";
    let sandbox = Sandbox::with(&[("policies/test/wrong/wrong.rego", policy), ("pod.yaml", POD)]);
    let ran = sandbox.run(&["fix", "--no-builtin", "--policy", "policies"]);
    assert_eq!(ran.code, 2, "{}", ran.shown());
    assert!(ran.stderr.contains("policy fault in wrong (shape)"), "{}", ran.shown());
    assert_eq!(read(&sandbox, "pod.yaml"), POD);
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_links_lead_nowhere_else() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let sandbox = with(POD);
    let path = sandbox.path().join("pod.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("pod.yaml", sandbox.path().join("again.yaml")).unwrap();
    let elsewhere = Sandbox::with(&[("pod.yaml", POD)]);
    symlink(elsewhere.path().join("pod.yaml"), sandbox.path().join("elsewhere.yaml")).unwrap();
    sandbox.write("readonly.yaml", POD.as_bytes());
    std::fs::set_permissions(sandbox.path().join("readonly.yaml"), std::fs::Permissions::from_mode(0o444)).unwrap();

    let ran = sandbox.run(&["fix", "--unsafe"]);
    assert_eq!(ran.code, 2, "{}", ran.shown());
    assert!(ran.stderr.contains("elsewhere.yaml is not fixed: it is a link to a file elsewhere"), "{}", ran.stderr);
    assert!(ran.stderr.contains("readonly.yaml is not fixed: it must not be written to"), "{}", ran.stderr);
    assert_eq!(read(&elsewhere, "pod.yaml"), POD);
    assert_eq!(read(&sandbox, "readonly.yaml"), POD);
    assert_eq!(read(&sandbox, "pod.yaml"), FIXED);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(sandbox.path().join("again.yaml").is_symlink());
    // Nothing is left behind.
    let names: BTreeSet<String> = std::fs::read_dir(sandbox.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        names,
        ["again.yaml", "elsewhere.yaml", "platlint.yaml", "pod.yaml", "readonly.yaml"].map(String::from).into()
    );
}

#[test]
fn check_tells_what_would_be_fixed() {
    let pod = POD.replace("  annotations:\n    owner: team-cart\n", "");
    let sandbox = with(&pod);
    sandbox.write("namespace.yaml", NAMESPACE.as_bytes());
    let full = sandbox.run(&["check", "--format", "full"]).stdout;
    assert!(full.ends_with("fix: `platlint fix` repairs 1 of them, `platlint fix --unsafe` 5 more\n"), "{full}");
    let json = sandbox.run(&["check", "--format", "json", "pod.yaml", "namespace.yaml"]).json();
    let fixes: Vec<_> = json["findings"].as_array().unwrap().iter().map(|one| (&one["rule"], &one["fix"])).collect();
    let of = |rule: &str| fixes.iter().find(|(id, _)| *id == rule).unwrap().1.clone();
    assert_eq!(
        of("owner-annotation"),
        serde_json::json!({"safety": "safe", "patch": [{"op": "add", "path": "/metadata/annotations", "value": {"owner": "team-shop"}}]})
    );
    assert_eq!(of("service-account-token")["patch"][0]["path"], "/spec/automountServiceAccountToken");
    // The Pod's setting holds for the container that lacks one.
    assert_eq!(of("seccomp-profile")["patch"][0]["path"], "/spec/securityContext");
    assert!(fixes.iter().all(|(_, fix)| fix["patch"].is_array()), "{fixes:?}");
}

#[test]
fn the_example_of_the_guide_holds() {
    let guide = std::fs::read_to_string(root().join("docs/fixes.md")).unwrap();
    let [config, before, after] = crate::sandbox::yaml_blocks(&guide)[..] else { panic!("three blocks are expected") };
    let sandbox = Sandbox::with(&[("platlint.yaml", config), ("pod.yaml", before)]);
    assert_eq!(sandbox.run(&["fix", "--unsafe"]).code, 0);
    assert_eq!(read(&sandbox, "pod.yaml"), after);
}

/// Every document of a file, as Kubernetes reads it.
fn values(path: &Path) -> Vec<Value> {
    let text = SourceText::decode(std::fs::read(path).unwrap()).unwrap();
    let read = |chunk| {
        let document = Document::parse(text.as_str(), chunk, &Limits::default()).unwrap();
        document.build(Reading::Kubernetes, &mut ValueBuilder::default()).unwrap()
    };
    text.split().into_iter().map(read).collect()
}

#[test]
fn a_fixed_file_holds_what_the_webhook_would_make_of_its_objects() {
    let mut compared = 0;
    let mut left_out = Vec::new();
    for case in cases() {
        // A file says nothing of the object that may be in the cluster, nor of what a registry holds (tests of images do).
        if ["old.yaml", "images.json"].iter().any(|name| case.folder.join(name).exists()) {
            continue;
        }
        let sandbox = Sandbox::new();
        for name in ["before.yaml", "config.yaml"] {
            sandbox.write(name, &std::fs::read(case.folder.join(name)).unwrap());
        }
        let ran = sandbox.run(&["fix", "--unsafe", "--exit-zero", "--config", "config.yaml", "before.yaml"]);
        assert_eq!(ran.code, 0, "{}: {}", case.folder.display(), ran.shown());
        if ran.stdout.contains("not fixed") {
            left_out.push(format!("{}: {}", case.folder.display(), ran.stdout));
        }
        let fixed = values(&sandbox.path().join("before.yaml"));
        let expected = values(&case.folder.join("after.yaml"));
        assert_eq!(fixed.len(), expected.len());
        for (fixed, expected) in fixed.iter().zip(&expected) {
            assert_eq!(fixed, expected, "{}: {}", case.folder.display(), read(&sandbox, "before.yaml"));
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared}");
    assert!(left_out.is_empty(), "{}", left_out.join("\n"));
}

/// Copies the YAML and JSON files of a folder, as they lie.
fn copied(folder: &Path) -> Sandbox {
    fn copy(from: &Path, sandbox: &Sandbox, to: &str) {
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{to}/{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                copy(&entry.path(), sandbox, &name);
            } else if !name.ends_with("config.yaml") {
                sandbox.write(&name, &std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let sandbox = Sandbox::new();
    copy(folder, &sandbox, "in");
    sandbox.write("all.yaml", &std::fs::read(root().join("fixtures/mutations/all.config.yaml")).unwrap());
    sandbox
}

#[test]
fn over_all_fixtures_fixes_are_complete_and_at_rest() {
    for folder in ["fixtures/policies", "fixtures/golden-path", "fixtures/reader"] {
        let sandbox = copied(&root().join(folder));
        let run = |arguments: &[&str]| {
            run_in(sandbox.path(), &[arguments, &["--exit-zero", "--config", "all.yaml", "in"]].concat(), &[], b"")
        };
        let findings = |ran: &Ran| ran.json()["findings"].as_array().unwrap().clone();
        let before = findings(&run(&["check", "--format", "json"]));
        let fixed = run(&["fix", "--unsafe"]);
        assert_eq!(fixed.code, 0, "{folder}: {}", fixed.shown());
        assert!(!fixed.stdout.contains("would not be read as intended"), "{}", fixed.stdout);
        let after = findings(&run(&["check", "--format", "json"]));
        // No finding that has a fix stays, but where a place cannot be edited; none comes.
        let left_out: BTreeSet<(String, String)> = fixed
            .stdout
            .lines()
            .filter_map(|line| line.split_once(": not fixed: "))
            .map(|(place, rule)| (place.split(':').next().unwrap().into(), rule.split(':').next().unwrap().into()))
            .collect();
        let id = |one: &serde_json::Value| {
            (one["file"].to_string(), one["fingerprint"].to_string(), one["rule"].to_string())
        };
        let known: BTreeSet<_> = before.iter().map(id).collect();
        for finding in &after {
            let text = |name: &str| finding[name].as_str().unwrap().to_owned();
            assert!(known.contains(&id(finding)), "{folder}: new: {finding}");
            let excused = finding["fix"].is_null() || left_out.contains(&(text("file"), text("rule")));
            assert!(excused, "{folder}: left: {finding}");
        }
        let again = run(&["fix", "--unsafe", "--diff"]);
        assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{folder}: {}", again.shown());
    }
}
