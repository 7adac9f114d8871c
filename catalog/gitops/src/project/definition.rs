//! What is wrong with an `AppProject` by itself: entries that match nothing or stand twice, roles and windows of syncing.

use platlint_engine::{Pointer, Segment, suggest};
use platlint_facts::{Note, Notes, path_of};
use serde_json::Value;

use super::schedule;
use crate::shape::{argo, misfits_of_fields};
use crate::yaml::{get, items_at, text_at, with};

/// Notes what is wrong with a project.
pub(crate) fn note(object: &Value, name: &str, notes: &mut Notes) {
    let path = path_of(&["spec"]);
    let Some(spec) = get(object, "spec") else { return };
    for misfit in misfits_of_fields(spec, argo::PROJECT, &path) {
        notes.problem("invalid-project", misfit);
    }
    let mut say = |path: Pointer, problem: &str, value: &str, suggestion: Option<&str>| {
        let note = Note::at(path).with("problem", problem).with("value", value);
        notes.problem("invalid-project", note.suggestion(suggestion));
    };
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
    windows(spec, &path, &mut say);
}

/// What roles of projects may be given. A pattern stands for several.
const RESOURCES: [&str; 7] =
    ["applications", "applicationsets", "repositories", "clusters", "exec", "logs", "projects"];
const ACTIONS: [&str; 8] = ["get", "create", "update", "delete", "sync", "override", "action", "invoke"];

/// `update/apps/Deployment/*` speaks of objects of an Application, `action/…` of what can be run on them.
fn is_action(action: &str) -> bool {
    let verb = action.split('/').next().unwrap_or_default();
    action.contains('*') || ACTIONS.contains(&verb)
}

/// `project/name`, or `project/namespace/name` for Applications of other namespaces; `*` alone is refused.
fn is_object_of(object: &str, project: &str) -> bool {
    let rest = object.strip_prefix(project).and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|rest| !rest.is_empty())
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
                ["p", who, resource, action, object, effect] => {
                    if *who != subject {
                        say(at, "policy-subject", who, Some(&subject));
                    } else if !matches!(*effect, "allow" | "deny") {
                        say(at, "policy-effect", effect, None);
                    } else if !is_object_of(object, project) {
                        say(at, "policy-object", object, None);
                    } else if !RESOURCES.contains(resource) {
                        say(at, "policy-resource", resource, suggest::nearest(resource, &RESOURCES));
                    } else if !is_action(action) {
                        say(at, "policy-action", action, suggest::nearest(action, &ACTIONS));
                    }
                }
                _ => say(at, "policy-form", policy, None),
            }
        }
    }
}

fn windows(spec: &Value, path: &Pointer, say: Say<'_>) {
    for (index, window) in items_at(spec, &["syncWindows"]).iter().enumerate() {
        let at = with(&with(path, "syncWindows".into()), Segment::from(index));
        let kind = text_at(window, &["kind"]).unwrap_or_default();
        if !matches!(kind, "allow" | "deny") {
            let nearest = suggest::nearest(kind, &["allow", "deny"]);
            say(with(&at, "kind".into()), "window-kind", kind, nearest);
        }
        let schedule = text_at(window, &["schedule"]).unwrap_or_default();
        if !schedule::is_schedule(schedule) {
            say(with(&at, "schedule".into()), "window-schedule", schedule, None);
        }
        let duration = text_at(window, &["duration"]).unwrap_or_default();
        if !schedule::is_span(duration) {
            say(with(&at, "duration".into()), "window-duration", duration, None);
        }
        if ["applications", "namespaces", "clusters"].iter().all(|key| items_at(window, &[key]).is_empty()) {
            say(at, "window-without-target", "", None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_facts::Notes;
    use serde_json::json;

    /// Problems of a project `shop` as `path problem suggestion`.
    fn problems(spec: &Value) -> Vec<String> {
        let mut notes = Notes::default();
        note(&json!({"spec": spec}), "shop", &mut notes);
        let word = |note: &Note, key: &str| note.detail(key).and_then(Value::as_str).unwrap_or("-").to_owned();
        let line = |note: &Note| format!("{} {} {}", note.path(), word(note, "problem"), word(note, "suggestion"));
        notes.problems("invalid-project").iter().map(line).collect()
    }

    #[test]
    fn policies_of_roles_are_read_as_argo_cd_does() {
        let policy =
            |rest: &str| problems(&json!({"roles": [{"name": "r", "policies": [format!("p, proj:shop:r, {rest}")]}]}));
        assert_eq!(policy("applications, sync, shop/*, allow"), Vec::<String>::new());
        assert_eq!(policy("applications, update/apps/*, shop/team/web, deny"), Vec::<String>::new());
        assert_eq!(policy("applications, sync, *, allow"), ["/spec/roles/0/policies/0 policy-object -"]);
        assert_eq!(policy("applications, sync, pay/*, allow"), ["/spec/roles/0/policies/0 policy-object -"]);
        assert_eq!(
            policy("aplications, sync, shop/*, allow"),
            ["/spec/roles/0/policies/0 policy-resource applications"]
        );
        assert_eq!(policy("applications, synk, shop/*, allow"), ["/spec/roles/0/policies/0 policy-action sync"]);
    }

    #[test]
    fn windows_and_types_are_looked_at() {
        let window = json!({"kind": "allow", "schedule": "99 99 * * *", "duration": "1x", "applications": ["*"]});
        assert_eq!(
            problems(&json!({"sourceRepos": "*", "destinations": {"server": "x"}, "syncWindows": [window]})),
            [
                "/spec/destinations shape -",
                "/spec/sourceRepos shape -",
                "/spec/syncWindows/0/schedule window-schedule -",
                "/spec/syncWindows/0/duration window-duration -",
            ]
        );
    }
}
