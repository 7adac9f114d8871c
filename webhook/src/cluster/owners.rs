//! Who controls what: of each controller its UID, kind, name, namespace and its own controller, as the API server tells.
//!
//! Only metadata is watched. The caches are split into shards by UID, so that a change copies a small part, and a reader
//! holds a whole, unchanging state without a lock.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arc_swap::ArcSwap;
use platlint_engine::Gvk;
use serde::Deserialize;

use super::health::KindHealth;
use super::watch::{Item, Sink, WatchError};

/// `metadata.uid`.
pub(super) type Uid = Arc<str>;

/// A controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub kind: Gvk,
    pub namespace: Arc<str>,
    pub name: Arc<str>,
    /// The UID that its own controller reference names.
    pub controller: Option<Uid>,
}

/// Many enough that a shard of a cluster with 100,000 controllers holds 400.
const SHARDS: usize = 256;

/// All controllers at one moment. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Owners {
    shards: Vec<Arc<HashMap<Uid, Owner>>>,
}

impl Default for Owners {
    fn default() -> Self {
        Self { shards: vec![Arc::default(); SHARDS] }
    }
}

impl Owners {
    pub(super) fn get(&self, uid: &str) -> Option<&Owner> {
        self.shards.get(shard(uid))?.get(uid)
    }

    /// `false` where nothing changed.
    pub(super) fn insert(&mut self, uid: Uid, owner: Owner) -> bool {
        let Some(shard) = self.shards.get_mut(shard(&uid)) else { return false };
        if shard.get(&uid) == Some(&owner) {
            return false;
        }
        Arc::make_mut(shard).insert(uid, owner);
        true
    }

    /// `false` where it was not there.
    pub(super) fn remove(&mut self, uid: &str) -> bool {
        let Some(shard) = self.shards.get_mut(shard(uid)) else { return false };
        shard.contains_key(uid) && Arc::make_mut(shard).remove(uid).is_some()
    }
}

fn shard(uid: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    uid.hash(&mut hasher);
    // The remainder is below 256.
    usize::try_from(hasher.finish() % SHARDS as u64).unwrap_or_default()
}

/// The metadata of a controller, as it comes from the API server.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OwnerItem {
    metadata: OwnerMetadata,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnerMetadata {
    name: Arc<str>,
    #[serde(default)]
    namespace: Arc<str>,
    uid: Uid,
    #[serde(default)]
    resource_version: String,
    #[serde(default)]
    owner_references: Vec<OwnerReference>,
}

#[derive(Debug, Clone, Deserialize)]
struct OwnerReference {
    uid: Uid,
    #[serde(default)]
    controller: bool,
}

impl Item for OwnerItem {
    fn version(&self) -> &str {
        &self.metadata.resource_version
    }
}

/// What the watches write and the request path reads.
#[derive(Debug, Default)]
pub(super) struct OwnerStore {
    writing: std::sync::Mutex<Owners>,
    newest: ArcSwap<Owners>,
}

impl OwnerStore {
    pub(super) fn newest(&self) -> arc_swap::Guard<Arc<Owners>> {
        self.newest.load()
    }

    fn change(&self, change: impl FnOnce(&mut Owners)) {
        let mut owners = self.writing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut owners);
    }

    fn publish(&self) {
        // Stored under the lock, so that of two writers the later one's state stays.
        self.change(|owners| self.newest.store(Arc::new(owners.clone())));
    }
}

/// Writes the controllers of one kind.
pub(super) struct OwnerSink {
    kind: Gvk,
    store: Arc<OwnerStore>,
    health: Arc<KindHealth>,
    /// What is held of this kind, with the list in which it was last seen.
    held: HashMap<Uid, (u64, u32)>,
    round: u32,
    is_changed: bool,
}

impl OwnerSink {
    pub(super) fn new(kind: Gvk, store: Arc<OwnerStore>, health: Arc<KindHealth>) -> Self {
        Self { kind, store, health, held: HashMap::new(), round: 0, is_changed: false }
    }

    fn put(&mut self, item: OwnerItem) {
        let OwnerMetadata { name, namespace, uid, owner_references, .. } = item.metadata;
        let controller = owner_references.into_iter().find(|one| one.controller).map(|one| one.uid);
        let text = uid.len() + name.len() + namespace.len() + controller.as_ref().map_or(0, |uid| uid.len());
        let bytes = (text + size_of::<(Uid, Owner)>()) as u64;
        let before = self.held.insert(uid.clone(), (bytes, self.round)).map(|(bytes, _)| bytes);
        self.health.replaced(before, Some(bytes));
        let owner = Owner { kind: self.kind.clone(), namespace, name, controller };
        self.store.change(|owners| self.is_changed |= owners.insert(uid, owner));
    }

