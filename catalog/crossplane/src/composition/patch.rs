//! One patch: from where, through which transforms, to where, and whether the types fit.

use platlint_engine::{Pointer, Value, get, get_str};
use platlint_facts::array_at;
use serde_json::Value as Json;

use super::resources::Findings;
use super::transform::{self, arguments};
use crate::field_path;
use crate::note::{below, cut, fault, missing, not_among};
use crate::resolve::{ValueType, resolve};
use crate::schemas::Kind;

const INVALID: &str = "invalid-patch";
const UNKNOWN_PATH: &str = "unknown-patch-path";

const KEYS: [&str; 7] = ["type", "fromFieldPath", "combine", "toFieldPath", "transforms", "policy", "patchSetName"];

const TYPES: [&str; 9] = [
    "FromCompositeFieldPath",
    "ToCompositeFieldPath",
    "CombineFromComposite",
    "CombineToComposite",
    "FromEnvironmentFieldPath",
    "ToEnvironmentFieldPath",
    "CombineFromEnvironment",
    "CombineToEnvironment",
    "PatchSet",
];

const MERGES: [&str; 7] = [
    "Replace",
    "MergeObjects",
    "MergeObjectsAppendArrays",
    "ForceMergeObjects",
    "ForceMergeObjectsAppendArrays",
    "MergeObject",
    "AppendArray",
];

/// Where a patch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// With a composed resource.
    Resource,
    /// In a patch set.
    Set,
    /// In the environment, which takes the place of the composed resource.
    Environment,
}

/// An object that patches read or write, as far as its schema is known.
pub(super) type Side<'s> = Option<(&'s Kind, &'s Json)>;

/// The two objects between which a patch lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'s> {
    pub(super) composite: Side<'s>,
    pub(super) composed: Side<'s>,
}

/// Notes what is wrong with a patch. That a patch set exists is left to the caller.
pub(super) fn note(patch: &Value, at: &Pointer, sides: &Sides<'_>, place: Place, found: &mut Findings<'_>) {
    found.keys(INVALID, patch, at, &KEYS);
    let kind = get_str(patch, "type").map_or("FromCompositeFieldPath", |kind| &**kind);
    if !TYPES.contains(&kind) {
        return found.tell(INVALID, not_among(below(at, "type"), kind, &TYPES));
    }
    if kind == "PatchSet" {
        match place {
            Place::Resource if get_str(patch, "patchSetName").is_none() => {
                found.tell(INVALID, fault(below(at, "patchSetName"), "is missing, which the type PatchSet needs"));
            }
            Place::Resource => {}
            Place::Set => {
                found.tell(INVALID, fault(below(at, "type"), "is PatchSet, but a patch set may hold no other"));
            }
            Place::Environment => {
                found.tell(INVALID, fault(below(at, "type"), "is PatchSet, which the environment does not know"));
            }
        }
        return;
    }
    policy(patch, at, found);
    let (from, to) = ends(kind, sides, place);
    let effect = if is_required(patch) { "composing fails" } else { "the patch silently does nothing" };
    let mut flow = if kind.starts_with("Combine") {
        combine(patch, at, from, found);
        if get_str(patch, "toFieldPath").is_none() {
            found.tell(INVALID, fault(below(at, "toFieldPath"), format!("is missing, which the type {kind} needs")));
        }
        Some(ValueType::Text)
    } else {
        let path = get_str(patch, "fromFieldPath").filter(|path| !path.is_empty());
        if path.is_none() {
            found.tell(INVALID, fault(below(at, "fromFieldPath"), format!("is missing, which the type {kind} needs")));
        }
        path.and_then(|path| reach(path, &below(at, "fromFieldPath"), from, effect, found))
    };
    let path = below(at, "transforms");
    for (index, item) in array_at(patch, &["transforms"]).enumerate() {
        flow = transform::note(item, &below(&path, index), flow, found);
    }
    target(patch, at, to, flow, found);
}

/// Which object is read, and which written. The environment has no schema.
fn ends<'s>(kind: &str, sides: &Sides<'s>, place: Place) -> (Side<'s>, Side<'s>) {
    let composed = if place == Place::Environment { None } else { sides.composed };
    match kind {
        "FromCompositeFieldPath" | "CombineFromComposite" => (sides.composite, composed),
        "ToCompositeFieldPath" | "CombineToComposite" => (composed, sides.composite),
        "FromEnvironmentFieldPath" | "CombineFromEnvironment" => (None, composed),
        _ => (composed, None),
    }
}

