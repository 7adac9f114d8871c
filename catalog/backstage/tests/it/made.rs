//! Documents and indexes made of text.

use std::path::Path;
use std::sync::Arc;

use platlint_backstage::{Builder, Index, Settings, concerns};
use platlint_engine::{Gvk, Pointer, Value};
use platlint_facts::{Doc, DocId, Domain as _, Files, MemoryFiles, NoFiles, Notes};
use serde_json::Value as Json;

/// Documents of a YAML text, as of a file `/repo/<file>`.
pub(crate) fn docs(file: &str, text: &str) -> Vec<Arc<Doc>> {
    serde_yaml::Deserializer::from_str(text)
        .zip(0..)
        .map(|(document, number)| {
            let json: Json = serde::Deserialize::deserialize(document).expect("the YAML of a test is valid");
            let object = Value::from(json);
            let folder = Path::new("/repo").join(file).parent().map(Arc::from);
            Arc::new(Doc {
                id: DocId { file: file.into(), document: number, at: Pointer::root() },
                gvk: Gvk::of(&object).expect("the document of a test has a kind"),
                object,
                folder,
                maker: None,
                namespace: None,
            })
        })
        .collect()
}

/// The index of some documents, snapshots and files.
pub(crate) fn index(docs: &[Arc<Doc>], known: Vec<Json>, files: Arc<dyn Files>) -> Index {
    let mut builder = Builder::new(Settings { known: known.into_iter().map(Value::from).collect() });
    docs.iter().filter(|doc| concerns(&doc.gvk)).for_each(|doc| builder.add(doc.clone()));
    builder.finish(files)
}

/// What is noted of each document of one text, with snapshots.
pub(crate) fn noted(text: &str, known: Vec<Json>) -> Vec<Json> {
    let docs = docs("catalog-info.yaml", text);
    let index = index(&docs, known, Arc::new(NoFiles));
    docs.iter().map(|doc| notes(&index, doc)).collect()
}

/// What is noted of the documents of one text, with files around it.
pub(crate) fn noted_beside(text: &str, around: &[(&str, &str)]) -> Vec<Json> {
    let docs = docs("catalog-info.yaml", text);
    let index = index(&docs, Vec::new(), Arc::new(MemoryFiles::of(around)));
    docs.iter().map(|doc| notes(&index, doc)).collect()
}

/// What is noted of one document.
pub(crate) fn notes(index: &Index, doc: &Doc) -> Json {
    let mut notes = Notes::default();
    index.note(doc, &mut notes);
    platlint_engine::to_json(&notes.into_value())
}

/// Problems or unknowns of a code, `path: details`, without the path in the details.
pub(crate) fn told(notes: &Json, what: &str, code: &str) -> Vec<String> {
    let list = notes[what][code].as_array().cloned().unwrap_or_default();
    list.into_iter()
        .map(|note| {
            let steps: Vec<String> = note["path"].as_array().expect("a path").iter().map(step).collect();
            let details = note.as_object().expect("a note").iter().filter(|(key, _)| *key != "path");
            let details: Vec<String> = details.map(|(key, value)| format!("{key}={}", step(value))).collect();
            format!("{}: {}", steps.join("/"), details.join(" "))
        })
        .collect()
}

fn step(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
