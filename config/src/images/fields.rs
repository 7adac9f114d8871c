//! Fields of custom resources that hold images.

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
    if entries.len() > MAX_KINDS {
        reader.say_of(path, format!("there are more than {MAX_KINDS} kinds"));
    }
    let mut fields = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let path = path.index(index);
        if entry.group.contains(['/', '*']) {
            let message = "an API group is written without its version and without patterns, such as `argoproj.io`";
            reader.say(&path.key("group"), message);
        }
        if !entry.kind.starts_with(|c: char| c.is_ascii_uppercase()) || entry.kind.contains('*') {
            reader.say(&path.key("kind"), "kinds begin with a capital and are no patterns, such as `Workflow`");
        }
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
        fields.push(ImageField { group: entry.group.as_str().into(), kind: entry.kind.as_str().into(), paths });
    }
    ImageFields(fields)
}
