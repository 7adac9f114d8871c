//! The smallest JSON patch from one object to another: fields by key, list items by equality or by their `name`.
//!
//! Parts that both objects share in memory are not looked at, so the cost is that of what changed.

use std::sync::Arc;

use regorus::Value;
use regorus::value::{Array, Object};

use crate::mutation::patch::PatchOp;
use crate::pointer::{Pointer, Segment};
use crate::value::get;

/// Operations that make `after` of `before`, to be applied one after another; none where they are equal.
pub(super) fn diff(before: &Value, after: &Value) -> Vec<PatchOp> {
    let mut differ = Differ { at: Vec::new(), found: Vec::new() };
    differ.values(before, after);
    differ.found
}

/// Lists whose differing parts have more pairs than this are compared item by item: finding what moved costs as much.
const MAX_PAIRS: usize = 10_000;

struct Differ {
    at: Vec<Segment>,
    found: Vec<PatchOp>,
}

impl Differ {
    fn values(&mut self, before: &Value, after: &Value) {
        match (before, after) {
            // `==` of shared values is one comparison of pointers.
            _ if before == after => {}
            (Value::Object(before), Value::Object(after)) if have_string_keys(before) && have_string_keys(after) => {
                self.objects(before, after);
            }
            (Value::Array(before), Value::Array(after)) => self.lists(before, after),
            (_, after) => self.found.push(PatchOp::Replace { path: Pointer(self.at.clone()), value: after.clone() }),
        }
    }

    fn inside(&mut self, segment: Segment, look: impl FnOnce(&mut Self)) {
        self.at.push(segment);
        look(self);
        self.at.pop();
    }

    fn add(&mut self, segment: Segment, value: &Value) {
        self.inside(segment, |differ| {
            differ.found.push(PatchOp::Add { path: Pointer(differ.at.clone()), value: value.clone() });
        });
    }

    fn remove(&mut self, segment: Segment) {
        self.inside(segment, |differ| differ.found.push(PatchOp::Remove { path: Pointer(differ.at.clone()) }));
    }

    fn objects(&mut self, before: &Object, after: &Object) {
        for (key, value) in before.iter_sorted() {
            let Value::String(name) = key else { continue };
            match after.get(key) {
                Some(new) => self.inside(Segment::Key(name.clone()), |differ| differ.values(value, new)),
                None => self.remove(Segment::Key(name.clone())),
            }
        }
        for (key, value) in after.iter_sorted() {
            if let Value::String(name) = key
                && !before.contains_key(key)
            {
                self.add(Segment::Key(name.clone()), value);
            }
        }
    }

    /// First what becomes of items, then what goes and comes from the end to the start: so that no operation moves what a
    /// later one names.
    fn lists(&mut self, before: &Array, after: &Array) {
        let (before, after): (Vec<&Value>, Vec<&Value>) = (before.iter().collect(), after.iter().collect());
        let same = |pair: &(&&Value, &&Value)| pair.0 == pair.1;
        let start = before.iter().zip(&after).take_while(same).count();
        let rest = |list: &[&Value]| list.len().saturating_sub(start);
        let end = before.iter().rev().zip(after.iter().rev()).take(rest(&before).min(rest(&after))).take_while(same);
        let end = end.count();
        let (old_end, new_end) = (before.len().saturating_sub(end), after.len().saturating_sub(end));
        let old = before.get(start..old_end).unwrap_or_default();
        let new = after.get(start..new_end).unwrap_or_default();

        let mut gaps = Vec::new();
        let (mut i, mut j) = (0, 0);
        for (next_i, next_j) in aligned(old, new).into_iter().chain([(old.len(), new.len())]) {
            // Items without a counterpart: as many as can be become each other, the rest goes or comes.
            let both = next_i.saturating_sub(i).min(next_j.saturating_sub(j));
            for offset in 0..both {
                let (i, j) = (i.saturating_add(offset), j.saturating_add(offset));
                self.pair(start.saturating_add(i), old.get(i), new.get(j));
            }
            gaps.push((i.saturating_add(both)..next_i, j.saturating_add(both)..next_j));
            self.pair(start.saturating_add(next_i), old.get(next_i), new.get(next_j));
            (i, j) = (next_i.saturating_add(1), next_j.saturating_add(1));
        }
        for (olds, news) in gaps.into_iter().rev() {
            let at = olds.start;
            olds.rev().for_each(|index| self.remove(Segment::Index(start.saturating_add(index))));
            for (offset, value) in new.get(news).unwrap_or_default().iter().enumerate() {
                self.add(Segment::Index(start.saturating_add(at).saturating_add(offset)), value);
            }
        }
    }

    fn pair(&mut self, index: usize, old: Option<&&Value>, new: Option<&&Value>) {
        if let (Some(old), Some(new)) = (old, new) {
            self.inside(Segment::Index(index), |differ| differ.values(old, new));
        }
    }
}

