//! What most tests begin with: a namespace, one replica of the webhook, and the API server asking it about that namespace.

use platlint_e2e::authority::Authority;
use platlint_e2e::cluster::{Namespace, namespace};
use platlint_e2e::control_plane::ControlPlane;
use platlint_e2e::registration::{Registered, Registration};
use platlint_e2e::wait;
use platlint_e2e::webhook::{Setup, Webhook};
use serde_json::json;

/// A running scene. Its end removes the registration first, then the replica.
pub(crate) struct Scene {
    pub(crate) registered: Registered,
    pub(crate) webhook: Webhook,
    pub(crate) space: Namespace,
    pub(crate) plane: &'static ControlPlane,
    pub(crate) authority: Authority,
}

/// How a scene differs from the usual one.
#[derive(Clone, Default)]
pub(crate) struct Script<'a> {
    /// Begins the namespace's name.
    pub(crate) subject: &'a str,
    pub(crate) config: &'a str,
    pub(crate) bundle: Option<&'a std::path::Path>,
    pub(crate) policies: &'a [(&'a str, &'a str)],
    pub(crate) flags: &'a [&'a str],
    pub(crate) mutating: bool,
    pub(crate) operations: Option<&'a [&'a str]>,
    /// Objects that the webhook must know from the beginning.
    pub(crate) before: &'a [&'a str],
}

/// platlint.yaml with these settings of rules; all others are off.
pub(crate) fn only(settings: &str) -> String {
    let lines = settings.lines().map(|line| format!("  {line}\n"));
    format!("version: 1\nrules:\n  \"*\": off\n{}", lines.collect::<String>())
}

/// A scene with that configuration; none where there is no API server.
pub(crate) fn scene(subject: &str, config: &str) -> Option<Scene> {
    Script { subject, config, ..Script::default() }.play()
}

impl Script<'_> {
    /// Sets the scene; none where there is no API server.
    pub(crate) fn play(self) -> Option<Scene> {
        let plane = crate::cluster()?;
        let space = namespace(plane, self.subject);
        for manifest in self.before {
            space.kubectl.apply(manifest).expect_success();
        }
        let authority = Authority::new("platlint-e2e webhook");
        let setup = Setup {
            policies: self.policies,
            flags: self.flags,
            bundle: self.bundle,
            ..Setup::new(&space.name, self.config)
        };
        let webhook = Webhook::start(plane, &authority, &setup);
        let namespaces = [space.name.as_str()];
        let mut registration = Registration::of_namespace(&namespaces, webhook.port());
        registration.mutating = self.mutating;
        if let Some(operations) = self.operations {
            registration.operations = operations;
        }
        let registered = registration.apply(plane, &authority);
        let scene = Scene { registered, webhook, space, plane, authority };
        scene.await_questions(if self.mutating { &["validate", "mutate"] } else { &["validate"] });
        Some(scene)
    }
}

impl Scene {
    /// Waits until the API server asks the webhook at these paths.
    pub(crate) fn await_questions(&self, paths: &[&str]) {
        let asked = |path: &&str| {
            self.webhook.metric("platlint_request_duration_seconds_count", &[&format!("path=\"{path}\"")]) > 0.0
        };
        let marker = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "marker"}});
        let path = format!("{}?dryRun=All", self.space.path("v1", "configmaps"));
        wait::until("the API server to ask the webhook", || {
            self.plane.api().create(&path, &marker);
            paths.iter().all(asked).then_some(())
        });
    }

    /// The audit annotations that the webhook left at the last event of that kind, without the name of the webhook.
    pub(crate) fn annotation(&self, verb: &str, resource: &str, name: &str, key: &str) -> Option<String> {
        let annotations = self.plane.audit().annotations(&self.space.name, verb, resource, name)?;
        annotations[key].as_str().map(str::to_owned)
    }
}

/// A Pod with one container of that image, without anything else.
pub(crate) fn pod(name: &str, image: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{containers: [{{name: web, image: \"{image}\"}}]}}}}"
    )
}

/// A Pod with CPU and memory limits.
pub(crate) fn limited_pod(name: &str) -> String {
    let limits = "limits: {cpu: 100m, memory: 64Mi}";
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{containers: [{{name: web, image: example.org/web:1, resources: {{{limits}}}}}]}}}}"
    )
}
