//! Which source each Kustomization and `HelmRelease` draws from, what it waits for, and the folder it deploys.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use std::sync::OnceLock;

use platlint_engine::{Pointer, Segment, to_json};
use platlint_facts::{Doc, FileKind, Note, Notes, knots, path_of, resolve};
use serde_json::Value;

use crate::deployment::{Directory, Helm, Kustomize, Tool};
use crate::paths::{Lead, Paths, Step, is_fixed, kustomized};
use crate::spelling::slip_of;
use crate::yaml::{at, get, items_at, text_at, with};

/// Kind, namespace and name. The namespace is empty where nobody says it.
type Key = (String, String, String);

/// All objects of Flux in the input.
#[derive(Debug, Clone, Default)]
pub(crate) struct Releases {
    /// Their `spec`s, by kind and name, then by namespace.
    known: BTreeMap<(String, String), BTreeMap<String, Value>>,
    /// A number for each object that waits for others, which those share that wait for each other. Found when it is first
    /// asked for, as then all are known.
    circles: OnceLock<HashMap<Key, usize>>,
}

/// The source of a release.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    /// Where it is named.
    pub(crate) field: Pointer,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Whether it is among the files.
    pub(crate) is_known: bool,
}

fn own_key(doc: &Doc, object: &Value) -> Option<Key> {
    let namespace = text_at(object, &["metadata", "namespace"]).or(doc.namespace.as_deref()).unwrap_or_default();
    Some((doc.gvk.kind.to_string(), namespace.to_owned(), text_at(object, &["metadata", "name"])?.to_owned()))
}

impl Releases {
    pub(crate) fn add(&mut self, doc: &Doc) {
        let object = to_json(&doc.object);
        if let Some((kind, namespace, name)) = own_key(doc, &object) {
            let spec = get(&object, "spec").cloned().unwrap_or(Value::Null);
            self.known.entry((kind, name)).or_default().insert(namespace, spec);
            self.circles.take();
        }
    }

    /// The object of that name; where one of the namespaces is not said, the names alone must agree.
    fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&Value> {
        let named = self.known.get(&(kind.to_owned(), name.to_owned()))?;
        let any = || named.values().next().filter(|_| namespace.is_empty());
        named.get(namespace).or_else(|| named.get("")).or_else(any)
    }

    /// The source that a release names.
    pub(crate) fn source(&self, doc: &Doc, object: &Value) -> Option<Source> {
        let path: &[&str] = match &*doc.gvk.kind {
            "Kustomization" | "HelmChart" => &["spec", "sourceRef"],
            "HelmRelease" if at(object, &["spec", "chartRef"]).is_some() => &["spec", "chartRef"],
            "HelmRelease" => &["spec", "chart", "spec", "sourceRef"],
            _ => return None,
        };
        let reference = at(object, path)?;
        let (_, own, _) = own_key(doc, object)?;
        let kind = text_at(reference, &["kind"])?.to_owned();
        let name = text_at(reference, &["name"])?.to_owned();
        let namespace = text_at(reference, &["namespace"]).map_or(own, str::to_owned);
        let is_known = self.find(&kind, &namespace, &name).is_some();
        Some(Source { field: with(&path_of(path), "name".into()), kind, namespace, name, is_known })
    }

    /// Notes sources and dependencies that are not there, and circles of dependencies.
    pub(crate) fn note(&self, doc: &Doc, object: &Value, notes: &mut Notes) {
        if let Some(source) = self.source(doc, object).filter(|source| !source.is_known) {
            self.note_missing(&source.kind, &source.namespace, &source.name, source.field, notes);
        }
        let Some(own) = own_key(doc, object) else { return };
        let spec = get(object, "spec").unwrap_or(&Value::Null);
        for (index, (namespace, name)) in dependencies(spec, &own.1).into_iter().enumerate() {
            let at = with(&with(&path_of(&["spec", "dependsOn"]), Segment::from(index)), "name".into());
            if self.find(&own.0, &namespace, &name).is_none() {
                self.note_missing(&own.0, &namespace, &name, at, notes);
            } else if (&namespace, &name) != (&own.1, &own.2) && self.leads_back(&own, &namespace, &name) {
                let note = Note::at(at).with("problem", "circle").with("value", name);
                notes.problem("invalid-flux", note);
            }
        }
    }

