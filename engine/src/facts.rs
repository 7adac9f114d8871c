//! What is known beyond the review: other objects, catalog entities, signatures. Gathered by a front end because
//! [`crate::PolicySet::needs`] asked for it; `decide` only reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use regorus::Value;

use crate::review::{Namespace, Review};
use crate::value::object_of;

/// Facts for a review. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    data: Option<Arc<Value>>,
    signatures: Arc<BTreeMap<Arc<str>, Value>>,
}

impl Facts {
    /// Facts made of other objects and of catalog entities (keyed by entity reference), where they are known.
    #[must_use]
    pub fn new(inventory: &Inventory, catalog_entities: Option<Value>) -> Self {
        let catalog = catalog_entities.map(|entities| object_of([(Value::from("entities"), Some(entities))]));
        let inventory = (!inventory.is_empty()).then(|| inventory.to_value());
        if catalog.is_none() && inventory.is_none() {
            return Self::default();
        }
        let data = object_of([(Value::from("catalog"), catalog), (Value::from("inventory"), inventory)]);
        Self { data: Some(Arc::new(data)), signatures: Arc::default() }
    }

    /// The same facts with what is known of images' signatures, keyed by the image as written.
    #[must_use]
    pub fn with_signatures(mut self, signatures: BTreeMap<Arc<str>, Value>) -> Self {
        self.signatures = Arc::new(signatures);
        self
    }

    pub(crate) fn signature(&self, image: &str) -> Option<&Value> {
        self.signatures.get(image)
    }

    /// `data` for rules; equal pointers mean equal data, so that an evaluator can keep what it has loaded.
    pub const fn data(&self) -> Option<&Arc<Value>> {
        self.data.as_ref()
    }
}

/// Where an object stands in the inventory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Shelf {
    Cluster,
    Namespace(Arc<str>),
    Unknown,
}

/// Other objects, in Gatekeeper's layout: `namespace[ns][apiVersion][kind][name]`, `cluster[apiVersion][kind][name]`,
/// and `unknown[apiVersion][kind][name]` for objects of files that name no namespace.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    objects: BTreeMap<(Shelf, String, Arc<str>, Arc<str>), Value>,
}

impl Inventory {
    /// Adds the object of a review. Without a name it cannot be told from others and is left out.
    pub fn add(&mut self, review: &Review) {
        let Some(name) = review.name.clone() else { return };
        let shelf = match &review.namespace {
            Namespace::Cluster => Shelf::Cluster,
            Namespace::Named(name) => Shelf::Namespace(name.clone()),
            Namespace::Unknown => Shelf::Unknown,
        };
        self.objects.insert((shelf, review.kind.api_version(), review.kind.kind.clone(), name), review.object.clone());
    }

    /// Takes in all objects of another inventory.
    pub fn extend(&mut self, other: Self) {
        self.objects.extend(other.objects);
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    fn to_value(&self) -> Value {
        let mut root = Tree::default();
        for ((shelf, api_version, kind, name), object) in &self.objects {
            let shelf = match shelf {
                Shelf::Cluster => root.below("cluster"),
                Shelf::Unknown => root.below("unknown"),
                Shelf::Namespace(namespace) => root.below("namespace").below(namespace),
            };
            shelf.below(api_version).below(kind).below(name).leaf = Some(object.clone());
        }
        root.into_value()
    }
}

#[derive(Default)]
struct Tree {
    branches: BTreeMap<Arc<str>, Tree>,
    leaf: Option<Value>,
}

impl Tree {
    fn below(&mut self, key: &str) -> &mut Self {
        self.branches.entry(key.into()).or_default()
    }

    fn into_value(self) -> Value {
        self.leaf.unwrap_or_else(|| {
            object_of(self.branches.into_iter().map(|(key, tree)| (Value::String(key), Some(tree.into_value()))))
        })
    }
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
        let laid_out = to_json(&inventory.to_value());
        assert_eq!(laid_out["namespace"]["shop"]["v1"]["LimitRange"]["a"]["metadata"]["name"], "a");
        assert_eq!(laid_out["unknown"]["v1"]["LimitRange"]["b"]["kind"], "LimitRange");
        assert_eq!(laid_out["cluster"]["v1"]["Namespace"]["shop"]["kind"], "Namespace");
    }
}
