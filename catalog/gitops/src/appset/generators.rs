//! Generators: which sets of parameters each makes, in order, or why that cannot be found out.

use std::cell::RefCell;
use std::collections::BTreeMap;

use platlint_engine::{Pointer, Segment};
use serde_json::Value;

use super::names::Names;
use super::world::World;
use super::{clusters, combine, git};
use crate::selector;
use crate::template::{Engine, Failure, Parameters, Rendered, Unresolved};
use crate::yaml::{self, get, items_at, text_at, with};

/// Generators by their key.
pub(crate) const KINDS: [&str; 9] =
    ["clusterDecisionResource", "clusters", "git", "list", "matrix", "merge", "plugin", "pullRequest", "scmProvider"];

/// More Applications of one `ApplicationSet` are not made.
pub(crate) const MOST_SETS: usize = 1_000;

/// Why a generator gives nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stop {
    /// Where.
    pub(crate) path: Pointer,
    /// Why.
    pub(crate) reason: String,
    /// Whether the generator is wrong; otherwise its result is only not known here.
    pub(crate) kind: StopKind,
}

/// What a [`Stop`] means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StopKind {
    /// Its result is not known here.
    Unknown,
    /// The controller would refuse it.
    Invalid,
    /// The structure was refused and said already.
    Said,
    /// A template in it failed.
    Template(Failure),
}

impl Stop {
    pub(crate) fn unknown(path: &Pointer, reason: impl Into<String>) -> Self {
        Self { path: path.clone(), reason: reason.into(), kind: StopKind::Unknown }
    }

    pub(crate) fn invalid(path: &Pointer, reason: impl Into<String>) -> Self {
        Self { path: path.clone(), reason: reason.into(), kind: StopKind::Invalid }
    }

    fn said(path: &Pointer) -> Self {
        Self { path: path.clone(), reason: String::new(), kind: StopKind::Said }
    }
}

/// What all generators of an `ApplicationSet` share.
pub(crate) struct Context<'c> {
    pub(crate) world: &'c World<'c>,
    pub(crate) engine: Engine,
    /// Names in `values` of generators that had no value, with those that had.
    pub(crate) unresolved: RefCell<BTreeMap<(Pointer, Unresolved), Names>>,
}