    fn drop_where(&mut self, gone: impl Fn(u32) -> bool) {
        let gone = self.held.iter().filter(|(_, (_, round))| gone(*round));
        let uids: Vec<Uid> = gone.map(|(uid, _)| uid.clone()).collect();
        uids.iter().for_each(|uid| self.forget(uid));
    }

    fn forget(&mut self, uid: &Uid) {
        self.health.replaced(self.held.remove(uid).map(|(bytes, _)| bytes), None);
        self.store.change(|owners| self.is_changed |= owners.remove(uid));
    }
}

impl Sink<OwnerItem> for OwnerSink {
    fn begin(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    fn listed(&mut self, item: OwnerItem) {
        self.put(item);
    }

    fn complete(&mut self) {
        let round = self.round;
        self.drop_where(|seen| seen != round);
        self.settle();
        self.health.synced();
    }

    fn applied(&mut self, item: OwnerItem) {
        self.put(item);
    }

    fn deleted(&mut self, item: OwnerItem) {
        self.forget(&item.metadata.uid);
    }

    fn settle(&mut self) {
        if std::mem::take(&mut self.is_changed) {
            self.store.publish();
        }
    }

    fn heard(&mut self) {
        self.health.heard();
    }

    fn failed(&mut self, error: &WatchError) {
        if matches!(error, WatchError::Absent) {
            self.drop_where(|_| true);
            self.settle();
        }
        self.health.failed(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(uid: &str, name: &str, controller: Option<&str>) -> OwnerItem {
        let references: Vec<_> = controller
            .map(|uid| json!({"uid": uid, "controller": true}))
            .into_iter()
            .chain([json!({"uid": "x"})])
            .collect();
        let metadata = json!({"uid": uid, "name": name, "namespace": "shop", "ownerReferences": references});
        serde_json::from_value(json!({"metadata": metadata})).unwrap()
    }

    fn sink() -> (OwnerSink, Arc<OwnerStore>, Arc<KindHealth>) {
        let (store, health) = (Arc::new(OwnerStore::default()), Arc::new(KindHealth::new("apps/v1/ReplicaSet")));
        (OwnerSink::new(Gvk::new("apps/v1", "ReplicaSet"), store.clone(), health.clone()), store, health)
    }

    #[test]
    fn holds_what_was_listed_and_follows_changes() {
        let (mut sink, store, health) = sink();
        sink.begin();
        sink.listed(item("1", "a", Some("9")));
        sink.listed(item("2", "b", None));
        assert!(store.newest().get("1").is_none(), "half a list is not shown");
        sink.complete();
        assert_eq!(store.newest().get("1").unwrap().controller.as_deref(), Some("9"));
        assert_eq!(store.newest().get("2").unwrap().controller, None);
        sink.deleted(item("1", "a", None));
        sink.applied(item("3", "c", None));
        sink.settle();
        assert!(store.newest().get("1").is_none() && store.newest().get("3").is_some());
        assert_eq!(health.report().objects, 2);
    }

    #[test]
    fn a_new_list_drops_what_it_does_not_name() {
        let (mut sink, store, health) = sink();
        for names in [&["1", "2"][..], &["2"]] {
            sink.begin();
            names.iter().for_each(|uid| sink.listed(item(uid, "a", None)));
            sink.complete();
        }
        assert!(store.newest().get("1").is_none() && store.newest().get("2").is_some());
        assert_eq!(health.report().objects, 1);
    }

    #[test]
    fn a_reader_keeps_the_state_it_took() {
        let (mut sink, store, _) = sink();
        sink.applied(item("1", "a", None));
        sink.settle();
        let taken = store.newest().clone();
        sink.deleted(item("1", "a", None));
        sink.settle();
        assert!(taken.get("1").is_some() && store.newest().get("1").is_none());
    }

    #[test]
    fn a_lost_watch_keeps_what_is_known_and_an_absent_kind_is_empty() {
        let (mut sink, store, health) = sink();
        sink.begin();
        sink.listed(item("1", "a", None));
        sink.complete();
        sink.failed(&WatchError::Refused("down".to_owned()));
        assert!(store.newest().get("1").is_some());
        assert_eq!(health.unready(), None);
        sink.failed(&WatchError::Absent);
        assert!(store.newest().get("1").is_none());
        assert_eq!((health.unready(), health.report().objects), (None, 0));
    }
}
