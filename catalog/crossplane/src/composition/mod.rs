//! Compositions: their pipeline, and the patches that `function-patch-and-transform` or Crossplane 1 itself would make.

use platlint_engine::{Pointer, Value, get, get_str};
use platlint_facts::{Doc, Notes, array_at};
use serde_json::json;

use crate::field_types;
use crate::note::{below, fault};
use crate::schemas::Schemas;

mod base;
mod composite;
mod patch;
mod pipeline;
mod readiness;
mod resources;
mod transform;

pub(crate) use resources::kinds;

/// The group of the input of `function-patch-and-transform`.
const PATCH_GROUP: &str = "pt.fn.crossplane.io/";

/// Who reads a list of composed resources with patches; the two differ in details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Crossplane 1 itself, `mode: Resources`.
    Native,
    /// `function-patch-and-transform`.
    Function,
}

/// A map that holds `resources`, `patchSets` and `environment`, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Site<'d> {
    pub(crate) dialect: Dialect,
    pub(crate) at: Pointer,
    pub(crate) value: &'d Value,
}

/// All such maps of a Composition.
pub(crate) fn sites(doc: &Doc) -> Vec<Site<'_>> {
    let Some(spec) = get(&doc.object, "spec") else { return Vec::new() };
    let at = Pointer::from_iter(["spec".into()]);
    if is_native(spec) {
        return vec![Site { dialect: Dialect::Native, at, value: spec }];
    }
    let pipeline = below(&at, "pipeline");
    let site = |(index, step)| {
        let input = get(step, "input")?;
        let is_patches = get_str(input, "apiVersion").is_some_and(|version| version.starts_with(PATCH_GROUP));
        let at = below(&below(&pipeline, index), "input");
        is_patches.then_some(Site { dialect: Dialect::Function, at, value: input })
    };
    array_at(spec, &["pipeline"]).enumerate().filter_map(site).collect()
}

/// Whether Crossplane 1 itself patches: said so, or implied by resources without a pipeline.
fn is_native(spec: &Value) -> bool {
    match get_str(spec, "mode").map(|mode| &**mode) {
        Some("Resources") => true,
        Some(_) => false,
        None => get(spec, "resources").is_some() && get(spec, "pipeline").is_none(),
    }
}

/// Notes what is wrong with a Composition.
pub(crate) fn note(schemas: &Schemas, doc: &Doc, notes: &mut Notes) {
    let at = Pointer::from_iter(["spec".into()]);
    let Some(spec) = get(&doc.object, "spec") else {
        return notes.problem("invalid-composition", fault(at, "is missing"));
    };
    let sites = sites(doc);
    let mut is_readable = field_types::composition(spec, &at, "invalid-composition", notes);
    for site in &sites {
        is_readable &= field_types::resources(site.value, &site.at, "invalid-composition", notes);
    }
    if !is_readable {
        return;
    }
    let found = composite::find(schemas, doc, spec, notes);
    pipeline::note(spec, &at, notes);
    for site in &sites {
        resources::note(schemas, doc, site, found, notes);
    }
    let steps: Vec<&str> =
        array_at(spec, &["pipeline"]).filter_map(|step| get_str(step, "step")).map(|step| &**step).collect();
    notes.fact("composition", || json!({"native": is_native(spec), "steps": steps, "compositeKnown": found.is_some()}));
}
