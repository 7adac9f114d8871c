//! What is wrong with an `ApplicationSet` before any generator is asked: entries with two generators, children in the wrong
//! number or too deep, fields that are missing, misspelt or passed over.

use platlint_engine::{Pointer, Segment, suggest};
use platlint_facts::{Note, Notes, path_of};
use serde_json::Value;

use super::generators::KINDS;
use super::names;
use crate::shape::{argo, misfits_of_fields};
use crate::template;
use crate::yaml::{get, items_at, map_at, text_at, with};

/// Notes what is wrong with `spec` and its generators.
pub(crate) fn note(object: &Value, notes: &mut Notes) {
    let spec_path = path_of(&["spec"]);
    let Some(spec) = get(object, "spec") else { return invalid(notes, &spec_path, "no-spec", "") };
    for misfit in misfits_of_fields(spec, argo::SET, &spec_path) {
        notes.problem("invalid-generator", misfit);
    }
    if !spec.is_object() {
        return;
    }
    let is_go = get(spec, "goTemplate") == Some(&Value::Bool(true));
    let generators = with(&spec_path, "generators".into());
    if get(spec, "generators").is_none() {
        invalid(notes, &generators, "no-generators", "");
    }
    for (index, generator) in items_at(spec, &["generators"]).iter().enumerate() {
        entry(generator, &with(&generators, Segment::from(index)), 0, is_go, notes);
    }
    let template = with(&spec_path, "template".into());
    if get(spec, "template").is_none() {
        invalid(notes, &template, "no-template", "");
    } else if get(spec, "template").is_some_and(Value::is_object)
        && get(spec, "templatePatch").is_none()
        && text_at(spec, &["template", "metadata", "name"]).is_none()
    {
        let has_own = |generator: &Value| {
            let kinds = || KINDS.into_iter().filter_map(|kind| get(generator, kind));
            kinds().any(|inner| text_at(inner, &["template", "metadata", "name"]).is_some())
        };
        if !items_at(spec, &["generators"]).iter().all(has_own) {
            invalid(notes, &with(&with(&template, "metadata".into()), "name".into()), "no-name", "");
        }
    }
}

fn invalid(notes: &mut Notes, path: &Pointer, problem: &str, value: &str) {
    notes.problem("invalid-generator", Note::at(path.clone()).with("problem", problem).with("value", value));
}

/// One entry of a list of generators; `depth` counts the matrices and merges around it.
fn entry(generator: &Value, path: &Pointer, depth: usize, is_go: bool, notes: &mut Notes) {
    let given: Vec<&str> = KINDS.into_iter().filter(|kind| get(generator, kind).is_some()).collect();
    match given.as_slice() {
        [] => {
            let key = generator.as_object().and_then(|map| map.keys().find(|key| *key != "selector"));
            match key {
                Some(key) if !KINDS.contains(&key.as_str()) => {
                    let note = Note::at(with(path, key.as_str().into())).with("problem", "unknown-generator");
                    let nearest = suggest::nearest(key, &KINDS);
                    notes.problem("invalid-generator", note.with("value", key.as_str()).suggestion(nearest));
                }
                _ => invalid(notes, path, "empty", ""),
            }
            return;
        }
        [_] => {}
        several => {
            let (first, rest) = (several.first().copied().unwrap_or_default(), several.get(1..).unwrap_or_default());
            for kind in rest {
                let note = Note::at(with(path, (*kind).into())).with("first", first).with("second", *kind);
                notes.problem("several-generators", note);
            }
        }
    }
    for misfit in misfits_of_fields(generator, argo::GENERATOR, path) {
        notes.problem("invalid-generator", misfit);
    }
    for kind in given {
        let Some(inner) = get(generator, kind).filter(|inner| inner.is_object()) else { continue };
        let at = with(path, kind.into());
        if depth > 0 && get(inner, "template").is_some_and(|template| *template != serde_json::json!({})) {
            notes.problem("ignored-template", Note::at(with(&at, "template".into())).with("generator", kind));
        }
        match kind {
            "git" => git(inner, &at, notes),
            "list" if get(inner, "elements").is_none() && get(inner, "elementsYaml").is_none() => {
                invalid(notes, &at, "no-elements", "");
            }
            "matrix" | "merge" => combination(kind, inner, &at, depth, is_go, notes),
            _ => {}
        }
    }
}

