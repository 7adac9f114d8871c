//! What is noted of one object, on its way to rules as `input.platform`.
//!
//! ```json
//! {"problems": {"undeclared-parameter": [{"path": ["spec", "steps", 0, "input", "name"], "name": "nmae",
//!                                         "suggestion": "name", "text": "parameters.nmae"}]},
//!  "unknown": {"dangling-reference": [{"path": ["spec", "system"], "reason": "…"}]},
//!  "settled": ["owner"],
//!  "entity": {"ref": "component:default/cart"}}
//! ```
//!
//! A problem is a fact that some rule is likely to mind; its code names it. A rule says in its metadata of which codes it
//! speaks (`problems: [...]`) and is asked only where one of them was noted, as a problem or as unknown. What is settled is
//! right, whatever else is in the object: a rule that names it (`settled: [...]`) has nothing to say. All other keys are
//! neutral facts, for the rules of platform teams.
//!
//! A note's `related` lists further places, as rules hand them on: a path in the same object, a place in another document
//! (`{"file", "document", "at", "path"}`), or a line of a file that may have no structure (`{"file", "line"}`, from 1).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use platlint_engine::{Pointer, Segment, Value, map_of};
use serde_json::{Map, json};

/// The keys that are no facts: made once for all objects.
static KEYS: LazyLock<[Value; 3]> = LazyLock::new(|| ["problems", "settled", "unknown"].map(Value::from));

/// Notes of one object. Order of insertion does not matter: entries are sorted by path and content.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Notes {
    problems: BTreeMap<&'static str, Vec<Note>>,
    unknown: BTreeMap<&'static str, Vec<Note>>,
    settled: BTreeSet<&'static str>,
    facts: BTreeMap<&'static str, Value>,
    leaves_facts: bool,
}

/// One thing at one place. `path` may name a field that is missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    path: Pointer,
    details: Map<String, serde_json::Value>,
}

impl Note {
    /// A note about a field.
    #[must_use]
    pub fn at(path: Pointer) -> Self {
        Self { path, details: Map::new() }
    }

    /// A detail, for the rule's message.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// A detail where there is one.
    #[must_use]
    pub fn maybe(self, key: &str, value: Option<impl Into<serde_json::Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// The part of the field's text that is meant, as it stands in the file: the finding's place is narrowed to its first
    /// occurrence in the field.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.with("text", text.into())
    }

    /// What may have been meant instead.
    #[must_use]
    pub fn suggestion(self, suggestion: Option<impl Into<String>>) -> Self {
        self.maybe("suggestion", suggestion.map(Into::into))
    }

    /// The field.
    pub const fn path(&self) -> &Pointer {
        &self.path
    }

    /// A detail.
    pub fn detail(&self, key: &str) -> Option<&serde_json::Value> {
        self.details.get(key)
    }

    fn into_json(self) -> serde_json::Value {
        let path: Vec<serde_json::Value> = self
            .path
            .0
            .iter()
            .map(|segment| match segment {
                Segment::Index(index) => json!(index),
                Segment::Key(key) => json!(&**key),
            })
            .collect();
        let mut details = self.details;
        details.insert("path".to_owned(), path.into());
        details.into()
    }
}

impl Notes {
    /// Notes without neutral facts: enough to know which rules have anything to be asked about.
    #[must_use]
    pub fn without_facts() -> Self {
        Self { leaves_facts: true, ..Self::default() }
    }

    /// Notes something that a rule is likely to mind.
    pub fn problem(&mut self, code: &'static str, note: Note) {
        self.problems.entry(code).or_default().push(note);
    }

    /// Notes that it could not be found out whether there is such a problem.
    pub fn unknown(&mut self, code: &'static str, path: Pointer, reason: impl Into<String>) {
        self.unknown.entry(code).or_default().push(Note::at(path).with("reason", reason.into()));
    }

    /// Notes that something is right, so that rules about it need not be asked.
    pub fn settled(&mut self, what: &'static str) {
        self.settled.insert(what);
    }

    /// Notes a neutral fact under a key of its own, which is made only where facts are wanted.
    pub fn fact<V: Into<Value>>(&mut self, key: &'static str, value: impl FnOnce() -> V) {
        if self.wants_facts() {
            self.facts.insert(key, value().into());
        }
    }

    /// Whether somebody will look at facts.
    #[must_use]
    pub const fn wants_facts(&self) -> bool {
        !self.leaves_facts
    }

    /// The problems of a code.
    pub fn problems(&self, code: &str) -> &[Note] {
        self.problems.get(code).map_or(&[], Vec::as_slice)
    }

    /// What is not known of a code.
    pub fn unknowns(&self, code: &str) -> &[Note] {
        self.unknown.get(code).map_or(&[], Vec::as_slice)
    }

    /// Every code with a problem, in order.
    pub fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.problems.keys().copied()
    }

    /// `input.platform`; a map also where nothing was noted.
    #[must_use]
    pub fn into_value(self) -> Value {
        let coded = |codes: BTreeMap<&'static str, Vec<Note>>| {
            map_of(codes.into_iter().map(|(code, mut notes)| {
                notes.sort_by(|left, right| left.path.cmp(&right.path));
                let notes: Vec<Value> = notes.into_iter().map(|note| Value::from(note.into_json())).collect();
                (Value::from(code), Some(Value::from(notes)))
            }))
        };
        let settled: Vec<Value> = self.settled.into_iter().map(Value::from).collect();
        let [at_problems, at_settled, at_unknown] = &*KEYS;
        let own = [
            (at_problems.clone(), Some(coded(self.problems))),
            (at_settled.clone(), (!settled.is_empty()).then(|| Value::from(settled))),
            (at_unknown.clone(), Some(coded(self.unknown))),
        ];
        let facts = self.facts.into_iter().map(|(key, value)| (Value::from(key), Some(value)));
        map_of(facts.chain(own))
    }

    /// The same, shared.
    #[must_use]
    pub fn into_shared(self) -> Arc<Value> {
        Arc::new(self.into_value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path_of;
    use platlint_engine::to_json;

    #[test]
    fn shows_rules_problems_by_code_and_facts_by_key() {
        let mut notes = Notes::default();
        notes.problem("b", Note::at(path_of(&["spec", "b"])).text("x").suggestion(Some("y")));
        notes.problem("b", Note::at(path_of(&["spec", "a"])).maybe("none", None::<&str>));
        notes.unknown("c", Pointer::root(), "nobody knows");
        notes.settled("owner");
        notes.fact("entity", || json!({"ref": "a:b/c"}));
        assert_eq!(
            to_json(&notes.into_value()),
            json!({
                "problems": {"b": [{"path": ["spec", "a"]}, {"path": ["spec", "b"], "text": "x", "suggestion": "y"}]},
                "unknown": {"c": [{"path": [], "reason": "nobody knows"}]},
                "settled": ["owner"],
                "entity": {"ref": "a:b/c"},
            })
        );
    }

    #[test]
    fn leaves_out_facts_where_nobody_looks_at_them() {
        let mut notes = Notes::without_facts();
        notes.fact("entity", || -> Value { unreachable!("nobody looks at it") });
        notes.settled("owner");
        assert_eq!(to_json(&notes.into_value()), json!({"problems": {}, "settled": ["owner"], "unknown": {}}));
    }

    #[test]
    fn is_a_map_where_nothing_was_noted() {
        assert_eq!(to_json(&Notes::default().into_value()), json!({"problems": {}, "unknown": {}}));
    }
}
