//! Documents for tests, and what is noted of them.

use std::path::Path;
use std::sync::Arc;

use platlint_engine::{Gvk, Pointer, Value, to_json};
use platlint_facts::{Doc, DocId, Domain, Files, Notes};
use platlint_scaffolder::{Builder, Index, Settings};
use serde::Deserialize as _;
use serde_json::Value as Json;

/// The documents of a YAML text, standing in `folder`.
pub(crate) fn documents(text: &str, file: &str, folder: Option<&str>) -> Vec<Arc<Doc>> {
    let documents = serde_yaml::Deserializer::from_str(text).map(|document| Json::deserialize(document).unwrap());
    let doc = |(number, json): (usize, Json)| {
        let (group, version) = json["apiVersion"].as_str().unwrap().split_once('/').unwrap();
        Arc::new(Doc {
            id: DocId { file: file.into(), document: u32::try_from(number).unwrap(), at: Pointer::root() },
            gvk: Gvk { group: group.into(), version: version.into(), kind: json["kind"].as_str().unwrap().into() },
            object: Value::from(json.clone()),
            folder: folder.map(|folder| Arc::from(Path::new(folder))),
            maker: None,
            namespace: None,
        })
    };
    documents.enumerate().map(doc).collect()
}

/// The index of some documents.
pub(crate) fn index(docs: &[Arc<Doc>], files: Arc<dyn Files>, settings: Settings) -> Index {
    let mut builder = Builder::new(settings);
    docs.iter().for_each(|doc| builder.add(Arc::clone(doc)));
    builder.finish(files)
}

/// `input.platform` of a document.
pub(crate) fn noted(index: &Index, doc: &Doc) -> Json {
    let mut notes = Notes::default();
    index.note(doc, &mut notes);
    to_json(&notes.into_value())
}