    fn note_missing(&self, kind: &str, namespace: &str, name: &str, path: Pointer, notes: &mut Notes) {
        let is_filled_in = |text: &str| text.contains("${");
        if [kind, namespace, name].into_iter().any(is_filled_in) {
            return notes.unknown("dangling-source", path, "a part of the reference is filled in later");
        }
        let of_kind = self.known.iter().filter(|((other, name), _)| other == kind && !is_filled_in(name));
        let is_here = |other: &String| other == namespace || other.is_empty() || namespace.is_empty();
        let here = of_kind.filter(|(_, specs)| specs.keys().any(|other| is_here(other) && !is_filled_in(other)));
        let here: Vec<&str> = here.map(|((_, name), _)| name.as_str()).collect();
        let named = self.known.get(&(kind.to_owned(), name.to_owned()));
        let elsewhere = named.and_then(|specs| specs.keys().find(|other| !is_filled_in(other))).cloned();
        let note = Note::at(path.clone()).with("kind", kind).with("name", name);
        match (slip_of(name, here), elsewhere) {
            (Some(nearest), _) => notes.problem("dangling-source", note.suggestion(Some(nearest))),
            (None, Some(namespace)) => notes.problem("dangling-source", note.with("elsewhere", namespace)),
            (None, None) => {
                notes.unknown(
                    "dangling-source",
                    path,
                    format!("{kind} \"{name}\" is not among the files, but may be in the cluster"),
                );
            }
        }
    }

    /// Whether what is waited for waits for the object itself.
    fn leads_back(&self, own: &Key, namespace: &str, name: &str) -> bool {
        let circles = self.circles.get_or_init(|| self.circles());
        let other = circles.get(&(own.0.clone(), namespace.to_owned(), name.to_owned()));
        other.is_some() && other == circles.get(own)
    }

    /// The circles of all that wait for others. An object whose namespace nobody says is one of each namespace from which
    /// it is waited for.
    fn circles(&self) -> HashMap<Key, usize> {
        let mut keys: Vec<Key> = Vec::new();
        for ((kind, name), specs) in &self.known {
            let waits = |(_, spec): &(&String, &Value)| !items_at(spec, &["dependsOn"]).is_empty();
            keys.extend(specs.iter().filter(waits).map(|(own, _)| (kind.clone(), own.clone(), name.clone())));
        }
        let mut numbers: HashMap<Key, usize> = keys.iter().cloned().zip(0..).collect();
        let mut open: VecDeque<Key> = keys.into();
        let mut from: Vec<Vec<usize>> = Vec::new();
        while let Some((kind, namespace, name)) = open.pop_front() {
            let spec = self.find(&kind, &namespace, &name).unwrap_or(&Value::Null);
            let arrows = dependencies(spec, &namespace).into_iter().map(|(namespace, name)| {
                let next = numbers.len();
                *numbers.entry((kind.clone(), namespace, name)).or_insert_with_key(|key| {
                    open.push_back(key.clone());
                    next
                })
            });
            from.push(arrows.collect());
        }
        let knot = knots(&from, |to| *to);
        numbers.into_iter().filter_map(|(key, number)| Some((key, *knot.get(number)?))).collect()
    }

    /// The folder that a release deploys.
    pub(crate) fn step(&self, doc: &Doc, object: &Value, paths: &Paths<'_>) -> Option<Step> {
        let source = self.source(doc, object).filter(|source| source.kind == "GitRepository")?;
        let repository = self.find(&source.kind, &source.namespace, &source.name)?;
        let url = text_at(repository, &["url"])?;
        let revision = ["commit", "tag", "semver"].into_iter().find_map(|key| text_at(repository, &["ref", key]));
        let revision = revision.map(|revision| if is_fixed(revision) { revision } else { "refs/tags/" });
        let spec = get(object, "spec")?;
        let is_release = &*doc.gvk.kind == "HelmRelease";
        let keys: &[&str] = if is_release { &["spec", "chart", "spec", "chart"] } else { &["spec", "path"] };
        let path = text_at(object, keys).unwrap_or("./");
        if path.contains("${") {
            return None;
        }
        let lead = paths.lead(url, path, revision, &|folder, root| {
            if is_release { Tool::Helm(helm(object, spec, root)) } else { kustomization(spec, folder, paths) }
        });
        Some(Step { field: path_of(keys), path: path.to_owned(), lead })
    }
}

