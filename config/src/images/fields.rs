//! Fields of custom resources that hold images.

use std::sync::Arc;

use platlint_engine::ImageFields;
use platlint_engine::image_fields::{FieldPath, ImageField};

use crate::images::section::Reader;
use crate::placed::Path;
use crate::wire::ImageFieldEntry;

/// So many kinds are named at most: every one is asked about each object of that kind.
const MAX_KINDS: usize = 256;
/// So many paths has a kind at most.
const MAX_PATHS: usize = 64;

pub(super) fn read(reader: &mut Reader<'_>, entries: &[ImageFieldEntry], path: &Path) -> ImageFields {
    let mut fields = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let path = path.index(index);
        if entry.group.contains(['/', '*']) {
            let message = "an API group is written without its version and without patterns, such as `argoproj.io`";
            reader.say(&path.key("group"), message);
        }
        let kinds = kinds(reader, entry, &path);
        if entry.paths.len() > MAX_PATHS {
            reader.say_of(&path.key("paths"), format!("there are more than {MAX_PATHS} paths"));
        }
        let mut paths = Vec::new();
        for (index, text) in entry.paths.iter().enumerate() {
            match FieldPath::parse(text) {
                Ok(path) => paths.push(path),
                Err(error) => reader.say(&path.key("paths").index(index), format!("`{text}` is no path: {error}")),
            }
        }
        let group: Arc<str> = entry.group.as_str().into();
        let field = |kind: &str| ImageField { group: group.clone(), kind: kind.into(), paths: paths.clone() };
        fields.extend(kinds.into_iter().map(field));
    }
    if fields.len() > MAX_KINDS {
        reader.say_of(path, format!("there are more than {MAX_KINDS} kinds"));
    }
    ImageFields(fields)
}

/// The kinds of an entry, which names one or several.
fn kinds<'e>(reader: &mut Reader<'_>, entry: &'e ImageFieldEntry, path: &Path) -> Vec<&'e str> {
    let one = entry.kind.iter().map(|kind| (path.key("kind"), kind));
    let several = entry.kinds.iter().enumerate().map(|(index, kind)| (path.key("kinds").index(index), kind));
    let all: Vec<(Path, &String)> = one.chain(several).collect();
    for (path, kind) in &all {
        if !kind.starts_with(|c: char| c.is_ascii_uppercase()) || kind.contains('*') {
            reader.say(path, "kinds begin with a capital and are no patterns, such as `Workflow`");
        }
    }
    match (&entry.kind, entry.kinds.is_empty()) {
        (None, true) => reader.say_of(path, "`kind` or `kinds` is missing"),
        (Some(_), false) => reader.say_of(&path.key("kinds"), "`kind` and `kinds` exclude each other"),
        _ => {}
    }
    all.into_iter().map(|(_, kind)| kind.as_str()).collect()
}
