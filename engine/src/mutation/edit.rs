//! Edits: a rule's `patch` results, checked against the contract. Another shape is a fault of the rule, never silence.
//!
//! `{"op": "set" | "append" | "remove", "path": [key or index, …], "value": …}`: `value` is needed for `set` and `append`
//! and refused for `remove`. Whether an edit fits the object is not known here.

use std::sync::Arc;

use regorus::Value;
use regorus::value::Object;

use crate::pointer::{Pointer, Segment};
use crate::policy::outcome::{Failure, path};
use crate::value::get;

/// What a rule's patch does at its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EditOp {
    /// The value there becomes this one.
    Set,
    /// The list there gets this item at its end, unless it has an equal one.
    Append,
    /// What stands there goes.
    Remove,
}

impl EditOp {
    /// As rules write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Append => "append",
            Self::Remove => "remove",
        }
    }
}

/// One result of `patch`, addressed to the object as the rule saw it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// Where; never the root. For `append` the list.
    pub path: Pointer,
    /// What is done there.
    pub op: EditOp,
    /// The value or item; null for `remove`.
    pub value: Value,
}

/// Edits of one rule on one review. A Pod with 30 containers and ten fields each needs 300.
const MAX_EDITS: usize = 1_000;
/// Bytes of all values of one rule on one review, keys and strings counted. All annotations of an object together may have
/// as many; etcd refuses objects of six times that.
const MAX_VALUE_BYTES: usize = 256 * 1024;
/// Values nest so deep at most; a Pod inside a `CronJob` has 12 levels. Keeps recursion over them bounded.
const MAX_DEPTH: usize = 32;
/// Bytes that a number, a boolean or a container counts for.
const SMALL: usize = 8;

/// Fields that say which object this is, or that the API server writes. A rule that changes them would change another
/// object than the one that is reviewed.
const IDENTITY: [&str; 11] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generateName",
    "generation",
    "managedFields",
    "name",
    "namespace",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The edits among a rule's results.
pub(crate) fn read<'v>(items: impl Iterator<Item = &'v Value>) -> Result<Vec<Edit>, Failure> {
    let mut edits = Vec::new();
    let mut left = MAX_VALUE_BYTES;
    for item in items {
        if edits.len() == MAX_EDITS {
            return Err(Failure::shape(&format!("a rule gives more than {MAX_EDITS} patches, for example"), item));
        }
        edits.push(edit(item, &mut left)?);
    }
    Ok(edits)
}

fn edit(item: &Value, left: &mut usize) -> Result<Edit, Failure> {
    let wrong = |what: &str| Failure::shape(what, item);
    let Value::Object(fields) = item else { return Err(wrong("each patch is an object with `op` and `path`, not")) };
    let known = |key: &Value| matches!(key, Value::String(key) if ["op", "path", "value"].contains(&&**key));
    if !fields.keys().all(known) {
        return Err(wrong("a patch has `op`, `path` and `value`, nothing else"));
    }
    let op = match get(item, "op") {
        Some(Value::String(op)) if **op == *"set" => EditOp::Set,
        Some(Value::String(op)) if **op == *"append" => EditOp::Append,
        Some(Value::String(op)) if **op == *"remove" => EditOp::Remove,
        _ => return Err(wrong("`op` of a patch is `set`, `append` or `remove`")),
    };
    let path = path(get(item, "path"), item)?;
    if path.0.len() > MAX_DEPTH {
        return Err(wrong("the path of a patch is too long"));
    }
    if is_identity(&path) {
        return Err(wrong("a patch may not change which object this is"));
    }
    let value = match (op, fields.get(&Value::from("value"))) {
        (EditOp::Remove, None) => Value::Null,
        (EditOp::Remove, Some(_)) => return Err(wrong("`remove` takes no value")),
        (_, None) => return Err(wrong("`set` and `append` need a `value`")),
        (_, Some(value)) => plain(value, left, MAX_DEPTH).map_err(wrong)?,
    };
    Ok(Edit { path, op, value })
}

fn is_identity(path: &Pointer) -> bool {
    match path.0.as_slice() {
        [] => true,
        [Segment::Key(metadata)] if **metadata == *"metadata" => true,
        [Segment::Key(metadata), Segment::Key(field), ..] if **metadata == *"metadata" => IDENTITY.contains(&&**field),
        [Segment::Key(field), ..] => ["apiVersion", "kind"].contains(&&**field),
        [Segment::Index(_), ..] => false,
    }
}

