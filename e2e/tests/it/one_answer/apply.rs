//! Every fixture by a real `kubectl apply`, as a user does it: what the API server lets in and what it refuses, and why,
//! is what `platlint check` says of the file, but for the closed list in docs/file-and-cluster.md.
//!
//! Custom kinds are served with any content. What the webhook said is read from the audit log, which has the status and
//! the annotations of each request.

use super::complete::completed;
use super::exceptions;
use super::fixtures::{self, Fixture, Object};
use super::https::namespace_of;
use super::verdict::{self, Verdict};
use platlint_e2e::authority::Authority;
use platlint_e2e::cluster::{named_namespace, namespace};
use platlint_e2e::control_plane::ControlPlane;
use platlint_e2e::kinds::{self, Kinds};
use platlint_e2e::registration::Registration;
use platlint_e2e::wait;
use platlint_e2e::webhook::{Setup, Webhook};
use platlint_engine::{Gvk, Scope, scope_of};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Kinds that rules look up: they come first, and the rest when the webhook knows them.
const LOOKED_UP: &[&str] = &["LimitRange", "Gateway", "CompositeResourceDefinition"];

/// What became of one object.
#[derive(Debug)]
enum Fate {
    /// The webhook was asked and said this.
    Judged(Verdict),
    /// It did not come so far: the API server's own refusal, or kubectl's.
    Refused(String),
}

#[test]
fn kubectl_apply_does_with_each_fixture_what_check_says_of_it() {
    let Some(plane) = crate::cluster() else { return };
    let groups = fixtures::by_config();
    let kinds = prepared(plane);
    let folder = plane.path("one-answer-apply");
    std::fs::create_dir_all(&folder).unwrap();
    let mut differences = exceptions::Differences::default();
    for (config, group) in groups {
        let session = Session::start(plane, kinds, &config);
        for fixture in group {
            let fixture = completed(&fixture, &folder);
            let objects = fixtures::objects(&fixture.path);
            let expected = verdict::checked(&fixture, &objects, &folder);
            let fates = session.apply(&fixture, &objects);
            for (object, fate) in objects.iter().zip(fates) {
                let wanted = &expected[&object.place()];
                let difference = match fate {
                    Fate::Judged(got) if wanted.is_answered_by(&got) => None,
                    Fate::Judged(got) => Some(wanted.difference(&got)),
                    Fate::Refused(reason) => Some(format!("refused: {reason}")),
                };
                differences.add(&fixture.name, object, difference);
            }
        }
    }
    let is_old = plane.version().starts_with("v1.33.");
    differences.compare_with("### By `kubectl apply`", is_old.then_some("### On Kubernetes 1.33"));
}

/// The kinds that are served, once the namespaces and the custom kinds of all fixtures are there.
pub(super) fn prepared(plane: &ControlPlane) -> &'static Kinds {
    static KINDS: OnceLock<Kinds> = OnceLock::new();
    KINDS.get_or_init(|| prepare(plane, &fixtures::by_config()))
}

fn prepare(plane: &ControlPlane, groups: &BTreeMap<String, Vec<Fixture>>) -> Kinds {
    let api = plane.api();
    let served = kinds::served(&api);
    let mut missing: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut namespaces = BTreeSet::new();
    let mut accounts = BTreeSet::new();
    for object in groups.values().flatten().flat_map(|fixture| fixtures::objects(&fixture.path)) {
        let namespace = namespace_of(&object);
        if let (Some(namespace), Some(account)) = (&namespace, object.value["spec"]["serviceAccountName"].as_str()) {
            accounts.insert((namespace.clone(), account.to_owned()));
        }
        namespaces.extend(namespace);
        let text = |key: &str| object.value[key].as_str().unwrap_or_default().to_owned();
        let (version, kind) = (text("apiVersion"), text("kind"));
        // Groups without a dot are Kubernetes' own; what it no longer serves cannot come back as a custom kind.
        if let Some((group, short)) = version.split_once('/')
            && group.contains('.')
            && !served.contains_key(&(version.clone(), kind.clone()))
        {
            missing.entry((group.to_owned(), kind)).or_default().insert(short.to_owned());
        }
    }
    for ((group, kind), versions) in missing {
        let first = versions.first().expect("a version");
        let scope = scope_of(&Gvk::new(&format!("{group}/{first}"), &kind));
        kinds::define(&api, &group, &kind, &versions, scope != Scope::Cluster);
    }
    for name in namespaces {
        // Some fixtures have names that no namespace can have.
        let is_name = name.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-');
        if is_name && !name.is_empty() && api.get(&format!("/api/v1/namespaces/{name}")).is_none() {
            named_namespace(plane, &name);
        }
    }
    for (namespace, account) in accounts {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        api.create(&path, &json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}));
    }
    kinds::served(&api)
}

/// One replica with one configuration, asked about all that one user does.
struct Session<'a> {
    plane: &'a ControlPlane,
    kinds: &'a Kinds,
    user: String,
    // Before the replica: nobody asks one that is gone.
    _registered: platlint_e2e::registration::Registered,
    webhook: Webhook,
}

