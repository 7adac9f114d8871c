//! The keys that a schema knows, and those of an entity that are nearly one of them. In a form of its own: every key of every
//! entity is looked up.

use platlint_engine::{Pointer, Segment, Value, get, suggest};
use platlint_facts::{entries, items};
use serde_json::Value as Json;

use crate::placeholder::placeholder;

/// Schemas are not so deep; one that contains itself ends here.
const DEEPEST: usize = 16;

/// What a schema says of the keys at and below a value.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Those of a map, in order; `None` where it names none, so that any will do.
    known: Option<Vec<(&'static str, Known)>>,
    /// Those of a list's items.
    items: Option<Box<Keys>>,
}

#[derive(Debug)]
struct Known {
    /// Whether the catalog sets it itself, so that nobody means it.
    is_given: bool,
    below: Option<Keys>,
}

impl Keys {
    /// Those of a schema in `document`, which references lead into; `None` where it speaks of none.
    pub(crate) fn of(node: &'static Json, document: &'static Json) -> Option<Self> {
        Self::down_to(node, document, DEEPEST)
    }

    fn down_to(node: &'static Json, document: &'static Json, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let meant = node.get("$ref").and_then(Json::as_str);
        let node = meant.and_then(|text| document.pointer(text.trim_start_matches('#'))).unwrap_or(node);
        let known = node.get("properties").and_then(Json::as_object).map(|properties| {
            let mut known: Vec<(&'static str, Known)> = properties
                .iter()
                .map(|(name, node)| {
                    let is_given = node.get("readOnly").is_some();
                    (name.as_str(), Known { is_given, below: Self::down_to(node, document, depth) })
                })
                .collect();
            known.sort_by_key(|(name, _)| *name);
            known
        });
        let items = node.get("items").and_then(|node| Self::down_to(node, document, depth)).map(Box::new);
        (known.is_some() || items.is_some()).then_some(Self { known, items })
    }

    /// Whether a key of the map is known.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.known(key).is_some()
    }

    fn known(&self, key: &str) -> Option<&Known> {
        let known = self.known.as_ref()?;
        let place = known.binary_search_by_key(&key, |(name, _)| name).ok()?;
        known.get(place).map(|(_, known)| known)
    }

    /// Calls `found` with the place of each key that is not known but near to a known one that is missing, and with that.
    pub(crate) fn misspelt(&self, value: &Value, path: &mut Vec<Segment>, found: &mut impl FnMut(Pointer, &str)) {
        if let (Some(known), None) = (&self.known, placeholder(value)) {
            for (key, below) in entries(value) {
                match self.known(key) {
                    Some(Known { below: None, .. }) => {}
                    Some(Known { below: Some(keys), .. }) => {
                        path.push(key.into());
                        keys.misspelt(below, path, found);
                        path.pop();
                    }
                    None => {
                        // A key that stands beside the known one is no misspelling of it.
                        let is_meant = |(name, known): &&(&str, Known)| !known.is_given && get(value, name).is_none();
                        let missing = known.iter().filter(is_meant).map(|(name, _)| *name);
                        if let Some(nearest) = nearest(key, missing) {
                            path.push(key.into());
                            found(Pointer(path.clone()), nearest);
                            path.pop();
                        }
                    }
                }
            }
        }
        if let Some(keys) = &self.items {
            for (index, item) in items(value).enumerate() {
                path.push(index.into());
                keys.misspelt(item, path, found);
                path.pop();
            }
        }
    }
}

/// The nearest of some names, where it is near.
pub(crate) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    // Names of another length are not near; comparing lengths is cheaper than comparing letters.
    let close: Vec<&str> = known.filter(|name| name.len().abs_diff(word.len()) <= (name.len() / 3).max(1)).collect();
    suggest::nearest(word, &close)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(keys: &Keys) -> usize {
        let known = keys.known.iter().flatten().filter_map(|(_, known)| known.below.as_ref());
        1 + known.chain(keys.items.as_deref()).map(depth).max().unwrap_or_default()
    }

    #[test]
    fn no_schema_is_cut_off() {
        assert!(crate::schema::all_keys().map(depth).all(|depth| depth < DEEPEST / 2));
        assert!(crate::schema::all_keys().map(depth).any(|depth| depth > 2));
    }
}
