//! The newest snapshot of the cluster, as the request path reads it: without a lock held and without a call to the API
//! server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use platlint_engine::{Ancestry, Facts, PolicySet, Value};
use tokio::sync::watch;

use super::ancestry;
use super::controllers::Controllers;
use super::counters::{Counters, Counting};
use super::demand::{ApiKind, Demand};
use super::health::{CacheReport, KindHealth};
use super::inventory::InventoryStore;
use super::owners::OwnerStore;
use super::pull_secrets::{PullSecrets, PullStore};
use crate::platform::KnownPlatform;

/// What the cluster knows; cheap to clone. Without a cluster it is [`Knowledge::none`]: no facts, no ancestors, always
/// ready.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    live: Option<Arc<Live>>,
}

/// What the watches of the cluster's thread write, and everybody reads.
#[derive(Debug)]
pub(super) struct Live {
    pub inventory: Arc<InventoryStore>,
    pub owners: Arc<OwnerStore>,
    pub controllers: Controllers,
    /// Whether objects are watched at all.
    pub knows: bool,
    pub counting: Arc<Counting>,
    /// What the rules in force ask for; `None` until the first set is known.
    pub demand: watch::Sender<Option<Arc<Demand>>>,
    /// Kinds that are watched, with how each is doing: those in demand, and those a reload is preparing.
    pub kinds: watch::Sender<BTreeMap<ApiKind, Arc<KindHealth>>>,
    /// The caches of controllers, for ancestry.
    pub owner_kinds: Vec<Arc<KindHealth>>,
    /// Pull secrets of opened namespaces.
    pub pulls: Arc<PullStore>,
    /// What is not as it should be, but keeps nothing from working.
    pub warnings: Mutex<Vec<String>>,
}

impl Live {
    /// `knows`: whether objects are watched at all.
    pub(super) fn new(controllers: Controllers, knows: bool) -> Self {
        let name = |one: &super::controllers::Controller| {
            let api = [&*one.group, one.version.as_deref().unwrap_or("*")].join("/");
            format!("{}/{} (controllers)", api.trim_start_matches('/'), one.kind)
        };
        let watched = if knows { controllers.known() } else { &[] };
        let owner_kinds = watched.iter().map(|one| Arc::new(KindHealth::new(name(one)))).collect();
        Self {
            inventory: Arc::default(),
            owners: Arc::default(),
            controllers,
            knows,
            counting: Arc::default(),
            demand: watch::Sender::new(None),
            kinds: watch::Sender::new(BTreeMap::new()),
            owner_kinds,
            pulls: Arc::default(),
            warnings: Mutex::default(),
        }
    }

    fn add_kinds(&self, wanted: &BTreeSet<ApiKind>) {
        if !self.knows {
            return;
        }
        self.kinds.send_if_modified(|kinds| {
            let before = kinds.len();
            for (api_version, kind) in wanted {
                let health = || Arc::new(KindHealth::new(format!("{api_version}/{kind}")));
                kinds.entry((api_version.clone(), kind.clone())).or_insert_with(health);
            }
            kinds.len() != before
        });
    }

    /// Why the caches of these kinds and those of controllers cannot be relied on.
    fn unready(&self, wanted: &BTreeSet<ApiKind>) -> Option<String> {
        let kinds = self.kinds.borrow();
        let of_kind = |kind: &ApiKind| kinds.get(kind).and_then(|health| health.unready());
        wanted.iter().find_map(of_kind).or_else(|| self.owner_kinds.iter().find_map(|health| health.unready()))
    }
}

