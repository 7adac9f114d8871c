//! One bundle for both: the linter and the webhook tell one revision, and a mounted bundle is taken up when the kubelet's
//! way of updating a ConfigMap, the swap of a link, brings another.

use crate::requests::at_the_api_server;
use crate::scene::{Scene, Script, only, pod};
use platlint_e2e::assets;
use platlint_e2e::wait;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder as a kubelet mounts a ConfigMap: each file a link into `..data`, which is a link to the newest version.
struct Mount {
    folder: PathBuf,
    versions: u32,
}

impl Mount {
    fn new(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).unwrap();
        symlink("..data/bundle.tar.gz", folder.join("bundle.tar.gz")).unwrap();
        Self { folder, versions: 0 }
    }

    fn bundle(&self) -> PathBuf {
        self.folder.join("bundle.tar.gz")
    }

    /// Packs the configuration and swaps it in; returns its revision.
    fn update(&mut self, config: &str) -> String {
        self.versions += 1;
        let version = format!("..{}", self.versions);
        let next = self.folder.join(&version);
        fs::create_dir_all(&next).unwrap();
        let source = self.folder.join(format!("source-{}", self.versions));
        fs::create_dir_all(&source).unwrap();
        fs::write(source.join("platlint.yaml"), config).unwrap();
        let bundle = next.join("bundle.tar.gz");
        let built = platlint(&source, &["bundle", "build", "--output", &bundle.display().to_string()]);
        assert!(built.status.success(), "{built:?}");
        symlink(&version, self.folder.join("..next")).unwrap();
        fs::rename(self.folder.join("..next"), self.folder.join("..data")).unwrap();
        checked(&source, &self.bundle())["revision"].as_str().unwrap().to_owned()
    }
}

fn platlint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(assets::own("platlint")).env_clear().current_dir(folder).args(arguments).output().unwrap()
}

/// `platlint check` of a bad Pod by the bundle, as JSON.
fn checked(folder: &Path, bundle: &Path) -> Value {
    fs::write(folder.join("pod.yaml"), pod("a", "example.org/web:1")).unwrap();
    let bundle = bundle.display().to_string();
    let output =
        platlint(folder, &["check", "--config", &bundle, "--format", "json", "--namespace", "shop", "pod.yaml"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

fn is_in_force(scene: &Scene, revision: &str) -> bool {
    scene.webhook.metric("platlint_revision_info", &[&format!("revision=\"{revision}\"")]) > 0.0
}

#[test]
fn the_linter_the_webhook_and_the_audit_log_tell_one_revision_and_a_swapped_bundle_is_taken_up() {
    let Some(plane) = crate::cluster() else { return };
    let mut mount = Mount::new(plane.path("mount"));
    let first = mount.update(&only("resource-limits: error"));
    let bundle = mount.bundle();
    let script = Script { subject: "bundle", bundle: Some(&bundle), ..Script::default() };
    let Some(scene) = script.play() else { return };
    assert!(is_in_force(&scene, &first), "{}", scene.webhook.metrics());
    scene.space.kubectl.apply(&pod("a", "example.org/web:1")).expect_failure();
    let told = scene.annotation("create", "pods", "a", "validate.platlint.dev/revision").unwrap();
    assert_eq!(told, first);

    let load = at_the_api_server(plane.api().client(), &scene.space.path("v1", "pods"), 40);
    let second = mount.update(&only("resource-limits: error\nimage-digest: error"));
    assert_ne!(second, first);
    wait::until("the new bundle", || is_in_force(&scene, &second).then_some(()));
    load.await_more(20);
    let text = scene.space.kubectl.apply(&pod("a", "example.org/web:1")).expect_failure();
    assert!(text.contains("[image-digest]"), "{text}");
    // What the load calls good is denied by the new rule; nothing else may have gone wrong.
    let outcome = load.stop();
    assert!(outcome.faults.iter().all(|(_, _, fault)| fault.contains("[image-digest]")), "{outcome}");

    let source = plane.path("mount/source-2");
    let bundle = bundle.display().to_string();
    let expecting = |revision: &str| {
        let arguments = ["check", "--config", &bundle, "--expect-revision", revision, "--exit-zero", "pod.yaml"];
        platlint(&source, &arguments).status.code()
    };
    assert_eq!((expecting(&second), expecting(&first)), (Some(0), Some(2)));
}
