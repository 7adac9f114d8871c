//! Bad input: every kind gets a message with a place and hides nothing else. The table in docs/bad-input.md names these tests.

use std::fmt::Write as _;

use crate::sandbox::{POD, Sandbox};

/// The findings of a file that holds `bad` between two good documents, without those of the good ones.
fn between(bad: &[u8]) -> Vec<(String, u64, u64)> {
    let mut file = POD.as_bytes().to_vec();
    file.extend(b"---\n");
    file.extend(bad);
    file.extend(b"\n---\n");
    file.extend(POD.replace("cart", "last").as_bytes());
    let sandbox = Sandbox::with(&[("a.yaml", &file)]);
    let ran = sandbox.run(&["--format", "json", "--rule", "image-digest"]);
    let json = ran.json();
    let judged: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["rule"] == "image-digest")
        .map(|f| f["object"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(judged, ["cart", "last"], "the good documents were not both judged: {}", ran.shown());
    ran.findings().into_iter().filter(|(rule, ..)| rule != "image-digest").collect()
}

/// The findings of a file of its own, beside a good one.
fn beside(bad: &[u8]) -> Vec<(String, u64, u64)> {
    let sandbox = Sandbox::with(&[("a.yaml", bad), ("z.yaml", POD.as_bytes())]);
    let ran = sandbox.run(&["--format", "json", "--rule", "image-digest"]);
    let (good, bad) = ran.findings().into_iter().partition::<Vec<_>, _>(|(rule, ..)| rule == "image-digest");
    assert_eq!(good.len(), 1, "the good file was not judged: {}", ran.shown());
    bad
}

fn one(rule: &str, line: u64, column: u64) -> Vec<(String, u64, u64)> {
    vec![(rule.to_owned(), line, column)]
}

/// Lines of the first document and its separator.
const BEFORE: u64 = 15;

#[test]
fn broken_yaml() {
    assert_eq!(between(b"a: [1, 2\nb: c").len(), 1);
    assert_eq!(between(b"apiVersion: v1\nkind: Pod\n\tname: x"), one("invalid-yaml", BEFORE + 2, 7));
}

#[test]
fn alias_bomb() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let previous = format!("*a{}", level - 1);
        writeln!(bomb, "a{level}: &a{level} [{}]", [previous.as_str(); 10].join(", ")).unwrap();
    }
    let found = between(bomb.as_bytes());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "invalid-yaml");
}

#[test]
fn deep_nesting() {
    let found = between("[".repeat(100_000).as_bytes());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "invalid-yaml");
}

#[test]
fn huge_maps() {
    let keys = (0..200_000).fold(String::new(), |mut keys, key| {
        writeln!(keys, "key{key}: 1").unwrap();
        keys
    });
    assert_eq!(between(keys.as_bytes()), Vec::new());
}

