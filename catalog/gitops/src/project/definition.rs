//! What is wrong with an `AppProject` by itself: entries that match nothing or stand twice, roles and windows of syncing.

use platlint_engine::{Pointer, Segment, suggest};
use platlint_facts::{Note, Notes, path_of};
use serde_json::Value;

use crate::yaml::{get, items_at, map_at, text_at, with};

const FIELDS: [&str; 15] = [
    "sourceRepos",
    "destinations",
    "description",
    "roles",
    "clusterResourceWhitelist",
    "namespaceResourceBlacklist",
    "orphanedResources",
    "syncWindows",
    "namespaceResourceWhitelist",
    "signatureKeys",
    "clusterResourceBlacklist",
    "sourceNamespaces",
    "permitOnlyProjectScopedClusters",
    "destinationServiceAccounts",
    "sourceIntegrity",
];

/// Notes what is wrong with a project.
pub(crate) fn note(object: &Value, name: &str, notes: &mut Notes) {
    let path = path_of(&["spec"]);
    let Some(spec) = get(object, "spec") else { return };
    let mut say = |path: Pointer, problem: &str, value: &str, suggestion: Option<&str>| {
        let note = Note::at(path).with("problem", problem).with("value", value);
        notes.problem("invalid-project", note.suggestion(suggestion));
    };
    for key in map_at(spec, &[]).into_iter().flatten().map(|(key, _)| key).filter(|key| !FIELDS.contains(&key.as_str()))
    {
        if let Some(nearest) = suggest::nearest(key, &FIELDS) {
            say(with(&path, key.as_str().into()), "unknown-field", key, Some(nearest));
        }
    }
    for list in ["sourceRepos", "sourceNamespaces"] {
        let mut seen = Vec::new();
        for (index, item) in items_at(spec, &[list]).iter().enumerate() {
            let Some(item) = item.as_str() else { continue };
            let at = with(&with(&path, list.into()), Segment::from(index));
            if item == "!*" {
                say(at, "denies-all", item, None);
            } else if seen.contains(&item) {
                say(at, "twice", item, None);
            }
            seen.push(item);
        }
    }
    let mut seen = Vec::new();
    for (index, item) in items_at(spec, &["destinations"]).iter().enumerate() {
        let at = with(&with(&path, "destinations".into()), Segment::from(index));
        let field = |key: &str| text_at(item, &[key]).unwrap_or_default();
        for key in ["server", "name", "namespace"] {
            if field(key) == "!*" {
                say(with(&at, key.into()), "denies-all", "!*", None);
            }
        }
        if field("server").is_empty() && field("name").is_empty() {
            say(at.clone(), "no-cluster", "", None);
        }
        if field("namespace").is_empty() {
            say(with(&at, "namespace".into()), "no-namespace", "", None);
        }
        let cluster = if field("server").is_empty() { field("name") } else { field("server") };
        let key = (cluster, field("namespace"));
        if seen.contains(&key) {
            say(at, "twice", &format!("{}/{}", key.0, key.1), None);
        }
        seen.push(key);
    }
    roles(spec, &path, name, &mut say);
}

/// Said by the caller: where, a word, a value, a suggestion.
type Say<'s> = &'s mut dyn FnMut(Pointer, &str, &str, Option<&str>);

fn roles(spec: &Value, path: &Pointer, project: &str, say: Say<'_>) {
    let mut names = Vec::new();
    for (index, role) in items_at(spec, &["roles"]).iter().enumerate() {
        let at = with(&with(path, "roles".into()), Segment::from(index));
        let name = text_at(role, &["name"]).unwrap_or_default();
        if name.is_empty() {
            say(at.clone(), "role-without-name", "", None);
        } else if names.contains(&name) {
            say(with(&at, "name".into()), "twice", name, None);
        }
        names.push(name);
        for (index, policy) in items_at(role, &["policies"]).iter().enumerate() {
            let Some(policy) = policy.as_str().filter(|policy| !policy.contains("{{")) else { continue };
            let at = with(&with(&at, "policies".into()), Segment::from(index));
            let parts: Vec<&str> = policy.split(',').map(str::trim).collect();
            let subject = format!("proj:{project}:{name}");
            match parts.as_slice() {
                ["p", who, _, _, object, effect] => {
                    if *who != subject {
                        say(at, "policy-subject", who, Some(&subject));
                    } else if !matches!(*effect, "allow" | "deny") {
                        say(at, "policy-effect", effect, None);
                    } else if *object != "*" && !object.starts_with(&format!("{project}/")) {
                        say(at, "policy-object", object, None);
                    }
                }
                _ => say(at, "policy-form", policy, None),
            }
        }
    }
    for (index, window) in items_at(spec, &["syncWindows"]).iter().enumerate() {
        let at = with(&with(path, "syncWindows".into()), Segment::from(index));
        let kind = text_at(window, &["kind"]).unwrap_or_default();
        if !matches!(kind, "allow" | "deny") {
            let nearest = suggest::nearest(kind, &["allow", "deny"]);
            say(with(&at, "kind".into()), "window-kind", kind, nearest);
        }
        let fields = text_at(window, &["schedule"]).unwrap_or_default();
        if fields.split_whitespace().count() != 5 && !fields.starts_with('@') {
            say(with(&at, "schedule".into()), "window-schedule", fields, None);
        }
        if ["applications", "namespaces", "clusters"].iter().all(|key| items_at(window, &[key]).is_empty()) {
            say(at, "window-without-target", "", None);
        }
    }
}
