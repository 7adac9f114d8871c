//! All documents of the domain, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use platlint_engine::{Pointer, to_json};
use platlint_facts::{Doc, DocId, Domain, Edge, Files, Generated, Note, Notes, path_of};
use serde_json::{Value, json};

use crate::appset::world::{Cluster, World};
use crate::appset::{self, Expansion};
use crate::flux::{self, Releases};
use crate::paths::Paths;
use crate::project::{self, Project};
use crate::repositories::Repositories;
use crate::yaml::{get, text_at};
use crate::{ARGO, Deployment, FLUX_GROUPS, Settings, application, edges, generated, permission};

/// Gathers the documents of a run. The order in which they come does not matter.
#[derive(Debug)]
pub struct Builder {
    settings: Settings,
    docs: Vec<Arc<Doc>>,
}

impl Builder {
    /// Nothing read yet.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self { settings, docs: Vec::new() }
    }

    /// One document whose kind concerns this domain.
    pub fn add(&mut self, doc: Arc<Doc>) {
        self.docs.push(doc);
    }

    /// Reads them all.
    #[must_use]
    pub fn finish(self, files: Arc<dyn Files>) -> Index {
        let mut docs = self.docs;
        // Generated Applications are known from their ApplicationSets already.
        docs.retain(|doc| doc.maker.as_ref().is_none_or(|maker| &*maker.tool != MAKER));
        docs.sort_by(|left, right| left.id.cmp(&right.id));
        let rendered = docs.iter().filter(|doc| doc.maker.is_some()).map(|doc| doc.id.clone()).collect();
        let clusters = self.settings.clusters.as_ref();
        let mut index = Index {
            repositories: Repositories::new(&self.settings.repositories),
            clusters: clusters
                .map(|known| known.iter().filter_map(|cluster| Cluster::read(&to_json(cluster))).collect()),
            docs,
            rendered,
            files,
            expansions: BTreeMap::new(),
            applications: Vec::new(),
            by_name: BTreeMap::new(),
            projects: Vec::new(),
            releases: Releases::default(),
        };
        index.read();
        for (at, app) in index.applications.iter().enumerate() {
            index.by_name.entry(app.name.clone()).or_default().push(at);
        }
        index
    }
}

/// The maker of generated Applications.
pub(crate) const MAKER: &str = "applicationset";

/// An Application, written or generated.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The document in which it is written: of a generated one, its `ApplicationSet`.
    pub(crate) id: DocId,
    /// Which of the Applications of an `ApplicationSet` it is, and the name of that.
    pub(crate) generated: Option<(usize, String)>,
    pub(crate) object: Value,
}

/// What is known of all documents of the domain.
pub struct Index {
    pub(crate) repositories: Repositories,
    pub(crate) clusters: Option<Vec<Cluster>>,
    pub(crate) docs: Vec<Arc<Doc>>,
    /// Those of `docs` that a tool made of other files.
    rendered: BTreeSet<DocId>,
    pub(crate) files: Arc<dyn Files>,
    expansions: BTreeMap<DocId, Expansion>,
    pub(crate) applications: Vec<App>,
    /// Places in `applications`, by name.
    by_name: BTreeMap<String, Vec<usize>>,
    pub(crate) projects: Vec<Project>,
    pub(crate) releases: Releases,
}

/// The namespace that an object names, or the run knows; empty where neither does.
pub(crate) fn namespace_of(doc: &Doc, object: &Value) -> String {
    text_at(object, &["metadata", "namespace"]).or(doc.namespace.as_deref()).unwrap_or_default().to_owned()
}

