//! The fixes of one file: its documents are fixed one by one, and the file is put together and proved as a whole.

use platlint_engine::{Evaluator, Facts, MutationScope, PolicyFault, Situation, ValueBuilder};
use platlint_source::edit::{Edit, Edited, join};
use platlint_source::{Chunk, SourceText};

use super::document::{DocumentFix, DocumentFixer, Left, Made};
use crate::images::Images;
use crate::judge::InFile;

/// UTF-8's byte order mark.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// What fixes do to a file.
#[derive(Debug, Default)]
pub(crate) struct FileFix {
    /// The bytes before and after, where something changes.
    pub changed: Option<Changed>,
    pub made: Vec<Made>,
    pub left: Vec<Left>,
    /// With the document they happened on.
    pub faults: Vec<(PolicyFault, u32)>,
}

/// A file's content before and after.
#[derive(Debug)]
pub(crate) struct Changed {
    pub before: Vec<u8>,
    pub after: Vec<u8>,
    /// Text without a byte order mark, in which the edits are counted.
    pub text: String,
    pub edits: Vec<Edit>,
}

/// Fixes files on one thread.
pub(crate) struct Fixer<'r> {
    documents: DocumentFixer<'r>,
}

impl<'r> Fixer<'r> {
    pub(crate) fn new(
        evaluator: Evaluator,
        situation: Situation,
        facts: &'r Facts,
        images: &'r Images,
        scope: MutationScope,
    ) -> Self {
        let builder = ValueBuilder::default();
        Self { documents: DocumentFixer { evaluator, builder, situation, facts, images, scope } }
    }

    /// What becomes of a file. `bytes` is what `file.text` was decoded from.
    pub(crate) fn fix(&mut self, file: &InFile<'_>, bytes: &[u8]) -> FileFix {
        let mut fixed = FileFix::default();
        let mut edited: Vec<(Chunk, Edited)> = Vec::new();
        for chunk in file.text.split() {
            let DocumentFix { edited: one, made, left, faults } = self.documents.fix(file, chunk);
            edited.extend(one.map(|one| (chunk, one)));
            fixed.made.extend(made);
            fixed.left.extend(left);
            fixed.faults.extend(faults.into_iter().map(|fault| (fault, chunk.index)));
        }
        if edited.is_empty() {
            return fixed;
        }
        match put_together(file.text, bytes, &edited) {
            Ok(changed) => fixed.changed = Some(changed),
            Err(reason) => {
                let place = crate::report::Place { line: 1, column: 1, end_line: 1, end_column: 1 };
                let all = std::mem::take(&mut fixed.made).into_iter();
                let left = |Made { rule, path }| Left { rule, document: 0, path, place, reason: reason.clone() };
                fixed.left.extend(all.map(left));
            }
        }
        fixed
    }
}

fn put_together(text: &SourceText, bytes: &[u8], edited: &[(Chunk, Edited)]) -> Result<Changed, String> {
    let text = text.as_str();
    let mark = if bytes == text.as_bytes() {
        &[]
    } else if bytes.strip_prefix(MARK) == Some(text.as_bytes()) {
        MARK
    } else {
        return Err("the file is not encoded in UTF-8".to_owned());
    };
    let parts: Vec<(Chunk, &Edited)> = edited.iter().map(|(chunk, edited)| (*chunk, edited)).collect();
    let new = join(text, &parts).map_err(|error| error.to_string())?;
    Ok(Changed {
        before: bytes.to_vec(),
        after: [mark, new.as_bytes()].concat(),
        text: text.to_owned(),
        edits: edited.iter().flat_map(|(_, edited)| edited.edits.iter().cloned()).collect(),
    })
}
