//! Documents made of text, and what is noted of them.

use std::path::PathBuf;
use std::sync::Arc;

use platlint_engine::{Gvk, Pointer, Value, ValueBuilder, get_str, to_json};
use platlint_facts::{Doc, DocId, Domain as _, MemoryFiles, Notes};
use platlint_gitops::{Builder, Index, Settings, concerns};
use platlint_source::{Document, Limits, Reading, SourceText};

/// The repository of which a checkout stands at `/repo`.
pub(crate) const URL: &str = "https://git.example/shop/config";

/// Some files, read.
pub(crate) struct Input {
    pub(crate) docs: Vec<Arc<Doc>>,
    pub(crate) index: Index,
}

fn values(text: &str) -> Vec<Value> {
    let limits = Limits::default();
    let source = SourceText::decode(text.as_bytes().to_vec()).unwrap();
    let read = |chunk| {
        Document::parse(source.as_str(), chunk, &limits)
            .unwrap()
            .build(Reading::Kubernetes, &mut ValueBuilder::default())
    };
    source.split().into_iter().map(read).collect::<Result<_, _>>().unwrap()
}

/// The documents of a file.
pub(crate) fn docs(file: &str, text: &str) -> Vec<Arc<Doc>> {
    let doc = |(number, object): (usize, Value)| {
        let text = |key: &str| get_str(&object, key).map(ToString::to_string).unwrap_or_default();
        let (version, kind) = (text("apiVersion"), text("kind"));
        let (group, version) = version.split_once('/').unwrap_or(("", &version));
        let gvk = Gvk { group: group.into(), version: version.into(), kind: kind.into() };
        assert!(concerns(&gvk), "{gvk:?}");
        let id = DocId { file: file.into(), document: u32::try_from(number).unwrap(), at: Pointer::root() };
        Arc::new(Doc { id, gvk, object, folder: None, maker: None, namespace: None })
    };
    values(text).into_iter().enumerate().map(doc).collect()
}

impl Input {
    /// Documents of files, with a checkout of [`URL`] and the clusters of a YAML list.
    pub(crate) fn new(documents: &[(&str, &str)], checkout: &[(&str, &str)], clusters: Option<&str>) -> Self {
        let docs = documents.iter().flat_map(|(file, text)| docs(file, text)).collect();
        Self::of(docs, checkout, clusters)
    }

    /// The same of documents that are read already.
    pub(crate) fn of(docs: Vec<Arc<Doc>>, checkout: &[(&str, &str)], clusters: Option<&str>) -> Self {
        let clusters = clusters.map(|text| {
            let list = values(text).remove(0);
            list.as_array().unwrap().to_vec()
        });
        let settings = Settings { repositories: vec![(URL.to_owned(), PathBuf::from("/repo"))], clusters };
        let mut builder = Builder::new(settings);
        docs.iter().rev().for_each(|doc| builder.add(Arc::clone(doc)));
        let files = checkout.iter().map(|(path, text)| (PathBuf::from("/repo").join(path), Arc::from(*text))).collect();
        Self { docs, index: builder.finish(Arc::new(MemoryFiles(files))) }
    }

    /// All problems as `file code path word suggestion`, those that are not known with a question mark.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.docs.iter().flat_map(|doc| problems_of(&self.index, doc)).collect()
    }

    /// The generated Applications as `name: YAML`, the YAML without its first lines of no interest.
    pub(crate) fn generated(&self) -> Vec<String> {
        self.index.generated().iter().map(|generated| generated.text.to_string()).collect()
    }
}

/// What is noted of one document.
pub(crate) fn problems_of(index: &Index, doc: &Doc) -> Vec<String> {
    let mut notes = Notes::default();
    index.note(doc, &mut notes);
    let noted = to_json(&notes.into_value());
    let mut found = Vec::new();
    for (list, mark) in [("problems", ""), ("unknown", "?")] {
        for (code, notes) in noted[list].as_object().unwrap() {
            for note in notes.as_array().unwrap() {
                let path: Vec<String> = note["path"].as_array().unwrap().iter().map(ToString::to_string).collect();
                let mut line = format!("{} {code}{mark} {}", doc.id.file, path.join(".").replace('"', ""));
                for key in ["problem", "name", "value", "text", "suggestion"] {
                    if let Some(word) = note[key].as_str() {
                        line.extend([" ", key, "=", word]);
                    }
                }
                found.push(line);
            }
        }
    }
    found
}

/// An Application that draws `path` in the project and namespace.
pub(crate) fn application(name: &str, project: &str, path: &str, namespace: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: {project}
  source: {{repoURL: {URL}.git, path: {path}, targetRevision: main}}
  destination: {{server: https://kubernetes.default.svc, namespace: {namespace}}}
"
    )
}

/// An `ApplicationSet` with these generators.
pub(crate) fn set(head: &str, generators: &str, name: &str, path: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: set, namespace: argocd}}
spec:
{head}  generators:
{generators}
  template:
    metadata: {{name: '{name}'}}
    spec:
      project: default
      source: {{repoURL: {URL}, path: '{path}', targetRevision: main}}
      destination: {{server: https://kubernetes.default.svc, namespace: shop}}
"
    )
}
