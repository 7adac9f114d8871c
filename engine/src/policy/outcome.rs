//! What an evaluation returns, checked against the contract: a result of another shape is a fault, never silence.

use std::sync::Arc;

use regorus::Value;

use crate::mutation::edit::{self, Edit};
use crate::pointer::{Pointer, Segment};
use crate::policy::Level;
use crate::value::{get, get_str};
use crate::verdict::{PolicyFaultKind, Related};

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
    pub related: Vec<Related>,
    /// The part of the field's text that is meant.
    pub text: Option<Arc<str>>,
    /// Foreign rules name themselves and may only warn.
    pub foreign: Option<(Arc<str>, Level)>,
}

/// An undecided point as the rule states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawUndecided {
    /// What is missing.
    pub reason: String,
    /// Where.
    pub path: Pointer,
    /// The part of the field's text that is meant.
    pub text: Option<Arc<str>>,
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
                    Some(Value::Array(places)) => {
                        places.iter().map(|place| related(place, item)).collect::<Result<_, _>>()?
                    }
                    Some(_) => return Err(Failure::shape("`related` must be a list of places", item)),
                },
                text: part(item)?,
                foreign: None,
            });
        }
        for item in items(get(result, "undecided"))? {
            outcome.undecided.push(RawUndecided {
                reason: text(item, "reason")?,
                path: path(get(item, "path"), item)?,
                text: part(item)?,
            });
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

/// The part of the field's text that is meant; an empty one narrows nothing.
fn part(item: &Value) -> Result<Option<Arc<str>>, Failure> {
    match get(item, "text") {
        None => Ok(None),
        Some(Value::String(text)) => Ok((!text.is_empty()).then(|| text.clone())),
        Some(_) => Err(Failure::shape("`text` must be a string", item)),
    }
}

/// A path in the same object, a place in another document, `{"file", "document", "at", "path"}`, or a line of a file,
/// `{"file", "line"}`; both perhaps with `message`.
fn related(place: &Value, item: &Value) -> Result<Related, Failure> {
    if !matches!(place, Value::Object(_)) {
        return path(Some(place), item).map(Related::Here);
    }
    let wrong = || {
        let shapes =
            "a place elsewhere has `file`, and either `document`, `at` and `path` or a `line` from 1, this has not";
        Failure::shape(shapes, item)
    };
    let whole = |number: &Value| number.as_u64().ok().and_then(|one| u32::try_from(one).ok());
    let message = match get(place, "message") {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err(Failure::shape("the `message` of a place must be a string", item)),
    };
    let file = get_str(place, "file").cloned().ok_or_else(wrong)?;
    if let Some(line) = get(place, "line") {
        let is_document = ["document", "at", "path"].into_iter().any(|key| get(place, key).is_some());
        let line = whole(line).filter(|line| *line > 0 && !is_document).ok_or_else(wrong)?;
        return Ok(Related::Line { file, line, message });
    }
    Ok(Related::Elsewhere {
        file,
        document: get(place, "document").and_then(whole).ok_or_else(wrong)?,
        at: path(get(place, "at"), item).map_err(|_| wrong())?,
        path: path(get(place, "path"), item).map_err(|_| wrong())?,
        message,
    })
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
        assert_eq!(read.findings[0].related, [Related::Here(Pointer(vec!["kind".into()]))]);
        assert_eq!(read.findings[0].text, None);
    }

    #[test]
    fn reads_the_part_that_is_meant_and_places_in_other_documents() {
        let read = |entry: &str, item: &str| Outcome::read(&result(entry, item)).unwrap();
        let place = r#"{"file":"xrd.yaml","document":2,"at":["items",1],"path":["spec"],"message":"defined here"}"#;
        let found = read("deny", &format!(r#"{{"msg":"bad","path":[],"text":"nmae","related":[{place},["kind"]]}}"#));
        assert_eq!(found.findings[0].text.as_deref(), Some("nmae"));
        let elsewhere = Related::Elsewhere {
            file: "xrd.yaml".into(),
            document: 2,
            at: Pointer(vec!["items".into(), 1.into()]),
            path: Pointer(vec!["spec".into()]),
            message: Some("defined here".into()),
        };
        assert_eq!(found.findings[0].related, [elsewhere, Related::Here(Pointer(vec!["kind".into()]))]);
        let found = read("deny", r#"{"msg":"bad","path":[],"related":[{"file":"README.md","line":5}]}"#);
        let line = Related::Line { file: "README.md".into(), line: 5, message: None };
        assert_eq!(found.findings[0].related, [line]);
        let undecided = read("undecided", r#"{"reason":"why","path":[],"text":"${{ x }}"}"#);
        assert_eq!(undecided.undecided[0].text.as_deref(), Some("${{ x }}"));
        assert_eq!(read("deny", r#"{"msg":"bad","path":[],"text":""}"#).findings[0].text, None);
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
            ("deny", r#"{"msg":"bad","path":[],"text":7}"#),
            ("deny", r#"{"msg":"bad","path":[],"related":["kind"]}"#),
            ("deny", r#"{"msg":"bad","path":[],"related":[{"file":"a","document":0,"at":[]}]}"#),
            ("deny", r#"{"msg":"bad","path":[],"related":[{"file":"a","document":-1,"at":[],"path":[]}]}"#),
            ("deny", r#"{"msg":"bad","path":[],"related":[{"file":"a","document":0,"at":[],"path":[],"message":[]}]}"#),
            ("deny", r#"{"msg":"bad","path":[],"related":[{"line":1}]}"#),
            ("deny", r#"{"msg":"bad","path":[],"related":[{"file":"a","line":0}]}"#),
            ("deny", r#"{"msg":"bad","path":[],"related":[{"file":"a","line":"1"}]}"#),
            ("deny", r#"{"msg":"bad","path":[],"related":[{"file":"a","line":1,"document":0,"at":[],"path":[]}]}"#),
            ("undecided", r#"{"path":[]}"#),
            ("undecided", r#"{"reason":"why","path":[],"text":["x"]}"#),
            ("patch", r#"{"op":"set","path":[]}"#),
        ] {
            assert_eq!(Outcome::read(&result(entry, item)).unwrap_err().kind, PolicyFaultKind::Shape, "{item}");
        }
        assert_eq!(Outcome::read(&Value::Undefined).unwrap_err().kind, PolicyFaultKind::Evaluation);
        let list = Value::from_json_str(r#"{"deny":["a"]}"#).unwrap();
        assert_eq!(Outcome::read(&list).unwrap_err().kind, PolicyFaultKind::Shape);
    }
}
