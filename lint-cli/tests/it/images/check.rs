//! `platlint check --images`: what each mode asks, what follows, and what never passes.

use platlint_images::testing::{Kind, TestKey};
use platlint_registry::testing::Answer;

use super::{World, pod, rules};
use crate::sandbox::{POD, Sandbox};

#[test]
fn online_a_signed_image_named_by_digest_passes() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    world.pod("pod.yaml", &[&world.pinned("web", "1", &digest)]);
    let ran = world.run(&["check", "--images", "online", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert_eq!(rules(&ran), (vec![], vec![]));
}

#[test]
fn online_unsigned_and_wrongly_signed_images_are_findings() {
    let world = World::new();
    let unsigned = world.push("plain", "1");
    let foreign = world.push("foreign", "1");
    world.sign("foreign", &foreign, &TestKey::new(Kind::P256));
    let host = world.registry.host();
    world.pod(
        "pod.yaml",
        &[
            &world.pinned("plain", "1", &unsigned),
            &world.pinned("foreign", "1", &foreign),
            &format!("{host}/other/web@{unsigned}"),
        ],
    );
    let ran = world.run(&["check", "--images", "online", "--format", "concise"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(world.shown(&ran));
}

#[test]
fn by_default_nothing_is_asked_and_nothing_passes() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    world.pod("pod.yaml", &[&world.pinned("web", "1", &digest)]);
    for arguments in [&["check", "--format", "json"][..], &["check", "--images", "offline", "--format", "json"]] {
        let ran = world.run(arguments);
        assert_eq!(ran.code, 0, "{}", ran.shown());
        assert_eq!(rules(&ran), (vec![], vec!["image-signature".to_owned()]));
        assert!(ran.json()["undecided"][0]["reason"].as_str().unwrap().contains("offline"), "{}", ran.shown());
    }
    assert_eq!(world.registry.count(), 0);
}

#[test]
fn offline_decides_what_needs_no_registry() {
    let world = World::new();
    let host = world.registry.host();
    world.pod("pod.yaml", &[&format!("{host}/other/web@sha256:{}", "0".repeat(64))]);
    let ran = world.run(&["check", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert_eq!(rules(&ran), (vec!["image-signature".to_owned()], vec![]));
}

#[test]
fn a_registry_that_gives_no_answer_is_not_decided_and_fails_only_where_it_was_to_be_asked() {
    for (fault, what) in [
        (Answer::status(500), "500"),
        (Answer::status(403), "403"),
        (Answer::status(429), "429"),
        (Answer::Close, "closed"),
        (Answer::Garbage, "garbage"),
        (Answer::Hang, "hang"),
    ] {
        let world = World::new();
        let digest = world.push_signed("web", "1");
        world.pod("pod.yaml", &[&world.pinned("web", "1", &digest)]);
        world.registry.fault("/v2/", fault);
        let ran = world.run(&["check", "--images", "online", "--images-timeout", "1", "--format", "json"]);
        assert_eq!(ran.code, 1, "{what}: {}", ran.shown());
        assert_eq!(rules(&ran), (vec![], vec!["image-signature".to_owned()]), "{what}");
        assert!(ran.stderr.contains("which fails under --images online"), "{what}: {}", ran.stderr);
        let lenient = ["check", "--images", "online", "--images-timeout", "1", "--exit-zero", "--format", "json"];
        assert_eq!(world.run(&lenient).code, 0, "{what}");
        assert_eq!(world.run(&["check", "--format", "json"]).code, 0, "{what}");
    }
}

#[test]
fn a_registry_that_is_down_is_told_apart_from_a_missing_signature() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    let image = world.pinned("web", "1", &digest);
    world.pod("pod.yaml", &[&image]);
    let World { registry, sandbox, .. } = world;
    drop(registry);
    let ran = sandbox.run(&["check", "--images", "online", "--images-timeout", "2", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    let reason = ran.json()["undecided"][0]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("not unsigned"), "{reason}");
}

#[test]
fn each_image_is_asked_for_once_however_often_it_is_named() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    let image = world.pinned("web", "1", &digest);
    world.pod("one.yaml", &[&image]);
    assert_eq!(world.run(&["check", "--images", "online", "one.yaml"]).code, 0);
    let once = world.registry.count();
    for file in 0..20 {
        world.pod(&format!("many/{file}.yaml"), &[&image, &image]);
    }
    assert_eq!(world.run(&["check", "--images", "online", "many"]).code, 0);
    assert_eq!(world.registry.count(), 2 * once);
}

#[test]
fn output_is_the_same_at_any_number_of_threads() {
    let world = World::new();
    for number in 0..12 {
        let name = format!("app{number}");
        let signed = if number % 3 == 0 { world.push(&name, "1") } else { world.push_signed(&name, "1") };
        let by_digest = world.pinned(&name, "1", &signed);
        let by_tag = format!("{}:1", world.image(&name));
        let missing = format!("{}:none", world.image(&name));
        world.pod(&format!("k8s/{number}.yaml"), &[&by_digest, &by_tag, &missing]);
    }
    for format in ["json", "full", "sarif"] {
        let run = |threads: &str| {
            world.run(&["check", "--images", "online", "--format", format, "--threads", threads, "k8s"]).stdout
        };
        let one = run("1");
        assert!(one.lines().count() > 20, "{format}: {one}");
        for threads in ["2", "8"] {
            assert!(run(threads) == one, "{format} differs at {threads} threads");
        }
    }
}

#[test]
fn standard_input_is_told_the_same() {
    let world = World::new();
    let digest = world.push("web", "1");
    let text = pod(&[&world.pinned("web", "1", &digest)]);
    let ran = world.sandbox.run_with(&["check", "--images", "online", "--format", "json", "-"], &[], text.as_bytes());
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert_eq!(rules(&ran), (vec!["image-signature".to_owned()], vec![]));
}

#[test]
fn without_authorities_a_run_that_is_to_look_images_up_does_not_pass() {
    let sandbox = Sandbox::with(&[("pod.yaml", POD)]);
    let offline = sandbox.run(&["check", "--format", "json"]);
    assert_eq!(offline.code, 1, "{}", offline.shown());
    assert!(offline.stderr.contains("image-signature is inactive"), "{}", offline.stderr);
    for config in ["version: 1\n", "version: 1\nimages: {registries: {}}\n"] {
        sandbox.write("platlint.yaml", config.as_bytes());
        for mode in ["online", "lock"] {
            for command in [&["check"][..], &["fix", "--diff"]] {
                let ran = sandbox.run(&[command, &["--images", mode]].concat());
                assert_eq!(ran.code, 2, "{config} {mode}: {}", ran.shown());
            }
        }
    }
}

#[test]
fn offline_an_unknown_signature_fails_only_where_the_configuration_says_so() {
    let world = World::new();
    world.pod("pod.yaml", &[&world.pinned("web", "1", &world.push_signed("web", "1"))]);
    assert_eq!(world.run(&["check"]).code, 0);
    assert_eq!(world.run(&["check", "--fail-on", "undecided"]).code, 1);
    let config = std::fs::read_to_string(world.sandbox.path().join("platlint.yaml")).unwrap();
    let said = config.replace("image-signature: error", "image-signature: {level: error, undecided: error}");
    world.sandbox.write("platlint.yaml", said.as_bytes());
    let ran = world.run(&["check", "--format", "json"]);
    assert_eq!((ran.code, &ran.json()["undecided"][0]["effect"]), (1, &"error".into()), "{}", ran.shown());
}

const SILENT: &str = "# METADATA
# title: Only a release may sign
# custom:
#   platlint:
#     requires: [images.signature]
package platlint.images.released

deny contains {\"msg\": \"unsigned\", \"path\": image.path} if {
\tsome image in input.images
\timage.signature.status == \"unsigned\"
}
";

#[test]
fn a_rule_that_never_says_that_it_cannot_decide_does_not_let_a_strict_run_pass() {
    let world = World::new();
    world.sandbox.write("policies/images/released/released.rego", SILENT.as_bytes());
    let config = std::fs::read_to_string(world.sandbox.path().join("platlint.yaml")).unwrap();
    let own = config
        .replace("image-signature: error", "released: error")
        .replace("version: 1\n", "version: 1\npolicies: [builtin, {path: policies/}]\n");
    world.sandbox.write("platlint.yaml", own.as_bytes());
    world.pod("pod.yaml", &[&world.pinned("web", "1", &world.push_signed("web", "1"))]);
    let ran = world.run(&["check", "--images", "lock", "--format", "json"]);
    assert_eq!((ran.code, rules(&ran)), (1, (vec![], vec!["released".to_owned()])), "{}", ran.shown());
    let ran = world.run(&["check", "--images", "online", "--format", "json"]);
    assert_eq!((ran.code, rules(&ran)), (0, (vec![], vec![])), "{}", ran.shown());
}

#[test]
fn an_exemption_covers_an_image_that_is_not_decided() {
    let world = World::new();
    world.configure(
        "exemptions: [{rule: image-signature, kind: Pod, name: web, reason: a, owner: b, expires: 2099-01-31}]\n",
    );
    world.pod("pod.yaml", &[&world.pinned("web", "1", &world.push_signed("web", "1"))]);
    let ran = world.run(&["check", "--images", "lock", "--format", "json"]);
    assert_eq!((ran.code, rules(&ran)), (0, (vec![], vec![])), "{}", ran.shown());
    assert_eq!(ran.json()["exempted"][0]["rule"], "image-signature");
}

#[test]
fn an_image_that_the_default_allows_is_told_and_not_counted_as_verified() {
    let world = World::new();
    world.configure("  default: {static: allow, reason: next quarter}\n");
    let image = format!("{}/other/web@sha256:{}", world.registry.host(), "0".repeat(64));
    world.pod("pod.yaml", &[&image]);
    for mode in ["offline", "lock", "online"] {
        let ran = world.run(&["check", "--images", mode, "--format", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.shown());
        let said = "1 image passes without a signature, as `images.default` allows: ";
        assert!(ran.stderr.contains(said) && ran.stderr.contains(&image), "{}", ran.stderr);
    }
    let ran = world.run(&["images", "verify", "--format", "json"]);
    let (summary, row) = (&ran.json()["summary"], &ran.json()["images"][0]);
    assert_eq!((ran.code, &summary["verified"], &summary["allowed"]), (0, &0.into(), &1.into()), "{}", ran.shown());
    assert_eq!(row["allowed"], true);
    assert!(world.run(&["images", "verify"]).stdout.contains("1 image: 1 allowed"));
}

#[test]
fn what_reaches_registries_is_made_only_where_an_image_is_named() {
    let world = World::new();
    world.sandbox.write("docker/config.json", b"no json");
    let folder = world.sandbox.path().join("docker");
    let run =
        |arguments: &[&str]| world.sandbox.run_with(arguments, &[("DOCKER_CONFIG", folder.to_str().unwrap())], b"");
    world.sandbox.write("k8s/map.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n");
    assert_eq!(run(&["check", "--images", "online", "k8s"]).code, 0);
    world.pod("k8s/pod.yaml", &[&world.pinned("web", "1", &world.push_signed("web", "1"))]);
    let ran = run(&["check", "--images", "online", "k8s"]);
    assert_eq!(ran.code, 2, "{}", ran.shown());
}

#[test]
fn a_finding_by_a_tag_tells_what_fix_would_write() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    world.pod("pod.yaml", &[&format!("{}:1", world.image("web"))]);
    let ran = world.run(&["check", "--images", "online", "--format", "json"]);
    let json = ran.json();
    let finding = &json["findings"][0];
    assert_eq!(finding["rule"], "image-digest", "{}", ran.shown());
    assert_eq!(finding["fix"]["safety"], "safe");
    assert_eq!(finding["fix"]["patch"][0]["value"], world.pinned("web", "1", &digest));
}

#[test]
fn objects_and_images_are_looked_at_together() {
    // A rule that waits for another document and one that waits for a registry, on the same Pod.
    let world = World::new();
    let digest = world.push("web", "1");
    let config = std::fs::read_to_string(world.sandbox.path().join("platlint.yaml")).unwrap();
    world.sandbox.write("platlint.yaml", config.replace("image-digest: error", "resource-limits: error").as_bytes());
    let limits = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: a, namespace: shop}\nspec:\n  limits:\n    \
                  - type: Container\n      default: {cpu: 1, memory: 1Gi}\n";
    world.pod("pod.yaml", &[&world.pinned("web", "1", &digest)]);
    let without = world.run(&["check", "--images", "online", "--format", "json"]);
    assert_eq!(rules(&without).0, ["resource-limits", "resource-limits", "image-signature"]);
    world.sandbox.write("limits.yaml", limits.as_bytes());
    let with = world.run(&["check", "--images", "online", "--format", "json"]);
    assert_eq!(rules(&with).0, ["image-signature"], "{}", with.shown());
}

#[test]
fn inspect_shows_what_rules_see_of_images() {
    let world = World::new();
    let digest = world.push_signed("web", "1");
    world.pod("pod.yaml", &[&format!("{}:1", world.image("web"))]);
    let ran = world.run(&["inspect", "--input", "--images", "online", "pod.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    let image = &ran.json()[0]["input"]["images"][0];
    assert_eq!(image["digest"], digest.as_str());
    assert_eq!(image["pinned"], world.pinned("web", "1", &digest));
    assert_eq!(image["signature"]["authorities"][0], "release");
}

#[test]
fn what_waits_for_images_beside_what_waits_for_files_is_judged_all_the_same() {
    // In one List: the definition waits for other documents, and has nothing wrong; the Pod waits for a registry.
    let world = World::new();
    let digest = world.push("plain", "1");
    let config = std::fs::read_to_string(world.sandbox.path().join("platlint.yaml")).unwrap();
    world.sandbox.write("platlint.yaml", config.replace("image-digest: error", "xrd-definition: error").as_bytes());
    world.pod("pod.yaml", &[&world.pinned("plain", "1", &digest)]);
    let pod = std::fs::read_to_string(world.sandbox.path().join("pod.yaml")).unwrap();
    std::fs::remove_file(world.sandbox.path().join("pod.yaml")).unwrap();
    let indented = |text: &str| text.trim().trim_start_matches("---\n").replace('\n', "\n    ");
    let definition = "\
apiVersion: apiextensions.crossplane.io/v2
kind: CompositeResourceDefinition
metadata: {name: queues.queue.example.org}
spec:
  group: queue.example.org
  names: {kind: Queue, plural: queues}
  versions:
    - {name: v1alpha1, served: true, referenceable: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}}
";
    let list = format!("apiVersion: v1\nkind: List\nitems:\n  - {}\n  - {}\n", indented(definition), indented(&pod));
    world.sandbox.write("list.yaml", list.as_bytes());
    let ran = world.run(&["check", "--images", "online", "--format", "json"]);
    assert_eq!(rules(&ran), (vec!["image-signature".to_owned()], vec![]), "{}", ran.shown());
}
