//! An `ApplicationSet`: what is wrong with it, and the Applications that it would make.

mod clusters;
mod combine;
mod generators;
mod git;
mod names;
mod parameters;
mod projects;
mod render;
mod structure;
pub(crate) mod world;

use std::collections::BTreeMap;

use platlint_engine::{Pointer, Segment, to_json};
use platlint_facts::{Doc, Notes, path_of};
use serde_json::Value;

use crate::template::Engine;
use crate::yaml::{get, items_at, text_at, with};
use generators::{Context, KINDS, MOST_SETS, Stop, StopKind};
use parameters::Found;
use render::{Broken, Rest, Traced};
use world::World;

/// More bytes of Applications of one `ApplicationSet` are not made.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// An Application that an `ApplicationSet` would make.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expanded {
    /// The Application.
    pub(crate) object: Traced,
}

/// What came of expanding an `ApplicationSet`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expansion {
    /// In the order in which the controller would make them.
    pub(crate) applications: Vec<Expanded>,
    /// Whether these are all.
    pub(crate) is_whole: bool,
    found: Vec<Found>,
}

impl Expansion {
    /// Notes what expanding found.
    pub(crate) fn note(&self, notes: &mut Notes) {
        for found in &self.found {
            found.note(notes);
        }
    }
}

/// Notes what is wrong with the document itself.
pub(crate) fn note_structure(object: &Value, notes: &mut Notes) {
    structure::note(object, notes);
    if let Some(spec) = get(object, "spec") {
        projects::note(spec, engine_of(spec) != Engine::Fast, notes);
    }
}

/// Whether nothing in an `ApplicationSet` with generators is filled in: a chart that did not escape its templates has
/// filled them in itself, with nothing.
pub(crate) fn names_no_parameter(object: &Value) -> bool {
    let spec = object.get("spec");
    let is_plain = spec.is_some_and(|spec| !spec.to_string().contains("{{"));
    is_plain && !items_at(object, &["spec", "generators"]).is_empty()
}

/// Whether any generator has a template of its own.
pub(crate) fn has_own_templates(object: &Value) -> bool {
    let generators = items_at(object, &["spec", "generators"]);
    let own = |generator: &Value| {
        KINDS.into_iter().any(|kind| get(generator, kind).is_some_and(|kind| get(kind, "template").is_some()))
    };
    generators.iter().any(own)
}

/// How an `ApplicationSet` reads its templates.
pub(crate) fn engine_of(spec: &Value) -> Engine {
    let is_go = get(spec, "goTemplate") == Some(&Value::Bool(true));
    let options = items_at(spec, &["goTemplateOptions"]);
    let strict = options.iter().any(|option| option.as_str() == Some("missingkey=error"));
    if is_go { Engine::Go { strict } } else { Engine::Fast }
}

/// Works out the Applications.
pub(crate) fn expand(doc: &Doc, world: &World<'_>) -> Expansion {
    let object = to_json(&doc.object);
    let Some(spec) = get(&object, "spec") else { return Expansion::default() };
    let engine = engine_of(spec);
    let context = Context { world, engine, unresolved: std::cell::RefCell::default() };
    let namespace = text_at(&object, &["metadata", "namespace"]).map(str::to_owned);
    let namespace = namespace.or_else(|| doc.namespace.as_ref().map(ToString::to_string));
    let rest = Rest {
        patch: text_at(spec, &["templatePatch"]),
        preserves_resources: get(spec, "syncPolicy").and_then(|policy| get(policy, "preserveResourcesOnDeletion"))
            == Some(&Value::Bool(true)),
        namespace: namespace.as_deref().filter(|namespace| !namespace.is_empty()),
    };
    let mut expansion = Expansion { is_whole: true, ..Expansion::default() };
    let template_path = path_of(&["spec", "template"]);
    let Some(template) = get(spec, "template").filter(|template| template.is_object()) else { return expansion };
    let mut unresolved = BTreeMap::new();
    let mut bytes = 0_usize;
    for (index, generator) in items_at(spec, &["generators"]).iter().enumerate() {
        let path = with(&path_of(&["spec", "generators"]), Segment::from(index));
        let template = own_template(generator, &path, template, &template_path);
        let sets = match context.sets(generator, &path, None) {
            Ok(sets) => sets,
            Err(stop) => {
                expansion.is_whole = false;
                let offered = names::of_generator(generator, context.is_go());
                // Of a generator whose structure is wrong, nobody knows what it was to offer.
                if stop.kind != StopKind::Said {
                    expansion.found.extend(parameters::without_sets(&template, rest.patch, &offered, engine));
                }
                expansion.found.extend(stopped(stop, &offered));
                continue;
            }
        };
        for set in &sets {
            match render::application(&template, engine, set, &rest) {
                Ok(made) => {
                    for (path, missing) in made.unresolved {
                        unresolved.entry((path, missing)).or_insert_with(|| names::Names::of_set(set));
                    }
                    bytes = bytes.saturating_add(crate::template::size(&made.object.value));
                    expansion.applications.push(Expanded { object: made.object });
                    if bytes > MOST_BYTES {
                        break;
                    }
                }
                Err(Broken { path, failure }) => {
                    expansion.is_whole = false;
                    expansion.found.extend(parameters::of_failure(
                        &failure,
                        &path,
                        text_of(&object, &path),
                        &names::Names::of_set(set),
                    ));
                }
            }
        }
        if expansion.applications.len() > MOST_SETS {
            expansion.applications.truncate(MOST_SETS);
            expansion.is_whole = false;
            let reason = format!("more than the {MOST_SETS} Applications that are looked at");
            expansion.found.push(Found::unknown(&path, reason));
            break;
        }
        if bytes > MOST_BYTES {
            expansion.is_whole = false;
            expansion.found.push(Found::unknown(&path, "its Applications are larger than what is looked at"));
            break;
        }
    }
    let in_values = context.unresolved.take();
    for ((path, missing), names) in in_values.into_iter().chain(unresolved) {
        expansion.found.extend(parameters::of_name(&path, &missing, &names, engine));
    }
    expansion.found.sort();
    expansion.found.dedup();
    expansion
}

fn text_of<'o>(object: &'o Value, path: &Pointer) -> &'o str {
    let found = path.0.iter().try_fold(object, |value, step| match step {
        Segment::Key(key) => value.get(&**key),
        Segment::Index(index) => value.get(index),
    });
    found.and_then(Value::as_str).unwrap_or_default()
}

/// The template of a generator where it has one, filled up with the common one.
fn own_template(generator: &Value, path: &Pointer, common: &Value, common_path: &Pointer) -> Traced {
    let own = KINDS.into_iter().find_map(|kind| {
        let template = get(get(generator, kind)?, "template").filter(|template| template.is_object())?;
        Some((template, with(&with(path, kind.into()), "template".into())))
    });
    match own {
        Some((template, path)) => Traced::at(template, path).over(common, common_path),
        None => Traced::at(common, common_path.clone()),
    }
}

fn stopped(stop: Stop, offered: &names::Names) -> Vec<Found> {
    match stop.kind {
        StopKind::Said => Vec::new(),
        StopKind::Unknown => vec![Found::unknown(&stop.path, stop.reason)],
        StopKind::Invalid => vec![Found::refused(&stop.path, &stop.reason)],
        StopKind::Template(failure) => parameters::of_failure(&failure, &stop.path, "", offered),
    }
}
