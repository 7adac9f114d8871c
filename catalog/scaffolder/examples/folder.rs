//! Reads every template below a folder and prints what is noted of each, and how many there were: for trying the reader on
//! repositories that are not ours.
//!
//! ```console
//! $ cargo run -p platlint-scaffolder --example folder -- path/to/repository
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_engine::{Gvk, Pointer, Value};
use platlint_facts::{DiskFiles, Doc, DocId, Domain, LineOrigin, Notes};
use platlint_scaffolder::{Builder, Settings};

fn main() {
    let Some(root) = std::env::args().nth(1).map(PathBuf::from) else {
        eprintln!("the folder is missing");
        std::process::exit(2);
    };
    let docs = documents(&root);
    let mut builder = Builder::new(Settings::default());
    docs.iter().for_each(|doc| builder.add(Arc::clone(doc)));
    let index = builder.finish(Arc::new(DiskFiles::below([root.as_path()], &root)));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for doc in &docs {
        let mut notes = Notes::default();
        index.note(doc, &mut notes);
        let noted = platlint_engine::to_json(&notes.into_value());
        println!("{}:{}", doc.id.file, doc.id.document);
        for kind in ["problems", "unknown"] {
            for (code, entries) in noted[kind].as_object().into_iter().flatten() {
                for entry in entries.as_array().into_iter().flatten() {
                    *counts.entry(format!("{kind} {code}")).or_default() += 1;
                    println!("  {kind} {code} {entry}");
                }
            }
        }
    }
    let generated = index.generated();
    for made in &generated {
        let fallback = match &made.fallback {
            LineOrigin::Line { file, line } => format!("{file}:{line}"),
            LineOrigin::Field { doc, path } => format!("{} {path}", doc.file),
        };
        println!("generated {} ({} lines) from {fallback}", made.name, made.text.lines().count());
    }
    println!("{} templates, {} generated texts, {} edges", docs.len(), generated.len(), index.edges().len());
    counts.iter().for_each(|(code, count)| println!("{count:6} {code}"));
}

/// The templates below a folder.
fn documents(root: &Path) -> Vec<Arc<Doc>> {
    let mut docs = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                docs.extend(read(&path, root));
            }
        }
    }
    docs
}

fn read(path: &Path, root: &Path) -> Vec<Arc<Doc>> {
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let mut docs = Vec::new();
    for (number, part) in text.split("\n---").enumerate() {
        let Ok(json) = serde_yaml::from_str::<serde_json::Value>(part) else { continue };
        let api_version = json["apiVersion"].as_str().unwrap_or_default();
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let gvk = Gvk {
            group: group.into(),
            version: version.into(),
            kind: json["kind"].as_str().unwrap_or_default().into(),
        };
        if platlint_scaffolder::concerns(&gvk) {
            docs.push(Arc::new(Doc {
                id: DocId {
                    file: path.strip_prefix(root).unwrap_or(path).to_string_lossy().into(),
                    document: u32::try_from(number).unwrap_or(u32::MAX),
                    at: Pointer::root(),
                },
                gvk,
                object: Value::from(json),
                folder: path.parent().map(Arc::from),
                maker: None,
                namespace: None,
            }));
        }
    }
    docs
}