impl Index {
    fn read(&mut self) {
        for doc in self.docs.clone() {
            let object = to_json(&doc.object);
            let name = text_at(&object, &["metadata", "name"]).unwrap_or_default().to_owned();
            let namespace = namespace_of(&doc, &object);
            match (&*doc.gvk.group, &*doc.gvk.kind) {
                (ARGO, "Application") => {
                    self.applications.push(App { namespace, name, id: doc.id.clone(), generated: None, object });
                }
                (ARGO, "AppProject") => {
                    let namespace = Some(namespace.as_str()).filter(|namespace| !namespace.is_empty());
                    self.projects.push(Project::read(&name, namespace, &doc.id, &object));
                }
                (ARGO, "ApplicationSet") => {
                    let expansion = appset::expand(&doc, &self.world());
                    for (at, expanded) in expansion.applications.iter().enumerate() {
                        let object = expanded.object.value.clone();
                        let own = text_at(&object, &["metadata", "name"]).unwrap_or_default().to_owned();
                        self.applications.push(App {
                            namespace: namespace.clone(),
                            name: own,
                            id: doc.id.clone(),
                            generated: Some((at, name.clone())),
                            object,
                        });
                    }
                    self.expansions.insert(doc.id.clone(), expansion);
                }
                (group, _) if FLUX_GROUPS.contains(&group) => self.releases.add(&doc),
                _ => {}
            }
        }
    }

    fn world(&self) -> World<'_> {
        World { files: &*self.files, repositories: &self.repositories, clusters: self.clusters.as_deref() }
    }

    pub(crate) fn paths(&self) -> Paths<'_> {
        Paths { files: &*self.files, repositories: &self.repositories }
    }

    /// What the `ApplicationSet` of a document makes.
    pub(crate) fn expansion(&self, id: &DocId) -> Option<&Expansion> {
        self.expansions.get(id)
    }

    /// What is deployed from checkouts that are at hand, in order: by document, and within it by Application and source.
    #[must_use]
    pub fn deployments(&self) -> Vec<Deployment> {
        edges::deployments(self)
    }

    fn note_application(&self, doc: &Doc, object: &Value, notes: &mut Notes) {
        application::note(object, &Pointer::root(), notes);
        let sources = application::sources(object, &path_of(&["spec"]));
        let steps = self.paths().of_application(object, &sources);
        steps.iter().for_each(|step| flux::note_step(step, "missing-path", notes));
        permission::note(self, doc, object, &sources, &steps, notes);
        if doc.maker.is_none() {
            let name = text_at(object, &["metadata", "name"]).unwrap_or_default();
            let others = self.others(&doc.id, &namespace_of(doc, object), name, None);
            Self::note_duplicate(&others, name, path_of(&["metadata", "name"]), notes);
        }
        let list: Vec<Value> = sources.into_iter().map(|(source, _)| source).collect();
        notes.fact("application", || {
            json!({
                "project": text_at(object, &["spec", "project"]).filter(|name| !name.is_empty()).unwrap_or("default"),
                "destination": object.get("spec").and_then(|spec| get(spec, "destination")),
                "sources": list,
                "generated": doc.maker.as_ref().is_some_and(|maker| &*maker.tool == MAKER),
            })
        });
    }

    /// Other Applications of the same name that would be applied with one of this document. Files of folders beside each
    /// other are taken for environments of their own, and two `ApplicationSet`s of one name for one that is written twice.
    fn others(&self, id: &DocId, namespace: &str, name: &str, set: Option<(usize, &str)>) -> Vec<&App> {
        let is_same = |app: &App| app.id == *id && app.generated.as_ref().map(|(at, _)| *at) == set.map(|(at, _)| at);
        let is_twin = |app: &App| {
            let twin = app.generated.as_ref().zip(set).is_some_and(|((_, theirs), (_, own))| theirs == own);
            twin && app.id != *id
        };
        let named = self.by_name.get(name).filter(|_| !name.is_empty()).into_iter().flatten();
        named
            .filter_map(|at| self.applications.get(*at))
            .filter(|app| app.namespace == namespace)
            // What tools make of files that are read themselves would be told of those files again.
            .filter(|app| app.id == *id || !(self.rendered.contains(&app.id) || self.rendered.contains(id)))
            .filter(|app| !is_same(app) && !is_twin(app) && are_together(&app.id.file, &id.file))
            .collect()
    }

    fn note_duplicate(others: &[&App], name: &str, path: Pointer, notes: &mut Notes) {
        let Some(first) = others.first() else { return };
        let at = if first.generated.is_some() {
            json!(["spec", "template", "metadata", "name"])
        } else {
            json!(["metadata", "name"])
        };
        let steps: Vec<Value> = first.id.at.0.iter().map(step_json).collect();
        let related = json!([{"file": &*first.id.file, "document": first.id.document, "at": steps, "path": at}]);
        let by = first.generated.as_ref().map(|(_, set)| set.as_str());
        let note = Note::at(path).with("name", name).with("file", &*first.id.file).with("related", related);
        notes.problem("duplicate-application", note.maybe("generated_by", by));
    }

    fn note_set(&self, doc: &Doc, object: &Value, notes: &mut Notes) {
        appset::note_structure(object, notes);
        let made;
        let expansion = if let Some(expansion) = self.expansions.get(&doc.id).filter(|_| self.is_own(doc)) {
            expansion
        } else {
            made = appset::expand(doc, &self.world());
            &made
        };
        expansion.note(notes);
        let is_rendered = doc.maker.as_ref().is_some_and(|maker| &*maker.tool == "helm");
        if is_rendered && appset::names_no_parameter(object) {
            notes.problem("vanished-parameters", Note::at(path_of(&["spec", "template"])));
        }
        let has_patch = object.get("spec").is_some_and(|spec| get(spec, "templatePatch").is_some());
        let is_complete = !has_patch && !appset::has_own_templates(object);
        if !expansion.is_whole
            && expansion.applications.is_empty()
            && is_complete
            && let Some(template) = object.get("spec").and_then(|spec| get(spec, "template"))
        {
            application::note(template, &path_of(&["spec", "template"]), notes);
        }
        let namespace = namespace_of(doc, object);
        let set = text_at(object, &["metadata", "name"]).unwrap_or_default();
        let mut names = Vec::new();
        let mut told = Vec::new();
        for (at, expanded) in expansion.applications.iter().enumerate() {
            let name = text_at(&expanded.object.value, &["metadata", "name"]).unwrap_or_default();
            names.push(name);
            if told.contains(&name) {
                continue;
            }
            let others = self.others(&doc.id, &namespace, name, Some((at, set)));
            let path = expanded.object.origin(&path_of(&["metadata", "name"])).unwrap_or_default();
            Self::note_duplicate(&others, name, path, notes);
            told.push(name);
        }
        notes.fact("applicationset", || json!({"generated": names, "complete": expansion.is_whole}));
    }

    /// Whether a document is the one of that place which was read, and not another that stands for it.
    fn is_own(&self, doc: &Doc) -> bool {
        let found = self.docs.binary_search_by(|known| known.id.cmp(&doc.id)).ok().and_then(|at| self.docs.get(at));
        found.is_some_and(|known| known.object == doc.object)
    }
}

