//! `platlint inspect --input`: each object as rules see it, with what is known of its images and what the named files say of
//! it together. Other objects are left out, and so are parameters, which each rule has its own. Nothing is rendered.

use std::sync::Arc;

use platlint_catalog::Digested;
use platlint_engine::{Facts, Review, Situation, Value, ValueBuilder, evaluation_input, expand_list, to_json};
use platlint_facts::{Doc, DocId};
use platlint_source::{Document, Limits};
use serde_json::{Value as Json, json};

use super::super::check::answer;
use super::super::prepare::{Prepared, platform_files, prepare};
use crate::args::{ImageMode, InspectArgs, RenderMode, RunArgs};
use crate::exit::{ExitStatus, Failure};
use crate::images::Images;
use crate::input::InputFile;
use crate::judge::reading_of;
use crate::platform::Around;

/// An object of a document.
struct Object {
    doc: Arc<Doc>,
    review: Review,
}

pub(super) fn run(args: &InspectArgs) -> Result<ExitStatus, Failure> {
    // The same files in the same namespaces as in a run.
    let as_in_a_run = RunArgs {
        paths: args.paths.clone(),
        policies: args.policies.clone(),
        render: RenderMode::Off,
        ..RunArgs::default()
    };
    let Prepared { loaded, files, run, .. } = prepare(&as_in_a_run, ImageMode::Online)?;
    let images = Images::of_run(&loaded, args.images.mode, args.images.patience)?;
    let mut status = ExitStatus::Clean;
    let mut objects = Vec::new();
    for file in &files {
        if objects_of(file, run.namespace_of(file), &run.situation, &mut objects).is_err() {
            super::super::complain(&format!("{}: not all of it can be read; `platlint check` says why", file.name));
            status = ExitStatus::Findings;
        }
    }
    images.look_up(objects.iter().flat_map(|object| run.set.images(&object.review)).collect())?;
    let docs = objects.iter().map(|object| Digested::of(object.doc.clone(), true));
    let platform = platform_files(&loaded, &args.paths, RenderMode::Off)?.read(docs);
    let nothing = Facts::default();
    let shown = objects.iter().map(|Object { doc, review }| {
        let facts = images.all_facts(&run.set, review, &nothing);
        let facts = Around::Known(&platform).tell(&run.set, facts, review, || doc.clone());
        let input = evaluation_input(review, run.set.image_fields(), &facts, &Value::new_object());
        let id = &doc.id;
        json!({"file": id.file, "document": id.document, "path": id.at.to_string(), "input": to_json(&input)})
    });
    answer(&format!("{:#}\n", Json::Array(shown.collect())))?;
    Ok(status)
}

/// The objects of a file; an error where something could not be read.
fn objects_of(
    file: &InputFile,
    namespace: Option<&str>,
    situation: &Situation,
    objects: &mut Vec<Object>,
) -> Result<(), ()> {
    let text = file.read().map_err(drop)?;
    let folder: Option<Arc<std::path::Path>> = file.folder().map(Into::into);
    let mut read = Ok(());
    for chunk in text.split() {
        let index = chunk.index;
        let value = Document::parse(text.as_str(), chunk, &Limits::default())
            .and_then(|document| document.build(reading_of(&document), &mut ValueBuilder::default()));
        let Ok(value) = value else {
            read = Err(());
            continue;
        };
        let items = expand_list(&value).unwrap_or_else(|| vec![(platlint_engine::Pointer::root(), value)]);
        for (at, item) in items {
            // What is no object has no input.
            let Ok(review) = Review::of_document(item, namespace, situation.clone()) else { continue };
            let doc = Doc {
                id: DocId { file: file.name.clone(), document: index, at },
                gvk: review.kind.clone(),
                object: review.object.clone(),
                folder: folder.clone(),
                maker: None,
                namespace: review.namespace.known().map(Into::into),
            };
            objects.push(Object { doc: Arc::new(doc), review });
        }
    }
    read
}
