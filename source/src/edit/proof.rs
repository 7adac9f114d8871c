//! The proof of an edit: the new text is read again, and says what it should and nothing else.

use std::collections::HashMap;

use super::refusal::Doubt;
use super::tree::Tree;
use super::{Edit, Edited};
use crate::document::Document;
use crate::limits::Limits;
use crate::scalar::Reading;
use crate::span::{Span, stored};
use crate::split::{self, Chunk};

/// `text[within]` with the edits, which are in order.
pub(super) fn applied(text: &str, within: Span, edits: &[Edit]) -> Result<String, Doubt> {
    let mut out = String::with_capacity(within.range().len() + 64);
    let mut at = within.start;
    for edit in edits {
        if edit.span.start < at || edit.span.end < edit.span.start || edit.span.end > within.end {
            return Err(Doubt::Overlap);
        }
        out.push_str(Span::new(at, edit.span.start).slice(text));
        out.push_str(&edit.text);
        at = edit.span.end;
    }
    out.push_str(Span::new(at, within.end).slice(text));
    Ok(out)
}

/// The new text of the document, if it has the value `expected` and the comments that were not removed.
pub(super) fn proved(
    text: &str,
    document: &Document<'_>,
    reading: Reading,
    edits: &[Edit],
    expected: &Tree,
) -> Result<String, Doubt> {
    let chunk = document.chunk();
    let new = applied(text, chunk.span, edits)?;
    let whole = Chunk { index: chunk.index, span: Span::new(0, stored(new.len())) };
    let edited = Document::parse(&new, whole, &Limits::default()).map_err(|_| Doubt::Unreadable)?;
    let value = Tree::of(&edited, reading).map_err(|_| Doubt::Unreadable)?;
    if value != *expected {
        return Err(Doubt::Value);
    }
    let is_removed = |comment: &Span| {
        let holds = |edit: &Edit| edit.span.start <= comment.start && comment.end <= edit.span.end;
        edits.iter().any(holds)
    };
    let before = document.comments().iter().filter(|comment| !is_removed(comment)).map(|span| span.slice(text));
    if !before.eq(edited.comments().iter().map(|span| span.slice(&new))) {
        return Err(Doubt::Comments);
    }
    Ok(new)
}

/// The text of a file with the edits of several of its documents, if it falls into the same documents.
pub(super) fn joined(text: &str, edited: &[(Chunk, &Edited)]) -> Result<String, Doubt> {
    let mut edits: Vec<Edit> = edited.iter().flat_map(|(_, edited)| edited.edits.iter().cloned()).collect();
    in_order(&mut edits);
    let new = applied(text, Span::new(0, stored(text.len())), &edits)?;
    let by_index: HashMap<u32, &Edited> = edited.iter().map(|(chunk, edited)| (chunk.index, *edited)).collect();
    let expected = split::split(text).into_iter().map(|chunk| match by_index.get(&chunk.index) {
        Some(edited) => &edited.text,
        None => chunk.span.slice(text),
    });
    if !expected.eq(split::split(&new).iter().map(|chunk| chunk.span.slice(&new))) {
        return Err(Doubt::OtherDocuments);
    }
    Ok(new)
}

/// By place; what is inserted at one place stays in its order, before what is removed from there on.
pub(super) fn in_order(edits: &mut [Edit]) {
    edits.sort_by_key(|edit| edit.span);
}