impl Context<'_> {
    pub(crate) const fn is_go(&self) -> bool {
        matches!(self.engine, Engine::Go { .. })
    }

    /// The parameter sets of one generator at `path`. `outer` are those of the generator before it in a matrix.
    pub(crate) fn sets(
        &self,
        generator: &Value,
        path: &Pointer,
        outer: Option<&Parameters>,
    ) -> Result<Vec<Parameters>, Stop> {
        let path_before = path;
        let (kind, path) = kind_of(generator, path)?;
        // A generator in the second place of a matrix is filled in before it is asked.
        let filled;
        let generator = match outer {
            Some(outer) if !outer.is_empty() => {
                filled = self.filled(generator, path_before, outer, false)?;
                &filled
            }
            _ => generator,
        };
        let Some(inner) = generator.get(kind) else { return Err(Stop::said(&path)) };
        let sets = match kind {
            "list" => self.list(inner, &path),
            "git" => git::sets(self, inner, &path),
            "clusters" => clusters::sets(self, inner, &path),
            "matrix" => combine::matrix(self, inner, &path),
            "merge" => combine::merge(self, inner, &path),
            "pullRequest" => Err(Stop::unknown(&path, "which pull requests are open is not known here")),
            "scmProvider" => Err(Stop::unknown(&path, "which repositories the provider holds is not known here")),
            "plugin" => Err(Stop::unknown(&path, "what the plugin answers is not known here")),
            _ => Err(Stop::unknown(&path, "which clusters the resource names is not known here")),
        }?;
        let sets = match get(generator, "selector") {
            None => sets,
            Some(selector) => {
                let chosen = |set: &Parameters| {
                    selector::matches(selector, &selector::flattened(&Value::Object(set.clone())))
                        .ok_or_else(|| Stop::invalid(&path, "its selector has an operator that does not exist"))
                };
                let mut kept = Vec::new();
                for set in sets {
                    if chosen(&set)? {
                        kept.push(set);
                    }
                }
                kept
            }
        };
        if sets.len() > MOST_SETS {
            return Err(Stop::unknown(
                &path,
                format!("it makes more than the {MOST_SETS} Applications that are looked at"),
            ));
        }
        Ok(sets)
    }

    fn list(&self, list: &Value, path: &Pointer) -> Result<Vec<Parameters>, Stop> {
        let mut sets = Vec::new();
        for (index, element) in items_at(list, &["elements"]).iter().enumerate() {
            let at = with(&with(path, "elements".into()), Segment::from(index));
            let Value::Object(element) = element else { return Err(Stop::invalid(&at, "an element must be a map")) };
            if self.is_go() {
                sets.push(with_floats(element));
                continue;
            }
            let mut set = Parameters::new();
            for (key, value) in element {
                let below = with(&at, Segment::from(key.as_str()));
                let refused = |path: &Pointer| {
                    Stop::invalid(path, "without goTemplate, values of list elements must be text in quotes")
                };
                match value {
                    Value::Object(values) if key == "values" => {
                        for (inner, value) in values {
                            let at = with(&below, Segment::from(inner.as_str()));
                            value.as_str().ok_or_else(|| refused(&at))?;
                            set.insert(format!("values.{inner}"), value.clone());
                        }
                    }
                    Value::String(_) => {
                        set.insert(key.clone(), value.clone());
                    }
                    _ => return Err(refused(&below)),
                }
            }
            sets.push(set);
        }
        if let Some(text) = text_at(list, &["elementsYaml"]).filter(|text| !text.trim().is_empty()) {
            let at = with(path, "elementsYaml".into());
            let wrong = || Stop::invalid(&at, "elementsYaml must be a list of maps in YAML");
            for element in yaml::read_one(text).as_ref().and_then(Value::as_array).ok_or_else(wrong)? {
                sets.push(with_floats(element.as_object().ok_or_else(wrong)?));
            }
        }
        Ok(sets)
    }

    /// The `values` of a generator, filled in with the parameters it made and added to them.
    pub(crate) fn add_values(&self, generator: &Value, path: &Pointer, set: &mut Parameters) -> Result<(), Stop> {
        let mut added = Parameters::new();
        for (key, value) in yaml::map_at(generator, &["values"]).into_iter().flatten() {
            let at = with(&with(path, "values".into()), Segment::from(key.as_str()));
            let Some(text) = value.as_str() else { return Err(Stop::invalid(&at, "values must be text")) };
            let rendered = self.rendered(text, &at, set)?;
            for missing in rendered.unresolved {
                let names = || Names::of_set(set);
                self.unresolved.borrow_mut().entry((at.clone(), missing)).or_insert_with(names);
            }
            let key = if self.is_go() { key.clone() } else { format!("values.{key}") };
            added.insert(key, rendered.text.into());
        }
        if self.is_go() {
            if !added.is_empty() {
                set.insert("values".to_owned(), Value::Object(added));
            }
        } else {
            set.extend(added);
        }
        Ok(())
    }

    fn rendered(&self, text: &str, path: &Pointer, set: &Parameters) -> Result<Rendered, Stop> {
        let failed = |failure: Failure| Stop {
            path: path.clone(),
            reason: failure.to_string(),
            kind: StopKind::Template(failure),
        };
        self.engine.render(text, set).map_err(failed)
    }

    /// A generator with the parameters of the one before it filled in. Its own `values` keep what is not known yet.
    fn filled(&self, value: &Value, path: &Pointer, outer: &Parameters, in_values: bool) -> Result<Value, Stop> {
        Ok(match value {
            Value::String(text) => match self.rendered(text, path, outer).map(|rendered| rendered.text) {
                Err(stop) if in_values && matches!(stop.kind, StopKind::Template(Failure::Missing(_))) => value.clone(),
                Ok(filled) if in_values && filled.contains("<no value>") => value.clone(),
                filled => filled?.into(),
            },
            Value::Array(items) => {
                let filled = |(index, item)| self.filled(item, &with(path, Segment::from(index)), outer, in_values);
                items.iter().enumerate().map(filled).collect::<Result<Vec<_>, _>>()?.into()
            }
            Value::Object(map) => {
                let mut made = Parameters::new();
                for (key, value) in map {
                    let in_values = in_values || key == "values";
                    made.insert(
                        key.clone(),
                        self.filled(value, &with(path, Segment::from(key.as_str())), outer, in_values)?,
                    );
                }
                made.into()
            }
            other => other.clone(),
        })
    }
}

/// The one kind of a generator, and the path of what stands under it.
pub(crate) fn kind_of<'g>(generator: &Value, path: &Pointer) -> Result<(&'g str, Pointer), Stop> {
    let mut kinds = KINDS.into_iter().filter(|kind| get(generator, kind).is_some());
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) => Ok((kind, with(path, kind.into()))),
        _ => Err(Stop::said(path)),
    }
}

fn with_floats(map: &Parameters) -> Parameters {
    map.iter().map(|(key, value)| (key.clone(), yaml::with_floats(value.clone()))).collect()
}