fn have_string_keys(fields: &Arc<Object>) -> bool {
    fields.keys().all(|key| matches!(key, Value::String(_)))
}

/// Whether two items are the same one, changed or not.
fn are_alike(old: &Value, new: &Value) -> bool {
    old == new || matches!((get(old, "name"), get(new, "name")), (Some(old), Some(new)) if old == new)
}

/// A longest common subsequence of two lists, as pairs of indexes in order.
fn aligned(old: &[&Value], new: &[&Value]) -> Vec<(usize, usize)> {
    if old.len().saturating_mul(new.len()) > MAX_PAIRS {
        return Vec::new();
    }
    // longest[i][j]: of old[i..] and new[j..].
    let width = new.len().saturating_add(1);
    let mut longest = vec![0_u32; old.len().saturating_add(1).saturating_mul(width)];
    let cell = |i: usize, j: usize| i.saturating_mul(width).saturating_add(j);
    let value = |longest: &[u32], i: usize, j: usize| longest.get(cell(i, j)).copied().unwrap_or_default();
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let (next_i, next_j) = (i.saturating_add(1), j.saturating_add(1));
            let best = if are_alike(a, b) {
                value(&longest, next_i, next_j).saturating_add(1)
            } else {
                value(&longest, next_i, j).max(value(&longest, i, next_j))
            };
            if let Some(here) = longest.get_mut(cell(i, j)) {
                *here = best;
            }
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (old.get(i), new.get(j)) {
        let (next_i, next_j) = (i.saturating_add(1), j.saturating_add(1));
        if are_alike(a, b) {
            pairs.push((i, j));
            (i, j) = (next_i, next_j);
        } else if value(&longest, next_i, j) >= value(&longest, i, next_j) {
            i = next_i;
        } else {
            j = next_j;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutation::patch::apply;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn patch(before: Json, after: Json) -> Json {
        let (before, after) = (Value::from(before), Value::from(after));
        let patch = diff(&before, &after);
        assert_eq!(apply(&patch, &before).as_ref(), Ok(&after));
        serde_json::to_value(patch).unwrap()
    }

    #[test]
    fn touches_only_what_differs() {
        let before = json!({"spec": {"containers": [{"name": "a", "x": 1}, {"name": "b"}]}, "gone": 1, "kept": {}});
        let after =
            json!({"spec": {"containers": [{"name": "a", "x": 2}, {"name": "b"}]}, "kept": {}, "new": {"a": {}}});
        assert_eq!(
            patch(before, after),
            json!([
                {"op": "remove", "path": "/gone"},
                {"op": "replace", "path": "/spec/containers/0/x", "value": 2},
                {"op": "add", "path": "/new", "value": {"a": {}}},
            ])
        );
    }

    #[test]
    fn keys_with_slashes_and_tildes_are_escaped() {
        assert_eq!(
            patch(json!({"annotations": {}}), json!({"annotations": {"example.org/~a": "b"}})),
            json!([{"op": "add", "path": "/annotations/example.org~1~0a", "value": "b"}])
        );
    }

    #[test]
    fn items_are_found_by_name_and_removed_from_the_end() {
        let item = |name: &str, x: u32| json!({"name": name, "x": x});
        assert_eq!(
            patch(
                json!([item("a", 1), item("b", 1), item("c", 1), item("d", 1)]),
                json!([item("a", 2), item("c", 2), item("e", 1)])
            ),
            json!([
                {"op": "replace", "path": "/0/x", "value": 2},
                {"op": "replace", "path": "/2/x", "value": 2},
                {"op": "replace", "path": "/3/name", "value": "e"},
                {"op": "remove", "path": "/1"},
            ])
        );
        assert_eq!(patch(json!(["a"]), json!(["a", "b"])), json!([{"op": "add", "path": "/1", "value": "b"}]));
        assert_eq!(
            patch(json!([1, 2, 3, 4]), json!([2, 4])),
            json!([{"op": "remove", "path": "/2"}, {"op": "remove", "path": "/0"}])
        );
    }

    #[test]
    fn long_lists_are_compared_item_by_item() {
        let list = |from: u32| (from..from + 200).collect::<Vec<_>>();
        let patch = patch(json!(list(0)), json!(list(1_000)));
        assert_eq!(patch.as_array().unwrap().len(), 200);
    }

    fn any_value() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            (0_u8..4).prop_map(Json::from),
            "[a-c]{0,2}".prop_map(Json::from)
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
                prop::collection::btree_map("[a-c/~]|name", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn applied_to_the_one_it_gives_the_other(before in any_value(), after in any_value()) {
            let (before, after) = (Value::from(before), Value::from(after));
            let patch = diff(&before, &after);
            prop_assert_eq!(apply(&patch, &before), Ok(after.clone()));
            prop_assert_eq!(patch.is_empty(), before == after);
        }
    }
}
