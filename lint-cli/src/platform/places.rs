//! Places in files other than the one that is judged: where a rendered line comes from, where the other object stands.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use platlint_engine::Pointer;
use platlint_facts::{DocId, LineOrigin};
use platlint_source::{Chunk, Document, Limits, SourceText};

use crate::input::{Content, InputFile};
use crate::judge::reading_of;
use crate::locate::place_of;
use crate::report::Place;

/// Finds places in the files of a run and in those around them. Texts are kept: what is looked for once is mostly looked for
/// again.
pub(crate) struct Places<'f> {
    files: HashMap<&'f str, &'f InputFile>,
    texts: Mutex<HashMap<Arc<str>, Option<Arc<SourceText>>>>,
}

impl<'f> Places<'f> {
    pub(crate) fn of(files: &'f [InputFile]) -> Self {
        let written = files.iter().filter(|file| file.made.is_none());
        Self { files: written.map(|file| (&*file.name, file)).collect(), texts: Mutex::default() }
    }

    /// The file and place of an origin. Where the file has changed or is gone, its first line.
    pub(crate) fn of_origin(&self, origin: &LineOrigin) -> (Arc<str>, Place) {
        match origin {
            LineOrigin::Line { file, line } => (file.clone(), self.line(file, *line)),
            LineOrigin::Field { doc, path } => (doc.file.clone(), self.field(doc, path)),
        }
    }

    /// Which document of a file, from 0, holds a line.
    pub(crate) fn document(&self, file: &Arc<str>, line: u32) -> u32 {
        let Some(text) = self.text(file) else { return 0 };
        let chunks = text.split();
        let begins = |chunk: &&Chunk| text.position(chunk.span.start as usize).line <= line;
        chunks.iter().rev().find(begins).map_or(0, |chunk| chunk.index)
    }

    /// The place of a field of an object in its file.
    pub(crate) fn field(&self, doc: &DocId, path: &Pointer) -> Place {
        let find = || {
            let text = self.text(&doc.file)?;
            let chunk = text.split().into_iter().find(|chunk| chunk.index == doc.document)?;
            let document = Document::parse(text.as_str(), chunk, &Limits::default()).ok()?;
            Some(place_of(&text, &document, reading_of(&document), &path.under(&doc.at)))
        };
        find().unwrap_or(START)
    }

    /// A line without the blanks around its text.
    pub(crate) fn line(&self, file: &Arc<str>, line: u32) -> Place {
        let find = || {
            let text = self.text(file)?;
            if line == 0 || line > text.line_count() {
                return None;
            }
            let whole = text.line_text(line);
            let columns = |part: &str| u32::try_from(part.chars().count()).unwrap_or(u32::MAX);
            let column = columns(whole).saturating_sub(columns(whole.trim_start())).saturating_add(1);
            let end_column = column.saturating_add(columns(whole.trim()));
            Some(Place { line, column, end_line: line, end_column })
        };
        find().unwrap_or(START)
    }

    /// The text of a file; none where it cannot be read.
    pub(super) fn text(&self, file: &Arc<str>) -> Option<Arc<SourceText>> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let around = InputFile::new(file.clone(), Content::Path(PathBuf::from(&**file)));
            self.files.get(&**file).copied().unwrap_or(&around).read().ok().map(Arc::new)
        };
        texts.entry(file.clone()).or_insert_with(read).clone()
    }
}

/// Where nothing better is known.
const START: Place = Place { line: 1, column: 1, end_line: 1, end_column: 1 };
