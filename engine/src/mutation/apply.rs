//! Doing edits on an object: parents that are missing are made, what others share is copied on the way, nothing else.

use std::sync::Arc;

use regorus::Value;

use crate::mutation::edit::{Edit, EditOp};
use crate::pointer::Segment;

/// What an edit would do to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It changes the object.
    Changes,
    /// The object is as the edit wants it.
    AlreadySo,
    /// Its path leads through an item that does not exist, through a scalar, by a key into a list or by an index into a
    /// map; or it appends to what is no list.
    Misfit,
}

/// Whether and how an edit fits an object. A null field is an absent one.
pub(super) fn fit(edit: &Edit, object: &Value) -> Fit {
    let mut here = Some(object);
    for segment in &edit.path.0 {
        here = match (segment, here) {
            (Segment::Key(key), Some(Value::Object(fields))) => {
                fields.get(&Value::String(key.clone())).filter(|value| !matches!(value, Value::Null))
            }
            (Segment::Index(index), Some(Value::Array(items))) => match items.get(*index) {
                Some(item) => Some(item),
                None => return Fit::Misfit,
            },
            // Only maps are made.
            (Segment::Key(_), None) => None,
            _ => return Fit::Misfit,
        };
    }
    let changes = match (edit.op, here) {
        (EditOp::Set, value) => value != Some(&edit.value),
        (EditOp::Append, None) => true,
        (EditOp::Append, Some(Value::Array(items))) => !items.contains(&edit.value),
        (EditOp::Append, Some(_)) => return Fit::Misfit,
        (EditOp::Remove, value) => value.is_some(),
    };
    if changes { Fit::Changes } else { Fit::AlreadySo }
}

/// Does edits that do not contradict each other, all addressed to `object` as it is given; those that changed it come back
/// in the order they were done.
///
/// First what is set, then what is appended, then what is removed from the end to the start: so every index means what it
/// meant to the rule.
pub(super) fn apply<'e, T>(edits: &'e [(T, Edit)], object: &mut Value) -> Vec<&'e (T, Edit)> {
    let mut ordered: Vec<&(T, Edit)> = edits.iter().collect();
    ordered.sort_by(|(_, a), (_, b)| {
        let by_path = a.path.cmp(&b.path);
        a.op.cmp(&b.op).then(if a.op == EditOp::Remove { by_path.reverse() } else { by_path })
    });
    ordered.retain(|(_, edit)| fit(edit, object) == Fit::Changes && one(edit, object).is_some());
    ordered
}

/// `None` where the edit does not fit.
fn one(edit: &Edit, object: &mut Value) -> Option<()> {
    let (last, parents) = edit.path.0.split_last()?;
    let parent = parents.iter().try_fold(object, |value, segment| {
        let inner = inside(value, segment)?;
        if matches!(inner, Value::Null) {
            *inner = Value::new_object();
        }
        Some(inner)
    })?;
    match edit.op {
        EditOp::Set => *inside(parent, last)? = edit.value.clone(),
        EditOp::Append => match inside(parent, last)? {
            Value::Array(items) => Arc::make_mut(items).push(edit.value.clone()),
            none @ Value::Null => *none = Value::from(vec![edit.value.clone()]),
            _ => return None,
        },
        EditOp::Remove => match (parent, last) {
            (Value::Object(fields), Segment::Key(key)) => {
                Arc::make_mut(fields).remove(&Value::String(key.clone()))?;
            }
            (list @ Value::Array(_), Segment::Index(index)) => *list = without(list, *index)?,
            _ => return None,
        },
    }
    Some(())
}

/// The value one step further in, to be changed; null where a map has no such key.
fn inside<'v>(value: &'v mut Value, segment: &Segment) -> Option<&'v mut Value> {
    match (value, segment) {
        (Value::Object(fields), Segment::Key(key)) => {
            Some(Arc::make_mut(fields).get_or_insert_with(Value::String(key.clone()), || Value::Null))
        }
        (Value::Array(items), Segment::Index(index)) => {
            items.get(*index).is_some().then(|| Arc::make_mut(items).get_mut(*index)).flatten()
        }
        _ => None,
    }
}

