//! What is known beyond the review: other objects, catalog entities, images. Gathered by a front end because
//! [`crate::PolicySet::needs`] asked for it; `decide` only reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use regorus::Value;

use crate::review::{Namespace, Review};
use crate::value::{get, map_of};

/// Facts for a review. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    data: Option<Arc<Value>>,
    images: Arc<BTreeMap<Arc<str>, ImageFacts>>,
    platform: Option<Arc<Value>>,
    platform_before: Option<Arc<Value>>,
}

/// What is known of one image as written.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageFacts {
    /// As rules see it under `input.images[_].signature`: a map with `status` (`verified`, `unsigned`, `invalid` or
    /// `unknown`) and, where there is something to say, `authorities`, `identities`, `attestations` and `reason`.
    pub signature: Value,
    /// What the image was resolved to, `algorithm:hex`: `input.images[_].digest`. Also for a tag.
    pub digest: Option<Arc<str>>,
    /// What to write instead, `name:tag@algorithm:hex`, where the image is named by a tag and just that digest was
    /// verified: `input.images[_].pinned`.
    pub pinned: Option<Arc<str>>,
}

impl Facts {
    /// Facts made of other objects and of catalog entities (keyed by entity reference), where they are known.
    #[must_use]
    pub fn new(inventory: &Inventory, catalog_entities: Option<Value>) -> Self {
        let catalog = catalog_entities.map(|entities| map_of([(Value::from("entities"), Some(entities))]));
        let inventory = inventory.value();
        if catalog.is_none() && inventory.is_none() {
            return Self::default();
        }
        let data = map_of([(Value::from("catalog"), catalog), (Value::from("inventory"), inventory)]);
        Self { data: Some(Arc::new(data)), ..Self::default() }
    }

    /// The same facts with the entities of the catalog, keyed by entity reference: `data.catalog.entities`. Makes data of
    /// its own, so keep what comes of it where the same is asked again and again.
    #[must_use]
    pub fn with_catalog(mut self, entities: Value) -> Self {
        let catalog = map_of([(Value::from("entities"), Some(entities))]);
        let inventory = self.data.as_deref().and_then(|data| get(data, "inventory")).cloned();
        let data = map_of([(Value::from("catalog"), Some(catalog)), (Value::from("inventory"), inventory)]);
        self.data = Some(Arc::new(data));
        self
    }

    /// The same facts with what is known of images, keyed by the image as written.
    #[must_use]
    pub fn with_images(mut self, images: BTreeMap<Arc<str>, ImageFacts>) -> Self {
        self.images = Arc::new(images);
        self
    }

    /// The same facts with what platform files say of the review's object: `input.platform`, a map with `problems` and
    /// `unknown` (lists of maps with a `path`, by code) and neutral facts.
    #[must_use]
    pub fn with_platform(mut self, notes: Arc<Value>) -> Self {
        self.platform = Some(notes);
        self
    }

    /// The same facts with what they say of the object that an update replaces, so that what it had before does not newly
    /// fail. Without it every problem counts as new.
    #[must_use]
    pub fn with_platform_before(mut self, notes: Arc<Value>) -> Self {
        self.platform_before = Some(notes);
        self
    }

    /// What is noted of the review's object.
    pub(crate) fn platform(&self) -> Option<&Value> {
        self.platform.as_deref()
    }

    /// The same for a review of the object that an update replaces.
    pub(crate) fn before(&self) -> Self {
        Self { platform: self.platform_before.clone(), platform_before: None, ..self.clone() }
    }

    pub(crate) fn image(&self, written: &str) -> Option<&ImageFacts> {
        self.images.get(written)
    }

    /// `data` for rules; equal pointers mean equal data, so that an evaluator can keep what it has loaded.
    pub const fn data(&self) -> Option<&Arc<Value>> {
        self.data.as_ref()
    }
}

/// Where an object stands in the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The object's namespace; [`Namespace::Unknown`] where a file names none.
    pub namespace: Namespace,
    /// `group/version`, or `version` for core.
    pub api_version: Arc<str>,
    /// Kind.
    pub kind: Arc<str>,
    /// Name.
    pub name: Arc<str>,
}

impl Place {
    /// The keys that lead to the object.
    fn keys(&self) -> Vec<Value> {
        let text = |text: &Arc<str>| Value::String(text.clone());
        let below = [text(&self.api_version), text(&self.kind), text(&self.name)];
        let shelf = match &self.namespace {
            Namespace::Cluster => vec![Value::from(CLUSTER)],
            Namespace::Unknown => vec![Value::from(UNKNOWN)],
            Namespace::Named(namespace) => vec![Value::from(NAMESPACE), text(namespace)],
        };
        shelf.into_iter().chain(below).collect()
    }
}

const CLUSTER: &str = "cluster";
const NAMESPACE: &str = "namespace";
const UNKNOWN: &str = "unknown";