/// The namespace in which a release puts what it deploys.
pub(crate) fn target_namespace(doc: &Doc, object: &Value) -> Option<String> {
    let own = || text_at(object, &["metadata", "namespace"]).or(doc.namespace.as_deref());
    let target = text_at(object, &["spec", "targetNamespace"]);
    let found = if &*doc.gvk.kind == "HelmRelease" { target.or_else(own) } else { target };
    found.filter(|namespace| !namespace.is_empty()).map(str::to_owned)
}

fn dependencies(spec: &Value, own_namespace: &str) -> Vec<(String, String)> {
    let items = items_at(spec, &["dependsOn"]).iter();
    items
        .map(|item| {
            let text = |key: &str| text_at(item, &[key]);
            (text("namespace").unwrap_or(own_namespace).to_owned(), text("name").unwrap_or_default().to_owned())
        })
        .collect()
}

fn kustomization(spec: &Value, folder: &Path, paths: &Paths<'_>) -> Tool {
    let has = |name: &str| paths.files.kind(&folder.join(name)) == FileKind::File;
    let is_kustomized = ["kustomization.yaml", "kustomization.yml", "Kustomization"].into_iter().any(has);
    let changes = ["namePrefix", "nameSuffix", "patches", "images", "components", "postBuild", "targetNamespace"];
    if !is_kustomized && !changes.iter().any(|key| get(spec, key).is_some()) {
        return Tool::Directory(Directory { recurse: true, include: None, exclude: None });
    }
    let images = items_at(spec, &["images"]).iter().filter_map(|image| {
        let field = |key: &str| text_at(image, &[key]);
        let name = field("name")?;
        let new = field("newName").unwrap_or(name);
        Some(match (field("digest"), field("newTag")) {
            (Some(digest), _) => format!("{name}={new}@{digest}"),
            (None, Some(tag)) => format!("{name}={new}:{tag}"),
            (None, None) => format!("{name}={new}"),
        })
    });
    let made = Kustomize {
        images: images.collect(),
        namespace: text_at(spec, &["targetNamespace"]).map(str::to_owned),
        has_patches: !items_at(spec, &["patches"]).is_empty() || get(spec, "postBuild").is_some(),
        ..kustomized(spec)
    };
    Tool::Kustomize(made)
}

fn helm(object: &Value, spec: &Value, root: &Path) -> Helm {
    let name = text_at(object, &["metadata", "name"]).unwrap_or_default();
    let release = match (text_at(spec, &["releaseName"]), text_at(spec, &["targetNamespace"])) {
        (Some(release), _) => release.to_owned(),
        (None, Some(namespace)) => format!("{namespace}-{name}"),
        (None, None) => name.to_owned(),
    };
    let (mut value_files, mut unknown_value_files) = (Vec::new(), Vec::new());
    for file in items_at(spec, &["chart", "spec", "valuesFiles"]).iter().filter_map(Value::as_str) {
        let path = resolve(root, file);
        if path.starts_with(root) {
            value_files.push(path);
        } else {
            unknown_value_files.push(file.to_owned());
        }
    }
    let from = items_at(spec, &["valuesFrom"]).iter().map(|item| {
        let field = |key: &str| text_at(item, &[key]).unwrap_or_default();
        format!("{} {}", field("kind"), field("name"))
    });
    unknown_value_files.extend(from);
    Helm {
        release,
        value_files,
        unknown_value_files,
        ignores_missing_values: at(spec, &["chart", "spec", "ignoreMissingValuesFiles"]) == Some(&Value::Bool(true)),
        values: get(spec, "values").map(crate::yaml::write),
        ..Helm::default()
    }
}

/// Notes a path that is not there.
pub(crate) fn note_step(step: &Step, code: &'static str, notes: &mut Notes) {
    match &step.lead {
        Lead::Missing { suggestion } => {
            let note = Note::at(step.field.clone()).with("problem", "missing").with("value", step.path.as_str());
            notes.problem(code, note.suggestion(suggestion.as_deref()));
        }
        Lead::File => {
            let note = Note::at(step.field.clone()).with("problem", "file").with("value", step.path.as_str());
            notes.problem(code, note);
        }
        Lead::Unknown(reason) => notes.unknown(code, step.field.clone(), reason.as_str()),
        Lead::Folder { .. } | Lead::Elsewhere => {}
    }
}
