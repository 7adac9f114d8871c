//! What is said of names in templates: that nothing has that name, or that it is written for the other engine.

use platlint_engine::{Pointer, Segment, suggest};
use platlint_facts::{Note, Notes};
use serde_json::Value;

use super::names::Names;
use super::render::Traced;
use crate::template::{self, Engine, Failure, Unresolved};
use crate::yaml::with;

/// Something to note, comparable so that it is noted once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    path: Pointer,
    /// `None` where it is not known whether there is a problem.
    code: Option<&'static str>,
    /// The name, or the reason.
    what: String,
    text: Option<String>,
    suggestion: Option<String>,
}

impl Found {
    /// The expansion could not be worked out.
    pub(crate) fn unknown(path: &Pointer, reason: impl Into<String>) -> Self {
        Self { path: path.clone(), code: None, what: reason.into(), text: None, suggestion: None }
    }

    /// The controller would refuse a generator.
    pub(crate) fn refused(path: &Pointer, reason: &str) -> Self {
        Self { code: Some("invalid-generator"), ..Self::unknown(path, reason) }
    }

    /// Writes it down.
    pub(crate) fn note(&self, notes: &mut Notes) {
        let Some(code) = self.code else {
            return notes.unknown("unresolved-parameter", self.path.clone(), self.what.as_str());
        };
        let note = Note::at(self.path.clone());
        let note = match code {
            "invalid-generator" => note.with("problem", "refused").with("value", self.what.as_str()),
            "malformed-template" => note.with("reason", self.what.as_str()),
            _ => note.with("name", self.what.as_str()),
        };
        notes.problem(code, note.maybe("text", self.text.as_deref()).suggestion(self.suggestion.as_deref()));
    }
}

/// A name without a value.
pub(crate) fn of_name(path: &Pointer, missing: &Unresolved, names: &Names, engine: Engine) -> Option<Found> {
    let found = |code, suggestion| Found {
        path: path.clone(),
        code: Some(code),
        what: missing.name.clone(),
        text: Some(missing.text.clone()),
        suggestion,
    };
    if names.open {
        return None;
    }
    if engine != Engine::Fast {
        return Some(found("unresolved-parameter", nearest(&missing.name, names)));
    }
    if is_plain(&missing.name) && !missing.name.starts_with('.') {
        let suggestion = nearest(&missing.name, names);
        // Values of charts may hold templates of their own, which this engine leaves alone.
        let is_foreign = is_in_values(path) && suggestion.is_none();
        return (!is_foreign).then(|| found("unresolved-parameter", suggestion));
    }
    let name = first_field(&missing.name)?;
    let flat = if name == "path.path" { "path" } else { name };
    if names.holds(flat) {
        return Some(found("mixed-engine", Some(format!("{{{{{flat}}}}}"))));
    }
    // `.Values` and `.Release` are for a chart; any other lone name is left as it stands where goTemplate is not set.
    let bare = missing.name.strip_prefix('.').filter(|bare| is_plain(bare))?;
    let is_foreign = is_in_values(path) || bare.starts_with(char::is_uppercase);
    (!is_foreign).then(|| found("mixed-engine", None))
}

/// A template that has no result.
pub(crate) fn of_failure(failure: &Failure, path: &Pointer, text: &str, names: &Names) -> Vec<Found> {
    match failure {
        Failure::Missing(missing) if names.open => {
            vec![Found::unknown(path, format!("whether \"{}\" has a value is not known here", missing.name))]
        }
        Failure::Missing(missing) => vec![Found {
            path: path.clone(),
            code: Some("unresolved-parameter"),
            what: missing.name.clone(),
            text: Some(missing.text.clone()),
            suggestion: nearest(&missing.name, names),
        }],
        Failure::Unsupported(_) | Failure::Failed(_) => vec![Found::unknown(path, failure.to_string())],
        Failure::Malformed { message, .. } => {
            let mixed: Vec<Found> = template::tags(text)
                .into_iter()
                .filter(|(name, _)| is_plain(name) && !name.starts_with('.') && is_known_flat(name, names))
                .map(|(name, tag)| Found {
                    path: path.clone(),
                    code: Some("mixed-engine"),
                    suggestion: Some(for_go(&name)),
                    what: name,
                    text: Some(tag),
                })
                .collect();
            if mixed.is_empty() {
                return vec![Found { code: Some("malformed-template"), ..Found::unknown(path, message.as_str()) }];
            }
            mixed
        }
    }
}

/// What can be said of a template where no parameters are at hand, only their names.
pub(crate) fn without_sets(template: &Traced, patch: Option<&str>, names: &Names, engine: Engine) -> Vec<Found> {
    let mut found = Vec::new();
    visit(&template.value, &Pointer::root(), &mut |text, path| {
        let origin = template.origin(path).unwrap_or_default();
        found.extend(of_text(text, &origin, names, engine));
    });
    if let Some(patch) = patch {
        let path = platlint_facts::path_of(&["spec", "templatePatch"]);
        found.extend(of_text(patch, &path, names, engine));
    }
    found
}

fn of_text(text: &str, path: &Pointer, names: &Names, engine: Engine) -> Vec<Found> {
    if !template::is_template(text) {
        return Vec::new();
    }
    if engine == Engine::Fast {
        let unknown = template::tags(text).into_iter().filter(|(name, _)| !names.offers(name));
        return unknown.filter_map(|(name, text)| of_name(path, &Unresolved { name, text }, names, engine)).collect();
    }
    let references = match template::references(text) {
        Ok(references) => references,
        Err(failure @ Failure::Malformed { .. }) => return of_failure(&failure, path, text, names),
        Err(_) => return Vec::new(),
    };
    let missing = references.into_iter().filter(|found| !found.guarded).map(|found| found.keys.join("."));
    let missing = missing.filter(|name| !names.offers(name) && !is_beyond(name, names));
    let unresolved = missing.map(|name| Unresolved { text: format!(".{name}"), name: format!(".{name}") });
    unresolved.filter_map(|missing| of_name(path, &missing, names, engine)).collect()
}