/// Other objects, in Gatekeeper's layout: `namespace[ns][apiVersion][kind][name]`, `cluster[apiVersion][kind][name]`,
/// and `unknown[apiVersion][kind][name]` for objects of files that name no namespace.
///
/// Kept in the very form in which rules see it, so that a snapshot ([`Facts::new`]) copies nothing. A change copies
/// only the maps on the way to the object, and those only while a snapshot still holds them: all other objects are
/// shared by all snapshots. The cost of a change is thus that of the widest map on the way (the objects of one kind in
/// one namespace), not of the whole inventory.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// A map, or undefined while nothing is known.
    root: Value,
    objects: usize,
}

impl Default for Inventory {
    fn default() -> Self {
        Self { root: Value::Undefined, objects: 0 }
    }
}

impl Inventory {
    /// The inventory of a cluster: it is known as a whole, so what it does not hold does not exist. Rules see
    /// `data.inventory.cluster` and `data.inventory.namespace` even while nothing stands there.
    #[must_use]
    pub fn of_cluster() -> Self {
        let empty = || Some(Value::new_object());
        Self { root: map_of([(Value::from(CLUSTER), empty()), (Value::from(NAMESPACE), empty())]), objects: 0 }
    }

    /// Adds the object of a review. Without a name it cannot be told from others and is left out.
    pub fn add(&mut self, review: &Review) {
        let Some(name) = review.name.clone() else { return };
        let place = Place {
            namespace: review.namespace.clone(),
            api_version: review.kind.api_version().into(),
            kind: review.kind.kind.clone(),
            name,
        };
        self.insert(&place, review.object.clone());
    }

    /// Puts an object in its place, over the one that may stand there. `false` where an equal one stood there already,
    /// so that nothing changed.
    pub fn insert(&mut self, place: &Place, object: Value) -> bool {
        let keys = place.keys();
        let before = look_up(&self.root, &keys);
        if before == Some(&object) {
            return false;
        }
        self.objects = self.objects.saturating_add(usize::from(before.is_none()));
        put(&mut self.root, &keys, object);
        true
    }

    /// Takes an object away. `false` where none stood there.
    pub fn remove(&mut self, place: &Place) -> bool {
        let keys = place.keys();
        if look_up(&self.root, &keys).is_none() {
            return false;
        }
        self.objects = self.objects.saturating_sub(1);
        take(&mut self.root, &keys, 0);
        true
    }

    /// How many objects it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.objects
    }

    /// Whether it holds no object.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.objects == 0
    }

    /// The inventory as facts of its own. Shares everything with the inventory.
    #[must_use]
    pub fn snapshot(&self) -> Facts {
        Facts::new(self, None)
    }

    /// As rules see it; `None` while nothing at all is known.
    fn value(&self) -> Option<Value> {
        matches!(self.root, Value::Object(_)).then(|| self.root.clone())
    }
}

fn look_up<'v>(root: &'v Value, keys: &[Value]) -> Option<&'v Value> {
    keys.iter().try_fold(root, |value, key| match value {
        Value::Object(map) => map.get(key),
        _ => None,
    })
}

/// Sets the value at the end of the keys, making the maps on the way.
fn put(value: &mut Value, keys: &[Value], object: Value) {
    let Some((key, rest)) = keys.split_first() else {
        *value = object;
        return;
    };
    if !matches!(value, Value::Object(_)) {
        *value = Value::new_object();
    }
    if let Value::Object(map) = value {
        put(Arc::make_mut(map).get_or_insert_with(key.clone(), || Value::Undefined), rest, object);
    }
}

