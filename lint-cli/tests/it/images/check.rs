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
fn without_a_section_nothing_changes_and_nobody_is_asked() {
    let sandbox = Sandbox::with(&[("pod.yaml", POD)]);
    let offline = sandbox.run(&["check", "--format", "json"]);
    for mode in ["online", "lock"] {
        let ran = sandbox.run(&["check", "--format", "json", "--images", mode]);
        assert_eq!((ran.code, &ran.stdout, &ran.stderr), (offline.code, &offline.stdout, &offline.stderr));
    }
    assert!(offline.stderr.contains("image-signature is inactive"), "{}", offline.stderr);
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