/// Whether a name leads further into a parameter whose inside is not known: `labels.x`, elements of `values`.
fn is_beyond(name: &str, names: &Names) -> bool {
    let inner = |known: &String| name.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with('.'));
    names.known.iter().any(inner)
}

fn visit(value: &Value, path: &Pointer, found: &mut dyn FnMut(&str, &Pointer)) {
    match value {
        Value::String(text) => found(text, path),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| visit(item, &with(path, Segment::from(index)), found));
        }
        Value::Object(map) => {
            for (key, value) in map {
                let at = with(path, Segment::from(key.as_str()));
                found(key, &at);
                visit(value, &at, found);
            }
        }
        _ => {}
    }
}

fn nearest(name: &str, names: &Names) -> Option<String> {
    let (dots, bare) = match (name.strip_prefix("$."), name.strip_prefix('.')) {
        (Some(bare), _) => ("$.", bare),
        (None, Some(bare)) => (".", bare),
        (None, None) => ("", name),
    };
    let known: Vec<&str> = names.known.iter().map(String::as_str).collect();
    suggest::nearest(bare, &known).filter(|nearest| *nearest != bare).map(|nearest| format!("{dots}{nearest}"))
}

/// Whether it is a name as the engine that only looks up has it, not an expression.
fn is_plain(name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '[' | ']' | '/');
    !name.is_empty() && name.chars().all(is_part)
}

/// The first `.a.b` of an expression, without its dot.
fn first_field(expression: &str) -> Option<&str> {
    let starts = |(at, _): &(usize, &str)| {
        let before = expression.get(..*at).and_then(|before| before.chars().next_back());
        before.is_none_or(|letter| letter.is_whitespace() || letter == '(')
    };
    let (at, _) = expression.match_indices('.').find(starts)?;
    let rest = expression.get(at.checked_add(1)?..)?;
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '.')).unwrap_or(rest.len());
    rest.get(..end).filter(|name| !name.is_empty())
}

/// Whether a name of the engine that only looks up means a parameter that is there in Go's.
fn is_known_flat(name: &str, names: &Names) -> bool {
    let root = name.split(['.', '[']).next().unwrap_or_default();
    names.holds(name) || names.holds(root)
}

/// A name as Go's templates write it.
fn for_go(name: &str) -> String {
    if name.rsplit('.').next() == Some("path") {
        return format!("{{{{.{name}.path}}}}");
    }
    match name.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((list, index)) => format!("{{{{index .{list}.segments {index}}}}}"),
        None => format!("{{{{.{name}}}}}"),
    }
}

/// Whether a field is handed to a chart, a plugin or a patch, which have templates of their own.
fn is_in_values(path: &Pointer) -> bool {
    let is = |step: &Segment| {
        let foreign =
            ["values", "valuesObject", "parameters", "patches", "env", "info", "templatePatch", "annotations"];
        matches!(step, Segment::Key(key) if foreign.contains(&&**key))
    };
    path.0.iter().any(is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(set: &Value) -> Names {
        Names::of_set(set.as_object().unwrap())
    }

    fn found(text: &str, names: &Names, engine: Engine) -> Vec<(Option<&'static str>, String, Option<String>)> {
        let found = of_text(text, &Pointer::root(), names, engine);
        found.into_iter().map(|found| (found.code, found.what, found.suggestion)).collect()
    }

    #[test]
    fn a_name_that_nothing_has_is_named_with_the_nearest() {
        let names = names(&json!({"name": "x", "path.basename": "y"}));
        assert_eq!(
            found("{{name}}-{{ path.basenam }}", &names, Engine::Fast),
            [(Some("unresolved-parameter"), "path.basenam".into(), Some("path.basename".into()))]
        );
    }

    #[test]
    fn names_of_the_other_engine_are_told() {
        let flat = names(&json!({"name": "x", "path": "y", "path.basename": "z"}));
        assert_eq!(
            found("{{ .path.basename }}", &flat, Engine::Fast),
            [(Some("mixed-engine"), ".path.basename".into(), Some("{{path.basename}}".into()))]
        );
        let nested = names(&json!({"name": "x", "path": {"path": "a", "segments": ["a"]}}));
        let go = Engine::Go { strict: false };
        assert_eq!(
            found("{{path}}-{{path[0]}}", &nested, go),
            [
                (Some("mixed-engine"), "path".into(), Some("{{.path.path}}".into())),
                (Some("mixed-engine"), "path[0]".into(), Some("{{index .path.segments 0}}".into())),
            ]
        );
        assert_eq!(found("{{ if }}", &nested, go).first().unwrap().0, Some("malformed-template"));
    }

    #[test]
    fn names_of_go_that_nothing_has_are_not_filled_in_either() {
        let flat = names(&json!({"name": "x"}));
        assert_eq!(found("v{{.rev}}", &flat, Engine::Fast), [(Some("mixed-engine"), ".rev".into(), None)]);
    }

    #[test]
    fn templates_of_others_are_left_alone() {
        let names = names(&json!({"name": "x"}));
        assert_eq!(found("{{ $labels.instance }} {{ .Values.x }} {{ printf \"a\" }}", &names, Engine::Fast), []);
    }
}
