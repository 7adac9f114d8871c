//! What every entity has in common: its kind, and metadata with its formats. Structure is left to `schema`.

use platlint_engine::{Pointer, Segment, Value, get};
use platlint_facts::{Doc, Note, Notes, entries, items, str_at};

use crate::keys::nearest;
use crate::kind::{self, CATALOG, WELL_KNOWN};
use crate::placeholder::{filled_later, is_templated};
use crate::schema::{self, problem};
use crate::{INVALID, UNKNOWN_FIELD, format};

/// The keys that a file may have at its root.
const ROOT: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];
/// Keys that the catalog adds when it answers.
const OUTPUT: [&str; 2] = ["relations", "status"];
/// Keys of metadata that the catalog sets.
const GIVEN: [&str; 3] = ["etag", "generation", "uid"];

/// Notes what is wrong with an entity, apart from what it refers to.
pub(crate) fn check(doc: &Doc, notes: &mut Notes) {
    kind_and_version(doc, notes);
    root_keys(&doc.object, notes);
    let metadata = root_value(&doc.object, "metadata");
    match metadata {
        None => notes.problem(INVALID, problem("missing", Pointer(vec!["metadata".into()]))),
        Some(metadata) => {
            structure(schema::metadata(), metadata, "metadata", notes);
            formats(metadata, notes);
            // In a cluster the API server sets some of these on every object.
            if !doc.id.file.is_empty() {
                given(metadata, notes);
            }
        }
    }
    let is_catalog = *doc.gvk.group == *CATALOG;
    if is_catalog && kind::well_known(&doc.gvk.group, &doc.gvk.kind).is_some() {
        match root_value(&doc.object, "spec") {
            None => notes.problem(INVALID, problem("missing", Pointer(vec!["spec".into()]))),
            Some(spec) => structure(schema::spec(&doc.gvk.kind, spec), spec, "spec", notes),
        }
    }
}

/// A value at the root, null too: to Backstage null is a value.
fn root_value<'v>(object: &'v Value, key: &str) -> Option<&'v Value> {
    entries(object).find(|(name, _)| *name == key).map(|(_, value)| value)
}

fn structure(schema: Option<&schema::Schema>, value: &Value, under: &str, notes: &mut Notes) {
    let Some(schema) = schema else { return };
    schema.check(value, under, notes);
    schema.misspelt(value, under, &mut |path, nearest| {
        notes.problem(UNKNOWN_FIELD, problem("misspelt", path).suggestion(Some(nearest)));
    });
}

fn kind_and_version(doc: &Doc, notes: &mut Notes) {
    let (group, version, kind) = (&*doc.gvk.group, &*doc.gvk.version, &*doc.gvk.kind);
    let (at_version, at_kind) = (|| Pointer(vec!["apiVersion".into()]), || Pointer(vec!["kind".into()]));
    if let Some(known) = kind::well_known(group, kind) {
        if !known.versions.contains(&version) {
            let written = doc.gvk.api_version();
            let allowed: Vec<String> = known.versions.iter().map(|version| format!("{group}/{version}")).collect();
            notes.problem(
                INVALID,
                problem("version", at_version()).with("value", written).with("kind", kind).with("allowed", allowed),
            );
        }
        return;
    }
    // A kind of Backstage's own in its other group, or in another spelling.
    let elsewhere = WELL_KNOWN.iter().find(|known| known.kind == kind);
    let meant = nearest(kind, WELL_KNOWN.iter().filter(|known| known.group == group).map(|known| known.kind));
    if let Some(known) = elsewhere {
        let allowed: Vec<String> = known.versions.iter().map(|version| format!("{}/{version}", known.group)).collect();
        let note = problem("version", at_version()).with("value", doc.gvk.api_version()).with("kind", kind);
        notes.problem(INVALID, note.with("allowed", allowed));
    } else if let Some(meant) = meant {
        notes.problem(INVALID, problem("unknown-kind", at_kind()).with("value", kind).suggestion(Some(meant)));
    } else {
        if !format::is_version(version) {
            notes.problem(INVALID, malformed(at_version(), "version", &doc.gvk.api_version()));
        }
        if !format::is_kind(kind) {
            notes.problem(INVALID, malformed(at_kind(), "kind", kind));
        }
    }
}

fn root_keys(object: &Value, notes: &mut Notes) {
    for (key, _) in entries(object).filter(|(key, _)| !ROOT.contains(key)) {
        let at = Pointer(vec![key.into()]);
        let missing = ROOT.into_iter().filter(|known| root_value(object, known).is_none());
        let note = if OUTPUT.contains(&key) { problem("output", at) } else { problem("foreign", at) };
        notes.problem(INVALID, note.suggestion(nearest(key, missing)));
    }
}

/// What the catalog gives and takes no notice of in files.
fn given(metadata: &Value, notes: &mut Notes) {
    for key in GIVEN.into_iter().filter(|key| get(metadata, key).is_some()) {
        notes.problem(UNKNOWN_FIELD, problem("given", Pointer(vec!["metadata".into(), key.into()])));
    }
}

fn malformed(path: Pointer, format: &str, value: &str) -> Note {
    problem("malformed", path).with("format", format).with("value", value)
}

/// Notes a text that is not of its format, with what it should have been where that can be guessed. What is empty or no text
/// is left to the schema.
fn format_of(
    value: &Value,
    name: &str,
    is_valid: fn(&str) -> bool,
    path: impl FnOnce() -> Vec<Segment>,
    notes: &mut Notes,
) {
    let Value::String(text) = value else { return };
    if text.is_empty() || is_valid(text) {
        return;
    }
    let path = Pointer(path());
    match filled_later(value) {
        Some(reason) => notes.unknown(INVALID, path, reason),
        None => notes.problem(INVALID, malformed(path, name, text).suggestion(format::repaired(text, is_valid))),
    }
}

fn formats(metadata: &Value, notes: &mut Notes) {
    for (key, name, is_valid) in
        [("name", "name", format::is_name as fn(&str) -> bool), ("namespace", "namespace", format::is_label)]
    {
        if let Some(value) = get(metadata, key) {
            format_of(value, name, is_valid, || vec!["metadata".into(), key.into()], notes);
        }
    }
    for map in ["labels", "annotations"] {
        for (key, value) in get(metadata, map).into_iter().flat_map(entries) {
            let path = || vec!["metadata".into(), map.into(), key.into()];
            if is_templated(key) {
                notes.unknown(INVALID, Pointer(path()), "it is filled in by a software template");
            } else if !format::is_key(key) {
                notes.problem(INVALID, malformed(Pointer(path()), "key", key));
            }
            if map == "labels" {
                format_of(value, "label", format::is_label_value, path, notes);
            }
        }
    }
    for (index, tag) in get(metadata, "tags").into_iter().flat_map(items).enumerate() {
        let path = || vec!["metadata".into(), "tags".into(), index.into()];
        format_of(tag, "tag", format::is_tag, path, notes);
    }
    for (index, link) in get(metadata, "links").into_iter().flat_map(items).enumerate() {
        let path = |key: &str| vec!["metadata".into(), "links".into(), index.into(), key.into()];
        if let Some(url) = get(link, "url") {
            format_of(url, "url", format::is_url, || path("url"), notes);
        }
        for key in ["title", "icon"] {
            if str_at(link, &[key]).is_some_and(|text| !text.is_empty() && text.trim().is_empty()) {
                notes.problem(INVALID, problem("empty", Pointer(path(key))));
            }
        }
    }
}
