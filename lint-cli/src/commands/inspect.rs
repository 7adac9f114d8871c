//! `platlint inspect`: each document as platlint reads it, and where each field stands. Helm templates and broken documents
//! are listed with their error instead of an object.

mod input;

use platlint_engine::{Value, ValueBuilder, to_json};
use platlint_source::{Document, Limits, Reading, Segment, SourceText};
use serde_json::{Map, Value as Json, json};

use super::check::answer;
use crate::args::InspectArgs;
use crate::exit::{ExitStatus, Failure};
use crate::input::{Selection, discover};
use crate::judge::reading_of;
use crate::locate::place;
use crate::report::Place;

pub(super) fn run(args: &InspectArgs) -> Result<ExitStatus, Failure> {
    if args.input {
        return input::run(args);
    }
    let files = discover(&args.paths, &Selection::default())?;
    let mut documents = Vec::new();
    let mut status = ExitStatus::Clean;
    for file in &files {
        let text = match file.read() {
            Ok(text) => text,
            Err(error) => {
                documents.push(json!({"file": file.name, "error": error.to_string()}));
                status = ExitStatus::Findings;
                continue;
            }
        };
        for chunk in text.split() {
            let index = chunk.index;
            let inspected = Document::parse(text.as_str(), chunk, &Limits::default()).and_then(|document| {
                let reading = reading_of(&document);
                let value = document.build(reading, &mut ValueBuilder::default())?;
                let mut inspected = json!({"file": file.name, "document": index, "object": to_json(&value)});
                if args.places
                    && let Some(inspected) = inspected.as_object_mut()
                {
                    inspected.insert("places".to_owned(), places(&text, &document, reading, &value));
                }
                Ok(inspected)
            });
            documents.push(inspected.unwrap_or_else(|error| {
                status = ExitStatus::Findings;
                json!({"file": file.name, "document": index, "error": error.to_string(), "place": place_json(place(&text, error.span))})
            }));
        }
    }
    answer(&format!("{:#}\n", Json::Array(documents)))?;
    Ok(status)
}

/// JSON pointer → range of the value and of its key.
fn places(text: &SourceText, document: &Document<'_>, reading: Reading, value: &Value) -> Json {
    let mut found = Map::new();
    let mut path = Vec::new();
    walk(value, &mut path, &mut |path| {
        let segments: Vec<Segment<'_>> = path.iter().map(Step::segment).collect();
        let at = document.find(&segments, reading);
        let range = |span: Option<platlint_source::Span>| {
            span.map_or(Json::Null, |span| {
                let mut range = place_json(place(text, span));
                if let Some(range) = range.as_object_mut() {
                    range.insert("start".to_owned(), span.start.into());
                    range.insert("end".to_owned(), span.end.into());
                }
                range
            })
        };
        let pointer: String = path.iter().map(Step::pointer).collect();
        found.insert(pointer, json!({"key": range(at.key), "value": range(at.value)}));
    });
    Json::Object(found)
}

#[derive(Clone)]
enum Step {
    Key(std::sync::Arc<str>),
    Index(usize),
}

impl Step {
    fn segment(&self) -> Segment<'_> {
        match self {
            Self::Key(key) => Segment::Key(key),
            Self::Index(index) => Segment::Index(*index),
        }
    }

    fn pointer(&self) -> String {
        match self {
            Self::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Self::Index(index) => format!("/{index}"),
        }
    }
}

fn walk(value: &Value, path: &mut Vec<Step>, visit: &mut dyn FnMut(&[Step])) {
    visit(path);
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                walk(item, path, visit);
                path.pop();
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields.iter() {
                let Value::String(key) = key else { continue };
                path.push(Step::Key(key.clone()));
                walk(field, path, visit);
                path.pop();
            }
        }
        _ => {}
    }
}

fn place_json(place: Place) -> Json {
    json!({"line": place.line, "column": place.column, "end_line": place.end_line, "end_column": place.end_column})
}
