//! Reading typed fields out of a JSON value, and noting everything that is wrong on the way.
//!
//! By hand and not by a JSON Schema: the metadata of every built-in rule is read at each start.

use serde_json::{Map, Value};

use crate::placed::{At, Issue, Path};
use crate::shown::{shown, type_of};
use platlint_engine::suggest;

/// Reads, and collects issues.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub issues: Vec<Issue>,
}

impl Fields {
    pub(super) fn say(&mut self, path: &Path, message: impl Into<String>) {
        self.issues.push(Issue::new(path, At::Value, message));
    }

    pub(super) fn missing(&mut self, path: &Path, key: &str) {
        let place = if path.0.is_empty() { String::new() } else { format!(" in `{path}`") };
        self.issues.push(Issue::new(path, At::Key, format!("`{key}` is missing{place}")));
    }

    /// A map; with `known`, other keys are noted.
    pub(super) fn map<'v>(
        &mut self,
        value: &'v Value,
        path: &Path,
        known: Option<&[&str]>,
    ) -> Option<&'v Map<String, Value>> {
        let Value::Object(map) = value else {
            self.say(path, format!("`{path}` must be a map, not {}", type_of(value)));
            return None;
        };
        if let Some(known) = known {
            for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
                let issue = Issue::new(&path.key(key), At::Key, format!("unknown key `{key}`"));
                self.issues.push(issue.with_help(suggest::help(key, known.iter().copied())));
            }
        }
        Some(map)
    }

    /// A string that is not blank; `None` where the key is missing.
    pub(super) fn text(&mut self, map: &Map<String, Value>, path: &Path, key: &str) -> Option<String> {
        let path = path.key(key);
        match map.get(key)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Value::String(_) => {
                self.say(&path, format!("`{path}` must not be blank"));
                None
            }
            other => {
                self.say(&path, format!("`{path}` must be a string, not {}", type_of(other)));
                None
            }
        }
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, value: &Value, path: &Path) -> Option<bool> {
        if value.as_bool().is_none() {
            self.say(path, format!("`{path}` must be true or false, not {}", type_of(value)));
        }
        value.as_bool()
    }

    /// One of these words.
    pub(super) fn word<T: Copy>(&mut self, value: &Value, path: &Path, words: &[(&str, T)]) -> Option<T> {
        let found = value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
        if found.is_none() {
            let known = || words.iter().map(|(word, _)| *word);
            let message =
                format!("`{path}` must be one of {}, not {}", known().collect::<Vec<_>>().join(", "), shown(value));
            let help =
                value.as_str().and_then(|text| suggest::help(text, known())).filter(|help| help.starts_with("did"));
            self.issues.push(Issue::new(path, At::Value, message).with_help(help));
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// The items of a list with their paths; none where the key is missing.
    pub(super) fn list<'v>(&mut self, map: &'v Map<String, Value>, path: &Path, key: &str) -> Vec<(Path, &'v Value)> {
        let path = path.key(key);
        match map.get(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(index, item)| (path.index(index), item)).collect()
            }
            Some(other) => {
                self.say(&path, format!("`{path}` must be a list, not {}", type_of(other)));
                Vec::new()
            }
        }
    }

    /// Lists that say nothing: whether they mean all or none is anybody's guess.
    pub(super) fn no_empty_lists(&mut self, map: &Map<String, Value>, path: &Path, keys: &[&str]) {
        let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
        for key in keys.iter().filter(|key| map.get(**key).is_some_and(is_empty)) {
            let path = path.key(key);
            self.say(&path, format!("`{path}` must not be empty"));
        }
    }

    /// The strings of a list.
    pub(super) fn texts<'v>(&mut self, map: &'v Map<String, Value>, path: &Path, key: &str) -> Vec<&'v str> {
        let mut texts = Vec::new();
        for (path, item) in self.list(map, path, key) {
            match item.as_str() {
                Some(text) => texts.push(text),
                None => self.say(&path, format!("`{path}` must be a string, not {}", type_of(item))),
            }
        }
        texts
    }
}
