//! Values as Rego sees them: reading them, and building them from files without a detour through another tree.

use std::collections::HashSet;
use std::sync::Arc;
use std::vec::Drain;

use platlint_source::Build;
use regorus::Value;
use regorus::value::Object;

use crate::pointer::{Pointer, Segment};

/// The value under `key` of a map; `None` where `value` is no map, has no such key, or holds null there: Kubernetes
/// prunes nulls, so a null field is an absent one.
pub fn get<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    let Value::Object(object) = value else { return None };
    let found = if object.len() <= SCANNED_KEYS {
        // Looking at a few keys costs less than making one to look for.
        object.iter().find(|(each, _)| matches!(each, Value::String(each) if **each == *key)).map(|(_, found)| found)
    } else {
        object.get(&Value::from(key))
    };
    found.filter(|found| !matches!(found, Value::Null | Value::Undefined))
}

/// A map of at most so many keys is scanned for one.
const SCANNED_KEYS: usize = 16;

/// The string under `key` of a map; `None` where there is no string.
pub fn get_str<'v>(value: &'v Value, key: &str) -> Option<&'v Arc<str>> {
    match get(value, key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The value at the end of a path of keys.
pub(crate) fn get_path<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| get(value, key))
}

/// The value a pointer leads to, where there is one.
#[must_use]
pub fn at<'v>(value: &'v Value, pointer: &Pointer) -> Option<&'v Value> {
    pointer.0.iter().try_fold(value, |value, segment| match (segment, value) {
        (Segment::Key(key), Value::Object(object)) => object.get(&Value::String(key.clone())),
        (Segment::Index(index), Value::Array(items)) => items.get(*index),
        _ => None,
    })
}

/// A map from keys to values.
pub(crate) fn object<const N: usize>(entries: [(Value, Value); N]) -> Value {
    Value::Object(Arc::new(Object::from_iter(entries)))
}

/// A map of the entries that have a value.
pub fn map_of(entries: impl IntoIterator<Item = (Value, Option<Value>)>) -> Value {
    Value::Object(Arc::new(entries.into_iter().filter_map(|(key, value)| Some((key, value?))).collect::<Object>()))
}

/// The value as JSON, for output and for other tools. Sets become lists.
pub fn to_json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or(serde_json::Value::Null)
}

/// Builds [`Value`]s from documents. Keep one per thread: it remembers the keys it has seen, and `metadata` or
/// `image` are then one allocation for a whole run.
#[derive(Debug, Default)]
pub struct ValueBuilder {
    keys: HashSet<Arc<str>>,
}

/// So many keys are remembered at most; files can hold any number of different ones.
const REMEMBERED_KEYS: usize = 4_096;
/// Longer keys hardly repeat.
const REMEMBERED_KEY_BYTES: usize = 64;

impl Build for ValueBuilder {
    type Value = Value;
    type Key = Value;

    fn key(&mut self, key: &str) -> Value {
        if let Some(known) = self.keys.get(key) {
            return Value::String(known.clone());
        }
        let new: Arc<str> = key.into();
        if key.len() <= REMEMBERED_KEY_BYTES && self.keys.len() < REMEMBERED_KEYS {
            self.keys.insert(new.clone());
        }
        Value::String(new)
    }

    fn null(&mut self) -> Value {
        Value::Null
    }

    fn bool(&mut self, value: bool) -> Value {
        Value::Bool(value)
    }

    fn int(&mut self, value: i64) -> Value {
        Value::from(value)
    }

    fn uint(&mut self, value: u64) -> Value {
        Value::from(value)
    }

    fn float(&mut self, value: f64) -> Value {
        Value::from(value)
    }

    fn string(&mut self, value: &str) -> Value {
        Value::from(value)
    }

    fn sequence(&mut self, items: Drain<'_, Value>) -> Value {
        Value::from(items.collect::<Vec<_>>())
    }

    fn mapping(&mut self, entries: Drain<'_, (Value, Value)>) -> Value {
        Value::Object(Arc::new(entries.collect::<Object>()))
    }
}
