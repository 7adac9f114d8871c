//! From the engine's values and operations to those of the editor.

use std::sync::Arc;

use platlint_engine::{PatchOp, Pointer, Segment, Value};
use platlint_source::edit::{Change, Path, Step, Tree};

/// An operation of a JSON patch on the object at `at` as a change of the document.
pub(super) fn change(operation: &PatchOp, at: &Pointer) -> Option<Change> {
    let path = path(&operation.path().under(at));
    Some(match operation {
        PatchOp::Add { value, .. } => match path.0.split_last() {
            Some((Step::Index(index), list)) => {
                Change::Insert { list: Path(list.to_vec()), index: *index, value: tree(value)? }
            }
            _ => Change::Set { at: path, value: tree(value)? },
        },
        PatchOp::Replace { value, .. } => Change::Set { at: path, value: tree(value)? },
        PatchOp::Remove { .. } => Change::Remove { at: path },
    })
}

pub(super) fn path(pointer: &Pointer) -> Path {
    let step = |segment: &Segment| match segment {
        Segment::Key(key) => Step::Key(key.clone()),
        Segment::Index(index) => Step::Index(*index),
    };
    pointer.0.iter().map(step).collect()
}

/// The value a path leads to.
pub(super) fn at<'v>(value: &'v Value, path: &[Segment]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, segment| match (segment, value) {
        (Segment::Key(key), Value::Object(fields)) => fields.get(&Value::String(key.clone())),
        (Segment::Index(index), Value::Array(items)) => items.get(*index),
        _ => None,
    })
}

/// The value as JSON would hold it; `None` for what JSON does not hold.
pub(super) fn tree(value: &Value) -> Option<Tree> {
    Some(match value {
        Value::Null => Tree::Null,
        Value::Bool(value) => Tree::Bool(*value),
        Value::Number(number) => {
            if let Some(value) = number.as_i64() {
                Tree::Int(value)
            } else if let Some(value) = number.as_u64() {
                Tree::Uint(value)
            } else {
                Tree::Float(number.as_f64().filter(|value| value.is_finite())?)
            }
        }
        Value::String(text) => Tree::Text(text.clone()),
        Value::Array(items) => Tree::List(Arc::new(items.iter().map(tree).collect::<Option<Vec<_>>>()?)),
        Value::Object(fields) => {
            let entry = |(key, value): (&Value, &Value)| match key {
                Value::String(key) => Some((key.clone(), tree(value)?)),
                _ => None,
            };
            Tree::map(fields.iter().map(entry).collect::<Option<Vec<(Arc<str>, Tree)>>>()?)
        }
        _ => return None,
    })
}
