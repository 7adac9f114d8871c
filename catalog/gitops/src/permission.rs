//! Whether an Application's project lets it draw from its sources, deploy where it does, and deploy what it does.

use std::collections::BTreeSet;
use std::path::Path;

use platlint_engine::{Gvk, Pointer, Scope, scope_of};
use platlint_facts::{Note, Notes, path_of};
use serde_json::{Value, json};

use crate::appset::world::{IN_CLUSTER, IN_CLUSTER_SERVER};
use crate::deployment::{Directory, Tool};
use crate::globs::{Dialect, matches};
use crate::index::Index;
use crate::paths::{Lead, Step};
use crate::project::{Destination, Project};
use crate::spelling::slip_of;
use crate::yaml::{self, text_at};

/// Notes what the project forbids.
pub(crate) fn note(index: &Index, object: &Value, sources: &[(Value, Pointer)], steps: &[Step], notes: &mut Notes) {
    let name = text_at(object, &["spec", "project"]).filter(|name| !name.is_empty()).unwrap_or("default");
    let path = path_of(&["spec", "project"]);
    if name.contains("{{") {
        return;
    }
    let Some(project) = index.projects.iter().find(|project| project.name == name) else {
        return note_unknown(index, name, path, notes);
    };
    let related = || {
        let at: Vec<Value> = project.id.at.0.iter().map(|step| json!(step_text(step))).collect();
        json!([{"file": &*project.id.file, "document": project.id.document, "at": at, "path": ["spec"]}])
    };
    let about = |path: Pointer| Note::at(path).with("project", name).with("related", related());
    for (source, field) in sources {
        let Some(url) = text_at(source, &["repoURL"]).filter(|url| !url.contains("{{")) else { continue };
        if !project.allows_source(url) {
            notes.problem("project-forbids-source", about(yaml::with(field, "repoURL".into())).with("value", url));
        }
    }
    let to = destination(index, object);
    let place = to
        .name
        .clone()
        .filter(|_| text_at(object, &["spec", "destination", "name"]).is_some())
        .or_else(|| to.server.clone());
    let is_given = to.server.is_some() || to.name.is_some();
    match project.allows_destination(&to) {
        Some(false) if is_given => {
            let field = if to.namespace.is_empty() {
                path_of(&["spec", "destination"])
            } else {
                path_of(&["spec", "destination", "namespace"])
            };
            let note = about(field).with("namespace", to.namespace.as_str()).with("cluster", place.unwrap_or_default());
            notes.problem("project-forbids-destination", note);
        }
        Some(_) => {}
        None => {
            let reason = "the project names clusters in the other way, by name or by server, and the cluster is not known here (argocd.clusters)";
            notes.unknown("project-forbids-destination", path_of(&["spec", "destination"]), reason);
        }
    }
    if let Some(namespace) =
        text_at(object, &["metadata", "namespace"]).filter(|namespace| !project.allows_namespace(namespace))
    {
        let note = about(path_of(&["metadata", "namespace"])).with("namespace", namespace);
        notes.problem("project-forbids-namespace", note);
    }
    for step in steps {
        if let Lead::Folder { source, tool, .. } = &step.lead
            && let Tool::Directory(directory) = &**tool
        {
            note_kinds(index, project, source, directory, &|| about(step.field.clone()), notes);
        }
    }
}

fn step_text(step: &platlint_engine::Segment) -> Value {
    match step {
        platlint_engine::Segment::Index(index) => json!(index),
        platlint_engine::Segment::Key(key) => json!(&**key),
    }
}

fn note_unknown(index: &Index, name: &str, path: Pointer, notes: &mut Notes) {
    if name == "default" {
        return;
    }
    match slip_of(name, index.projects.iter().map(|project| project.name.as_str())) {
        Some(nearest) => {
            notes.problem("unknown-project", Note::at(path).with("project", name).suggestion(Some(nearest)));
        }
        None => notes.unknown("unknown-project", path, format!("the project \"{name}\" is not among the files")),
    }
}

/// Where an Application deploys, with what is known of the cluster's other name.
fn destination(index: &Index, object: &Value) -> Destination {
    let text =
        |key: &str| text_at(object, &["spec", "destination", key]).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut to =
        Destination { server: text("server"), name: text("name"), namespace: text("namespace").unwrap_or_default() };
    let clusters = index.clusters.as_deref().unwrap_or_default();
    if let (Some(server), None) = (&to.server, &to.name) {
        let known = clusters.iter().find(|cluster| cluster.server == *server).map(|cluster| cluster.name.clone());
        to.name = known.or_else(|| (server == IN_CLUSTER_SERVER).then(|| IN_CLUSTER.to_owned()));
    } else if let (None, Some(name)) = (&to.server, &to.name) {
        let known = clusters.iter().find(|cluster| cluster.name == *name).map(|cluster| cluster.server.clone());
        to.server = known.or_else(|| (name == IN_CLUSTER).then(|| IN_CLUSTER_SERVER.to_owned()));
    }
    to
}

/// More files of one folder are not looked at for their kinds.
const MOST_FILES: usize = 500;

fn note_kinds(
    index: &Index,
    project: &Project,
    folder: &Path,
    directory: &Directory,
    about: &dyn Fn() -> Note,
    notes: &mut Notes,
) {
    let mut forbidden = BTreeSet::new();
    let mut files = Vec::new();
    manifests(index, folder, "", directory, 0, &mut files);
    for file in files {
        let Ok(text) = index.files.read(&folder.join(&file)) else { continue };
        for object in yaml::read_all(&text).into_iter().flatten() {
            let (Some(version), Some(kind)) = (text_at(&object, &["apiVersion"]), text_at(&object, &["kind"])) else {
                continue;
            };
            let (group, version) = version.split_once('/').unwrap_or(("", version));
            let gvk = Gvk { group: group.into(), version: version.into(), kind: kind.into() };
            let is_namespaced = match scope_of(&gvk) {
                Scope::Namespaced => true,
                Scope::Cluster => false,
                Scope::Unknown => continue,
            };
            let name = text_at(&object, &["metadata", "name"]).unwrap_or_default();
            if !project.allows_kind(group, kind, name, is_namespaced) {
                forbidden.insert((file.clone(), kind.to_owned(), name.to_owned()));
            }
        }
    }
    for (file, kind, name) in forbidden {
        notes.problem("project-forbids-kind", about().with("kind", kind).with("name", name).with("file", file));
    }
}

/// The files that Argo CD takes for manifests, relative to the folder.
fn manifests(index: &Index, folder: &Path, below: &str, directory: &Directory, depth: usize, found: &mut Vec<String>) {
    if depth > 32 {
        return;
    }
    for entry in index.files.list(&folder.join(below)).unwrap_or_default() {
        if found.len() >= MOST_FILES {
            return;
        }
        let path = if below.is_empty() { entry.name } else { format!("{below}/{}", entry.name) };
        if entry.is_folder {
            if directory.recurse {
                manifests(index, folder, &path, directory, depth.saturating_add(1), found);
            }
            continue;
        }
        let fits = |glob: &Option<String>| glob.as_ref().map(|glob| matches(glob, &path, Dialect::Name));
        let is_manifest = [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending));
        if is_manifest && fits(&directory.exclude) != Some(true) && fits(&directory.include) != Some(false) {
            found.push(path);
        }
    }
}