impl<'a> Session<'a> {
    fn start(plane: &'a ControlPlane, kinds: &'a Kinds, config: &str) -> Self {
        let space = namespace(plane, "one-answer");
        let authority = Authority::new("platlint-e2e webhook");
        let webhook = Webhook::start(plane, &authority, &Setup::new(&space.name, config));
        let user = format!("user-of-{}", space.name);
        let names = [space.name.as_str()];
        let mut registration = Registration::of_namespace(&names, webhook.port());
        registration.namespaces = &[];
        registration.user = Some(&user);
        let registered = registration.apply(plane, &authority);
        let marker = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "marker"}});
        let path = format!("{}?dryRun=All", space.path("v1", "configmaps"));
        wait::until("the API server to ask the webhook", || {
            plane.api().acting_as(&user).create(&path, &marker);
            (webhook.metric("platlint_request_duration_seconds_count", &["path=\"validate\""]) > 0.0).then_some(())
        });
        Self { plane, kinds, user, _registered: registered, webhook }
    }

    /// Applies a file and removes what it made.
    fn apply(&self, fixture: &Fixture, objects: &[Object]) -> Vec<Fate> {
        let kubectl = self.plane.kubectl().acting_as(&self.user);
        let start = self.plane.audit().end();
        let is_looked_up = |object: &&Object| LOOKED_UP.contains(&object.value["kind"].as_str().unwrap_or_default());
        let first: Vec<&Object> = objects.iter().filter(is_looked_up).collect();
        let mut told = String::new();
        if !first.is_empty() && first.len() < objects.len() {
            let items: Vec<&Value> = first.iter().map(|object| &object.value).collect();
            let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
            told.push_str(&kubectl.apply(&list.to_string()).stderr);
            first.iter().for_each(|object| self.await_knowledge(object));
        }
        let path = fixture.path.display().to_string();
        told.push_str(&kubectl.run(&["apply", "-f", &path]).stderr);
        let events = self.plane.audit().of_user_since(&self.user, start);
        let fates = objects.iter().map(|object| self.fate(object, &events, &told)).collect();
        for event in events.iter().filter(|event| event["responseStatus"]["code"] == 201) {
            self.plane.api().remove(&path_of(&event["objectRef"]));
        }
        // The next file shall not be judged by what this one has brought.
        first.iter().for_each(|object| self.await_knowledge(object));
        fates
    }

    /// Waits until the webhook's cache holds as many objects of that kind as there are, where it has a cache of it.
    fn await_knowledge(&self, object: &Object) {
        let kind = object.value["kind"].as_str().unwrap_or_default();
        let version = object.value["apiVersion"].as_str().unwrap_or_default().to_owned();
        // Each version that is served has a cache of its own, and all objects are in each.
        let label = format!("\"{version}/{kind}\"");
        if !self
            .webhook
            .metrics()
            .lines()
            .any(|line| line.starts_with("platlint_cache_objects{") && line.contains(&label))
        {
            return;
        }
        let Some(resource) = self.kinds.get(&(version.clone(), kind.to_owned())) else { return };
        let root = if version.contains('/') { "/apis" } else { "/api" };
        let path = format!("{root}/{version}/{}", resource.plural);
        wait::until_ok("the webhook to know what was made", || {
            let known = self.webhook.metric("platlint_cache_objects", &[&label]).to_string();
            let list = self.plane.api().get(&path).unwrap_or_default();
            let there = list["items"].as_array().map_or(0, Vec::len).to_string();
            if known == there { Ok(()) } else { Err(format!("{known} of {there} {path}: {}", self.webhook.log())) }
        });
    }

    fn fate(&self, object: &Object, events: &[Value], told: &str) -> Fate {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (version, kind) = (text(&object.value["apiVersion"]), text(&object.value["kind"]));
        let Some(resource) = self.kinds.get(&(version, kind)) else { return Fate::Refused("not served".to_owned()) };
        let namespace = if resource.is_namespaced { namespace_of(object) } else { None };
        let name = text(&object.value["metadata"]["name"]);
        let event = events.iter().find(|event| {
            let about = &event["objectRef"];
            let is_named = about["name"] == name || event["requestObject"]["metadata"]["name"] == name;
            // The audit log names the namespace of a Namespace, too.
            let is_there = namespace.as_deref().is_none_or(|namespace| about["namespace"] == namespace);
            event["verb"] == "create" && about["resource"] == resource.plural && is_named && is_there
        });
        let Some(event) = event else {
            let reasons: Vec<&str> = told.lines().filter(|line| line.contains("annot")).collect();
            return Fate::Refused(format!("without a request that can be read: {}", reasons.join(" / ")));
        };
        let annotations =
            |key: &str| event["annotations"][format!("validate.platlint.dev/{key}")].as_str().map(str::to_owned);
        if annotations("revision").is_none() {
            return Fate::Refused(text(&event["responseStatus"]["message"]));
        }
        let status = &event["responseStatus"];
        let verdict = verdict::answered(status, annotations);
        let is_created = status["code"] == 201;
        if is_created != verdict.denials.is_empty() {
            return Fate::Refused(format!("{} {}", status["code"], text(&status["message"])));
        }
        Fate::Judged(verdict)
    }
}

/// The path of the object that an event is about.
fn path_of(about: &Value) -> String {
    let text = |key: &str| about[key].as_str().unwrap_or_default();
    let root = if text("apiGroup").is_empty() { "/api".to_owned() } else { format!("/apis/{}", text("apiGroup")) };
    let namespace = match text("namespace") {
        "" => String::new(),
        _ if text("resource") == "namespaces" => String::new(),
        namespace => format!("/namespaces/{namespace}"),
    };
    format!("{root}/{}{namespace}/{}/{}", text("apiVersion"), text("resource"), text("name"))
}