/// The value as JSON knows it: sets become lists. Kubernetes prunes nulls, so that a null would be set for ever.
fn plain(value: &Value, left: &mut usize, depth: usize) -> Result<Value, &'static str> {
    let too_large = "the values of this rule's patches are too large";
    let inner = depth.checked_sub(1).ok_or("the value of a patch nests too deep")?;
    let size = if let Value::String(text) = value { text.len().saturating_add(SMALL) } else { SMALL };
    *left = left.checked_sub(size).ok_or(too_large)?;
    let mut list = |items: &mut dyn Iterator<Item = &Value>| -> Result<Value, &'static str> {
        Ok(Value::from(items.map(|item| plain(item, left, inner)).collect::<Result<Vec<_>, _>>()?))
    };
    match value {
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        Value::Array(items) => list(&mut items.iter()),
        Value::Set(items) => list(&mut items.iter()),
        Value::Object(fields) => {
            let mut plainly = Object::default();
            for (key, value) in fields.iter() {
                let Value::String(name) = key else { return Err("keys of a patch's value must be strings") };
                *left = left.checked_sub(name.len()).ok_or(too_large)?;
                plainly.insert(key.clone(), plain(value, left, inner)?);
            }
            Ok(Value::Object(Arc::new(plainly)))
        }
        Value::Null | Value::Undefined => Err("null is no value of a patch; `remove` takes a field away"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::PolicyFaultKind;
    use serde_json::json;

    fn one(item: &serde_json::Value) -> Result<Vec<Edit>, Failure> {
        read(std::iter::once(&Value::from(item.clone())))
    }

    #[test]
    fn reads_each_operation() {
        for (op, value, expected) in [
            ("set", Some(json!({"a": [1]})), EditOp::Set),
            ("append", Some(json!("ALL")), EditOp::Append),
            ("remove", None, EditOp::Remove),
        ] {
            let mut item = json!({"op": op, "path": ["spec", "list", 0]});
            if let Some(value) = &value {
                item["value"] = value.clone();
            }
            let read = one(&item).unwrap();
            assert_eq!((read[0].op, read[0].path.to_string()), (expected, "/spec/list/0".to_owned()));
            assert_eq!(read[0].value, value.map_or(Value::Null, Value::from));
        }
    }

    #[test]
    fn another_shape_is_a_fault() {
        let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
        for item in [
            json!("text"),
            json!({"op": "set", "path": [], "value": 1}),
            json!({"op": "replace", "path": ["a"], "value": 1}),
            json!({"path": ["a"], "value": 1}),
            json!({"op": "set", "path": "/a", "value": 1}),
            json!({"op": "set", "path": ["a"]}),
            json!({"op": "set", "path": ["a"], "value": null}),
            json!({"op": "set", "path": ["a"], "value": {"b": [null]}}),
            json!({"op": "set", "path": ["a"], "value": deep}),
            json!({"op": "set", "path": ["a"], "value": 1, "vaule": 2}),
            json!({"op": "remove", "path": ["a"], "value": 1}),
            json!({"op": "set", "path": vec!["a"; 40], "value": 1}),
            json!({"op": "set", "path": ["kind"], "value": "Pod"}),
            json!({"op": "remove", "path": ["metadata"]}),
            json!({"op": "set", "path": ["metadata", "name"], "value": "b"}),
            json!({"op": "append", "path": ["metadata", "managedFields"], "value": {}}),
        ] {
            assert_eq!(one(&item).unwrap_err().kind, PolicyFaultKind::Shape, "{item}");
        }
    }

    #[test]
    fn sets_become_lists() {
        let set: std::collections::BTreeSet<Value> = [Value::from("b"), Value::from("a")].into();
        let item = crate::value::object([
            (Value::from("op"), Value::from("set")),
            (Value::from("path"), Value::from(vec![Value::from("a")])),
            (Value::from("value"), Value::from(set)),
        ]);
        assert_eq!(read(std::iter::once(&item)).unwrap()[0].value, Value::from(json!(["a", "b"])));
    }

    #[test]
    fn too_many_and_too_large_is_a_fault() {
        let item = |index: usize| Value::from(json!({"op": "set", "path": ["a", index.to_string()], "value": 1}));
        let items: Vec<Value> = (0..=MAX_EDITS).map(item).collect();
        assert_eq!(read(items.iter().take(MAX_EDITS)).unwrap().len(), MAX_EDITS);
        assert!(read(items.iter()).is_err());
        let large = |size: usize| one(&json!({"op": "set", "path": ["a"], "value": "x".repeat(size)}));
        assert!(large(MAX_VALUE_BYTES - SMALL).is_ok());
        assert!(large(MAX_VALUE_BYTES).is_err());
    }
}
