//! Writes other objects into what rules see as `data.inventory`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use platlint_engine::{Facts, Inventory, Namespace, Place};

use super::health::KindHealth;
use super::item::{Slim, Texts};
use super::watch::{Sink, WatchError};

/// What the watches write and the request path reads.
#[derive(Debug)]
pub(super) struct InventoryStore {
    writing: Mutex<Inventory>,
    newest: ArcSwap<Facts>,
}

impl Default for InventoryStore {
    fn default() -> Self {
        let inventory = Inventory::of_cluster();
        let newest = ArcSwap::from_pointee(inventory.snapshot());
        Self { writing: Mutex::new(inventory), newest }
    }
}

impl InventoryStore {
    /// The newest snapshot.
    pub(super) fn newest(&self) -> Facts {
        Facts::clone(&self.newest.load())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inventory) -> T) -> T {
        change(&mut self.writing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn publish(&self) {
        // Stored under the lock, so that of two writers the later one's state stays.
        self.change(|inventory| self.newest.store(Arc::new(inventory.snapshot())));
    }
}

type Key = (Option<Arc<str>>, Arc<str>);

/// Writes the objects of one kind.
pub(super) struct InventorySink {
    api_version: Arc<str>,
    kind: Arc<str>,
    store: Arc<InventoryStore>,
    health: Arc<KindHealth>,
    /// What is held of this kind: its bytes, and the list in which it was last seen.
    held: HashMap<Key, (u64, u32)>,
    texts: Texts,
    round: u32,
    is_changed: bool,
}

impl InventorySink {
    pub(super) fn new(
        (api_version, kind): (Arc<str>, Arc<str>),
        store: Arc<InventoryStore>,
        health: Arc<KindHealth>,
    ) -> Self {
        Self {
            api_version,
            kind,
            store,
            health,
            held: HashMap::new(),
            texts: Texts::default(),
            round: 0,
            is_changed: false,
        }
    }

    fn place(&self, (namespace, name): &Key) -> Place {
        Place {
            namespace: namespace.clone().map_or(Namespace::Cluster, Namespace::Named),
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            name: name.clone(),
        }
    }

    fn put(&mut self, item: Slim) {
        let item = item.kept(&self.api_version, &self.kind, &mut self.texts);
        let key = (item.namespace.clone(), item.name.clone());
        let bytes = item.bytes();
        let place = self.place(&key);
        let before = self.held.insert(key, (bytes, self.round)).map(|(bytes, _)| bytes);
        self.health.replaced(before, Some(bytes));
        self.is_changed |= self.store.change(|inventory| inventory.insert(&place, item.value));
    }

    fn drop_where(&mut self, gone: impl Fn(u32) -> bool) {
        let gone = self.held.iter().filter(|(_, (_, round))| gone(*round));
        let keys: Vec<Key> = gone.map(|(key, _)| key.clone()).collect();
        keys.iter().for_each(|key| self.forget(key));
    }

    fn forget(&mut self, key: &Key) {
        self.health.replaced(self.held.remove(key).map(|(bytes, _)| bytes), None);
        let place = self.place(key);
        self.is_changed |= self.store.change(|inventory| inventory.remove(&place));
    }

    /// Forgets everything: no rule asks for this kind any more.
    pub(super) fn clear(&mut self) {
        self.drop_where(|_| true);
        self.settle();
    }
}

impl Sink<Slim> for InventorySink {
    fn begin(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    fn listed(&mut self, item: Slim) {
        self.put(item);
    }

    fn complete(&mut self) {
        let round = self.round;
        self.drop_where(|seen| seen != round);
        self.settle();
        self.health.synced();
    }

    fn applied(&mut self, item: Slim) {
        self.put(item);
    }

    fn deleted(&mut self, item: Slim) {
        self.forget(&(item.namespace, item.name));
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
            self.clear();
        }
        self.health.failed(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_engine::to_json;
    use serde_json::{Value as Json, json};

    fn item(namespace: Option<&str>, name: &str, spec: u32) -> Slim {
        let metadata = json!({"name": name, "namespace": namespace});
        serde_json::from_value(json!({"metadata": metadata, "spec": spec})).unwrap()
    }

    fn sink(kind: &str) -> (InventorySink, Arc<InventoryStore>, Arc<KindHealth>) {
        let (store, health) = (Arc::new(InventoryStore::default()), Arc::new(KindHealth::new(kind)));
        (InventorySink::new(("v1".into(), kind.into()), store.clone(), health.clone()), store, health)
    }

    fn seen(store: &InventoryStore) -> Json {
        to_json(store.newest().data().unwrap())["inventory"].clone()
    }

    #[test]
    fn rules_see_what_was_listed_and_what_changed_since() {
        let (mut sink, store, health) = sink("LimitRange");
        assert!(health.unready().is_some());
        sink.begin();
        sink.listed(item(Some("shop"), "a", 1));
        sink.complete();
        assert_eq!(health.unready(), None);
        sink.applied(item(Some("shop"), "a", 2));
        sink.applied(item(Some("bank"), "b", 1));
        sink.settle();
        let inventory = seen(&store);
        assert_eq!(inventory["namespace"]["shop"]["v1"]["LimitRange"]["a"]["spec"], 2);
        assert_eq!(inventory["namespace"]["bank"]["v1"]["LimitRange"]["b"]["kind"], "LimitRange");
        sink.deleted(item(Some("shop"), "a", 2));
        sink.settle();
        assert_eq!(seen(&store)["namespace"].get("shop"), None);
        assert_eq!(health.report().objects, 1);
    }

    #[test]
    fn an_empty_cluster_is_known_to_be_empty() {
        let (mut sink, store, _) = sink("LimitRange");
        sink.begin();
        sink.complete();
        assert_eq!(seen(&store), json!({"cluster": {}, "namespace": {}}));
    }

    #[test]
    fn what_does_not_change_an_object_makes_no_new_snapshot() {
        let (mut sink, store, _) = sink("Namespace");
        sink.applied(item(None, "shop", 1));
        sink.settle();
        let before = store.newest();
        sink.applied(item(None, "shop", 1));
        sink.settle();
        assert!(Arc::ptr_eq(before.data().unwrap(), store.newest().data().unwrap()));
    }

    #[test]
    fn a_kind_that_nobody_asks_for_is_forgotten() {
        let (mut sink, store, health) = sink("Namespace");
        sink.applied(item(None, "shop", 1));
        sink.settle();
        sink.clear();
        assert_eq!(seen(&store), json!({"cluster": {}, "namespace": {}}));
        assert_eq!(health.report().bytes, 0);
    }
}
