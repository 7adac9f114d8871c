//! JSON Patch (RFC 6902) as far as the engine writes it: `add`, `replace` and `remove`, and applying them.

use std::sync::Arc;

use regorus::Value;
use serde::Serialize;

use crate::pointer::{Pointer, Segment};

/// One operation of a JSON patch. Serialised as `{"op": "add", "path": "/a/b", "value": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum PatchOp {
    /// Sets a field that is not there, or puts an item before this index of a list.
    Add {
        /// Where.
        path: Pointer,
        /// What.
        value: Value,
    },
    /// Puts another value in the place of one that is there.
    Replace {
        /// Where.
        path: Pointer,
        /// What.
        value: Value,
    },
    /// Takes away a field or an item.
    Remove {
        /// Where.
        path: Pointer,
    },
}

impl PatchOp {
    /// Where it changes the object.
    #[must_use]
    pub const fn path(&self) -> &Pointer {
        match self {
            Self::Add { path, .. } | Self::Replace { path, .. } | Self::Remove { path } => path,
        }
    }
}

/// A patch that does not fit the object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// What must be there is not.
    #[error("there is nothing at {0}")]
    Absent(Pointer),
    /// The index lies behind the end of the list.
    #[error("the list ends before {0}")]
    BehindTheEnd(Pointer),
}

/// The object after the operations, one after another. What they do not touch is shared with `object`, not copied.
pub fn apply(patch: &[PatchOp], object: &Value) -> Result<Value, PatchError> {
    patch.iter().try_fold(object.clone(), |object, operation| one(operation, object))
}

fn one(operation: &PatchOp, mut object: Value) -> Result<Value, PatchError> {
    let absent = || PatchError::Absent(operation.path().clone());
    let Some((last, parents)) = operation.path().0.split_last() else {
        return match operation {
            PatchOp::Add { value, .. } | PatchOp::Replace { value, .. } => Ok(value.clone()),
            PatchOp::Remove { .. } => Err(absent()),
        };
    };
    let parent = parents.iter().try_fold(&mut object, |value, segment| child(value, segment)).ok_or_else(absent)?;
    match (parent, last) {
        (Value::Object(fields), Segment::Key(key)) => {
            let key = Value::String(key.clone());
            if !matches!(operation, PatchOp::Add { .. }) && !fields.contains_key(&key) {
                return Err(absent());
            }
            let fields = Arc::make_mut(fields);
            match operation {
                PatchOp::Add { value, .. } | PatchOp::Replace { value, .. } => fields.insert(key, value.clone()),
                PatchOp::Remove { .. } => fields.remove(&key),
            };
        }
        (list @ Value::Array(_), Segment::Index(index)) => {
            let Value::Array(items) = &*list else { return Err(absent()) };
            let mut items = items.to_vec();
            match operation {
                PatchOp::Add { value, .. } if *index <= items.len() => items.insert(*index, value.clone()),
                PatchOp::Add { path, .. } => return Err(PatchError::BehindTheEnd(path.clone())),
                PatchOp::Replace { value, .. } => *items.get_mut(*index).ok_or_else(absent)? = value.clone(),
                PatchOp::Remove { .. } if *index < items.len() => {
                    items.remove(*index);
                }
                PatchOp::Remove { .. } => return Err(absent()),
            }
            *list = Value::from(items);
        }
        _ => return Err(absent()),
    }
    Ok(object)
}

/// The value one step further in, to be changed; copies what others share.
fn child<'v>(value: &'v mut Value, segment: &Segment) -> Option<&'v mut Value> {
    match (value, segment) {
        (Value::Object(fields), Segment::Key(key)) => {
            let key = Value::String(key.clone());
            fields.contains_key(&key).then(|| Arc::make_mut(fields).get_mut(&key)).flatten()
        }
        (Value::Array(items), Segment::Index(index)) => {
            items.get(*index).is_some().then(|| Arc::make_mut(items).get_mut(*index)).flatten()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(path: &[Segment]) -> Pointer {
        Pointer(path.to_vec())
    }

    #[test]
    fn is_written_as_rfc_6902_says() {
        let patch = [
            PatchOp::Add { path: at(&["a/b".into(), "m~n".into()]), value: Value::from(1_u64) },
            PatchOp::Remove { path: at(&["list".into(), 0.into()]) },
        ];
        assert_eq!(
            serde_json::to_value(&patch).unwrap(),
            json!([{"op": "add", "path": "/a~1b/m~0n", "value": 1}, {"op": "remove", "path": "/list/0"}])
        );
    }

    #[test]
    fn changes_fields_and_items_and_shares_the_rest() {
        let object = Value::from(json!({"a": {"x": 1}, "list": [1, 2], "kept": {"y": [1]}}));
        let after = apply(
            &[
                PatchOp::Replace { path: at(&["a".into(), "x".into()]), value: Value::from(2_u64) },
                PatchOp::Add { path: at(&["list".into(), 2.into()]), value: Value::from(3_u64) },
                PatchOp::Remove { path: at(&["list".into(), 0.into()]) },
                PatchOp::Add { path: at(&["new".into()]), value: Value::Bool(true) },
            ],
            &object,
        )
        .unwrap();
        assert_eq!(after, Value::from(json!({"a": {"x": 2}, "list": [2, 3], "kept": {"y": [1]}, "new": true})));
        let kept = |value: &Value| match crate::value::get(value, "kept") {
            Some(Value::Object(fields)) => Arc::as_ptr(fields),
            _ => panic!("kept is a map"),
        };
        assert_eq!(kept(&object), kept(&after));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let object = Value::from(json!({"list": [1], "text": "x"}));
        for operation in [
            PatchOp::Remove { path: at(&["gone".into()]) },
            PatchOp::Replace { path: at(&["list".into(), 1.into()]), value: Value::Null },
            PatchOp::Add { path: at(&["list".into(), 2.into()]), value: Value::Null },
            PatchOp::Add { path: at(&["text".into(), "a".into()]), value: Value::Null },
            PatchOp::Add { path: at(&["list".into(), "a".into()]), value: Value::Null },
            PatchOp::Add { path: at(&["no".into(), "parent".into()]), value: Value::Null },
            PatchOp::Remove { path: Pointer::root() },
        ] {
            assert!(apply(std::slice::from_ref(&operation), &object).is_err(), "{operation:?}");
        }
    }
}
