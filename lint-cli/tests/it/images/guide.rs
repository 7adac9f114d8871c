//! The examples of docs/images.md are configurations that load.

use platlint_images::testing::{Kind, Sigstore, TestKey, bytes, statement};
use platlint_registry::testing::TestRegistry;
use serde_json::json;

use super::{BUNDLE, World, rules};
use crate::sandbox::{Sandbox, root, yaml_blocks};

#[test]
fn the_examples_of_the_guide_load() {
    let guide = std::fs::read_to_string(root().join("docs/images.md")).unwrap();
    let sandbox = Sandbox::new();
    for key in ["release", "security", "mirror"] {
        sandbox.write(&format!("keys/{key}.pub"), TestKey::new(Kind::P256).public_pem().as_bytes());
    }
    sandbox.write("roots/public.json", &Sigstore::new().trusted_root());
    let registry = TestRegistry::start_with_tls();
    sandbox.write("roots/registry.pem", &registry.host_settings().ca_pem.unwrap());
    let examples = yaml_blocks(&guide);
    assert!(examples.len() >= 4);
    for example in examples {
        sandbox.write("platlint.yaml", example.as_bytes());
        let ran = sandbox.run(&["config", "check"]);
        assert_eq!(ran.code, 0, "{example}\n{}", ran.shown());
    }
}

/// The rule of the guide, in a world whose signatures must come with an attestation of provenance.
fn attested() -> World {
    let guide = std::fs::read_to_string(root().join("docs/images.md")).unwrap();
    let rule = guide.split_once("```rego\n").unwrap().1.split_once("```").unwrap().0;
    let world = World::new();
    world.sandbox.write("policies/images/hosted-build/hosted_build.rego", rule.as_bytes());
    world.configure("      attestations: [{type: 'https://slsa.dev/provenance/v1', authority: release}]\n");
    let config = std::fs::read_to_string(world.sandbox.path().join("platlint.yaml")).unwrap();
    let own = config.replace("image-signature: error", "hosted-build: error");
    let own = own.replace("version: 1\n", "version: 1\npolicies: [builtin, {path: policies/}]\n");
    world.sandbox.write("platlint.yaml", own.as_bytes());
    world
}

fn attest(world: &World, builder: &str) {
    let digest = world.push_signed("web", "1");
    let predicate = json!({"runDetails": {"builder": {"id": builder}}});
    let provenance = statement(&digest, "https://slsa.dev/provenance/v1", &predicate);
    world.registry.put_referrer("prod/web", &digest, BUNDLE, &bytes(&world.key.bundle(&provenance)));
    world.pod("pod.yaml", &[&world.pinned("web", "1", &digest)]);
}

#[test]
fn the_rule_of_the_guide_passes_only_what_it_knows_to_be_right() {
    let judged = |world: &World, mode: &str| {
        let ran = world.run(&["check", "--images", mode, "--format", "json"]);
        let (findings, undecided) = rules(&ran);
        assert!(ran.code != 2, "{}", ran.shown());
        (ran.code, findings.len(), undecided.len())
    };
    let world = attested();
    attest(&world, "https://ci.example/hosted");
    assert_eq!(judged(&world, "online"), (0, 0, 0));
    assert_eq!(judged(&world, "lock"), (1, 0, 1), "nothing is known");
    let world = attested();
    attest(&world, "https://laptop.example");
    assert_eq!(judged(&world, "online"), (1, 1, 0), "another builder");
    let world = attested();
    world.pod("pod.yaml", &[&world.pinned("web", "1", &world.push_signed("web", "1"))]);
    assert_eq!(judged(&world, "online"), (1, 1, 0), "no attestation");
}
