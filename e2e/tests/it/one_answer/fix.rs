//! What `platlint fix` makes of a file is what the mutating webhook makes of its objects; both are done after one time;
//! and the API server takes the result of whatever it took before.

use super::apply::prepared;
use super::fixtures::{self, Fixture, Object};
use super::https::namespace_of;
use super::patch::patched;
use platlint_e2e::api::Api;
use platlint_e2e::assets;
use platlint_e2e::authority::Authority;
use platlint_e2e::https::Client;
use platlint_e2e::kinds::Kinds;
use platlint_e2e::webhook::{Setup, Webhook, creation};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Rules whose patches need nothing but the object, with the parameters that make them act.
const RULES: &[(&str, &str)] = &[
    ("seccomp-profile", "{}"),
    ("service-account-token", "{}"),
    ("drop-capabilities", "{}"),
    ("privilege-escalation", "{}"),
    ("resource-limits", "{defaults: {requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: 500m, memory: 256Mi}}}"),
];

/// `fix` sees the limit range in the same file and changes nothing; a single request does not show it.
const LIMIT_RANGES: &[&str] = &[
    "resources/resource-limits/pass-limit-range-with-defaults.yaml",
    "resources/resource-limits/pass-limit-range-with-maximum.yaml",
    "resources/resource-limits/undecided-limit-range-of-unknown-namespace.yaml",
    "resources/resource-limits/undecided-limit-ranges-of-wrong-types.yaml",
];

/// What was compared.
#[derive(Default)]
struct Count {
    objects: usize,
    changed: usize,
    accepted: usize,
}

#[test]
fn fix_and_the_mutating_webhook_make_the_same_of_every_fixture() {
    let Some(plane) = crate::cluster() else { return };
    let kinds = prepared(plane);
    let authority = Authority::new("platlint-e2e webhook");
    let folder = plane.path("one-answer-fix");
    let mut faults = Vec::new();
    for (rule, parameters) in RULES {
        let settings = format!("{{level: warn, mutate: all, parameters: {parameters}}}");
        let config = crate::scene::only(&format!("{rule}: {settings}"));
        let webhook =
            Webhook::start(plane, &authority, &Setup { knows_cluster: false, ..Setup::new("one-answer", &config) });
        let case = Case { folder: folder.join(rule), client: webhook.client(), api: plane.api(), kinds };
        fs::create_dir_all(&case.folder).unwrap();
        fs::write(case.folder.join("platlint.yaml"), &config).unwrap();
        let mut count = Count::default();
        for fixture in fixtures::by_config().into_values().flatten() {
            case.compare(&fixture, &mut count, &mut faults);
        }
        println!(
            "ONE ANSWER: {rule}: {} objects, {} changed alike, {} of these accepted by the API server before and after",
            count.objects, count.changed, count.accepted
        );
        assert!(count.changed > 10, "{rule} changed hardly anything");
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

struct Case<'a> {
    folder: std::path::PathBuf,
    client: Client,
    api: Api,
    kinds: &'a Kinds,
}

impl Case<'_> {
    fn compare(&self, fixture: &Fixture, count: &mut Count, faults: &mut Vec<String>) {
        let before = fixtures::objects(&fixture.path);
        let copy = self.folder.join(fixture.path.file_name().expect("a name"));
        fs::copy(&fixture.path, &copy).expect("a copy");
        fixed(&copy, &self.folder);
        let text = fs::read(&copy).expect("the fixed file");
        let after = fixtures::objects(&copy);
        if fs::read(&fixture.path).expect("the fixture") != text {
            fixed(&copy, &self.folder);
            if fs::read(&copy).expect("the fixed file") != text {
                faults.push(format!("{}: a second fix changes it again", fixture.name));
            }
        }
        for (object, fixed) in before.iter().zip(&after) {
            count.objects += 1;
            let mutated = self.mutated(object);
            if LIMIT_RANGES.contains(&fixture.name.as_str()) && fixed.value == object.value {
                continue;
            }
            if mutated.as_ref().unwrap_or(&object.value) != &fixed.value {
                let place = object.place();
                faults.push(format!("{} {place}\n  webhook: {mutated:?}\n  fix:     {}", fixture.name, fixed.value));
                continue;
            }
            let Some(mutated) = mutated else { continue };
            count.changed += 1;
            if let Some(patch) = self.mutated(&Object { value: mutated.clone(), ..object.clone() }) {
                faults.push(format!("{}: a second mutation changes it again: {patch}", fixture.name));
            }
            if self.is_accepted(object, &object.value) {
                count.accepted += 1;
                if !self.is_accepted(object, &mutated) {
                    faults.push(format!("{}: the API server took it before, and not after: {mutated}", fixture.name));
                }
            }
        }
    }

    fn mutated(&self, object: &Object) -> Option<Value> {
        let review = creation(&object.value, "things", namespace_of(object).as_deref());
        let answer = self.client.send("POST", "/mutate?timeout=10s", review.to_string()).expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        patched(&object.value, &answer.json()["response"])
    }

    fn is_accepted(&self, object: &Object, value: &Value) -> bool {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let Some(resource) = self.kinds.get(&(text("apiVersion"), text("kind"))) else { return false };
        let version = text("apiVersion");
        let root = if version.contains('/') { "/apis" } else { "/api" };
        let namespace = namespace_of(object).filter(|_| resource.is_namespaced);
        let namespace = namespace.map_or_else(String::new, |name| format!("/namespaces/{name}"));
        let path = format!("{root}/{version}{namespace}/{}?dryRun=All", resource.plural);
        self.api.create(&path, value).status == 201
    }
}

/// Runs `platlint fix` on the file.
fn fixed(file: &Path, folder: &Path) {
    let mut command = Command::new(assets::own("platlint"));
    command.env_clear().current_dir(folder).args(["fix", "--unsafe", "--namespace", "default"]).arg(file);
    let output = command.output().expect("platlint runs");
    // 1 tells of findings that are left.
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}: {told}", file.display());
}
