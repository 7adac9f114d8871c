//! Pull secrets of namespaces that the operator opened: the Secrets of the two docker types and the names that
//! accounts give, from watch caches. Who asks names a namespace, and gets secrets of that namespace alone.
//!
//! Nothing is read where no namespace is opened. The contents never reach a rule, a log or a metric.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use platlint_registry::credentials::{CredentialError, DockerConfig};

use super::health::{CacheReport, KindHealth};
use crate::limits::PULL_SECRET_NAMES;

/// Which namespaces' pull secrets are watched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Opened {
    /// None: no Secret is read.
    #[default]
    None,
    /// These.
    Named(Vec<Arc<str>>),
    /// All.
    All,
}

impl Opened {
    /// From a flag that is repeated; `*` opens all.
    #[must_use]
    pub fn of(names: &[String]) -> Self {
        if names.iter().any(|name| name == "*") {
            return Self::All;
        }
        let mut names: Vec<Arc<str>> =
            names.iter().filter(|name| !name.is_empty()).map(|name| (**name).into()).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() { Self::None } else { Self::Named(names) }
    }

    /// The collections to watch: a part of the path, and what metrics say of it.
    pub(super) fn places(&self) -> Vec<(String, String)> {
        match self {
            Self::None => Vec::new(),
            Self::All => vec![(String::new(), "all namespaces".to_owned())],
            Self::Named(names) => {
                names.iter().map(|name| (format!("namespaces/{name}/"), format!("namespace {name}"))).collect()
            }
        }
    }
}

/// The two types of Secrets that hold credentials for registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum SecretType {
    DockerConfigJson,
    DockerCfg,
}

impl SecretType {
    pub(super) const ALL: [Self; 2] = [Self::DockerConfigJson, Self::DockerCfg];

    /// As the Secret's `type`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::DockerConfigJson => "kubernetes.io/dockerconfigjson",
            Self::DockerCfg => "kubernetes.io/dockercfg",
        }
    }

    /// The key in its data.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::DockerConfigJson => ".dockerconfigjson",
            Self::DockerCfg => ".dockercfg",
        }
    }
}

/// A pull secret, read once when it was watched: whoever names it in many Pods costs no reading. Shown without its
/// contents.
pub struct PullSecret {
    kind: SecretType,
    config: Result<Arc<DockerConfig>, CredentialError>,
}

impl PullSecret {
    pub(super) fn new(kind: SecretType, bytes: &[u8]) -> Self {
        Self { kind, config: DockerConfig::from_pull_secret(kind.as_str(), bytes).map(Arc::new) }
    }

    /// The Secret's `type`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.kind.as_str()
    }

    /// Its credentials; the error says why it cannot be read and repeats nothing of it.
    pub const fn config(&self) -> Result<&Arc<DockerConfig>, &CredentialError> {
        self.config.as_ref()
    }
}

/// The different names among these in their order, and no more than are ever tried: objects may name any number.
pub(crate) fn names<'n>(all: impl IntoIterator<Item = &'n Arc<str>>) -> Vec<Arc<str>> {
    let mut seen: HashSet<&str> = HashSet::new();
    let all = all.into_iter().filter(|name| !name.is_empty() && seen.insert(name));
    all.take(PULL_SECRET_NAMES).cloned().collect()
}

impl std::fmt::Debug for PullSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PullSecret").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// Namespace and name.
pub(super) type Key = (Arc<str>, Arc<str>);

/// One kind of objects, written by its watches.
#[derive(Debug)]
pub(super) struct Shelf<V> {
    held: RwLock<HashMap<Key, V>>,
}

impl<V> Default for Shelf<V> {
    fn default() -> Self {
        Self { held: RwLock::default() }
    }
}

