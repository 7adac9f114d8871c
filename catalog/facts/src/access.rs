//! Short ways into values.

use platlint_engine::{Pointer, Segment, Value, get};

/// The value at the end of a path of keys; null is absent.
pub fn value_at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| get(value, key))
}

/// The string at the end of a path of keys.
pub fn str_at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    match value_at(value, path) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The items of the list at the end of a path of keys; none where there is no list.
pub fn array_at<'v>(value: &'v Value, path: &[&str]) -> impl Iterator<Item = &'v Value> {
    value_at(value, path).into_iter().flat_map(items)
}

/// The items of a list; none where the value is no list.
pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    let list = match value {
        Value::Array(items) => Some(items),
        _ => None,
    };
    list.into_iter().flat_map(|items| items.iter())
}

/// The entries of a map whose keys are strings, in the order of keys; none where the value is no map.
pub fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let map = match value {
        Value::Object(map) => Some(map),
        _ => None,
    };
    map.into_iter().flat_map(|map| map.iter()).filter_map(|(key, value)| match key {
        Value::String(key) => Some((&**key, value)),
        _ => None,
    })
}

/// A pointer made of keys.
#[must_use]
pub fn path_of(keys: &[&str]) -> Pointer {
    keys.iter().map(|key| Segment::from(*key)).collect()
}