impl Knowledge {
    /// Knowledge of no cluster.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    pub(super) fn of(live: Arc<Live>) -> Self {
        Self { live: Some(live) }
    }

    /// The newest snapshot, no lock held, no copying.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let knowing = self.live.as_ref().filter(|live| live.knows);
        knowing.map(|live| live.inventory.newest()).unwrap_or_default()
    }

    /// The controllers of an object that are proved: an ownerReference that a user wrote proves nothing.
    #[must_use]
    pub fn ancestry(&self, object: &Value, namespace: Option<&str>, username: &str) -> Ancestry {
        self.live.as_ref().map_or(Ancestry::Proved(Vec::new()), |live| {
            ancestry::proved(object, namespace, username, &live.owners.newest(), &live.controllers)
        })
    }

    /// Why it is not ready yet, such as `cache of v1/LimitRange not synced`.
    #[must_use]
    pub fn unready(&self) -> Option<String> {
        let live = self.live.as_ref()?;
        let demand = live.demand.borrow();
        match &*demand {
            None => Some("no policies are loaded yet".to_owned()),
            Some(demand) => live.unready(&demand.inventory).or_else(|| self.pull_secrets().awaited()),
        }
    }

    /// Starts to watch what a policy set asks for beside what is watched already, without asking it of [`Self::unready`]
    /// yet: a reload waits for it, then puts the set in force and calls [`Self::follow`]. So neither does the new set
    /// judge by empty caches, nor do all replicas leave service at once.
    #[must_use]
    pub fn prepare(&self, set: &PolicySet) -> Preparing {
        let wanted = Demand::of(set, None).inventory;
        if let Some(live) = &self.live {
            live.add_kinds(&wanted);
        }
        Preparing { live: self.live.clone(), wanted }
    }

    /// Follows a policy set after a load: the kinds its rules name as inventory are watched from now on, others no more,
    /// and the webhook configurations follow its rules.
    pub fn follow(&self, set: &PolicySet, platform: Option<&KnownPlatform>) {
        let Some(live) = &self.live else { return };
        let demand = Demand::of(set, platform);
        live.add_kinds(&demand.inventory);
        live.kinds.send_if_modified(|kinds| {
            let before = kinds.len();
            kinds.retain(|kind, _| demand.inventory.contains(kind));
            kinds.len() != before
        });
        live.demand.send_if_modified(|current| {
            let is_new = current.as_deref() != Some(&demand);
            if is_new {
                *current = Some(Arc::new(demand));
            }
            is_new
        });
    }

    /// What the caches hold.
    #[must_use]
    pub fn report(&self) -> Vec<CacheReport> {
        let Some(live) = &self.live else { return Vec::new() };
        let kinds = live.kinds.borrow();
        let known = kinds.values().chain(&live.owner_kinds).map(|health| health.report());
        known.chain(self.pull_secrets().report()).collect()
    }

    /// What is not as it should be but keeps nothing from working: a rule that is sent nothing because the webhook
    /// configuration in the cluster lacks its kind, a configuration that is missing or that somebody else keeps changing.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let warnings = |live: &Arc<Live>| live.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut warnings = self.live.as_ref().map(warnings).unwrap_or_default();
        warnings.extend(self.pull_secrets().problems());
        warnings
    }

    /// The pull secrets of the namespaces that are opened for it.
    #[must_use]
    pub fn pull_secrets(&self) -> PullSecrets {
        self.live.as_ref().map(|live| PullSecrets::of(live.pulls.clone())).unwrap_or_default()
    }

    /// What was counted since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.live.as_ref().map(|live| live.counting.read()).unwrap_or_default()
    }
}

/// Caches that fill for a policy set which is not in force yet.
#[derive(Debug)]
pub struct Preparing {
    live: Option<Arc<Live>>,
    wanted: BTreeSet<ApiKind>,
}

impl Preparing {
    /// Why the set should not be put in force yet.
    #[must_use]
    pub fn unready(&self) -> Option<String> {
        self.live.as_ref()?.unready(&self.wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_engine::SelfService;

    fn knowledge() -> (Knowledge, Arc<Live>) {
        let live = Arc::new(Live::new(Controllers::default(), true));
        (Knowledge::of(live.clone()), live)
    }

    fn empty_set() -> PolicySet {
        PolicySet::new(Vec::new(), Vec::new(), Vec::new(), SelfService::default(), String::new())
    }

    fn sync(live: &Live) {
        live.kinds.borrow().values().chain(&live.owner_kinds).for_each(|health| health.synced());
    }

    #[test]
    fn without_a_cluster_it_knows_nothing_and_is_ready() {
        let none = Knowledge::none();
        assert_eq!(none.unready(), None);
        assert!(none.facts().data().is_none() && none.report().is_empty() && none.warnings().is_empty());
        assert_eq!(none.ancestry(&Value::new_object(), Some("shop"), "alice"), Ancestry::Proved(Vec::new()));
    }

    #[test]
    fn is_ready_when_every_kind_that_rules_ask_for_is_listed() {
        let (knowledge, live) = knowledge();
        assert_eq!(knowledge.unready().unwrap(), "no policies are loaded yet");
        knowledge.follow(&empty_set(), None);
        assert_eq!(knowledge.unready().unwrap(), "cache of v1/Namespace not synced");
        sync(&live);
        assert_eq!(knowledge.unready(), None);
        assert_eq!(knowledge.report().len(), 8, "namespaces, and seven kinds of controllers");
    }

    #[test]
    fn a_reload_prepares_its_kinds_without_taking_the_replica_out_of_service() {
        let (knowledge, live) = knowledge();
        knowledge.follow(&empty_set(), None);
        sync(&live);
        let wanted = BTreeSet::from([("v1".into(), "LimitRange".into())]);
        live.add_kinds(&wanted);
        let preparing = Preparing { live: Some(live.clone()), wanted };
        assert_eq!(preparing.unready().unwrap(), "cache of v1/LimitRange not synced");
        assert_eq!(knowledge.unready(), None);
        sync(&live);
        assert_eq!(preparing.unready(), None);
        // A reload that was given up leaves nothing behind once a set is followed.
        knowledge.follow(&empty_set(), None);
        assert_eq!(live.kinds.borrow().len(), 1);
    }
}