impl<V: Clone> Shelf<V> {
    fn get(&self, namespace: &str, name: &str) -> Option<V> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.get(&(Arc::from(namespace), Arc::from(name))).cloned()
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut HashMap<Key, V>)) {
        change(&mut self.held.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What the watches hold. A Secret's type never changes, but one of the same name and another type may follow it; hence a
/// shelf for each type.
#[derive(Debug, Default)]
pub(super) struct PullStore {
    pub secrets: Shelf<Arc<PullSecret>>,
    pub old_secrets: Shelf<Arc<PullSecret>>,
    pub accounts: Shelf<Arc<[Arc<str>]>>,
    /// How each watch is doing.
    pub watches: Vec<Arc<KindHealth>>,
}

impl PullStore {
    /// Empty, with three watches for each place: both types of Secrets, and accounts.
    pub(super) fn of(opened: &Opened) -> Self {
        let watched = ["v1/Secret (dockerconfigjson", "v1/Secret (dockercfg", "v1/ServiceAccount (pull secrets"];
        let health = |what: &str, place: &str| Arc::new(KindHealth::new(format!("{what}, {place})")));
        let places = opened.places();
        let watches = places.iter().flat_map(|(_, place)| watched.map(|what| health(what, place)));
        Self { watches: watches.collect(), ..Self::default() }
    }

    pub(super) const fn shelf(&self, kind: SecretType) -> &Shelf<Arc<PullSecret>> {
        match kind {
            SecretType::DockerConfigJson => &self.secrets,
            SecretType::DockerCfg => &self.old_secrets,
        }
    }
}

/// Pull secrets, for whoever looks images up. Cheap to clone; without a cluster, or where no namespace is opened, there
/// are none.
#[derive(Debug, Clone, Default)]
pub struct PullSecrets {
    store: Option<Arc<PullStore>>,
}

impl PullSecrets {
    pub(super) fn of(store: Arc<PullStore>) -> Self {
        Self { store: Some(store) }
    }

    /// The secrets that a Pod of this namespace may use, in the order in which they are tried: those it names, then those
    /// of its ServiceAccount; of each at most [`PULL_SECRET_NAMES`]. Names that no Secret bears are left out.
    #[must_use]
    pub fn usable(&self, namespace: &str, named: &[Arc<str>], account: &str) -> Vec<Arc<PullSecret>> {
        let Some(store) = self.store.as_ref().filter(|_| !namespace.is_empty()) else { return Vec::new() };
        let of_account = store.accounts.get(namespace, account).unwrap_or_default();
        // A Pod that names too many does not thereby lose those of its account.
        let (named, of_account) = (names(named), names(of_account.iter()));
        let mut seen: HashSet<&str> = HashSet::new();
        let all = named.iter().chain(&of_account).filter(|name| seen.insert(name));
        let held =
            |name: &Arc<str>| SecretType::ALL.into_iter().find_map(|kind| store.shelf(kind).get(namespace, name));
        all.filter_map(held).collect()
    }

    /// How the watches are doing.
    #[must_use]
    pub(super) fn report(&self) -> Vec<CacheReport> {
        self.store.iter().flat_map(|store| &store.watches).map(|health| health.report()).collect()
    }

    /// What has not been heard of yet, neither a list nor a failure: images looked up now would lack credentials.
    #[must_use]
    pub(super) fn awaited(&self) -> Option<String> {
        let unheard = |health: &Arc<KindHealth>| health.report().errors == 0;
        let mut watches = self.store.iter().flat_map(|store| &store.watches);
        watches.find_map(|health| health.unready().filter(|_| unheard(health)))
    }

    /// What could not be read. It keeps no replica out of service: an image that cannot be looked up is not known, and
    /// never passes for that.
    #[must_use]
    pub(super) fn problems(&self) -> Vec<String> {
        self.store.iter().flat_map(|store| &store.watches).filter_map(|health| health.unready()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::pulling::{AccountItem, SecretItem, ShelfSink};
    use crate::cluster::watch::{Sink as _, WatchError};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    fn secret(namespace: &str, name: &str, text: &str) -> SecretItem {
        let data = json!({".dockerconfigjson": STANDARD.encode(text)});
        serde_json::from_value(json!({"metadata": {"name": name, "namespace": namespace}, "data": data})).unwrap()
    }

    fn account(namespace: &str, name: &str, secrets: &[&str]) -> AccountItem {
        let secrets: Vec<_> = secrets.iter().map(|name| json!({"name": name})).collect();
        let metadata = json!({"name": name, "namespace": namespace});
        serde_json::from_value(json!({"metadata": metadata, "imagePullSecrets": secrets})).unwrap()
    }

    fn sinks() -> (ShelfSink<SecretItem>, ShelfSink<AccountItem>, PullSecrets) {
        let store = Arc::new(PullStore::default());
        let health = || Arc::new(KindHealth::new("v1/Secret"));
        let kind = SecretType::DockerConfigJson;
        (
            ShelfSink::new(kind, store.clone(), health()),
            ShelfSink::new(kind, store.clone(), health()),
            PullSecrets::of(store),
        )
    }

    /// Namespaces and names of what was found.
    fn texts(pull: &PullSecrets, found: &[Arc<PullSecret>]) -> Vec<String> {
        let held = pull.store.as_ref().unwrap().secrets.held.read().unwrap();
        let key_of = |secret: &Arc<PullSecret>| held.iter().find(|(_, other)| Arc::ptr_eq(secret, other)).unwrap().0;
        found.iter().map(key_of).map(|(namespace, name)| format!("{namespace}/{name}")).collect()
    }

    #[test]
    fn a_pod_gets_what_it_names_then_what_its_account_names() {
        let (mut secrets, mut accounts, pull) = sinks();
        for (namespace, name) in [("shop", "own"), ("shop", "common"), ("bank", "common")] {
            secrets.applied(secret(namespace, name, &format!("{namespace}/{name}")));
        }
        accounts.applied(account("shop", "default", &["common", "own", "missing"]));
        let usable = pull.usable("shop", &["own".into()], "default");
        assert_eq!(texts(&pull, &usable), ["shop/own", "shop/common"]);
        assert_eq!(texts(&pull, &pull.usable("bank", &[], "default")), [""; 0]);
    }

    #[test]
    fn no_namespace_gets_the_secret_of_another() {
        let (mut secrets, mut accounts, pull) = sinks();
        secrets.applied(secret("bank", "registry", "bank"));
        accounts.applied(account("bank", "default", &["registry"]));
        for name in ["registry", "bank/registry", "../bank/registry"] {
            assert!(pull.usable("shop", &[name.into()], "default").is_empty(), "{name}");
        }
        assert!(pull.usable("", &["registry".into()], "default").is_empty(), "no namespace is no namespace's");
        assert_eq!(texts(&pull, &pull.usable("bank", &[], "default")), ["bank/registry"]);
    }

    #[test]
    fn what_is_deleted_or_no_longer_listed_is_forgotten() {
        let (mut secrets, _, pull) = sinks();
        for names in [&["a", "b"][..], &["b"]] {
            secrets.begin();
            names.iter().for_each(|name| secrets.listed(secret("shop", name, name)));
            secrets.complete();
        }
        let usable = |pull: &PullSecrets| pull.usable("shop", &["a".into(), "b".into()], "x").len();
        assert_eq!(usable(&pull), 1);
        secrets.deleted(secret("shop", "b", "b"));
        assert_eq!(usable(&pull), 0);
        assert_eq!(secrets.health.report().objects, 0);
    }

    #[test]
    fn a_secret_shows_nothing_of_its_contents() {
        let (mut secrets, _, pull) = sinks();
        let auth = STANDARD.encode("robot:hunter2");
        let item = secret("shop", "a", &format!(r#"{{"auths": {{"registry.example": {{"auth": "{auth}"}}}}}}"#));
        let shown = format!("{item:?}");
        secrets.applied(item);
        let shown = format!("{shown}{pull:?}{:?}", pull.usable("shop", &["a".into()], "x"));
        let bytes = format!("{:?}", b"hunter2");
        assert!(!shown.contains("hunter2") && !shown.contains(&auth) && !shown.contains(&bytes), "{shown}");
        let broken = PullSecret::new(SecretType::DockerConfigJson, br#"{"auths": {"a": {"auth": "hunter2"}}}"#);
        let fault = broken.config().err().map(ToString::to_string).unwrap();
        assert!(!fault.contains("hunter2") && !format!("{broken:?}").contains("hunter2"), "{fault}");
    }

    #[test]
    fn a_pod_that_names_very_many_secrets_has_some_tried_and_those_of_its_account() {
        let (mut secrets, mut accounts, pull) = sinks();
        secrets.applied(secret("shop", "last", "{}"));
        secrets.applied(secret("shop", "n0", "{}"));
        accounts.applied(account("shop", "default", &["last"]));
        let many: Vec<Arc<str>> = (0..150_000).map(|number| format!("n{number}").into()).collect();
        assert_eq!(names(&many).len(), PULL_SECRET_NAMES);
        assert_eq!(names(&vec!["a".into(); 1_000]), ["a".into()]);
        assert_eq!(texts(&pull, &pull.usable("shop", &many, "default")), ["shop/n0", "shop/last"]);
    }

    #[test]
    fn a_secret_is_read_once_and_not_for_each_review() {
        let (mut secrets, _, pull) = sinks();
        secrets.applied(secret("shop", "a", "{}"));
        let config = || pull.usable("shop", &["a".into()], "x")[0].config().unwrap().clone();
        assert!(Arc::ptr_eq(&config(), &config()));
    }

    #[test]
    fn are_awaited_until_they_are_listed_or_cannot_be() {
        let opened = Opened::Named(vec!["shop".into()]);
        let store = Arc::new(PullStore::of(&opened));
        let pull = PullSecrets::of(store.clone());
        let [json, cfg, accounts] = [0, 1, 2].map(|index| store.watches[index].clone());
        assert!(pull.awaited().unwrap().contains("dockerconfigjson, namespace shop"));
        json.synced();
        accounts.synced();
        assert!(pull.awaited().unwrap().contains("dockercfg, namespace shop"));
        cfg.failed(&WatchError::Forbidden("no list".to_owned()));
        assert_eq!(pull.awaited(), None, "a missing permission keeps no replica out of service");
        assert_eq!(pull.problems().len(), 1);
        assert_eq!(PullSecrets::default().awaited(), None);
    }

    #[test]
    fn only_opened_namespaces_are_read() {
        let of = |names: &[&str]| Opened::of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&[]), Opened::None);
        assert_eq!(of(&["shop", "*"]), Opened::All);
        assert_eq!(of(&["b", "a", "b", ""]), Opened::Named(vec!["a".into(), "b".into()]));
        assert!(of(&[]).places().is_empty());
        assert_eq!(of(&["a"]).places()[0].0, "namespaces/a/");
    }
}
