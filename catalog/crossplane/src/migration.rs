//! What worked in Crossplane 1 and is gone in Crossplane 2.

use platlint_engine::{Pointer, get_str};
use platlint_facts::{Doc, Notes, array_at, path_of, str_at, value_at};

use crate::composition::{Dialect, sites};
use crate::note::{below, fault};

const CODE: &str = "removed-in-v2";

/// Notes what Crossplane 2 would refuse or pass over.
pub(crate) fn note(doc: &Doc, notes: &mut Notes) {
    match (&*doc.gvk.group, &*doc.gvk.kind) {
        ("apiextensions.crossplane.io", "Composition") => composition(doc, notes),
        ("apiextensions.crossplane.io", _) => {}
        ("pkg.crossplane.io", "ControllerConfig") => {
            let what = "is ControllerConfig, which DeploymentRuntimeConfig replaced";
            notes.problem(CODE, fault(path_of(&["kind"]), what));
        }
        ("pkg.crossplane.io", "Provider" | "Configuration" | "Function") => package(doc, notes),
        ("meta.pkg.crossplane.io", "Provider" | "Configuration" | "Function") => dependencies(doc, notes),
        ("secrets.crossplane.io", "StoreConfig") => {
            notes.problem(CODE, fault(path_of(&["kind"]), "is StoreConfig: external secret stores were removed"));
        }
        _ => {
            if value_at(&doc.object, &["spec", "publishConnectionDetailsTo"]).is_some() {
                store(path_of(&["spec", "publishConnectionDetailsTo"]), notes);
            }
        }
    }
}

fn store(path: Pointer, notes: &mut Notes) {
    notes.problem(CODE, fault(path, "writes to an external secret store, and those were removed"));
}

fn composition(doc: &Doc, notes: &mut Notes) {
    for key in ["publishConnectionDetailsWithStoreConfigRef", "environment"] {
        if value_at(&doc.object, &["spec", key]).is_none() {
            continue;
        }
        let path = path_of(&["spec", key]);
        if key == "environment" {
            let what = "selects the environment in the Composition, which function-environment-configs replaced";
            notes.problem(CODE, fault(path, what));
        } else {
            store(path, notes);
        }
    }
    for site in sites(doc) {
        if site.dialect == Dialect::Native {
            let is_said = value_at(&doc.object, &["spec", "mode"]).is_some();
            let path = path_of(if is_said { &["spec", "mode"] } else { &["spec", "resources"] });
            let what =
                "lets Crossplane itself patch resources, which pipelines with function-patch-and-transform replaced";
            notes.problem(CODE, fault(path, what));
        }
        let resources = below(&site.at, "resources");
        for (index, resource) in array_at(site.value, &["resources"]).enumerate() {
            if value_at(resource, &["base", "spec", "publishConnectionDetailsTo"]).is_some() {
                let base = below(&below(&resources, index), "base");
                store(path_of(&["spec", "publishConnectionDetailsTo"]).under(&base), notes);
            }
        }
    }
}

fn package(doc: &Doc, notes: &mut Notes) {
    if value_at(&doc.object, &["spec", "controllerConfigRef"]).is_some() {
        let what = "names a ControllerConfig; runtimeConfigRef, with a DeploymentRuntimeConfig, replaced it";
        notes.problem(CODE, fault(path_of(&["spec", "controllerConfigRef"]), what));
    }
    if let Some(package) = str_at(&doc.object, &["spec", "package"]) {
        qualified(package, path_of(&["spec", "package"]), notes);
    }
}

fn dependencies(doc: &Doc, notes: &mut Notes) {
    let list = path_of(&["spec", "dependsOn"]);
    for (index, dependency) in array_at(&doc.object, &["spec", "dependsOn"]).enumerate() {
        for key in ["provider", "configuration", "function", "package"] {
            if let Some(package) = get_str(dependency, key) {
                qualified(package, below(&below(&list, index), key), notes);
            }
        }
    }
}

fn qualified(package: &str, path: Pointer, notes: &mut Notes) {
    let host = package.split_once('/').map_or("", |(host, _)| host);
    let is_host = host.contains(['.', ':']) || host == "localhost";
    // A name that is filled in by some tool.
    let is_template = package.contains("{{") || package.contains('$');
    if !is_host && !package.is_empty() && !is_template {
        let what = format!("is \"{package}\", without a registry; there is no default registry any more");
        notes.problem(CODE, fault(path, what));
    }
}
