//! `AppProject`s: which one a name means, and from where and to where it lets Applications deploy.

mod definition;
mod kinds;
mod schedule;

pub(crate) use definition::note;
pub(crate) use kinds::Kinds;

use platlint_facts::DocId;
use serde_json::Value;

use crate::globs::{Dialect, matches, matches_any_or_expression};
use crate::repositories::normalised;
use crate::yaml::{get, items_at, text_at};

/// A project of the input.
#[derive(Debug, Clone, PartialEq)]
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

/// What is known of the project that an Application names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Named<'p> {
    /// It is this one.
    Is(&'p Project),
    /// There is none among the files.
    Unknown,
    /// Several that differ are equally near.
    Ambiguous,
}

/// The project that an Application of a file and a namespace means by a name. Environments in folders beside each other have
/// projects of one name: the one in the same namespace counts, and of those the nearest by folder.
pub(crate) fn find<'p>(projects: &'p [Project], name: &str, namespace: &str, file: &str) -> Named<'p> {
    let named = || projects.iter().filter(|project| project.name == name);
    let is_there = |project: &&Project| project.namespace.as_deref().is_none_or(|own| own == namespace);
    let mut found: Vec<&Project> = named().filter(is_there).collect();
    if found.is_empty() || namespace.is_empty() {
        found = named().collect();
    }
    let near = |project: &Project| shared_folders(&project.id.file, file);
    let nearest = found.iter().map(|project| near(project)).max();
    let mut nearest = found.into_iter().filter(|project| Some(near(project)) == nearest);
    let Some(first) = nearest.next() else { return Named::Unknown };
    let is_twin = |other: &Project| (&other.spec, &other.namespace) == (&first.spec, &first.namespace);
    if nearest.all(is_twin) { Named::Is(first) } else { Named::Ambiguous }
}

/// How many leading folders two files share; a file is nearest to itself.
fn shared_folders(left: &str, right: &str) -> usize {
    if left == right {
        return usize::MAX;
    }
    let folders = |file: &str| file.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let (left, right) = (folders(left), folders(right));
    left.split('/').zip(right.split('/')).take_while(|(left, right)| left == right && !left.is_empty()).count()
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

    /// Which kinds Applications may deploy.
    pub(crate) fn kinds(&self) -> Kinds {
        Kinds::read(&self.spec)
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

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_engine::Pointer;
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
    fn the_nearest_project_of_a_name_counts() {
        let at = |file: &str, namespace: &str, spec: &Value| {
            let id = DocId { file: file.into(), document: 0, at: Pointer::root() };
            Project::read("shop", Some(namespace), &id, &json!({"spec": spec}))
        };
        let (dev, prod) = (json!({"sourceRepos": ["dev"]}), json!({"sourceRepos": ["prod"]}));
        let both = [at("envs/dev/p.yaml", "argocd", &dev), at("envs/prod/p.yaml", "argocd", &prod)];
        assert_eq!(find(&both, "shop", "argocd", "envs/prod/app.yaml"), Named::Is(&both[1]));
        assert_eq!(find(&both, "shop", "argocd", "envs/prod/deep/app.yaml"), Named::Is(&both[1]));
        assert_eq!(find(&both, "shop", "argocd", "envs/test/app.yaml"), Named::Ambiguous);
        assert_eq!(find(&both, "pay", "argocd", "envs/dev/app.yaml"), Named::Unknown);
        let same = [at("a/p.yaml", "argocd", &dev), at("b/p.yaml", "argocd", &dev)];
        assert_eq!(find(&same, "shop", "argocd", "c/app.yaml"), Named::Is(&same[0]));
        // Two Argo CDs: the namespace tells which is meant.
        let two = [at("a/p.yaml", "argocd-dev", &dev), at("b/p.yaml", "argocd", &prod)];
        assert_eq!(find(&two, "shop", "argocd", "a/app.yaml"), Named::Is(&two[1]));
        assert_eq!(find(&two, "shop", "team-a", "a/app.yaml"), Named::Is(&two[0]));
    }
}
