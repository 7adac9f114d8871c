//! The object that patches start from, held against the definition of its kind.

use platlint_engine::{Gvk, Pointer, Value, get, get_str, to_json};
use platlint_facts::Doc;
use serde_json::Value as Json;

use super::resources::Findings;
use crate::note::{below, fault, missing};
use crate::schemas::{Kind, Known, Missing, Schemas, Shape, prepare, unknown_fields, violations};

const CODE: &str = "invalid-base";

/// Notes what is wrong with the base of a composed resource. Its kind and schema are returned where they are known.
pub(super) fn note<'s>(
    schemas: &'s Schemas,
    doc: &Doc,
    resource: &Value,
    at: &Pointer,
    composite: Option<&Kind>,
    found: &mut Findings<'_>,
) -> Option<(&'s Kind, &'s Json)> {
    let at = below(at, "base");
    let base = get(resource, "base")?;
    for key in ["apiVersion", "kind"].into_iter().filter(|key| get_str(base, key).is_none()) {
        found.tell(CODE, missing(&at, key));
    }
    let gvk = Gvk::of(base)?;
    let unknown = |reason: String, found: &mut Findings<'_>| {
        found.unknown(CODE, at.clone(), reason.clone());
        let has_patches = platlint_facts::array_at(resource, &["patches"]).next().is_some();
        if has_patches {
            found.unknown("unknown-patch-path", at.clone(), reason);
        }
        None
    };
    let kind = match schemas.find(&gvk.group, &gvk.kind, &doc.id.file) {
        Known::Kind(kind) => kind,
        Known::Ambiguous => {
            return unknown(format!("{} is defined several times, each time otherwise", gvk.kind), found);
        }
        Known::No if gvk.group.is_empty() => return unknown(format!("no schema of {} is at hand", gvk.kind), found),
        Known::No => return unknown(format!("no definition of {} of {} is at hand", gvk.kind, gvk.group), found),
    };
    let Some(version) = kind.version(&gvk.version) else {
        let known: Vec<&str> = kind.versions.iter().map(|version| &*version.name).collect();
        let what = format!("names version \"{}\", which {} does not have", gvk.version, kind.title());
        let meant = platlint_engine::suggest::nearest(&gvk.version, &known);
        found.tell(CODE, fault(below(&at, "apiVersion"), what).text(&*gvk.version).suggestion(meant));
        return None;
    };
    if !kind.is_namespaced && composite.is_some_and(|kind| kind.shape == Shape::Composite { is_namespaced: true }) {
        let what =
            format!("is {}, which is cluster-scoped; a namespaced composite resource cannot compose it", kind.title());
        found.tell(CODE, fault(below(&at, "kind"), what));
    }
    let (Some(structural), Some(validator)) =
        (kind.structural(version), kind.validator(version, Missing::IsFilledLater))
    else {
        return unknown(format!("the definition of {} has no valid schema", kind.title()), found);
    };
    let written = to_json(base);
    let mut object = written.clone();
    prepare(&mut object, structural);
    for violation in violations(validator, structural, &object) {
        let note = fault(violation.path.under(&at), violation.fault).suggestion(violation.suggestion);
        found.tell(CODE, note.with("related", vec![kind.definition()]));
    }
    for unknown in unknown_fields(&written, structural) {
        let note = fault(unknown.path.under(&at), format!("is no field of {} {}", kind.title(), version.name));
        found.tell(CODE, note.suggestion(unknown.suggestion).with("related", vec![kind.definition()]));
    }
    Some((kind, structural))
}
