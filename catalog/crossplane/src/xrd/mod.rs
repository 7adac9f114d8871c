//! Composite resource definitions: what Crossplane and the API server would refuse, or drop without a word.

use std::collections::BTreeMap;

use platlint_engine::{Pointer, Value, get, get_str, to_json};
use platlint_facts::{Doc, Note, Notes, array_at, str_at, value_at};
use serde_json::json;

use crate::field_types;
use crate::note::{below, down, fault, missing, not_among};
use crate::schemas::{Shape, reserved};

mod structural;

const INVALID: &str = "invalid-xrd";

/// Notes what is wrong with a definition.
pub(crate) fn note(doc: &Doc, notes: &mut Notes) {
    let spec = Pointer::from_iter(["spec".into()]);
    let Some(written) = get(&doc.object, "spec") else {
        return notes.problem(INVALID, fault(spec, "is missing"));
    };
    let is_v1 = *doc.gvk.version == *"v1";
    let scope = get_str(written, "scope").map(|scope| &**scope);
    let shape = match scope {
        Some("Cluster") => Shape::Composite { is_namespaced: false },
        Some("Namespaced") => Shape::Composite { is_namespaced: true },
        None if !is_v1 => Shape::Composite { is_namespaced: true },
        _ => Shape::LegacyComposite,
    };
    if field_types::definition(written, &spec, INVALID, notes) {
        names(doc, written, &spec, notes);
        scopes(written, &spec, is_v1, scope, notes);
        conversion(written, &spec, notes);
        policies(written, &spec, notes);
        versions(written, &spec, shape, notes);
    }
    let claim = str_at(written, &["claimNames", "kind"]);
    let kinds =
        || json!({"group": str_at(written, &["group"]), "kind": str_at(written, &["names", "kind"]), "claim": claim});
    notes.fact("definition", kinds);
}

fn names(doc: &Doc, spec: &Value, at: &Pointer, notes: &mut Notes) {
    let group = get_str(spec, "group");
    if group.is_none() {
        notes.problem(INVALID, missing(at, "group"));
    }
    for list in ["names", "claimNames"] {
        let path = below(at, list);
        let Some(names) = get(spec, list) else {
            if list == "names" {
                notes.problem(INVALID, missing(at, list));
            }
            continue;
        };
        for key in ["kind", "plural"] {
            if get_str(names, key).is_none_or(|name| name.is_empty()) {
                notes.problem(INVALID, missing(&path, key));
            }
        }
        for key in ["plural", "singular"] {
            if let Some(name) = get_str(names, key).filter(|name| name.chars().any(char::is_uppercase)) {
                let note = fault(below(&path, key), format!("is \"{name}\", but must be lower-case"));
                notes.problem(INVALID, note.suggestion(Some(name.to_lowercase())));
            }
        }
    }
    for key in ["kind", "plural", "singular", "listKind"] {
        if let (Some(own), Some(claim)) = (str_at(spec, &["names", key]), str_at(spec, &["claimNames", key]))
            && own == claim
        {
            let note =
                fault(down(at, &["claimNames", key]), format!("is \"{claim}\", as the composite resource is named"));
            notes.problem(INVALID, note);
        }
    }
    if let (Some(plural), Some(group), Some(name)) = (str_at(spec, &["names", "plural"]), group, doc.name()) {
        let wanted = format!("{plural}.{group}");
        if name != wanted {
            let path = Pointer::from_iter(["metadata".into(), "name".into()]);
            let note = fault(path, format!("is \"{name}\", but must be plural name and group, \"{wanted}\""));
            notes.problem(INVALID, note.suggestion(Some(wanted)));
        }
    }
}

fn scopes(spec: &Value, at: &Pointer, is_v1: bool, scope: Option<&str>, notes: &mut Notes) {
    let allowed: &[&str] = if is_v1 { &["LegacyCluster", "Namespaced", "Cluster"] } else { &["Namespaced", "Cluster"] };
    if let Some(scope) = scope.filter(|scope| !allowed.contains(scope)) {
        notes.problem(INVALID, not_among(below(at, "scope"), scope, allowed));
    }
    if is_v1 && matches!(scope, None | Some("LegacyCluster")) {
        return;
    }
    let reason = if is_v1 {
        "is only for the scope LegacyCluster"
    } else {
        "is not supported by apiextensions.crossplane.io/v2"
    };
    for key in ["claimNames", "connectionSecretKeys"] {
        if get(spec, key).is_some() {
            notes.problem(INVALID, fault(below(at, key), reason));
        }
    }
}

fn conversion(spec: &Value, at: &Pointer, notes: &mut Notes) {
    let Some(conversion) = get(spec, "conversion") else { return };
    let path = below(at, "conversion");
    match get_str(conversion, "strategy").map(|strategy| &**strategy) {
        None => notes.problem(INVALID, missing(&path, "strategy")),
        Some("None") => {}
        Some("Webhook") if get(conversion, "webhook").is_some() => {}
        Some("Webhook") => {
            notes.problem(INVALID, fault(below(&path, "webhook"), "is missing, which the strategy Webhook needs"));
        }
        Some(other) => notes.problem(INVALID, not_among(below(&path, "strategy"), other, &["None", "Webhook"])),
    }
}

