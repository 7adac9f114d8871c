//! The types of the fields of definitions and Compositions. What is of another type is refused before anything else is looked
//! at, so its place is told and nothing further is said of the document.

use platlint_engine::{Pointer, Value, get};
use platlint_facts::{Notes, items};

use crate::note::{below, fault};

/// What must stand in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Truth,
    List,
    Map,
}

use Type::{List, Map, Text, Truth};

/// Fields by their paths, where `[]` stands for every item of a list. Those above come first.
type Table = [(&'static str, Type)];

const DEFINITION: &Table = &[
    ("group", Text),
    ("scope", Text),
    ("names", Map),
    ("names.kind", Text),
    ("names.plural", Text),
    ("names.singular", Text),
    ("names.listKind", Text),
    ("names.shortNames", List),
    ("names.categories", List),
    ("claimNames", Map),
    ("claimNames.kind", Text),
    ("claimNames.plural", Text),
    ("claimNames.singular", Text),
    ("claimNames.listKind", Text),
    ("claimNames.shortNames", List),
    ("claimNames.categories", List),
    ("connectionSecretKeys", List),
    ("conversion", Map),
    ("conversion.strategy", Text),
    ("conversion.webhook", Map),
    ("defaultCompositionRef", Map),
    ("defaultCompositionRef.name", Text),
    ("defaultCompositionUpdatePolicy", Text),
    ("defaultCompositeDeletePolicy", Text),
    ("enforcedCompositionRef", Map),
    ("enforcedCompositionRef.name", Text),
    ("versions", List),
    ("versions[]", Map),
    ("versions[].name", Text),
    ("versions[].served", Truth),
    ("versions[].referenceable", Truth),
    ("versions[].deprecated", Truth),
    ("versions[].schema", Map),
    ("versions[].schema.openAPIV3Schema", Map),
    ("versions[].additionalPrinterColumns", List),
];

const COMPOSITION: &Table = &[
    ("compositeTypeRef", Map),
    ("compositeTypeRef.apiVersion", Text),
    ("compositeTypeRef.kind", Text),
    ("mode", Text),
    ("writeConnectionSecretsToNamespace", Text),
    ("pipeline", List),
    ("pipeline[]", Map),
    ("pipeline[].step", Text),
    ("pipeline[].functionRef", Map),
    ("pipeline[].functionRef.name", Text),
    ("pipeline[].input", Map),
    ("pipeline[].input.apiVersion", Text),
    ("pipeline[].input.kind", Text),
    ("pipeline[].credentials", List),
    ("pipeline[].credentials[]", Map),
    ("pipeline[].credentials[].name", Text),
    ("pipeline[].credentials[].source", Text),
    ("pipeline[].credentials[].secretRef", Map),
    ("pipeline[].requirements", Map),
    ("pipeline[].requirements.requiredResources", List),
    ("pipeline[].requirements.requiredSchemas", List),
];

/// Of a list of composed resources, wherever it stands.
const RESOURCES: &Table = &[
    ("patchSets", List),
    ("patchSets[]", Map),
    ("patchSets[].name", Text),
    ("patchSets[].patches", List),
    ("patchSets[].patches[]", Map),
    ("environment", Map),
    ("environment.patches", List),
    ("environment.patches[]", Map),
    ("resources", List),
    ("resources[]", Map),
    ("resources[].name", Text),
    ("resources[].base", Map),
    ("resources[].readinessChecks", List),
    ("resources[].readinessChecks[]", Map),
    ("resources[].connectionDetails", List),
    ("resources[].connectionDetails[]", Map),
    ("resources[].patches", List),
    ("resources[].patches[]", Map),
    ("resources[].patches[].type", Text),
    ("resources[].patches[].fromFieldPath", Text),
    ("resources[].patches[].toFieldPath", Text),
    ("resources[].patches[].patchSetName", Text),
    ("resources[].patches[].combine", Map),
    ("resources[].patches[].policy", Map),
    ("resources[].patches[].transforms", List),
    ("resources[].patches[].transforms[]", Map),
];

/// Notes fields of the spec of a definition that are of another type; says whether all are right.
pub(crate) fn definition(spec: &Value, at: &Pointer, code: &'static str, notes: &mut Notes) -> bool {
    check(DEFINITION, spec, at, code, notes)
}

/// The same of the spec of a Composition.
pub(crate) fn composition(spec: &Value, at: &Pointer, code: &'static str, notes: &mut Notes) -> bool {
    check(COMPOSITION, spec, at, code, notes)
}

/// The same of a map that holds `resources`.
pub(crate) fn resources(site: &Value, at: &Pointer, code: &'static str, notes: &mut Notes) -> bool {
    check(RESOURCES, site, at, code, notes)
}

fn check(table: &Table, value: &Value, at: &Pointer, code: &'static str, notes: &mut Notes) -> bool {
    let mut is_right = true;
    for (path, wanted) in table {
        each(value, at.clone(), path, &mut |value, path| {
            if let Some(what) = mistake(value, *wanted) {
                is_right = false;
                notes.problem(code, fault(path, what));
            }
        });
    }
    is_right
}

/// Calls `found` with what stands at a path of the table, and where.
fn each(value: &Value, at: Pointer, path: &str, found: &mut impl FnMut(&Value, Pointer)) {
    if path.is_empty() {
        return found(value, at);
    }
    if let Some(rest) = path.strip_prefix("[]") {
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        return items(value).enumerate().for_each(|(index, item)| each(item, below(&at, index), rest, found));
    }
    let (key, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    if let Some(inner) = get(value, key) {
        each(inner, below(&at, key), rest.strip_prefix('.').unwrap_or(rest), found);
    }
}

/// What is wrong with a value's type. Null is nothing, and what a tool fills in may become anything.
fn mistake(value: &Value, wanted: Type) -> Option<String> {
    let given = match value {
        Value::Null | Value::Undefined => return None,
        Value::String(text) if text.contains("${") || text.contains("{{") => return None,
        Value::String(_) if wanted == Text => return None,
        Value::Bool(_) if wanted == Truth => return None,
        Value::Array(_) if wanted == List => return None,
        Value::Object(_) if wanted == Map => return None,
        Value::String(_) if wanted == Truth => "a string: leave out the quotes",
        Value::String(_) => "a string",
        Value::Bool(_) => "true or false",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
        _ => "a number",
    };
    let wanted = match wanted {
        Text => "a string",
        Truth => "true or false",
        List => "a list",
        Map => "a map",
    };
    Some(format!("must be {wanted}, not {given}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_above_come_first() {
        for table in [DEFINITION, COMPOSITION, RESOURCES] {
            for (index, (path, _)) in table.iter().enumerate() {
                let above = path.strip_suffix("[]").or_else(|| path.rsplit_once('.').map(|(above, _)| above));
                let is_before = |above| table.iter().take(index).any(|(path, _)| *path == above);
                assert!(above.is_none_or(is_before), "{path}");
            }
        }
    }

    #[test]
    fn what_is_filled_in_or_empty_has_no_type_yet() {
        for value in [json!(null), json!("${served}"), json!("{{ .served }}"), json!(true)] {
            assert_eq!(mistake(&Value::from(value), Truth), None);
        }
        let quoted = mistake(&Value::from(json!("true")), Truth);
        assert_eq!(quoted.as_deref(), Some("must be true or false, not a string: leave out the quotes"));
    }
}
