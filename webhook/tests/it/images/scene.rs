//! A registry on loopback with images, a key that signs them, and a webhook that trusts the key.

use std::sync::Arc;

use platlint_images::lookup::{Cache, Clock, Lifetimes, Patience};
use platlint_images::testing::{Kind, TestKey, bytes, signature_statement};
use platlint_registry::Digest;
use platlint_registry::testing::TestRegistry;
use platlint_webhook::images::ImageSettings;
use serde_json::{Value, json};

use crate::support::{Judges, Looks, Server, pod, write_policies};

/// Rules that judge signatures; what is not decided denies.
pub(crate) const DENIES: &str = "image-signature: {level: error, undecided: error}";
/// The same, with tags pinned in Pods.
pub(crate) const PINS: &str =
    "image-signature: {level: error, undecided: error}\n  image-digest: {level: error, mutate: pods}";

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

pub(crate) struct Scene {
    pub(crate) registry: TestRegistry,
    pub(crate) key: TestKey,
    /// Moves what is remembered towards its end.
    pub(crate) clock: Clock,
    pub(crate) server: Server,
}

/// A Scene that is not running yet.
pub(crate) struct Set {
    pub(crate) registry: TestRegistry,
    pub(crate) key: TestKey,
    rules: &'static str,
    of_rule: &'static str,
    looks: Looks,
}

impl Set {
    pub(crate) fn new(rules: &'static str) -> Self {
        let (registry, key) = (TestRegistry::start(), TestKey::new(Kind::P256));
        Self { registry, key, rules, of_rule: "", looks: Looks::default() }
    }

    /// With more settings of the one rule about images, such as `pin: false`.
    pub(crate) const fn with_rule(mut self, settings: &'static str) -> Self {
        self.of_rule = settings;
        self
    }

    /// With these ways to look and to judge.
    pub(crate) fn looking(mut self, change: impl FnOnce(&mut Looks)) -> Self {
        change(&mut self.looks);
        self
    }

    /// Serves.
    pub(crate) fn play(self) -> Scene {
        let Self { registry, key, rules, of_rule, mut looks } = self;
        let folder = tempfile::tempdir().unwrap();
        let host = registry.host();
        let config = format!(
            "version: 1\nrules:\n  \"*\": off\n  {rules}\nimages:\n  rules:\n    - match: [\"{host}/**\"]\n      \
             authorities: [{{name: release, key: release.pub}}]\n{of_rule}  registries: {{\"{host}\": {{plainHttp: true}}}}\n"
        );
        write_policies(folder.path(), &config, &[]);
        std::fs::write(folder.path().join("release.pub"), key.public_pem()).unwrap();
        let clock = Clock::manual();
        let cache = Cache::new(8 << 20, Lifetimes::default(), clock.clone());
        looks.settings = ImageSettings { cache: Arc::new(cache), patience: Patience::WEBHOOK };
        let server = Server::start(Judges::looking_up(folder, looks));
        Scene { registry, key, clock, server }
    }
}

impl Scene {
    pub(crate) fn new(rules: &'static str) -> Self {
        Set::new(rules).play()
    }

    /// The name of an image in this registry, by its digest.
    pub(crate) fn named(&self, repository: &str, digest: &Digest) -> String {
        format!("{}/{repository}@{digest}", self.registry.host())
    }

    /// An image that nobody signed.
    pub(crate) fn unsigned(&self, repository: &str) -> String {
        self.named(repository, &self.registry.put_image(repository, "1.0"))
    }

    /// An image that the trusted key signed.
    pub(crate) fn signed(&self, repository: &str) -> String {
        let digest = self.registry.put_image(repository, "1.0");
        self.sign(repository, &digest, &self.key);
        self.named(repository, &digest)
    }

    pub(crate) fn sign(&self, repository: &str, digest: &Digest, key: &TestKey) {
        sign(&self.registry, repository, digest, key);
    }

    /// The verdict on the creation of a Pod with these images.
    pub(crate) async fn create(&self, images: &[&str]) -> Value {
        self.server.client().await.ask(&crate::support::review(pod_of(images))).await
    }

    /// What the mutating hook says of a review.
    pub(crate) async fn mutate(&self, review: &Value) -> Value {
        self.server.client().await.ask_at("/mutate?timeout=3s", review).await
    }

    pub(crate) fn metrics(&self) -> String {
        let judges = &self.server.judges;
        judges.metrics.refresh_images(&judges.policies.image_counts());
        judges.metrics.text()
    }
}

pub(crate) fn sign(registry: &TestRegistry, repository: &str, digest: &Digest, key: &TestKey) {
    let bundle = key.bundle(&signature_statement(digest, &Value::Null));
    registry.put_referrer(repository, digest, BUNDLE, &bytes(&bundle));
}

/// A Pod with a container for each image.
pub(crate) fn pod_of(images: &[&str]) -> Value {
    let mut made = pod(json!({}));
    made["spec"]["containers"] = containers(images);
    made
}

pub(crate) fn containers(images: &[&str]) -> Value {
    let containers = images.iter().enumerate();
    containers.map(|(number, image)| json!({"name": format!("c{number}"), "image": image})).collect()
}

/// A Deployment of such Pods.
pub(crate) fn deployment_of(images: &[&str], replicas: u32) -> Value {
    let labels = json!({"app": "web"});
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers(images)}}}})
}

/// What a denial says.
pub(crate) fn message(answer: &Value) -> &str {
    assert_eq!(answer["allowed"], false, "{answer}");
    answer["status"]["message"].as_str().unwrap()
}
