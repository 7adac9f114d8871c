//! A list of composed resources with its patch sets and environment: who is patched with what.

use std::collections::{BTreeMap, BTreeSet};

use platlint_engine::{Gvk, Pointer, Value, get, get_str, suggest};
use platlint_facts::{Doc, Note, Notes, array_at};
use serde_json::Value as Json;

use super::patch::{Place, Sides};
use super::{Dialect, Site, base, patch, readiness};
use crate::note::{below, fault, missing, shown};
use crate::schemas::{Kind, Schemas};

/// Notes of one list. The patches of a patch set are looked at once for each resource that uses it, so the same may be
/// found several times; it is told once.
pub(super) struct Findings<'n> {
    notes: &'n mut Notes,
    /// Who reads the list, and where it stands: fields are named from there.
    dialect: Dialect,
    at: Pointer,
    told: BTreeSet<(&'static str, Pointer, String)>,
}

impl Findings<'_> {
    pub(super) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn tell(&mut self, code: &'static str, note: Note) {
        let what = note.detail("fault").map(ToString::to_string).unwrap_or_default();
        if self.told.insert((code, note.path().clone(), what)) {
            let within: Pointer = note.path().0.iter().skip(self.at.0.len()).cloned().collect();
            self.notes.problem(code, note.with("field", shown(&within)));
        }
    }

    pub(super) fn unknown(&mut self, code: &'static str, path: Pointer, reason: String) {
        self.notes.unknown(code, path, reason);
    }

    /// Keys that nobody reads.
    pub(super) fn keys(&mut self, code: &'static str, map: &Value, at: &Pointer, known: &[&str]) {
        for (key, _) in platlint_facts::entries(map).filter(|(key, _)| !known.contains(key)) {
            let note = fault(below(at, key), "is a key that nobody reads here");
            self.tell(code, note.suggestion(suggest::nearest(key, known)));
        }
    }
}

/// The kinds of the composed resources of a list, each with the place of its base.
pub(crate) fn kinds(site: &Site<'_>) -> Vec<(Gvk, Pointer)> {
    let resources = below(&site.at, "resources");
    let kind = |(index, resource)| {
        let base = get(resource, "base")?;
        Some((Gvk::of(base)?, below(&below(&resources, index), "base")))
    };
    array_at(site.value, &["resources"]).enumerate().filter_map(kind).collect()
}

pub(super) fn note(
    schemas: &Schemas,
    doc: &Doc,
    site: &Site<'_>,
    composite: Option<(&Kind, &Json)>,
    notes: &mut Notes,
) {
    let mut found = Findings { notes, dialect: site.dialect, at: site.at.clone(), told: BTreeSet::new() };
    if composite.is_none() && has_patches(site) {
        let reason = "the composite resource's definition is not at hand, so what patches read from it or write to it is not checked";
        found.unknown("unknown-patch-path", below(&site.at, "resources"), reason.to_owned());
    }
    let sets = sets(site, &mut found);
    let nobody = Sides { composite, composed: None };
    for (set, at) in sets.values() {
        patches(set, at, &nobody, Place::Set, &sets, &mut found);
    }
    if let Some(environment) = get(site.value, "environment") {
        patches(environment, &below(&site.at, "environment"), &nobody, Place::Environment, &sets, &mut found);
    }
    let path = below(&site.at, "resources");
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (index, resource) in array_at(site.value, &["resources"]).enumerate() {
        let at = below(&path, index);
        match get_str(resource, "name") {
            Some(name) if !names.insert(name) => {
                let what = format!("is \"{name}\", as an earlier resource is named; names must be unique");
                found.tell("invalid-composition", fault(below(&at, "name"), what));
            }
            None if site.dialect == Dialect::Function => found.tell("invalid-composition", missing(&at, "name")),
            _ => {}
        }
        let known = ["name", "base", "patches", "connectionDetails", "readinessChecks"];
        found.keys("invalid-composition", resource, &at, &known);
        let composed = base::note(schemas, doc, resource, &at, composite.map(|(kind, _)| kind), &mut found);
        let sides = Sides { composite, composed };
        patches(resource, &at, &sides, Place::Resource, &sets, &mut found);
        readiness::note(resource, &at, composed, &mut found);
        connection_details(resource, &at, &sides, site.dialect, &mut found);
    }
}

