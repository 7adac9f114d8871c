//! Bundles as users make, check and use them: the same bytes, the same revision and the same findings, and every fault
//! of a bundle told.

mod broken;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::sandbox::{POD, Sandbox, run_in};

const PLATFORM: &str = "\
version: 1
policies: [builtin, {path: policies/}, {path: legacy, dialect: conftest}]
rules:
  resource-limits: {level: error, locked: true}
  short-names: {level: warn, parameters: {longest: 3}}
images:
  rules:
    - match: [\"registry.example/**\"]
      authorities:
        - {name: release, key: keys/release.pub}
        - {name: keyless, keyless: {issuer: \"https://issuer.example\", subject: release, trustedRoot: keys/roots/root.json}}
        - {name: inline, annotations: {a: b}, key: \"-----BEGIN PUBLIC KEY-----\\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE421D9vWpBwXITkIbfBYExd7Lk29R\\n3bYiExfBEnPLFZlM4hytJsR9PbDXELS7QXJZucAN8hlaPJ2Jiu6Fhy4hjA==\\n-----END PUBLIC KEY-----\"}
schemas: [crds]
catalog: {entities: [catalog.json]}
";

/// Its private half was never kept.
const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEt3xQfVjTwFwfszODvWG+/7owJEbn\nExXVMCILdAVz/m8QkKb9QLpETNhYL7H3rfL5fiCf/B4E/xmTfbjdUPgYSQ==\n-----END PUBLIC KEY-----\n";
/// Without authorities: nobody can sign by it.
const ROOT: &str = "{\"mediaType\": \"application/vnd.dev.sigstore.trustedroot+json;version=0.1\", \"tlogs\": []}";

const SERVICE: &str = "\
version: 1
extends: ../platform
exemptions:
  - {rule: image-digest, kind: Job, reason: a, owner: b, expires: 2027-01-31}
files: {exclude: [\"**/testdata/**\"]}
namespaces: [{files: \"envs/prod/**\", namespace: prod-secure-eu}]
";

const SHORT_NAMES: &str = "\
# METADATA
# title: Names are short
# custom:
#   platlint:
#     parameters:
#       type: object
#       properties:
#         longest: {type: integer, default: 20}
package team.short_names

import data.team.lib.words

deny contains {\"msg\": words.long, \"path\": [\"metadata\", \"name\"]} if {
\tcount(input.review.object.metadata.name) > input.parameters.longest
}
";

const LEGACY: &str = "\
package main

deny contains msg if {
\tinput.kind == \"Pod\"
\tmsg := sprintf(\"%s is a pod\", [input.metadata.name])
}
";

const CRD: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n";

/// A platform's configuration with everything a configuration can name, and a service's that extends it.
fn source() -> Sandbox {
    Sandbox::with(&[
        ("repo/platform/platlint.yaml", PLATFORM),
        ("repo/platform/policies/naming/short-names/short_names.rego", SHORT_NAMES),
        ("repo/platform/policies/naming/short-names/short_names_test.rego", "package team.short_names_test\n"),
        ("repo/platform/policies/lib/words.rego", "package team.lib.words\n\nlong := \"too long\"\n"),
        ("repo/platform/policies/README.md", "not packed"),
        ("repo/platform/policies/.hidden/a.rego", "not packed"),
        ("repo/platform/legacy/a.rego", LEGACY),
        ("repo/platform/keys/release.pub", KEY),
        ("repo/platform/keys/other.pub", "not packed"),
        ("repo/platform/keys/roots/root.json", ROOT),
        ("repo/platform/crds/a.yaml", CRD),
        ("repo/platform/crds/notes.txt", "not packed"),
        ("repo/platform/catalog.json", "[]"),
        ("repo/service/platlint.yaml", SERVICE),
        ("repo/service/secret.txt", "not packed"),
        ("run/envs/prod/pod.yaml", POD),
        ("run/testdata/pod.yaml", POD),
    ])
}

/// The files of the bundle of [`source`].
const PACKED: [&str; 9] = [
    "platform/catalog.json",
    "platform/crds/a.yaml",
    "platform/keys/release.pub",
    "platform/keys/roots/root.json",
    "platform/legacy/a.rego",
    "platform/platlint.yaml",
    "platform/policies/lib/words.rego",
    "platform/policies/naming/short-names/short_names.rego",
    "service/platlint.yaml",
];

fn build(sandbox: &Sandbox, output: &str) -> Value {
    let arguments = ["bundle", "build", "--config", "repo/service/platlint.yaml", "--output", output];
    let ran = sandbox.run(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.shown());
    ran.json()
}

fn bytes(sandbox: &Sandbox, name: &str) -> Vec<u8> {
    std::fs::read(sandbox.path().join(name)).unwrap()
}

/// The entries of a tarball in their order.
fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (name, bytes)
    });
    entries.collect()
}

/// Every file below a folder, by its path.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(tree(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn everything_that_decides_is_packed_and_nothing_else() {
    let sandbox = source();
    let built = build(&sandbox, "bundle");
    let packed = tree(&sandbox.path().join("bundle"));
    let mut expected: Vec<&str> = PACKED.to_vec();
    expected.insert(0, "bundle.json");
    assert_eq!(packed.keys().collect::<Vec<_>>(), expected);
    for name in PACKED {
        assert_eq!(packed[name], bytes(&sandbox, &format!("repo/{name}")), "{name}");
    }
    let manifest: Value = serde_json::from_slice(&packed["bundle.json"]).unwrap();
    assert_eq!(manifest["format"], 1);
    assert_eq!(manifest["config"], "service/platlint.yaml");
    assert_eq!(manifest["platlint"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&manifest["revision"], &manifest["builtin"]), (&built["revision"], &built["builtin"]));
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.iter().map(|file| file["path"].as_str().unwrap()).collect::<Vec<_>>(), PACKED);
    for file in files {
        assert_eq!(file["size"], packed[file["path"].as_str().unwrap()].len() as u64);
        assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
    }
    assert_eq!(built["files"], 9);
}

#[test]
fn a_tarball_can_be_unpacked_and_packed_again_by_others() {
    let sandbox = source();
    let revision = build(&sandbox, "b.tar")["revision"].as_str().unwrap().to_owned();
    let folder = sandbox.path().join("unpacked");
    tar::Archive::new(bytes(&sandbox, "b.tar").as_slice()).unpack(&folder).unwrap();
    // With folders, times and owners, as other packers write them.
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all(".", &folder).unwrap();
    sandbox.write("again.tar", &builder.into_inner().unwrap());
    for name in ["unpacked", "again.tar"] {
        let ran = sandbox.run(&["bundle", "verify", name, "--expect-revision", &revision]);
        assert_eq!(ran.code, 0, "{}", ran.shown());
    }
}

#[test]
fn two_builds_give_the_same_bytes_wherever_the_checkout_lies() {
    let (one, other) = (source(), source());
    for output in ["b.tar", "b.tar.gz"] {
        build(&one, output);
        build(&other, output);
        assert!(bytes(&one, output) == bytes(&other, output), "{output} differs");
        let first = bytes(&one, output);
        // A second time, over the first one.
        build(&one, output);
        assert!(bytes(&one, output) == first, "{output} differs from itself");
    }
    build(&one, "folder");
    build(&other, "folder");
    assert!(tree(&one.path().join("folder")) == tree(&other.path().join("folder")));
    let names: Vec<String> = entries(&bytes(&one, "b.tar")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names[0], "bundle.json");
    assert_eq!(names[1..], PACKED);
    let tar = bytes(&one, "b.tar");
    let mut archive = tar::Archive::new(tar.as_slice());
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        let owner = (header.mode().unwrap(), header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap());
        assert_eq!(owner, (0o644, 0, 0, 0));
    }
    // No time, no name of a file, no system in the header of gzip.
    assert_eq!(bytes(&one, "b.tar.gz")[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
}

#[test]
fn source_folder_and_tarballs_have_one_revision_and_give_the_same_findings() {
    let sandbox = source();
    let revision = build(&sandbox, "b.tar.gz")["revision"].as_str().unwrap().to_owned();
    for output in ["b.tar", "folder"] {
        assert_eq!(build(&sandbox, output)["revision"], revision.as_str());
    }
    // What a tarball is called does not count.
    std::fs::copy(sandbox.path().join("b.tar.gz"), sandbox.path().join("renamed.yaml")).unwrap();
    let run = sandbox.path().join("run");
    let mut answers = Vec::new();
    for config in ["../b.tar.gz", "../b.tar", "../folder", "../renamed.yaml", "../repo/service"] {
        let shown = run_in(&run, &["config", "show", "--config", config], &[], b"").json();
        assert_eq!(shown["revision"], revision.as_str(), "{config}");
        let arguments = ["check", "--format", "json", "--config", config, "--expect-revision", &revision];
        let ran = run_in(&run, &arguments, &[], b"");
        assert_eq!(ran.code, 1, "{}", ran.shown());
        let json = ran.json();
        assert_eq!(json["revision"], revision.as_str());
        if !config.ends_with("service") {
            assert_eq!(json["config"], config);
            let verified = run_in(&run, &["bundle", "verify", config, "--format", "json"], &[], b"").json();
            assert_eq!(verified["revision"], revision.as_str());
            answers.push(json["findings"].clone());
        }
    }
    let findings = answers[0].as_array().unwrap();
    let rules: Vec<&str> = findings.iter().map(|one| one["rule"].as_str().unwrap()).collect();
    for rule in ["main.deny", "image-digest", "resource-limits", "short-names"] {
        assert!(rules.contains(&rule), "{rules:?}");
    }
    // `files` and `namespaces` of a bundle mean files below the folder where platlint runs.
    assert!(findings.iter().all(|one| one["file"] == "envs/prod/pod.yaml"), "{findings:?}");
    assert!(answers.iter().all(|one| *one == answers[0]));
}

#[test]
fn namespaces_of_a_bundle_are_those_of_files_where_platlint_runs() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a, annotations: {owner: team-a}}\nspec: {type: LoadBalancer}\n";
    let sandbox = source();
    build(&sandbox, "b.tar");
    sandbox.write("run/envs/prod/service.yaml", service.as_bytes());
    let ran = run_in(
        &sandbox.path().join("run"),
        &["--config", "../b.tar", "--format", "json", "--rule", "no-public-load-balancer"],
        &[],
        b"",
    );
    assert_eq!(ran.json()["findings"][0]["object"]["namespace"], "prod-secure-eu", "{}", ran.shown());
}

#[test]
fn another_revision_than_the_expected_one_fails_every_command() {
    let sandbox = source();
    let revision = build(&sandbox, "b.tar")["revision"].as_str().unwrap().to_owned();
    let other = format!("sha256:{}", "0".repeat(64));
    for command in [
        &["check", "--config", "b.tar", "run"][..],
        &["rules", "--config", "b.tar"],
        &["explain", "short-names", "--config", "b.tar"],
        &["config", "show", "--config", "b.tar"],
        &["config", "check", "--config", "b.tar"],
        &["bundle", "verify", "b.tar"],
    ] {
        let ran = sandbox.run(&[command, &["--expect-revision", &other]].concat());
        assert_eq!(ran.code, 2, "{command:?}: {}", ran.shown());
        assert!(ran.stderr.contains(&other) && ran.stderr.contains(&revision), "{command:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{command:?}");
        let ran = sandbox.run(&[command, &["--expect-revision", &revision]].concat());
        assert_ne!(ran.code, 2, "{command:?}: {}", ran.shown());
    }
}

#[test]
fn a_lock_holds_from_within_a_bundle() {
    let sandbox = source();
    sandbox.write("repo/service/platlint.yaml", b"version: 1\nextends: ../platform\nrules: {resource-limits: warn}\n");
    let ran = sandbox.run(&["bundle", "build", "--config", "repo/service", "--output", "b.tar"]);
    assert_eq!(ran.code, 2, "{}", ran.shown());
    assert!(ran.stderr.contains("locked"), "{}", ran.stderr);
    assert!(!sandbox.path().join("b.tar").exists());
}

#[cfg(unix)]
#[test]
fn what_cannot_be_packed_is_told_at_its_place() {
    use std::os::unix::fs::symlink;
    let sandbox = source();
    let at = |name: &str| sandbox.path().join(name);
    let elsewhere = Sandbox::with(&[("key.pub", KEY)]);
    sandbox.write("repo/base/platlint.yaml", b"version: 1\n");
    symlink(elsewhere.path().join("key.pub"), at("repo/platform/keys/link.pub")).unwrap();
    symlink("../base", at("repo/platform/base")).unwrap();
    let absolute = at("repo/platform/keys/roots/root.json").display().to_string();
    let config = PLATFORM
        .replace("version: 1\n", "version: 1\nextends: base\n")
        .replace("keys/release.pub", "keys/link.pub")
        .replace("keys/roots/root.json", &absolute);
    sandbox.write("repo/platform/platlint.yaml", config.as_bytes());
    let ran = sandbox.run(&["bundle", "build", "--config", "repo/platform", "--output", "b.tar"]);
    let root = sandbox.path().canonicalize().unwrap().display().to_string();
    insta::assert_snapshot!(ran.shown().replace(&root, "[root]"));
    assert!(!at("b.tar").exists());
}

#[cfg(unix)]
#[test]
fn links_that_stay_inside_are_packed_as_what_they_lead_to() {
    use std::os::unix::fs::symlink;
    let sandbox = source();
    sandbox.write("repo/platform/shared/words.rego", b"package team.lib.words\n\nlong := \"too long\"\n");
    let link = sandbox.path().join("repo/platform/policies/lib/words.rego");
    std::fs::remove_file(&link).unwrap();
    symlink("../../shared/words.rego", &link).unwrap();
    build(&sandbox, "bundle");
    let packed = tree(&sandbox.path().join("bundle"));
    assert_eq!(packed["platform/policies/lib/words.rego"], bytes(&sandbox, "repo/platform/shared/words.rego"));
    assert!(!packed.contains_key("platform/shared/words.rego"));
}

#[test]
fn names_of_folders_that_are_names_of_rules_are_kept() {
    let sandbox = Sandbox::with(&[
        ("naming/platlint.yaml", "version: 1\npolicies: [{path: .}]\n"),
        (
            "naming/short-names/a.rego",
            &SHORT_NAMES.replace("import data.team.lib.words\n", "").replace("words.long", "\"m\""),
        ),
        ("naming/single/platlint.yaml", "version: 1\npolicies: [{path: ../short-names/a.rego}]\n"),
    ]);
    for (config, name) in [("naming", "one.tar"), ("naming/single", "two.tar")] {
        let built = sandbox.run(&["bundle", "build", "--config", config, "--output", name]);
        assert_eq!(built.code, 0, "{}", built.shown());
        let rules = sandbox.run(&["rules", "--config", name, "--format", "json"]).json();
        assert_eq!(
            (&rules["rules"][0]["id"], &rules["rules"][0]["category"]),
            (&"short-names".into(), &"naming".into())
        );
    }
}

#[test]
fn a_bundle_is_never_found_by_itself_and_cannot_be_extended_or_packed_again() {
    let sandbox = source();
    build(&sandbox, "bundle");
    build(&sandbox, "bundle.tar");
    // `bundle.json` lies above, and is not looked for.
    let shown = run_in(&sandbox.path().join("bundle/platform/legacy"), &["config", "show"], &[], b"").json();
    let file = shown["configurations"][0].as_str().unwrap();
    assert!(file.ends_with("/bundle/platform/platlint.yaml"), "{file}");
    for name in ["bundle", "bundle.tar"] {
        sandbox.write("platlint.yaml", format!("version: 1\nextends: {name}\n").as_bytes());
        let ran = sandbox.run(&["config", "show"]);
        assert!(
            ran.code == 2 && ran.stderr.contains(&format!("platlint.yaml:2:10: `{name}` is a bundle")),
            "{}",
            ran.shown()
        );
        let ran = sandbox.run(&["bundle", "build", "--config", name, "--output", "again.tar"]);
        assert!(ran.code == 2 && ran.stderr.contains("this is a bundle already"), "{}", ran.shown());
    }
}

#[test]
fn what_a_bundle_cannot_be_made_of_is_refused_with_a_hint() {
    let sandbox = source();
    sandbox.write("full/a", b"");
    for (arguments, expected) in [
        (&["--output", "b.tar"][..], "there is no platlint.yaml to pack"),
        (
            &["--config", "repo/service", "--policy", "more", "--output", "b.tar"],
            "name this folder there under `policies`",
        ),
        (&["--config", "repo/service", "--output", "b.zip"], "with the ending .tar, .tar.gz or .tgz"),
        (&["--config", "repo/service", "--output", "oci://registry.example/a"], "does not push to registries"),
        (&["--config", "repo/service", "--output", "full"], "full: "),
        (&["--config", "oci://registry.example/a@sha256:0", "--output", "b.tar"], "not from registries"),
    ] {
        let ran = sandbox.run(&[&["bundle", "build"], arguments].concat());
        assert!(ran.code == 2 && ran.stderr.contains(expected), "{arguments:?}: {}", ran.shown());
        assert_eq!(ran.stdout, "");
    }
    assert_eq!(std::fs::read_dir(sandbox.path().join("full")).unwrap().count(), 1);
}