/// Removes the value at the end of the keys, and with it the maps that it leaves empty: equal content is an equal value,
/// whatever came and went before. Only the shelves themselves stay.
fn take(value: &mut Value, keys: &[Value], depth: usize) -> bool {
    let (Some((key, rest)), Value::Object(map)) = (keys.split_first(), value) else { return true };
    let map = Arc::make_mut(map);
    if rest.is_empty() || map.get_mut(key).is_some_and(|below| take(below, rest, depth.saturating_add(1))) {
        map.remove(key);
    }
    map.is_empty() && depth > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::Situation;
    use crate::value::to_json;
    use serde_json::json;

    #[test]
    fn lays_objects_out_as_gatekeeper_does() {
        let mut inventory = Inventory::default();
        for object in [
            json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "a", "namespace": "shop"}}),
            json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "b"}}),
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}),
            json!({"apiVersion": "v1", "kind": "LimitRange"}),
        ] {
            let situation = Situation { now: chrono::DateTime::UNIX_EPOCH, cluster: None };
            inventory.add(&Review::of_document(Value::from(object), None, situation).unwrap());
        }
        let laid_out = to_json(&inventory.value().unwrap());
        assert_eq!(laid_out["namespace"]["shop"]["v1"]["LimitRange"]["a"]["metadata"]["name"], "a");
        assert_eq!(laid_out["unknown"]["v1"]["LimitRange"]["b"]["kind"], "LimitRange");
        assert_eq!(laid_out["cluster"]["v1"]["Namespace"]["shop"]["kind"], "Namespace");
    }

    fn limit_range(namespace: &str, name: &str) -> (Place, Value) {
        let place = Place {
            namespace: Namespace::Named(namespace.into()),
            api_version: "v1".into(),
            kind: "LimitRange".into(),
            name: name.into(),
        };
        (place, Value::from(json!({"metadata": {"name": name, "namespace": namespace}})))
    }

    fn node(name: &str) -> (Place, Value) {
        let place =
            Place { namespace: Namespace::Cluster, api_version: "v1".into(), kind: "Node".into(), name: name.into() };
        (place, Value::from(json!({"metadata": {"name": name}})))
    }

    /// The map or value at these keys of a snapshot.
    fn within<'v>(facts: &'v Facts, keys: &[&str]) -> &'v Value {
        let keys: Vec<Value> = ["inventory"].iter().chain(keys).map(|key| Value::from(*key)).collect();
        look_up(facts.data().unwrap(), &keys).unwrap()
    }

    fn is_shared(left: &Value, right: &Value) -> bool {
        matches!((left, right), (Value::Object(left), Value::Object(right)) if Arc::ptr_eq(left, right))
    }

    #[test]
    fn a_change_leaves_earlier_snapshots_alone_and_shares_the_rest_with_them() {
        let mut inventory = Inventory::of_cluster();
        for (place, object) in [limit_range("shop", "a"), limit_range("shop", "b"), limit_range("bank", "c"), node("n")]
        {
            assert!(inventory.insert(&place, object));
        }
        let before = inventory.snapshot();
        let (place, _) = limit_range("shop", "a");
        assert!(inventory.insert(&place, Value::from(json!({"spec": 1}))));
        let after = inventory.snapshot();

        let changed = ["namespace", "shop", "v1", "LimitRange", "a"];
        assert_eq!(to_json(within(&before, &changed))["metadata"]["name"], "a");
        assert_eq!(to_json(within(&after, &changed)), json!({"spec": 1}));
        for shared in [&["cluster"][..], &["namespace", "bank"], &["namespace", "shop", "v1", "LimitRange", "b"]] {
            assert!(is_shared(within(&before, shared), within(&after, shared)), "{shared:?}");
        }
    }

    #[test]
    fn a_snapshot_copies_nothing() {
        let mut inventory = Inventory::of_cluster();
        let (place, object) = node("n");
        inventory.insert(&place, object);
        let (one, two) = (inventory.snapshot(), inventory.snapshot());
        assert!(is_shared(within(&one, &[]), within(&two, &[])));
    }

    #[test]
    fn an_equal_object_is_no_change() {
        let mut inventory = Inventory::of_cluster();
        let (place, object) = node("n");
        assert!(inventory.insert(&place, object.clone()));
        assert!(!inventory.insert(&place, object));
        assert_eq!(inventory.len(), 1);
        assert!(inventory.remove(&place));
        assert!(!inventory.remove(&place));
        assert!(inventory.is_empty());
    }

    #[test]
    fn what_came_and_went_leaves_no_trace() {
        let (mut travelled, mut fresh) = (Inventory::of_cluster(), Inventory::of_cluster());
        let objects = [limit_range("shop", "a"), limit_range("shop", "b"), limit_range("bank", "c"), node("n")];
        for (place, object) in &objects {
            travelled.insert(place, object.clone());
        }
        for (place, _) in &objects[1..] {
            travelled.remove(place);
        }
        fresh.insert(&objects[0].0, objects[0].1.clone());
        assert_eq!(travelled.snapshot().data(), fresh.snapshot().data());
        travelled.remove(&objects[0].0);
        assert_eq!(travelled.snapshot().data(), Inventory::of_cluster().snapshot().data());
    }

    #[test]
    fn the_catalog_stands_beside_the_inventory() {
        let with_catalog = |facts: Facts| {
            let entities = Value::from(json!({"group:default/a": {"kind": "Group"}}));
            to_json(facts.with_catalog(entities).data().unwrap())
        };
        let catalog = json!({"entities": {"group:default/a": {"kind": "Group"}}});
        assert_eq!(with_catalog(Facts::default()), json!({"catalog": catalog}));
        let inventory = json!({"cluster": {}, "namespace": {}});
        let of_cluster = with_catalog(Inventory::of_cluster().snapshot());
        assert_eq!(of_cluster, json!({"catalog": catalog, "inventory": inventory}));
    }

    #[test]
    fn an_empty_cluster_is_known_and_an_empty_folder_is_not() {
        let cluster = Inventory::of_cluster().snapshot();
        assert_eq!(to_json(cluster.data().unwrap()), json!({"inventory": {"cluster": {}, "namespace": {}}}));
        assert_eq!(Inventory::default().snapshot().data(), None);
    }
}