#[test]
fn wrong_encodings() {
    assert_eq!(beside(b"apiVersion: v1\nkind: \xff\xfe Pod\n"), one("invalid-yaml", 2, 7));
    assert_eq!(beside(b"\x7fELF\x00\x00\x01\x02"), one("invalid-yaml", 1, 5));
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(POD.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let sandbox = Sandbox::with(&[("a.yaml", &utf16)]);
    assert_eq!(sandbox.run(&["--format", "json", "--rule", "image-digest"]).findings(), one("image-digest", 11, 14));
}

#[test]
fn duplicate_keys() {
    let found = between(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nkind: Secret");
    assert_eq!(found, one("duplicate-key", BEFORE + 4, 1));
}

#[test]
fn keys_that_are_read_as_something_else() {
    let found = between(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  on: push");
    assert_eq!(found, one("ambiguous-key", BEFORE + 5, 3));
}

#[test]
fn templates_that_were_not_rendered() {
    let found = between(b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n{{- if .Values.x }}\ndata: {}\n{{- end }}");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "unrendered-template");
}

#[test]
fn manifests_without_a_kind() {
    assert_eq!(between(b"apiVersion: v1\nmetadata:\n  name: a"), one("invalid-manifest", BEFORE + 1, 1));
    assert_eq!(between(b"apiVersion: [v1]\nkind: Pod\nmetadata:\n  name: a"), one("invalid-manifest", BEFORE + 1, 1));
}

#[test]
fn unknown_kinds_are_judged_as_far_as_they_can_be() {
    assert_eq!(between(b"apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: a}"), Vec::new());
}

#[test]
fn values_without_a_json_form() {
    let found = between(b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {priority: .inf}");
    assert_eq!(found, one("invalid-yaml", BEFORE + 4, 18));
    let unjudged = between(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {priority: .inf}");
    assert_eq!(unjudged, one("invalid-yaml", BEFORE + 4, 18));
}

#[test]
fn a_file_that_cannot_be_read() {
    let sandbox = Sandbox::with(&[("z.yaml", POD)]);
    std::os::unix::fs::symlink("/nonexistent-target", sandbox.path().join("a.yaml")).unwrap();
    let ran = sandbox.run(&["--format", "json", "--rule", "image-digest", "z.yaml"]);
    assert_eq!(ran.findings().len(), 1);
    assert_eq!(sandbox.run(&["check", "a.yaml"]).code, 2);
}

#[test]
fn a_file_that_is_too_large() {
    let sandbox = Sandbox::with(&[("z.yaml", POD)]);
    // It has a length and no content, so that it takes no room.
    std::fs::File::create(sandbox.path().join("a.yaml")).unwrap().set_len((256 << 20) + 1).unwrap();
    let found = sandbox.run(&["--format", "json", "--rule", "image-digest"]).findings();
    assert_eq!(found, [("unreadable-file".to_owned(), 1, 1), ("image-digest".to_owned(), 11, 14)]);
}

#[test]
fn standard_input_that_is_too_large() {
    let sandbox = Sandbox::new();
    let path = sandbox.path().join("zeros");
    std::fs::File::create(&path).unwrap().set_len((256 << 20) + 1).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_platlint"))
        .args(["check", "-"])
        .current_dir(sandbox.path())
        .env_clear()
        .stdin(std::fs::File::open(&path).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("standard input has more than the 268435456 bytes"));
}

#[test]
fn a_configuration_that_is_too_large() {
    let sandbox = Sandbox::with(&[("a.yaml", POD)]);
    std::fs::File::create(sandbox.path().join("platlint.yaml")).unwrap().set_len((8 << 20) + 1).unwrap();
    let ran = sandbox.run(&["check"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (2, "platlint: platlint.yaml: the file is larger than 8 MiB\n"));
}

#[test]
fn a_missing_namespace_leaves_a_rule_undecided() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: LoadBalancer}\n";
    let sandbox = Sandbox::with(&[("a.yaml", service)]);
    let counts = |arguments: &[&str]| {
        let ran = sandbox.run(&[&["--format", "json", "--rule", "no-public-load-balancer"], arguments].concat());
        let summary = ran.json()["summary"].clone();
        (ran.code, summary["errors"].as_u64().unwrap(), summary["undecided"].as_u64().unwrap())
    };
    assert_eq!(counts(&[]), (0, 0, 1));
    assert_eq!(counts(&["--fail-on", "undecided"]), (1, 0, 1));
    assert_eq!(counts(&["--namespace", "prod-secure-eu"]), (1, 1, 0));
    assert_eq!(counts(&["--namespace", "shop"]), (0, 0, 0));
}

#[test]
fn empty_files_and_empty_documents() {
    assert_eq!(beside(b""), Vec::new());
    assert_eq!(beside(b"---\n# nothing\n---\n"), Vec::new());
}

#[test]
fn text_of_a_configuration_cannot_begin_a_line_of_the_log() {
    let sandbox =
        Sandbox::with(&[("platlint.yaml", "version: 1\n\"a\\n::error::x\": \"\\e[31m\"\n"), ("pod.yaml", POD)]);
    let ran = sandbox.run(&["check"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.lines().all(|line| line.starts_with("platlint: ")), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
}
