//! Which parameters are used: by expressions, by the forms themselves, and by fields that put them elsewhere.

use std::collections::BTreeSet;

use platlint_engine::Value;
use platlint_facts::{Note, Notes, entries, items, str_at};

use crate::parameters::{Level, Parameter};
use crate::template::{Template, single_brace};

/// Values are looked into so deeply.
const DEEPEST: usize = 32;

/// What the template reads.
pub(crate) struct Usage<'t> {
    /// Paths below `parameters`; an empty one is all of them.
    paths: BTreeSet<Vec<&'t str>>,
    secrets: BTreeSet<&'t str>,
    /// Texts that may name parameters in ways that are not understood.
    other_texts: Vec<&'t str>,
}

impl<'t> Usage<'t> {
    /// Collects what all texts of a template read.
    pub(crate) fn of(template: &'t Template<'_>) -> Self {
        let mut usage = Self { paths: BTreeSet::new(), secrets: BTreeSet::new(), other_texts: Vec::new() };
        for text in &template.texts {
            if text.nodes.is_err()
                || text.source.replace("${{", "").contains("{{")
                || single_brace(text.source).is_some()
            {
                usage.other_texts.push(text.source);
            }
            for read in &text.uses.reads {
                let members: Vec<&str> = read.members.iter().map(|member| member.name.as_str()).collect();
                match (read.root.as_str(), members.first()) {
                    ("parameters", _) => {
                        usage.paths.insert(members);
                    }
                    ("secrets", Some(name)) => {
                        usage.secrets.insert(name);
                    }
                    _ => {}
                }
            }
            // A name with a dash is cut in two by the parser.
            if text.source.contains('-') && text.uses.reads.iter().any(|read| read.root == "parameters") {
                usage.other_texts.push(text.source);
            }
        }
        for (_, form) in &template.forms {
            find_form_texts(form, false, 0, &mut usage.other_texts);
        }
        usage
    }

    /// Whether a parameter or part of it is read, or all that holds it.
    fn reads(&self, path: &[&str]) -> bool {
        self.paths.iter().any(|read| read.starts_with(path) || path.starts_with(read))
    }

    /// Whether a text that is not understood has the name in it.
    fn may_mean(&self, name: &str) -> bool {
        let is_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        self.other_texts.iter().any(|text| {
            text.match_indices(name).any(|(at, _)| {
                let before = text.get(..at).and_then(|before| before.chars().next_back());
                let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
                !is_word(before) && !is_word(after)
            })
        })
    }

    /// Whether the parameter serves some purpose.
    pub(crate) fn is_used(&self, level: &Level<'_>, path: &[&str], parameter: &Parameter<'_>) -> bool {
        let Some(name) = path.last() else { return true };
        let key = str_at(parameter.schema, &["ui:options", "requestUserCredentials", "secretsKey"]);
        self.reads(path)
            || level.conditions.contains(*name)
            || (parameter.field() == Some("Secret") && self.secrets.contains(*name))
            || key.is_some_and(|key| self.secrets.contains(key))
            || parameter.known_types().is_some_and(|types| types.contains("null"))
            || self.may_mean(name)
    }

    /// Notes parameters that nothing uses.
    pub(crate) fn note(&self, level: &Level<'_>, outer: &[&str], notes: &mut Notes) {
        for (name, parameter) in &level.names {
            let path: Vec<&str> = outer.iter().copied().chain([&**name]).collect();
            if self.is_used(level, &path, parameter) {
                let is_read_whole = self.paths.iter().any(|read| path.starts_with(read));
                if !is_read_whole {
                    self.note(&parameter.members, &path, notes);
                }
            } else if let Some(field) = parameter.unknown_field() {
                let reason = format!("what the form field \"{field}\" does with it is not known");
                notes.unknown("unused-parameter", parameter.path.clone(), reason);
            } else {
                notes.problem("unused-parameter", Note::at(parameter.path.clone()).with("name", path.join(".")));
            }
        }
    }
}

/// Texts of options of fields with expressions in them: those may depend on other parameters.
fn find_form_texts<'v>(value: &'v Value, is_ui: bool, depth: usize, texts: &mut Vec<&'v str>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::String(text) if is_ui && text.contains("{{") => texts.push(text),
        Value::Array(_) => items(value).for_each(|item| find_form_texts(item, is_ui, depth + 1, texts)),
        Value::Object(_) => entries(value).for_each(|(key, value)| {
            find_form_texts(value, is_ui || key.starts_with("ui:"), depth + 1, texts);
        }),
        _ => {}
    }
}
