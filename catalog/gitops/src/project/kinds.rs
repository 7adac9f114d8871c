//! Which kinds a project lets Applications deploy.

use serde_json::Value;

use crate::globs::{Dialect, Matcher};
use crate::yaml::{get, items_at, text_at};

/// The lists of kinds of a project, ready to match.
#[derive(Debug)]
pub(crate) struct Kinds {
    namespaced: Scoped,
    cluster: Scoped,
}

#[derive(Debug)]
struct Scoped {
    /// `None` where all are allowed.
    allowed: Option<Vec<Entry>>,
    denied: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    group: Matcher,
    kind: Matcher,
    /// `None` where any name will do.
    name: Option<Matcher>,
}

impl Kinds {
    /// The lists of an `AppProject`'s `spec`.
    pub(super) fn read(spec: &Value) -> Self {
        let entries = |list: &str, is_namespaced: bool| -> Vec<Entry> {
            let entry = |item: &Value| {
                let matcher = |key: &str| Matcher::new(text_at(item, &[key]).unwrap_or_default(), Dialect::Name);
                let is_named = !is_namespaced && text_at(item, &["name"]).is_some_and(|name| !name.is_empty());
                Entry { group: matcher("group"), kind: matcher("kind"), name: is_named.then(|| matcher("name")) }
            };
            items_at(spec, &[list]).iter().map(entry).collect()
        };
        // Without a list, all that lives in namespaces is allowed, and nothing else.
        let namespaced = get(spec, "namespaceResourceWhitelist").map(|_| entries("namespaceResourceWhitelist", true));
        Self {
            namespaced: Scoped { allowed: namespaced, denied: entries("namespaceResourceBlacklist", true) },
            cluster: Scoped {
                allowed: Some(entries("clusterResourceWhitelist", false)),
                denied: entries("clusterResourceBlacklist", false),
            },
        }
    }

    /// Whether there is any kind that may not be deployed.
    pub(crate) fn limit(&self) -> bool {
        !(self.namespaced.is_open() && self.cluster.is_open())
    }

    /// Whether Applications may deploy an object of a kind.
    pub(crate) fn allow(&self, group: &str, kind: &str, name: &str, is_namespaced: bool) -> bool {
        let scoped = if is_namespaced { &self.namespaced } else { &self.cluster };
        let is_in = |list: &[Entry]| list.iter().any(|entry| entry.matches(group, kind, name));
        scoped.allowed.as_deref().is_none_or(is_in) && !is_in(&scoped.denied)
    }
}

impl Scoped {
    fn is_open(&self) -> bool {
        let is_all = |entry: &Entry| entry.group.is_all() && entry.kind.is_all() && entry.name.is_none();
        self.denied.is_empty() && self.allowed.as_ref().is_none_or(|allowed| allowed.iter().any(is_all))
    }
}

impl Entry {
    fn matches(&self, group: &str, kind: &str, name: &str) -> bool {
        self.group.matches(group)
            && self.kind.matches(kind)
            && self.name.as_ref().is_none_or(|pattern| pattern.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_of_the_cluster_need_a_list() {
        let shop = Kinds::read(&json!({
            "clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "shop-*"}],
            "namespaceResourceBlacklist": [{"group": "", "kind": "ResourceQuota"}],
        }));
        assert!(shop.allow("", "Namespace", "shop-web", false));
        assert!(!shop.allow("", "Namespace", "pay", false));
        assert!(!shop.allow("rbac.authorization.k8s.io", "ClusterRole", "x", false));
        assert!(shop.allow("apps", "Deployment", "x", true));
        assert!(!shop.allow("", "ResourceQuota", "x", true));
        assert!(shop.limit());
    }

    #[test]
    fn a_project_of_all_kinds_limits_none() {
        let all = json!([{"group": "*", "kind": "*"}]);
        assert!(!Kinds::read(&json!({"clusterResourceWhitelist": all})).limit());
        assert!(Kinds::read(&json!({})).limit());
    }
}