fn git(git: &Value, path: &Pointer, notes: &mut Notes) {
    for field in ["repoURL", "revision"] {
        if get(git, field).is_none_or(|value| value.as_str() == Some("")) {
            invalid(notes, &with(path, field.into()), "missing-field", field);
        }
    }
    let has = |key: &str| get(git, key).is_some_and(|list| list.as_array().is_none_or(|list| !list.is_empty()));
    match (has("directories"), has("files")) {
        (false, false) => invalid(notes, path, "no-directories-or-files", ""),
        (true, true) => invalid(notes, &with(path, "files".into()), "files-beside-directories", ""),
        _ => {}
    }
}

fn combination(kind: &str, inner: &Value, path: &Pointer, depth: usize, is_go: bool, notes: &mut Notes) {
    if depth > 1 {
        notes.problem("nesting", Note::at(path.clone()).with("generator", kind));
        return;
    }
    let list = with(path, "generators".into());
    let children = items_at(inner, &["generators"]);
    if get(inner, "generators").is_some_and(|list| !list.is_array()) {
        return;
    }
    if kind == "matrix" && children.len() != 2 {
        invalid(notes, &list, "matrix-children", &children.len().to_string());
    }
    if kind == "merge" && children.len() < 2 {
        invalid(notes, &list, "merge-children", &children.len().to_string());
    }
    for (index, child) in children.iter().enumerate() {
        entry(child, &with(&list, Segment::from(index)), depth.saturating_add(1), is_go, notes);
    }
    if kind == "merge" {
        merge_keys(inner, path, is_go, notes);
    }
    if let (true, [first, second]) = (kind == "matrix", children) {
        later_parameters(first, second, &with(&list, Segment::from(0)), is_go, notes);
    }
}

fn merge_keys(merge: &Value, path: &Pointer, is_go: bool, notes: &mut Notes) {
    let keys = items_at(merge, &["mergeKeys"]);
    let list = with(path, "mergeKeys".into());
    if keys.is_empty() {
        return notes.problem("merge-key", Note::at(list).with("problem", "missing").with("value", ""));
    }
    for (index, key) in keys.iter().enumerate() {
        let Some(key) = key.as_str() else { continue };
        let at = with(&list, Segment::from(index));
        if is_go && key.contains('.') {
            notes.problem("merge-key", Note::at(at).with("problem", "nested").with("value", key));
            continue;
        }
        // A key that a child does not have is the same in all of its sets.
        for child in items_at(merge, &["generators"]) {
            let offered = names::of_generator(child, is_go);
            if !offered.offers(key) {
                let known: Vec<&str> = offered.known.iter().map(String::as_str).collect();
                let note = Note::at(at.clone()).with("problem", "unknown").with("value", key);
                notes.problem("merge-key", note.suggestion(suggest::nearest(key, &known)));
                break;
            }
        }
    }
}

/// The first child of a matrix is asked before the second, and sees nothing of it.
fn later_parameters(first: &Value, second: &Value, path: &Pointer, is_go: bool, notes: &mut Notes) {
    let offered = names::of_generator(second, is_go);
    let own = names::of_generator(first, is_go);
    visit(first, path, &mut |text, path| {
        for (tag_name, tag) in template::tags(text) {
            let found: Vec<String> = if is_go {
                let found = template::references(&tag).unwrap_or_default();
                found.into_iter().map(|reference| reference.keys.join(".")).collect()
            } else {
                vec![tag_name]
            };
            if let Some(name) = found.into_iter().find(|name| offered.holds(name) && !own.holds(name)) {
                notes.problem("later-parameter", Note::at(path.clone()).with("name", name).text(tag));
            }
        }
    });
}

/// All texts of a generator that are filled in before it is asked.
fn visit(value: &Value, path: &Pointer, found: &mut dyn FnMut(&str, &Pointer)) {
    match value {
        Value::String(text) => found(text, path),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, &with(path, Segment::from(index)), found);
            }
        }
        Value::Object(_) => {
            for (key, value) in map_at(value, &[]).into_iter().flatten() {
                if !matches!(key.as_str(), "values" | "elements" | "elementsYaml" | "template") {
                    visit(value, &with(path, Segment::from(key.as_str())), found);
                }
            }
        }
        _ => {}
    }
}
