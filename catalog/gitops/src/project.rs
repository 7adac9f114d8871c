//! `AppProject`s: what they allow, and what is wrong with them.

use platlint_engine::{Pointer, Segment, suggest};
use platlint_facts::{DocId, Note, Notes, path_of};
use serde_json::Value;

use crate::globs::{Dialect, matches, matches_any_or_expression};
use crate::repositories::normalised;
use crate::yaml::{get, items_at, map_at, text_at, with};

/// A project of the input.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) id: DocId,
    spec: Value,
}

/// A cluster and namespace to which an Application deploys. What is not known of the cluster is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Destination {
    pub(crate) server: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) namespace: String,
}

impl Project {
    pub(crate) fn read(name: &str, namespace: Option<&str>, id: &DocId, object: &Value) -> Self {
        Self {
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
            id: id.clone(),
            spec: get(object, "spec").cloned().unwrap_or(Value::Null),
        }
    }

    fn texts(&self, key: &str) -> Vec<&str> {
        items_at(&self.spec, &[key]).iter().filter_map(Value::as_str).collect()
    }

    /// Whether Applications may draw from a repository: one pattern must match, and none that begins with `!` deny it.
    pub(crate) fn allows_source(&self, url: &str) -> bool {
        let url = normalised(url);
        let mut allowed = false;
        for pattern in self.texts("sourceRepos") {
            if let Some(denied) = pattern.strip_prefix('!') {
                if matches(&normalised(denied), &url, Dialect::Url) {
                    return false;
                }
                allowed = true;
            } else if pattern == "*" || matches(&normalised(pattern), &url, Dialect::Url) {
                allowed = true;
            }
        }
        allowed
    }

    /// Whether Applications may deploy there; `None` where that hangs on what is not known of the cluster.
    pub(crate) fn allows_destination(&self, to: &Destination) -> Option<bool> {
        let mut allowed = false;
        let mut open = false;
        for item in items_at(&self.spec, &["destinations"]) {
            let pattern = |key: &str| text_at(item, &[key]).unwrap_or_default();
            let denies = |key: &str| pattern(key).starts_with('!');
            let server = matches_pattern(pattern("server"), to.server.as_deref());
            let name = matches_pattern(pattern("name"), to.name.as_deref());
            let namespace = matches_pattern(pattern("namespace"), Some(&to.namespace)).unwrap_or(false);
            let cluster = match (server, name) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
            let is_denied = (name == Some(false) && denies("name"))
                || (server == Some(false) && denies("server") && namespace)
                || (!namespace && denies("namespace") && server == Some(true));
            match cluster {
                Some(true) if namespace => allowed = true,
                None if namespace => open = true,
                _ if is_denied => return Some(false),
                _ => {}
            }
        }
        if allowed { Some(true) } else { (!open).then_some(false) }
    }

    /// Whether Applications of another namespace may use it.
    pub(crate) fn allows_namespace(&self, namespace: &str) -> bool {
        self.namespace.as_deref().is_none_or(|own| own == namespace)
            || matches_any_or_expression(self.texts("sourceNamespaces"), namespace)
    }

    /// Whether Applications may deploy objects of a kind.
    pub(crate) fn allows_kind(&self, group: &str, kind: &str, name: &str, is_namespaced: bool) -> bool {
        let (allowed, denied) = if is_namespaced {
            ("namespaceResourceWhitelist", "namespaceResourceBlacklist")
        } else {
            ("clusterResourceWhitelist", "clusterResourceBlacklist")
        };
        let is_in = |list: &str| {
            items_at(&self.spec, &[list]).iter().any(|item| {
                let pattern = |key: &str| text_at(item, &[key]).unwrap_or_default();
                let fits = |key: &str, text: &str| matches(pattern(key), text, Dialect::Name);
                let named = pattern("name").is_empty() || is_namespaced || fits("name", name);
                fits("group", group) && fits("kind", kind) && named
            })
        };
        // Without a list, all that lives in namespaces is allowed, and nothing else.
        let is_open = is_namespaced && get(&self.spec, allowed).is_none();
        (is_open || is_in(allowed)) && !is_in(denied)
    }
}

/// A pattern of a project; `None` where the text is not known and it matters.
fn matches_pattern(pattern: &str, text: Option<&str>) -> Option<bool> {
    match (pattern, text) {
        ("*", _) => Some(true),
        ("", None) => Some(false),
        (_, None) => None,
        (pattern, Some(text)) => Some(match pattern.strip_prefix('!') {
            Some(denied) => !matches(denied, text, Dialect::Name),
            None => !text.is_empty() && matches(pattern, text, Dialect::Name),
        }),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn project(spec: &Value) -> Project {
        let id = DocId { file: "p.yaml".into(), document: 0, at: Pointer::root() };
        Project::read("shop", Some("argocd"), &id, &json!({"spec": spec}))
    }

    #[test]
    fn sources_are_allowed_by_pattern_and_denied_by_exclamation_mark() {
        let shop = project(&json!({"sourceRepos": ["https://git.example/shop/*", "!https://git.example/shop/secret"]}));
        assert!(shop.allows_source("https://git.example/Shop/web.git"));
        assert!(!shop.allows_source("https://git.example/shop/secret"));
        // Argo CD takes what a denial does not name for allowed.
        assert!(shop.allows_source("https://git.example/pay/web"));
        let only = project(&json!({"sourceRepos": ["https://git.example/shop/*"]}));
        assert!(!only.allows_source("https://git.example/pay/web"));
        assert!(project(&json!({"sourceRepos": ["*"]})).allows_source("anything"));
        assert!(!project(&json!({})).allows_source("anything"));
    }

    #[test]
    fn destinations_are_allowed_by_cluster_and_namespace() {
        let shop = project(&json!({"destinations": [
            {"server": "https://dev", "namespace": "shop-*"},
            {"server": "https://dev", "namespace": "!shop-secret"},
        ]}));
        let to = |namespace: &str| Destination {
            server: Some("https://dev".into()),
            name: Some("dev".into()),
            namespace: namespace.into(),
        };
        assert_eq!(shop.allows_destination(&to("shop-web")), Some(true));
        assert_eq!(shop.allows_destination(&to("shop-secret")), Some(false));
        let by_name = Destination { server: None, name: Some("dev".into()), namespace: "shop-web".into() };
        assert_eq!(shop.allows_destination(&by_name), None);
        let any = project(&json!({"destinations": [{"server": "*", "namespace": "shop"}]}));
        assert_eq!(any.allows_destination(&Destination { namespace: "shop".into(), ..by_name.clone() }), Some(true));
        assert_eq!(any.allows_destination(&by_name), Some(false));
    }

    #[test]
    fn kinds_of_the_cluster_need_a_list() {
        let shop = project(&json!({
            "clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "shop-*"}],
            "namespaceResourceBlacklist": [{"group": "", "kind": "ResourceQuota"}],
        }));
        assert!(shop.allows_kind("", "Namespace", "shop-web", false));
        assert!(!shop.allows_kind("", "Namespace", "pay", false));
        assert!(!shop.allows_kind("rbac.authorization.k8s.io", "ClusterRole", "x", false));
        assert!(shop.allows_kind("apps", "Deployment", "x", true));
        assert!(!shop.allows_kind("", "ResourceQuota", "x", true));
    }
}