/// A list without one of its items.
fn without(list: &Value, index: usize) -> Option<Value> {
    let Value::Array(items) = list else { return None };
    let mut items = items.to_vec();
    (index < items.len()).then(|| {
        items.remove(index);
        Value::from(items)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pointer::Pointer;
    use serde_json::{Value as Json, json};

    fn edit(op: EditOp, path: &Json, value: Json) -> (&'static str, Edit) {
        let segments = path.as_array().unwrap().iter().map(|one| match one {
            Json::String(key) => Segment::Key(key.as_str().into()),
            index => Segment::Index(usize::try_from(index.as_u64().unwrap()).unwrap()),
        });
        ("rule", Edit { op, path: segments.collect::<Pointer>(), value: Value::from(value) })
    }

    fn done(object: Json, edits: &[(&str, Edit)]) -> (Value, usize) {
        let mut object = Value::from(object);
        let count = apply(edits, &mut object).len();
        (object, count)
    }

    #[test]
    fn missing_parents_and_lists_are_made_also_where_null_stands() {
        let edits = [
            edit(EditOp::Set, &json!(["spec", "a", "b"]), json!(1)),
            edit(EditOp::Append, &json!(["spec", "list"]), json!("x")),
            edit(EditOp::Append, &json!(["spec", "list"]), json!("y")),
        ];
        let expected = Value::from(json!({"spec": {"a": {"b": 1}, "list": ["x", "y"]}}));
        assert_eq!(done(json!({"spec": null}), &edits), (expected.clone(), 3));
        assert_eq!(done(json!({"spec": {"a": null, "list": null}}), &edits), (expected, 3));
    }

    #[test]
    fn every_index_means_what_it_meant_to_the_rule() {
        let edits = [
            edit(EditOp::Remove, &json!(["list", 0]), Json::Null),
            edit(EditOp::Remove, &json!(["list", 2]), Json::Null),
            edit(EditOp::Set, &json!(["list", 3, "a"]), json!("three")),
            edit(EditOp::Append, &json!(["list"]), json!("end")),
        ];
        let list = json!({"list": [{"a": 0}, {"a": 1}, {"a": 2}, {"a": 3}]});
        assert_eq!(done(list, &edits), (Value::from(json!({"list": [{"a": 1}, {"a": "three"}, "end"]})), 4));
    }

    #[test]
    fn what_is_so_already_is_no_change() {
        let edits = [
            edit(EditOp::Set, &json!(["a"]), json!(1)),
            edit(EditOp::Append, &json!(["list"]), json!("x")),
            edit(EditOp::Remove, &json!(["gone", "further"]), Json::Null),
            edit(EditOp::Remove, &json!(["nothing"]), Json::Null),
        ];
        let object = json!({"a": 1, "list": ["x"], "nothing": null});
        assert_eq!(done(object.clone(), &edits), (Value::from(object), 0));
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let object = Value::from(json!({"text": "x", "list": [{}], "map": {}}));
        for (op, path) in [
            (EditOp::Set, json!(["text", "a"])),
            (EditOp::Set, json!(["list", 1])),
            (EditOp::Set, json!(["list", 1, "a"])),
            (EditOp::Set, json!(["list", "a"])),
            (EditOp::Set, json!(["map", 0])),
            (EditOp::Set, json!(["missing", 0])),
            (EditOp::Append, json!(["text"])),
            (EditOp::Append, json!(["map"])),
            (EditOp::Remove, json!(["list", 1])),
            (EditOp::Remove, json!(["text", "a"])),
        ] {
            let (_, edit) = edit(op, &path, json!(1));
            assert_eq!(fit(&edit, &object), Fit::Misfit, "{path}");
        }
    }
}
