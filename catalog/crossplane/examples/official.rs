//! Reads a folder of Crossplane's own manifests and shows what is noted of each.
//!
//! Every file is a run of its own, together with the files of the `setup` folders beside and above it. A file whose name
//! contains `invalid` must have a problem, every other file none; the second argument is a folder of further definitions
//! (those of providers), as `schemas:` in the configuration would give.
//!
//! ```console
//! $ cargo run -p platlint-crossplane --example official -- test/e2e/manifests/apiextensions crds/
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_crossplane::{Builder, Settings};
use platlint_engine::{Gvk, Pointer, Value, to_json};
use platlint_facts::{Doc, DocId, Domain as _, NoFiles, Notes};
use serde::Deserialize as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let root = arguments.next().ok_or("a folder is missing")?;
    let schemas: Vec<Arc<Doc>> = match arguments.next() {
        Some(folder) => yaml_files(&folder)?.iter().flat_map(|file| documents(file)).collect(),
        None => Vec::new(),
    };
    let mut counts = Counts::default();
    for file in yaml_files(&root)? {
        judge(&root, &file, &schemas, &mut counts)?;
    }
    println!("{counts:#?}");
    Ok(())
}

#[derive(Debug, Default)]
struct Counts {
    files: usize,
    documents: usize,
    valid_without_problem: usize,
    valid_with_problem: Vec<String>,
    invalid_found: usize,
    invalid_missed: Vec<String>,
    problems: BTreeMap<String, usize>,
    unknown: BTreeMap<String, usize>,
}

fn judge(root: &Path, file: &Path, schemas: &[Arc<Doc>], counts: &mut Counts) -> std::io::Result<()> {
    let own = documents(file);
    let mut builder = Builder::new(Settings { schemas: schemas.to_vec() });
    let mut others: Vec<PathBuf> = Vec::new();
    for folder in file.ancestors().skip(1).take_while(|folder| folder.starts_with(root)) {
        let setup = folder.join("setup");
        if setup.is_dir() {
            others.extend(yaml_files(&setup)?);
        }
        if folder.ends_with("setup") {
            others.extend(yaml_files(folder)?);
        }
    }
    others.retain(|other| other != file);
    others.sort();
    others.dedup();
    own.iter().cloned().chain(others.iter().flat_map(|other| documents(other))).for_each(|doc| builder.add(doc));
    let index = builder.finish(Arc::new(NoFiles));
    let shown = file.strip_prefix(root).unwrap_or(file).display().to_string();
    let mut has_problem = false;
    for doc in &own {
        let mut notes = Notes::default();
        index.note(doc, &mut notes);
        let told = to_json(&notes.into_value());
        for (key, into) in [("problems", &mut counts.problems), ("unknown", &mut counts.unknown)] {
            for (code, list) in told.get(key).and_then(|codes| codes.as_object()).into_iter().flatten() {
                let list = list.as_array().cloned().unwrap_or_default();
                *into.entry(code.clone()).or_default() += list.len();
                // What Crossplane 2 removed is fine in manifests of Crossplane 1.
                has_problem |= key == "problems" && code != "removed-in-v2";
                list.iter().for_each(|note| println!("{shown} {key} {code} {note}"));
            }
        }
    }
    counts.files += 1;
    counts.documents += own.len();
    match (shown.contains("invalid"), has_problem) {
        (true, true) => counts.invalid_found += 1,
        (true, false) => counts.invalid_missed.push(shown),
        (false, false) => counts.valid_without_problem += 1,
        (false, true) => counts.valid_with_problem.push(shown),
    }
    Ok(())
}

fn yaml_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(yaml_files(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn documents(file: &Path) -> Vec<Arc<Doc>> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let read = serde_yaml::Deserializer::from_str(&text).filter_map(|document| {
        serde_json::Value::deserialize(document).map_err(|error| eprintln!("{}: {error}", file.display())).ok()
    });
    let doc = |(document, object): (usize, serde_json::Value)| {
        let object = Value::from(object);
        let gvk = Gvk::of(&object)?;
        let id = DocId {
            file: file.display().to_string().into(),
            document: u32::try_from(document).ok()?,
            at: Pointer::root(),
        };
        Some(Arc::new(Doc { id, gvk, object, folder: None, maker: None, namespace: None }))
    };
    read.enumerate().filter_map(doc).collect()
}