fn step_json(step: &platlint_engine::Segment) -> Value {
    match step {
        platlint_engine::Segment::Index(index) => json!(index),
        platlint_engine::Segment::Key(key) => json!(&**key),
    }
}

/// Whether one of two files stands in the folder of the other, or below it.
fn are_together(left: &str, right: &str) -> bool {
    let folder =
        |file: &str| file.rfind('/').map_or(String::new(), |slash| file.get(..=slash).unwrap_or_default().to_owned());
    let (left, right) = (folder(left), folder(right));
    left.starts_with(&right) || right.starts_with(&left)
}

impl Domain for Index {
    fn note(&self, doc: &Doc, notes: &mut Notes) {
        if !crate::concerns(&doc.gvk) {
            return;
        }
        let object = to_json(&doc.object);
        match (&*doc.gvk.group, &*doc.gvk.kind) {
            (ARGO, "Application") => self.note_application(doc, &object, notes),
            (ARGO, "ApplicationSet") => self.note_set(doc, &object, notes),
            (ARGO, "AppProject") => project::note(&object, doc.name().unwrap_or_default(), notes),
            (group, kind) if FLUX_GROUPS.contains(&group) => {
                flux::note(kind, &object, notes);
                self.releases.note(doc, &object, notes);
                if let Some(step) = self.releases.step(doc, &object, &self.paths()) {
                    flux::note_step(&step, "missing-flux-path", notes);
                }
            }
            _ => {}
        }
    }

    fn edges(&self) -> Vec<Edge> {
        edges::edges(self)
    }

    fn generated(&self) -> Vec<Generated> {
        let sets = self.docs.iter().filter_map(|doc| Some((doc, self.expansions.get(&doc.id)?)));
        sets.flat_map(|(doc, expansion)| {
            expansion.applications.iter().enumerate().map(|(at, expanded)| generated::document(doc, expanded, at))
        })
        .collect()
    }
}
