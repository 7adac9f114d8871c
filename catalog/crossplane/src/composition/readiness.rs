//! Readiness checks: when a composed resource counts as ready.

use platlint_engine::{Pointer, Value, get, get_str};
use platlint_facts::array_at;
use serde_json::Value as Json;

use super::patch;
use super::resources::Findings;
use crate::note::{below, fault, missing, not_among};
use crate::resolve::ValueType;
use crate::schemas::Kind;

const CODE: &str = "invalid-readiness";

const TYPES: [&str; 7] =
    ["MatchString", "MatchInteger", "NonEmpty", "MatchCondition", "MatchTrue", "MatchFalse", "None"];
const KEYS: [&str; 5] = ["type", "fieldPath", "matchString", "matchInteger", "matchCondition"];

pub(super) fn note(resource: &Value, at: &Pointer, composed: Option<(&Kind, &Json)>, found: &mut Findings<'_>) {
    let path = below(at, "readinessChecks");
    for (index, check) in array_at(resource, &["readinessChecks"]).enumerate() {
        let at = below(&path, index);
        found.keys(CODE, check, &at, &KEYS);
        let Some(kind) = get_str(check, "type").map(|kind| &**kind) else {
            found.tell(CODE, missing(&at, "type"));
            continue;
        };
        let (needed, wanted): (Option<&str>, &[ValueType]) = match kind {
            "MatchString" => (Some("matchString"), &[ValueType::Text]),
            "MatchInteger" => (Some("matchInteger"), &[ValueType::Integer, ValueType::Number]),
            "MatchTrue" | "MatchFalse" => (None, &[ValueType::Bool]),
            "NonEmpty" => (None, &[]),
            "MatchCondition" => {
                condition(check, &at, found);
                continue;
            }
            "None" => continue,
            other => {
                found.tell(CODE, not_among(below(&at, "type"), other, &TYPES));
                continue;
            }
        };
        if let Some(key) = needed.filter(|key| get(check, key).is_none()) {
            found.tell(CODE, fault(below(&at, key), format!("is missing, which the type {kind} needs")));
        }
        let place = below(&at, "fieldPath");
        let Some(field) = get_str(check, "fieldPath").filter(|field| !field.is_empty()) else {
            found.tell(CODE, fault(place, format!("is missing, which the type {kind} needs")));
            continue;
        };
        let reached = patch::look(CODE, field, &place, composed, "the resource never becomes ready", found);
        if let Some(given) = reached.filter(|given| !wanted.is_empty() && !wanted.contains(given)) {
            let what = format!("names {field}, which is {}, but {kind} compares {}", given.title(), title(wanted));
            found.tell(CODE, fault(place, what));
        }
    }
}

fn title(wanted: &[ValueType]) -> &'static str {
    wanted.first().map_or("nothing", |kind| kind.title())
}

fn condition(check: &Value, at: &Pointer, found: &mut Findings<'_>) {
    let Some(condition) = get(check, "matchCondition") else { return };
    let path = below(at, "matchCondition");
    found.keys(CODE, condition, &path, &["type", "status"]);
    let allowed = ["True", "False", "Unknown"];
    match get(condition, "status") {
        Some(Value::String(status)) if allowed.contains(&&**status) => {}
        Some(Value::String(status)) => found.tell(CODE, not_among(below(&path, "status"), status, &allowed)),
        Some(_) => found.tell(CODE, fault(below(&path, "status"), "must be a string: quote it")),
        None => {}
    }
}
