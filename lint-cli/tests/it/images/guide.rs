//! The examples of docs/images.md are configurations that load.

use platlint_images::testing::{Kind, Sigstore, TestKey};
use platlint_registry::testing::TestRegistry;

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
