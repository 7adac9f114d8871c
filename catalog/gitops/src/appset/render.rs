//! The Application that a template and one set of parameters make, with the field of the `ApplicationSet` from which each of
//! its fields comes.

use std::collections::BTreeMap;

use platlint_engine::{Pointer, Segment};
use serde_json::{Map, Value, json};

use crate::template::{Engine, Failure, Parameters, Unresolved};
use crate::yaml::{self, get, with};

/// A value, and where in the `ApplicationSet` its parts are written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Traced {
    pub(crate) value: Value,
    origins: BTreeMap<Pointer, Pointer>,
}

impl Traced {
    /// A part of the `ApplicationSet`.
    pub(crate) fn at(value: &Value, origin: Pointer) -> Self {
        Self { value: value.clone(), origins: [(Pointer::root(), origin)].into_iter().collect() }
    }

    /// Where a field is written: its own origin, or that of the nearest field around it.
    pub(crate) fn origin(&self, path: &Pointer) -> Option<Pointer> {
        let steps = &path.0;
        (0..=steps.len()).rev().find_map(|length| {
            let (around, below) = steps.split_at_checked(length)?;
            let origin = self.origins.get(&Pointer(around.to_vec()))?;
            Some(Pointer(below.to_vec()).under(origin))
        })
    }

    /// This template where it says something, the other one for the rest. Lists are taken whole.
    pub(crate) fn over(mut self, below: &Value, origin: &Pointer) -> Self {
        let mut origins = BTreeMap::new();
        overlay(&mut self.value, below, &Pointer::root(), origin, &mut origins);
        self.origins.extend(origins);
        self
    }
}

fn overlay(
    above: &mut Value,
    below: &Value,
    path: &Pointer,
    origin: &Pointer,
    origins: &mut BTreeMap<Pointer, Pointer>,
) {
    let Value::Object(below) = below else { return };
    let Value::Object(above) = above else { return };
    for (key, value) in below.iter().filter(|(_, value)| !value.is_null()) {
        let (at, from) = (with(path, Segment::from(key.as_str())), with(origin, Segment::from(key.as_str())));
        match above.get_mut(key) {
            Some(inner @ Value::Object(_)) if value.is_object() => overlay(inner, value, &at, &from, origins),
            Some(inner) if !is_empty(inner) => {}
            _ => {
                above.insert(key.clone(), value.clone());
                origins.insert(at, from);
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// An Application, and the names that had no value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Made {
    pub(crate) object: Traced,
    /// With the field of the `ApplicationSet` where each is written.
    pub(crate) unresolved: Vec<(Pointer, Unresolved)>,
}

/// A template that has no result, and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Broken {
    pub(crate) path: Pointer,
    pub(crate) failure: Failure,
}

/// What an `ApplicationSet` says beside its template.
pub(crate) struct Rest<'s> {
    /// `templatePatch`.
    pub(crate) patch: Option<&'s str>,
    pub(crate) preserves_resources: bool,
    pub(crate) namespace: Option<&'s str>,
}

/// The finalizer that the controller adds.
const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

/// Fills in a template.
pub(crate) fn application(
    template: &Traced,
    engine: Engine,
    set: &Parameters,
    rest: &Rest<'_>,
) -> Result<Made, Broken> {
    let mut filling = Filling { template, engine, set, origins: BTreeMap::new(), unresolved: Vec::new() };
    let mut filled = if set.is_empty() {
        filling.origins.clone_from(&template.origins);
        template.value.clone()
    } else {
        filling.value(&template.value, &Pointer::root(), &Pointer::root())?
    };
    let (mut origins, mut unresolved) = (filling.origins, filling.unresolved);
    let no_finalizers = yaml::items_at(&filled, &["metadata", "finalizers"]).is_empty();
    if let Some(Value::Object(metadata)) = filled.get_mut("metadata")
        && no_finalizers
        && !rest.preserves_resources
    {
        metadata.insert("finalizers".into(), json!([FINALIZER]));
    }
    if let Some(patch) = rest.patch {
        let path: Pointer = ["spec", "templatePatch"].into_iter().map(Segment::from).collect();
        let broken = |failure| Broken { path: path.clone(), failure };
        let rendered = engine.render(patch, set).map_err(broken)?;
        unresolved.extend(rendered.unresolved.into_iter().map(|found| (path.clone(), found)));
        let patch = yaml::read_one(&rendered.text)
            .ok_or_else(|| broken(Failure::Failed("the template patch is no YAML once it is filled in".to_owned())))?;
        let project = filled.pointer("/spec/project").cloned();
        apply(&mut filled, &patch, &Pointer::root(), &path, &mut origins).map_err(broken)?;
        // A patch cannot move an Application to another project.
        if let (Some(Value::Object(spec)), Some(project)) = (filled.get_mut("spec"), project) {
            spec.insert("project".into(), project);
        }
    }
    let mut object = Map::new();
    object.insert("apiVersion".into(), "argoproj.io/v1alpha1".into());
    object.insert("kind".into(), "Application".into());
    let mut metadata = get(&filled, "metadata").and_then(Value::as_object).cloned().unwrap_or_default();
    match rest.namespace {
        Some(namespace) => metadata.insert("namespace".into(), namespace.into()),
        None => metadata.remove("namespace"),
    };
    object.insert("metadata".into(), metadata.into());
    object.insert("spec".into(), get(&filled, "spec").cloned().unwrap_or_else(|| json!({})));
    let own = ["metadata", "namespace"].into_iter().map(Segment::from).collect::<Pointer>();
    origins.insert(own.clone(), own);
    Ok(Made { object: Traced { value: object.into(), origins }, unresolved })
}

struct Filling<'f> {
    template: &'f Traced,
    engine: Engine,
    set: &'f Parameters,
    origins: BTreeMap<Pointer, Pointer>,
    unresolved: Vec<(Pointer, Unresolved)>,
}