fn has_patches(site: &Site<'_>) -> bool {
    let lists = array_at(site.value, &["resources"]).chain(array_at(site.value, &["patchSets"]));
    lists.into_iter().any(|list| array_at(list, &["patches"]).next().is_some())
}

/// The patch sets by name, each with its place.
pub(super) type Sets<'d> = BTreeMap<&'d str, (&'d Value, Pointer)>;

fn sets<'d>(site: &Site<'d>, found: &mut Findings<'_>) -> Sets<'d> {
    let path = below(&site.at, "patchSets");
    let mut sets = Sets::new();
    for (index, set) in array_at(site.value, &["patchSets"]).enumerate() {
        let at = below(&path, index);
        let Some(name) = get_str(set, "name").filter(|name| !name.is_empty()) else {
            found.tell("invalid-patch", missing(&at, "name"));
            continue;
        };
        if sets.contains_key(&**name) {
            let what = format!("is \"{name}\", as an earlier patch set is named");
            found.tell("invalid-patch", fault(below(&at, "name"), what));
        } else {
            sets.insert(name, (set, at));
        }
    }
    sets
}

fn patches(holder: &Value, at: &Pointer, sides: &Sides<'_>, place: Place, sets: &Sets<'_>, found: &mut Findings<'_>) {
    let path = below(at, "patches");
    for (index, patch) in array_at(holder, &["patches"]).enumerate() {
        let at = below(&path, index);
        patch::note(patch, &at, sides, place, found);
        if place != Place::Resource || get_str(patch, "type").is_none_or(|kind| **kind != *"PatchSet") {
            continue;
        }
        let Some(name) = get_str(patch, "patchSetName") else { continue };
        if let Some((set, at)) = sets.get(&**name) {
            patches(set, at, sides, Place::Set, sets, found);
        } else {
            let known: Vec<&str> = sets.keys().copied().collect();
            let note = fault(below(&at, "patchSetName"), format!("names patch set \"{name}\", which is not there"));
            found.tell("unknown-patch-set", note.with("name", &**name).suggestion(suggest::nearest(name, &known)));
        }
    }
}

/// What is handed on as connection secret.
fn connection_details(resource: &Value, at: &Pointer, sides: &Sides<'_>, dialect: Dialect, found: &mut Findings<'_>) {
    const CODE: &str = "invalid-patch";
    let path = below(at, "connectionDetails");
    let types = [
        ("FromConnectionSecretKey", "fromConnectionSecretKey"),
        ("FromFieldPath", "fromFieldPath"),
        ("FromValue", "value"),
    ];
    for (index, detail) in array_at(resource, &["connectionDetails"]).enumerate() {
        let at = below(&path, index);
        found.keys(CODE, detail, &at, &["name", "type", "fromConnectionSecretKey", "fromFieldPath", "value"]);
        let kind = get_str(detail, "type").map(|kind| &**kind);
        if dialect == Dialect::Function {
            for key in ["name", "type"].into_iter().filter(|key| get_str(detail, key).is_none()) {
                found.tell(CODE, missing(&at, key));
            }
        }
        match kind.map(|kind| (kind, types.iter().find(|(name, _)| *name == kind))) {
            Some((_, Some((kind, key)))) if get(detail, key).is_none() => {
                found.tell(CODE, fault(below(&at, *key), format!("is missing, which the type {kind} needs")));
            }
            Some((kind, None)) => {
                found.tell(CODE, crate::note::not_among(below(&at, "type"), kind, &types.map(|(name, _)| name)));
            }
            _ => {}
        }
        if let Some(from) = get_str(detail, "fromFieldPath")
            && kind.is_none_or(|kind| kind == "FromFieldPath")
        {
            patch::reach(from, &below(&at, "fromFieldPath"), sides.composed, "no detail is published", found);
        }
    }
}
