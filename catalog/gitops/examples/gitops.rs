//! Reads the Argo CD and Flux files of a folder and prints what the reader notes:
//! `cargo run -p platlint-gitops --example gitops -- FOLDER [URL=CHECKOUT]…`.
//! Used to hold the reader against files of other projects.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_engine::{Gvk, Pointer, ValueBuilder, expand_list, get_str, to_json};
use platlint_facts::{DiskFiles, Doc, DocId, Domain as _, Notes};
use platlint_gitops::{Builder, Settings, concerns};
use platlint_source::{Document, Limits, Reading, SourceText};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let folder = std::fs::canonicalize(folder).expect("the folder exists");
    let mut settings = Settings::default();
    for mapping in arguments {
        let (url, checkout) = mapping.rsplit_once('=').expect("URL=CHECKOUT");
        settings.repositories.push((url.to_owned(), std::fs::canonicalize(checkout).expect("the checkout exists")));
    }
    let roots: Vec<PathBuf> = settings.repositories.iter().map(|(_, root)| root.clone()).collect();
    let files = DiskFiles::below(roots.iter().map(PathBuf::as_path).chain([folder.as_path()]), &folder);
    let mut docs = Vec::new();
    collect(&folder, &folder, &mut docs);
    let mut builder = Builder::new(settings);
    docs.iter().for_each(|doc| builder.add(Arc::clone(doc)));
    let index = builder.finish(Arc::new(files));
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for doc in &docs {
        *kinds.entry(doc.gvk.kind.to_string()).or_default() += 1;
        let mut notes = Notes::default();
        index.note(doc, &mut notes);
        let noted = to_json(&notes.into_value());
        for word in ["problems", "unknown"] {
            for (code, list) in noted[word].as_object().expect("a map") {
                for note in list.as_array().expect("a list") {
                    *codes.entry(format!("{word} {code}")).or_default() += 1;
                    println!("{} {word} {code} {note}", doc.id.file);
                }
            }
        }
    }
    let generated = index.generated();
    for generated in &generated {
        println!("generated {}", generated.name);
    }
    println!("{} documents {kinds:?}", docs.len());
    println!("{} generated, {} deployments, {} edges", generated.len(), index.deployments().len(), index.edges().len());
    println!("{codes:#?}");
}

fn collect(root: &Path, folder: &Path, docs: &mut Vec<Arc<Doc>>) {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(root, &path, docs);
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            read(root, &path, docs);
        }
    }
}

fn read(root: &Path, path: &Path, docs: &mut Vec<Arc<Doc>>) {
    let limits = Limits::default();
    let Ok(source) = SourceText::decode(std::fs::read(path).expect("a file")) else { return };
    for (number, chunk) in source.split().into_iter().enumerate() {
        let Ok(document) = Document::parse(source.as_str(), chunk, &limits) else { continue };
        let Ok(object) = document.build(Reading::Kubernetes, &mut ValueBuilder::default()) else { continue };
        let items = expand_list(&object).unwrap_or_else(|| vec![(Pointer::root(), object)]);
        for (at, object) in items {
            let text = |key: &str| get_str(&object, key).map(ToString::to_string).unwrap_or_default();
            let (version, kind) = (text("apiVersion"), text("kind"));
            let (group, version) = version.split_once('/').unwrap_or(("", &version));
            let gvk = Gvk { group: group.into(), version: version.into(), kind: kind.into() };
            if !concerns(&gvk) {
                continue;
            }
            let file = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
            let id = DocId { file: file.into(), document: u32::try_from(number).unwrap_or(0), at };
            let folder = path.parent().map(Arc::from);
            docs.push(Arc::new(Doc { id, gvk, object, folder, maker: None, namespace: None }));
        }
    }
}
