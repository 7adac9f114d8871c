//! Signed images through the real API server: what kubectl is told, what is pinned, and that CI and cluster say the same.
//! The registry runs in this process, and the tests' own key signs.

use crate::scene::{Scene, Script, pod};
use platlint_e2e::assets;
use platlint_images::testing::{Kind, TestKey, bytes, signature_statement};
use platlint_registry::Digest;
use platlint_registry::testing::{Access, Account, TestRegistry};
use serde_json::{Value, json};
use std::process::Command;

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A registry, and the key that is trusted for it.
struct Trusted {
    registry: TestRegistry,
    key: TestKey,
}

impl Trusted {
    fn new() -> Self {
        Self { registry: TestRegistry::start(), key: TestKey::new(Kind::P256) }
    }

    /// Only rules about images, and tags are pinned in Pods.
    fn config(&self) -> String {
        let host = self.registry.host();
        format!(
            "version: 1\nrules:\n  \"*\": off\n  image-signature: {{level: error, undecided: error}}\n  \
             image-digest: {{level: error, mutate: pods}}\nimages:\n  rules:\n    - match: [\"{host}/**\"]\n      \
             authorities: [{{name: release, key: release.pub}}]\n  registries: {{\"{host}\": {{plainHttp: true}}}}\n"
        )
    }

    fn play(&self, flags: &[&str]) -> Option<Scene> {
        let (config, key) = (self.config(), self.key.public_pem());
        let policies = [("release.pub", key.as_str())];
        Script { subject: "images", config: &config, policies: &policies, flags, mutating: true, ..Script::default() }
            .play()
    }

    fn sign(&self, repository: &str, digest: &Digest, key: &TestKey) {
        let bundle = key.bundle(&signature_statement(digest, &Value::Null));
        self.registry.put_referrer(repository, digest, BUNDLE, &bytes(&bundle));
    }

    /// Keeps an image as `1.0`, signed where there is a key; its name with the tag, and its digest.
    fn image(&self, repository: &str, key: Option<&TestKey>) -> (String, Digest) {
        let digest = self.registry.put_image(repository, "1.0");
        if let Some(key) = key {
            self.sign(repository, &digest, key);
        }
        (format!("{}/{repository}:1.0", self.registry.host()), digest)
    }
}

#[test]
fn a_signed_image_is_admitted_and_its_tag_pinned_and_an_unsigned_one_denied() {
    let trusted = Trusted::new();
    let Some(scene) = trusted.play(&[]) else { return };
    let kubectl = &scene.space.kubectl;
    let (signed, digest) = trusted.image("shop/web", Some(&trusted.key));
    kubectl.apply(&pod("by-digest", &format!("{signed}@{digest}"))).expect_success();
    kubectl.apply(&pod("by-tag", &signed)).expect_success();
    let made = scene.plane.api().get(&scene.space.path("v1", "pods/by-tag")).unwrap();
    assert_eq!(made["spec"]["containers"][0]["image"], format!("{signed}@{digest}"));
    let mutations = scene.annotation("create", "pods", "by-tag", "mutate.platlint.dev/mutations").unwrap();
    assert!(mutations.contains("image-digest set spec.containers[0].image"), "{mutations}");

    let (unsigned, digest) = trusted.image("shop/unsigned", None);
    let said = kubectl.apply(&pod("unsigned", &format!("{unsigned}@{digest}"))).expect_failure();
    assert!(
        said.contains("[image-signature]") && said.contains("carries no signature of a trusted authority"),
        "{said}"
    );
    let said = kubectl.apply(&pod("unsigned-tag", &unsigned)).expect_failure();
    assert!(said.contains("named by a tag"), "{said}");
    let (stranger, digest) = trusted.image("shop/stranger", Some(&TestKey::new(Kind::P256)));
    let said = kubectl.apply(&pod("stranger", &format!("{stranger}@{digest}"))).expect_failure();
    assert!(said.contains("carries a signature that does not hold"), "{said}");
}