fn policies(spec: &Value, at: &Pointer, notes: &mut Notes) {
    let policies = [
        ("defaultCompositionUpdatePolicy", ["Automatic", "Manual"]),
        ("defaultCompositeDeletePolicy", ["Background", "Foreground"]),
    ];
    for (key, allowed) in policies {
        if let Some(word) = get_str(spec, key).filter(|word| !allowed.contains(&&***word)) {
            notes.problem(INVALID, not_among(below(at, key), word, &allowed));
        }
    }
    for key in ["defaultCompositionRef", "enforcedCompositionRef"] {
        if get(spec, key).is_some_and(|reference| get_str(reference, "name").is_none()) {
            notes.problem(INVALID, missing(&below(at, key), "name"));
        }
    }
}

fn versions(spec: &Value, at: &Pointer, shape: Shape, notes: &mut Notes) {
    let path = below(at, "versions");
    let versions: Vec<&Value> = array_at(spec, &["versions"]).collect();
    if versions.is_empty() {
        return notes.problem(INVALID, fault(path, "must hold at least one version"));
    }
    let is = |version: &Value, key: &str| matches!(get(version, key), Some(Value::Bool(true)));
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    let mut referenceable: Vec<usize> = Vec::new();
    for (index, version) in versions.iter().enumerate() {
        let place = below(&path, index);
        match get_str(version, "name") {
            None => notes.problem(INVALID, missing(&place, "name")),
            Some(name) if !is_label(name) => {
                let what = format!("is \"{name}\", but must be lower-case letters, digits and hyphens, as in v1alpha1");
                notes.problem(INVALID, fault(below(&place, "name"), what));
            }
            Some(name) => {
                if let Some(first) = by_name.insert(name, index) {
                    let note = fault(below(&place, "name"), format!("is \"{name}\", as another version is named"));
                    notes.problem(INVALID, related(note, &below(&below(&path, first), "name")));
                }
            }
        }
        for key in ["served", "referenceable"] {
            if get(version, key).is_none() {
                notes.problem(INVALID, missing(&place, key));
            }
        }
        if is(version, "referenceable") {
            referenceable.push(index);
            if matches!(get(version, "served"), Some(Value::Bool(false))) {
                let what = "is false, but the version that Compositions refer to must be served";
                notes.problem(INVALID, fault(below(&place, "served"), what));
            }
        }
        schema(version, &place, shape, notes);
    }
    match referenceable.as_slice() {
        [] if versions.iter().all(|version| get(version, "referenceable").is_some()) => {
            notes.problem(INVALID, fault(path, "has no referenceable version; exactly one must be"));
        }
        [first, second, ..] => {
            let place = |index: &usize| below(&below(&path, *index), "referenceable");
            let note = fault(place(second), "is true, but another version is referenceable, and only one may be");
            notes.problem(INVALID, related(note, &place(first)));
        }
        _ => {}
    }
}

/// Another field of the same document.
fn related(note: Note, path: &Pointer) -> Note {
    let steps: Vec<serde_json::Value> = path
        .0
        .iter()
        .map(|segment| match segment {
            platlint_engine::Segment::Index(index) => json!(index),
            platlint_engine::Segment::Key(key) => json!(&**key),
        })
        .collect();
    note.with("related", vec![serde_json::Value::from(steps)])
}

fn schema(version: &Value, at: &Pointer, shape: Shape, notes: &mut Notes) {
    let Some(written) = value_at(version, &["schema", "openAPIV3Schema"]) else { return };
    let path = down(at, &["schema", "openAPIV3Schema"]);
    let added = reserved(shape);
    structural::note(&to_json(written), &path, &added, notes);
    for [part, field] in &added {
        if value_at(written, &["properties", part, "properties", field]).is_some() {
            let place = down(&path, &["properties", part, "properties", field]);
            let what = format!("defines {part}.{field}, which Crossplane replaces with its own");
            notes.problem("reserved-field", fault(place, what).with("name", format!("{part}.{field}")));
        }
    }
    let kept = ["apiVersion", "kind", "metadata", "spec", "status"];
    let properties = get(written, "properties");
    for (key, _) in properties.into_iter().flat_map(platlint_facts::entries) {
        if !kept.contains(&key) {
            let what = format!("defines {key}, which Crossplane drops: it keeps only spec and status");
            let note = fault(down(&path, &["properties", key]), what).with("name", key);
            notes.problem(
                "reserved-field",
                note.suggestion(platlint_engine::suggest::nearest(key, &["spec", "status"])),
            );
        }
    }
}

/// A DNS label that begins with a letter.
fn is_label(name: &str) -> bool {
    let is_inner = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
    name.len() <= 63
        && name.starts_with(|sign: char| sign.is_ascii_lowercase())
        && name.ends_with(|sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit())
        && name.chars().all(is_inner)
}
