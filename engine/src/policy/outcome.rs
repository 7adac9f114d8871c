//! What an evaluation returns, checked against the contract: a result of another shape is a fault, never silence.

use regorus::Value;

use crate::mutation::edit::{self, Edit};
use crate::pointer::{Pointer, Segment};
use crate::policy::Level;
use crate::value::get;
use crate::verdict::PolicyFaultKind;

/// What one rule said of one review.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Violations.
    pub findings: Vec<RawFinding>,
    /// What could not be decided.
    pub undecided: Vec<RawUndecided>,
    /// What it would change.
    pub edits: Vec<Edit>,
}

/// A violation as the rule states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawFinding {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub path: Pointer,
    /// Further places.
    pub related: Vec<Pointer>,
    /// Foreign rules name themselves and may only warn.
    pub foreign: Option<(std::sync::Arc<str>, Level)>,
}

/// An undecided point as the rule states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawUndecided {
    /// What is missing.
    pub reason: String,
    /// Where.
    pub path: Pointer,
}

/// Why there is no outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What kind of fault.
    pub kind: PolicyFaultKind,
    /// What happened.
    pub message: String,
}

impl Failure {
    pub(crate) fn shape(what: &str, value: &Value) -> Self {
        let mut shown = value.to_string();
        if shown.len() > 200 {
            shown.truncate(shown.floor_char_boundary(200));
            shown.push('…');
        }
        Self { kind: PolicyFaultKind::Shape, message: format!("{what}: {shown}") }
    }
}

impl Outcome {
    /// Reads `{"deny": …, "undecided": …, "patch": …}`, any of them absent, as [`crate::policy::entry`] makes it.
    pub(crate) fn read(result: &Value) -> Result<Self, Failure> {
        if !matches!(result, Value::Object(_)) {
            return Err(Failure { kind: PolicyFaultKind::Evaluation, message: "the rule has no value".to_owned() });
        }
        let mut outcome = Self::default();
        for item in items(get(result, "deny"))? {
            outcome.findings.push(RawFinding {
                message: text(item, "msg")?,
                path: path(get(item, "path"), item)?,
                related: match get(item, "related") {
                    None => Vec::new(),
                    Some(Value::Array(paths)) => {
                        paths.iter().map(|one| path(Some(one), item)).collect::<Result<_, _>>()?
                    }
                    Some(_) => return Err(Failure::shape("`related` must be a list of paths", item)),
                },
                foreign: None,
            });
        }
        for item in items(get(result, "undecided"))? {
            outcome
                .undecided
                .push(RawUndecided { reason: text(item, "reason")?, path: path(get(item, "path"), item)? });
        }
        outcome.edits = edit::read(items(get(result, "patch"))?)?;
        Ok(outcome)
    }
}

fn items(set: Option<&Value>) -> Result<Box<dyn Iterator<Item = &Value> + '_>, Failure> {
    match set {
        None => Ok(Box::new(std::iter::empty())),
        Some(Value::Set(set)) => Ok(Box::new(set.iter())),
        Some(other) => {
            Err(Failure::shape("the rule must be a set (`deny contains …`, `patch contains …`), it is", other))
        }
    }
}

fn text(item: &Value, key: &str) -> Result<String, Failure> {
    match get(item, key) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.to_string()),
        _ => Err(Failure::shape(&format!("each result needs a string `{key}`, this has none"), item)),
    }
}

/// A list of keys and indexes.
pub(crate) fn path(path: Option<&Value>, item: &Value) -> Result<Pointer, Failure> {
    let wrong = || Failure::shape("each result needs a `path`, a list of keys and indexes, this has none", item);
    let Some(Value::Array(segments)) = path else { return Err(wrong()) };
    segments
        .iter()
        .map(|segment| match segment {
            Value::String(key) => Ok(Segment::Key(key.clone())),
            Value::Number(_) => segment
                .as_u64()
                .ok()
                .and_then(|index| usize::try_from(index).ok())
                .map(Segment::Index)
                .ok_or_else(wrong),
            _ => Err(wrong()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn result(entry: &str, item: &str) -> Value {
        let set: BTreeSet<Value> = [Value::from_json_str(item).unwrap()].into();
        crate::value::object([(Value::from(entry), Value::from(set))])
    }

    #[test]
    fn reads_findings_with_paths() {
        let read =
            Outcome::read(&result("deny", r#"{"msg":"bad","path":["spec","containers",0],"related":[["kind"]]}"#))
                .unwrap();
        assert_eq!(read.findings[0].path.to_string(), "/spec/containers/0");
        assert_eq!(read.findings[0].related[0].to_string(), "/kind");
    }

    #[test]
    fn another_shape_is_a_fault() {
        for (entry, item) in [
            ("deny", r#""just a string""#),
            ("deny", r#"{"msg":"bad"}"#),
            ("deny", r#"{"msg":"bad","path":"/spec"}"#),
            ("deny", r#"{"msg":"bad","path":[-1]}"#),
            ("deny", r#"{"msg":"bad","path":[1.5]}"#),
            ("deny", r#"{"msg":" ","path":[]}"#),
            ("deny", r#"{"msg":"bad","path":[],"related":{}}"#),
            ("undecided", r#"{"path":[]}"#),
            ("patch", r#"{"op":"set","path":[]}"#),
        ] {
            assert_eq!(Outcome::read(&result(entry, item)).unwrap_err().kind, PolicyFaultKind::Shape, "{item}");
        }
        assert_eq!(Outcome::read(&Value::Undefined).unwrap_err().kind, PolicyFaultKind::Evaluation);
        let list = Value::from_json_str(r#"{"deny":["a"]}"#).unwrap();
        assert_eq!(Outcome::read(&list).unwrap_err().kind, PolicyFaultKind::Shape);
    }
}