#[test]
fn a_private_image_is_looked_up_by_the_pods_own_pull_secret() {
    let trusted = Trusted::new();
    let Some(scene) = trusted.play(&["--pull-secrets-namespace", "*"]) else { return };
    let kubectl = &scene.space.kubectl;
    let (image, digest) = trusted.image("shop/web", Some(&trusted.key));
    trusted.registry.access(Access::Basic(vec![Account::new("robot", "secret of the robot", &["shop/"])]));
    let image = format!("{image}@{digest}");
    let said = kubectl.apply(&pod("without", &image)).expect_failure();
    assert!(said.contains("is not known"), "{said}");
    let server = format!("--docker-server={}", trusted.registry.host());
    let arguments = [
        "create",
        "secret",
        "docker-registry",
        "registry",
        &server,
        "--docker-username=robot",
        "--docker-password=secret of the robot",
    ];
    kubectl.run(&arguments).expect_success();
    let with = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "with"}, "spec": {
        "imagePullSecrets": [{"name": "registry"}], "containers": [{"name": "web", "image": image}]}});
    // The watch may be a moment behind the Secret.
    platlint_e2e::wait::until("the Secret to be known", || kubectl.apply(&with.to_string()).succeeded.then_some(()));
    let log = scene.webhook.log();
    assert!(!log.contains("secret of the robot"), "{log}");
}

/// What `platlint check --images online` says of a manifest: the rules of images that find or leave undecided anything.
fn checked(folder: &std::path::Path, manifest: &str) -> (bool, Vec<String>) {
    let file = folder.join("manifest.json");
    std::fs::write(&file, manifest).expect("a manifest");
    let mut platlint = Command::new(assets::own("platlint"));
    platlint.args(["check", "--images", "online", "--format", "json", "--rule", "image-signature", "--config"]);
    let said = platlint.arg(folder.join("platlint.yaml")).arg(&file).output().expect("platlint runs");
    let report: Value = serde_json::from_slice(&said.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&said.stderr)));
    let messages = |key: &str, text: &str| -> Vec<String> {
        let found = report[key].as_array().into_iter().flatten();
        found.map(|one| one[text].as_str().unwrap_or_default().to_owned()).collect()
    };
    let mut said = messages("findings", "message");
    said.extend(messages("undecided", "reason"));
    said.sort();
    (said.is_empty(), said)
}

#[test]
fn ci_and_cluster_say_the_same_of_signatures() {
    let trusted = Trusted::new();
    let Some(scene) = trusted.play(&[]) else { return };
    let folder = scene.plane.path("images-in-ci");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("platlint.yaml"), trusted.config()).expect("a configuration");
    std::fs::write(folder.join("release.pub"), trusted.key.public_pem()).expect("a key");
    let (signed, of_signed) = trusted.image("shop/web", Some(&trusted.key));
    let (unsigned, of_unsigned) = trusted.image("shop/unsigned", None);
    let (stranger, of_stranger) = trusted.image("shop/stranger", Some(&TestKey::new(Kind::P256)));
    let (broken, of_broken) = trusted.image("shop/broken", Some(&trusted.key));
    trusted.registry.fault("/shop/broken/", platlint_registry::testing::Answer::status(403));
    let images = [
        ("signed", format!("{signed}@{of_signed}"), true),
        ("unsigned", format!("{unsigned}@{of_unsigned}"), false),
        ("stranger", format!("{stranger}@{of_stranger}"), false),
        ("broken", format!("{broken}@{of_broken}"), false),
        ("elsewhere", format!("registry.example/web@{of_signed}"), false),
        // Pinned before it is judged: by the mutating hook there, by `platlint fix` here.
        ("tagged", signed.clone(), true),
    ];
    for (name, image, passes) in images {
        let manifest = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"containers": [{"name": "web", "image": image}]}})
        .to_string();
        let (passed, said) = checked(&folder, &manifest);
        assert_eq!(passed, passes, "{name} in CI: {said:?}");
        let answer = scene.space.kubectl.run_with(&["create", "--dry-run=server", "-f", "-"], &manifest);
        assert_eq!(answer.succeeded, passes, "{name} in the cluster: {}", answer.stderr);
        for message in said {
            // Why something is not known is told in full on the command line, and by its class in the cluster.
            let message = message.split_inclusive("is not known").next().unwrap_or_default();
            assert!(answer.stderr.contains(message), "{name}: CI says {message}, the cluster {}", answer.stderr);
        }
    }
}
