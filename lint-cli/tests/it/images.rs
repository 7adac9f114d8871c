//! Signed images as users of the command line meet them: a registry on loopback, a key of the test's own, and platlint
//! run with `--images online`, `lock` and `offline`. What real tools sign is tested end to end (`e2e/tests/images`).

mod check;
mod credentials;
mod fix;
mod guide;
mod lock;
mod verify;
mod verify_bundle;

use std::fmt::Write as _;

use platlint_images::testing::{Kind, TestKey, bytes, signature_statement};
use platlint_registry::Digest;
use platlint_registry::testing::TestRegistry;
use serde_json::Value as Json;

use crate::sandbox::{Ran, Sandbox};

/// The media type of a bundle's layer, as cosign writes it.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A registry, a key that is trusted for `prod/**` in it, and a folder with a configuration that says so.
pub struct World {
    pub registry: TestRegistry,
    pub key: TestKey,
    pub sandbox: Sandbox,
}

impl World {
    pub fn new() -> Self {
        let world = Self { registry: TestRegistry::start(), key: TestKey::new(Kind::P256), sandbox: Sandbox::new() };
        world.sandbox.write("keys/release.pub", world.key.public_pem().as_bytes());
        world.configure("");
        world
    }

    /// Writes the configuration, with further lines under the one image rule.
    pub fn configure(&self, further: &str) {
        let host = self.registry.host();
        let text = format!(
            "version: 1\nrules: {{\"*\": off, image-digest: error, image-signature: error}}\nimages:\n  registries:\n    \
             \"{host}\": {{plainHttp: true}}\n  rules:\n    - match: [\"{host}/prod/**\"]\n      authorities:\n        \
             - {{name: release, key: keys/release.pub}}\n{further}"
        );
        self.sandbox.write("platlint.yaml", text.as_bytes());
    }

    /// Pushes an image without a signature.
    pub fn push(&self, name: &str, tag: &str) -> Digest {
        self.registry.put_image(&format!("prod/{name}"), tag)
    }

    /// Pushes an image that the key signs.
    pub fn push_signed(&self, name: &str, tag: &str) -> Digest {
        let digest = self.push(name, tag);
        self.sign(name, &digest, &self.key);
        digest
    }

    /// Signs an image, as `cosign sign --key` does.
    pub fn sign(&self, name: &str, digest: &Digest, key: &TestKey) {
        let bundle = bytes(&key.bundle(&signature_statement(digest, &Json::Null)));
        self.registry.put_referrer(&format!("prod/{name}"), digest, BUNDLE, &bundle);
    }

    /// `127.0.0.1:port/prod/name`.
    pub fn image(&self, name: &str) -> String {
        format!("{}/prod/{name}", self.registry.host())
    }

    /// The image named by digest, its tag kept.
    pub fn pinned(&self, name: &str, tag: &str, digest: &Digest) -> String {
        format!("{}:{tag}@{digest}", self.image(name))
    }

    /// Writes a Pod with these images.
    pub fn pod(&self, file: &str, images: &[&str]) {
        self.sandbox.write(file, pod(images).as_bytes());
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.sandbox.run(arguments)
    }

    /// Exit status and output with the registry's port and digests left out: both are others each time.
    pub fn shown(&self, ran: &Ran) -> String {
        self.without_chance(&ran.shown())
    }

    pub fn without_chance(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("sha256:") {
            let (before, digest) = rest.split_at(at + "sha256:".len());
            let end = digest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digest.len());
            out.push_str(before);
            out.push_str(if end == 64 { "DIGEST" } else { &digest[..end] });
            rest = &digest[end..];
        }
        out.push_str(rest);
        out.replace(&self.registry.host(), "registry.test")
    }
}

/// A Pod with these images.
pub fn pod(images: &[&str]) -> String {
    let mut text =
        String::from("apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers:\n");
    for (index, image) in images.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(text, "    - name: c{index}\n      image: {image} # keep me\n");
    }
    text
}

/// Rules of findings and of what is not decided.
pub fn rules(ran: &Ran) -> (Vec<String>, Vec<String>) {
    let json = ran.json();
    let of = |list: &str| {
        json[list].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap().to_owned()).collect()
    };
    (of("findings"), of("undecided"))
}