impl Filling<'_> {
    fn text(&mut self, text: &str, from: &Pointer) -> Result<String, Broken> {
        let origin = self.template.origin(from).unwrap_or_default();
        match self.engine.render(text, self.set) {
            Ok(rendered) => {
                self.unresolved.extend(rendered.unresolved.into_iter().map(|found| (origin.clone(), found)));
                Ok(rendered.text)
            }
            Err(failure) => Err(Broken { path: origin, failure }),
        }
    }

    /// The value at `from` in the template, which comes to stand at `to`.
    fn value(&mut self, value: &Value, from: &Pointer, to: &Pointer) -> Result<Value, Broken> {
        if let Some(origin) = self.template.origin(from) {
            self.origins.insert(to.clone(), origin);
        }
        Ok(match value {
            Value::String(text) => self.text(text, from)?.into(),
            Value::Array(items) => {
                let mut made = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    made.push(self.value(item, &with(from, Segment::from(index)), &with(to, Segment::from(index)))?);
                }
                made.into()
            }
            Value::Object(map) => {
                let mut made = Map::new();
                for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
                    let from = with(from, Segment::from(key.as_str()));
                    let key = self.text(key, &from)?;
                    let value = self.value(value, &from, &with(to, Segment::from(key.as_str())))?;
                    made.insert(key, value);
                }
                made.into()
            }
            other => other.clone(),
        })
    }
}

/// Maps are joined, lists and single values replaced, and null removes: no list of an Application is joined by a key.
fn apply(
    target: &mut Value,
    patch: &Value,
    path: &Pointer,
    origin: &Pointer,
    origins: &mut BTreeMap<Pointer, Pointer>,
) -> Result<(), Failure> {
    let Value::Object(patch) = patch else { return Ok(()) };
    if patch.keys().any(|key| key.starts_with('$')) {
        return Err(Failure::Unsupported("a directive in templatePatch".to_owned()));
    }
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(target) = target else { return Ok(()) };
    for (key, value) in patch {
        let at = with(path, Segment::from(key.as_str()));
        match value {
            Value::Null => {
                target.remove(key);
            }
            Value::Object(_) => {
                let inner = target.entry(key.clone()).or_insert_with(|| {
                    origins.insert(at.clone(), origin.clone());
                    json!({})
                });
                apply(inner, value, &at, origin, origins)?;
            }
            value => {
                target.insert(key.clone(), value.clone());
                origins.retain(|known, _| !known.starts_with(&at));
                origins.insert(at, origin.clone());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(path: &[&str]) -> Pointer {
        path.iter().map(|step| Segment::from(*step)).collect()
    }

    fn made(patch: Option<&str>) -> Made {
        let template = json!({
            "metadata": {"name": "{{name}}-web", "labels": {"{{name}}": "x"}},
            "spec": {"project": "default", "source": {"path": "apps/{{nope}}"}, "destination": {"server": "{{server}}"}},
        });
        let own = Traced::at(&json!({"spec": {"project": "shop"}}), pointer(&["spec", "generators", "t"]));
        let template = own.over(&template, &pointer(&["spec", "template"]));
        let set = serde_json::from_value(json!({"name": "dev", "server": "https://dev"})).unwrap();
        let rest = Rest { patch, preserves_resources: false, namespace: Some("argocd") };
        application(&template, Engine::Fast, &set, &rest).unwrap()
    }

    #[test]
    fn fills_in_names_and_remembers_where_they_stand() {
        let made = made(None);
        assert_eq!(
            made.object.value,
            json!({
                "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                "metadata": {"name": "dev-web", "namespace": "argocd", "labels": {"dev": "x"}, "finalizers": [FINALIZER]},
                "spec": {
                    "project": "shop", "source": {"path": "apps/{{nope}}"}, "destination": {"server": "https://dev"},
                },
            })
        );
        let origin = |path: &[&str]| made.object.origin(&pointer(path)).unwrap().to_string();
        assert_eq!(origin(&["metadata", "labels", "dev"]), "/spec/template/metadata/labels/{{name}}");
        assert_eq!(origin(&["spec", "project"]), "/spec/generators/t/spec/project");
        assert_eq!(origin(&["spec", "destination", "server"]), "/spec/template/spec/destination/server");
        let [(path, unresolved)] = made.unresolved.as_slice() else { panic!("one name is unresolved") };
        assert_eq!(
            (path.to_string().as_str(), unresolved.text.as_str()),
            ("/spec/template/spec/source/path", "{{nope}}")
        );
    }

    #[test]
    fn a_patch_changes_all_but_the_project() {
        let patch = "spec: {project: other, source: {path: null, chart: x}, syncPolicy: {automated: {prune: true}}}";
        let made = made(Some(patch));
        assert_eq!(made.object.value.pointer("/spec/project"), Some(&json!("shop")));
        assert_eq!(made.object.value.pointer("/spec/source"), Some(&json!({"chart": "x"})));
        assert_eq!(made.object.value.pointer("/spec/syncPolicy/automated/prune"), Some(&json!(true)));
        let origin = made.object.origin(&pointer(&["spec", "syncPolicy", "automated", "prune"]));
        assert_eq!(origin.unwrap().to_string(), "/spec/templatePatch");
    }
}