/// Where the value goes, and whether the field takes it. Without a path of its own it goes where it came from.
fn target(patch: &Value, at: &Pointer, to: Side<'_>, flow: Option<ValueType>, found: &mut Findings<'_>) {
    let key = if get_str(patch, "toFieldPath").is_some() { "toFieldPath" } else { "fromFieldPath" };
    let Some(path) = get_str(patch, key).filter(|path| !path.is_empty()) else { return };
    let place = below(at, key);
    let wanted = reach(path, &place, to, "the value is refused or lost", found);
    if let (Some(given), Some(wanted)) = (flow, wanted)
        && !given.fits(wanted)
    {
        let title = to.map_or_else(String::new, |(kind, _)| format!(" of {}", kind.title()));
        let what = format!("is {path}{title}, which takes {}, but the patch brings {}", wanted.title(), given.title());
        let definition = to.map(|(kind, _)| vec![kind.definition()]);
        found.tell("patch-type-mismatch", fault(place, what).maybe("related", definition));
    }
}

fn is_required(patch: &Value) -> bool {
    get(patch, "policy")
        .and_then(|policy| get_str(policy, "fromFieldPath"))
        .is_some_and(|policy| **policy == *"Required")
}

fn policy(patch: &Value, at: &Pointer, found: &mut Findings<'_>) {
    let Some(policy) = get(patch, "policy") else { return };
    let path = below(at, "policy");
    found.keys(INVALID, policy, &path, &["fromFieldPath", "toFieldPath", "mergeOptions"]);
    let choices: [(&str, &[&str]); 2] = [("fromFieldPath", &["Optional", "Required"]), ("toFieldPath", &MERGES)];
    for (key, allowed) in choices {
        if let Some(word) = get_str(policy, key).filter(|word| !allowed.contains(&&***word)) {
            found.tell(INVALID, not_among(below(&path, key), word, allowed));
        }
    }
}

/// Several values that are put into one text.
fn combine(patch: &Value, at: &Pointer, from: Side<'_>, found: &mut Findings<'_>) {
    let path = below(at, "combine");
    let Some(combine) = get(patch, "combine") else {
        return found.tell(INVALID, fault(path, "is missing, which patches that combine need"));
    };
    found.keys(INVALID, combine, &path, &["variables", "strategy", "string"]);
    match get_str(combine, "strategy").map(|strategy| &**strategy) {
        None => found.tell(INVALID, missing(&path, "strategy")),
        Some("string") => {}
        Some(other) => found.tell(INVALID, not_among(below(&path, "strategy"), other, &["string"])),
    }
    let effect = if is_required(patch) { "composing fails" } else { "the patch silently does nothing" };
    let variables = below(&path, "variables");
    let mut count = 0usize;
    for (index, variable) in array_at(combine, &["variables"]).enumerate() {
        count = count.saturating_add(1);
        let at = below(&variables, index);
        match get_str(variable, "fromFieldPath").filter(|path| !path.is_empty()) {
            Some(path) => {
                reach(path, &below(&at, "fromFieldPath"), from, effect, found);
            }
            None => found.tell(INVALID, missing(&at, "fromFieldPath")),
        }
    }
    if count == 0 {
        found.tell(INVALID, fault(variables, "must hold at least one variable"));
    }
    let format = below(&below(&path, "string"), "fmt");
    match get(combine, "string").and_then(|string| get_str(string, "fmt")) {
        None => found.tell(INVALID, fault(format, "is missing, which the strategy string needs")),
        Some(text) => {
            if let Some(verbs) = arguments(text).filter(|verbs| count > 0 && *verbs != count) {
                found.tell(
                    INVALID,
                    fault(format, format!("is \"{}\", with {verbs} verbs for {count} variables", cut(text))),
                );
            }
        }
    }
}

/// The type of the field that a path leads to; where it leads nowhere, that is noted, with what comes of it.
pub(super) fn reach(
    path: &str,
    at: &Pointer,
    side: Side<'_>,
    effect: &str,
    found: &mut Findings<'_>,
) -> Option<ValueType> {
    look(UNKNOWN_PATH, path, at, side, effect, found)
}

/// The same under a code of choice.
pub(super) fn look(
    code: &'static str,
    path: &str,
    at: &Pointer,
    side: Side<'_>,
    effect: &str,
    found: &mut Findings<'_>,
) -> Option<ValueType> {
    let steps = match field_path::parse(path) {
        Ok(steps) => steps,
        Err(error) => {
            let code = if code == UNKNOWN_PATH { INVALID } else { code };
            found.tell(code, fault(at.clone(), format!("is \"{}\", which is no field path: it {error}", cut(path))));
            return None;
        }
    };
    let (kind, structural) = side?;
    match resolve(structural, &steps) {
        Ok(reached) => reached.value_type(),
        Err(miss) => {
            let what = format!("is \"{path}\", but in {} {}, so {effect}", kind.title(), miss.fault);
            let note = fault(at.clone(), what)
                .text(miss.step)
                .suggestion(miss.suggestion)
                .with("value", path)
                .with("related", vec![kind.definition()]);
            found.tell(code, note);
            None
        }
    }
}
