//! The mode of a Composition and the steps of its pipeline, as the API server would check them.

use std::collections::BTreeSet;

use platlint_engine::{Pointer, Value, get, get_str};
use platlint_facts::{Notes, array_at};

use super::{PATCH_GROUP, is_native};
use crate::note::{below, fault, missing, not_among};

const CODE: &str = "invalid-composition";
/// More steps than this are refused.
const MOST_STEPS: usize = 99;

pub(super) fn note(spec: &Value, at: &Pointer, notes: &mut Notes) {
    let mode = get_str(spec, "mode").map(|mode| &**mode);
    if let Some(mode) = mode.filter(|mode| !matches!(*mode, "Pipeline" | "Resources")) {
        notes.problem(CODE, not_among(below(at, "mode"), mode, &["Pipeline"]));
    }
    if is_native(spec) {
        if array_at(spec, &["resources"]).next().is_none() {
            notes.problem(CODE, fault(below(at, "resources"), "must hold at least one resource in mode Resources"));
        }
        return;
    }
    let path = below(at, "pipeline");
    let steps: Vec<&Value> = array_at(spec, &["pipeline"]).collect();
    if get(spec, "pipeline").is_none() {
        return notes.problem(CODE, fault(path, "is missing: a Composition needs at least one step"));
    }
    if steps.is_empty() {
        return notes.problem(CODE, fault(path, "must hold at least one step"));
    }
    if steps.len() > MOST_STEPS {
        notes.problem(
            CODE,
            fault(path.clone(), format!("has {} steps, but at most {MOST_STEPS} are allowed", steps.len())),
        );
    }
    let mut names = BTreeSet::new();
    for (index, value) in steps.iter().enumerate() {
        let at = below(&path, index);
        unique(value, "step", &at, &mut names, notes);
        step(value, &at, notes);
    }
}

fn step(step: &Value, at: &Pointer, notes: &mut Notes) {
    let reference = below(at, "functionRef");
    match get(step, "functionRef") {
        None => notes.problem(CODE, fault(reference, "is missing")),
        Some(function) if get_str(function, "name").is_none_or(|name| name.is_empty()) => {
            notes.problem(CODE, missing(&reference, "name"));
        }
        Some(_) => {}
    }
    if let Some(input) = get(step, "input") {
        let path = below(at, "input");
        for key in ["apiVersion", "kind"] {
            if get_str(input, key).is_none() {
                notes.problem(CODE, fault(below(&path, key), "is missing: the input of a function is a whole object"));
            }
        }
        let is_patches = get_str(input, "apiVersion").is_some_and(|version| version.starts_with(PATCH_GROUP));
        if let Some(kind) = get_str(input, "kind").filter(|kind| is_patches && &***kind != "Resources") {
            notes.problem(CODE, not_among(below(&path, "kind"), kind, &["Resources"]));
        }
    }
    credentials(step, at, notes);
    requirements(step, at, notes);
}

fn credentials(step: &Value, at: &Pointer, notes: &mut Notes) {
    let path = below(at, "credentials");
    let mut names = BTreeSet::new();
    for (index, credential) in array_at(step, &["credentials"]).enumerate() {
        let at = below(&path, index);
        unique(credential, "name", &at, &mut names, notes);
        match get_str(credential, "source").map(|source| &**source) {
            None => notes.problem(CODE, missing(&at, "source")),
            Some("Secret") => {
                let reference = below(&at, "secretRef");
                let Some(secret) = get(credential, "secretRef") else {
                    notes.problem(CODE, fault(reference, "is missing, which the source Secret needs"));
                    continue;
                };
                for key in ["name", "namespace"] {
                    if get_str(secret, key).is_none() {
                        notes.problem(CODE, missing(&reference, key));
                    }
                }
            }
            Some("None") => {}
            Some(other) => notes.problem(CODE, not_among(below(&at, "source"), other, &["Secret", "None"])),
        }
    }
}

fn requirements(step: &Value, at: &Pointer, notes: &mut Notes) {
    for list in ["requiredResources", "requiredSchemas"] {
        let path = below(&below(at, "requirements"), list);
        let mut names = BTreeSet::new();
        for (index, required) in array_at(step, &["requirements", list]).enumerate() {
            let at = below(&path, index);
            unique(required, "requirementName", &at, &mut names, notes);
            for key in ["apiVersion", "kind"] {
                if get_str(required, key).is_none() {
                    notes.problem(CODE, missing(&at, key));
                }
            }
            if get(required, "name").is_some() && get(required, "matchLabels").is_some() {
                notes.problem(CODE, fault(below(&at, "matchLabels"), "excludes name: only one of them may be given"));
            }
        }
    }
}

/// A name that must be there, and only once in its list.
fn unique<'d>(item: &'d Value, key: &str, at: &Pointer, names: &mut BTreeSet<&'d str>, notes: &mut Notes) {
    match get_str(item, key).filter(|name| !name.is_empty()) {
        None => notes.problem(CODE, missing(at, key)),
        Some(name) if !names.insert(name) => {
            notes.problem(
                CODE,
                fault(below(at, key), format!("is \"{name}\", as an earlier one is named; names must be unique")),
            );
        }
        Some(_) => {}
    }
}
