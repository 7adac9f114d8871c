//! Whether an Application's project lets it draw from its sources, deploy where it does, and deploy what it does.

mod manifests;

use platlint_engine::Pointer;
use platlint_facts::{Doc, Note, Notes, path_of};
use serde_json::{Value, json};

use crate::appset::world::{IN_CLUSTER, IN_CLUSTER_SERVER};
use crate::deployment::Tool;
use crate::index::{Index, MAKER, namespace_of};
use crate::paths::{Lead, Step};
use crate::project::{self, Destination, Named};
use crate::spelling::slip_of;
use crate::yaml::{self, text_at};

/// Notes what the project forbids.
pub(crate) fn note(
    index: &Index,
    doc: &Doc,
    object: &Value,
    sources: &[(Value, Pointer)],
    steps: &[Step],
    notes: &mut Notes,
) {
    let path = path_of(&["spec", "project"]);
    // An empty name means the default; without the field, the API server refuses the Application.
    if yaml::at(object, &["spec"]).is_some_and(|spec| spec.is_object() && yaml::get(spec, "project").is_none()) {
        notes.problem("missing-project", Note::at(path));
        return;
    }
    let name = text_at(object, &["spec", "project"]).filter(|name| !name.is_empty()).unwrap_or("default");
    if name.contains("{{") {
        return;
    }
    // What a tool made is as near as what it was made of.
    let file = doc.maker.as_ref().filter(|maker| &*maker.tool == MAKER).map_or(&*doc.id.file, |maker| &*maker.from);
    let project = match project::find(&index.projects, name, &namespace_of(doc, object), file) {
        Named::Is(project) => project,
        Named::Unknown => return note_unknown(index, name, path, notes),
        Named::Ambiguous => {
            let reason = format!("several projects \"{name}\" are equally near, and they differ");
            return notes.unknown("unknown-project", path, reason);
        }
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
    let kinds = project.kinds();
    if !kinds.limit() {
        return;
    }
    for step in steps {
        let Lead::Folder { source, tool, .. } = &step.lead else { continue };
        if let Tool::Directory(directory) = &**tool {
            let found = manifests::judge(&*index.files, source, directory, &kinds);
            for (file, kind, name) in found.forbidden {
                let note = about(step.field.clone()).with("kind", kind).with("name", name).with("file", file);
                notes.problem("project-forbids-kind", note);
            }
            for reason in found.open {
                notes.unknown("project-forbids-kind", step.field.clone(), reason);
            }
        } else {
            let reason = "the project limits kinds, and which ones come out of that folder is not worked out for that";
            notes.unknown("project-forbids-kind", step.field.clone(), reason);
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
