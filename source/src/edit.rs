//! Changes to documents that leave the rest of the file as people wrote it.
//!
//! [`edit`] takes changes in the sense of RFC 6902 and answers with replacements of byte ranges: comments, quotes, order,
//! indentation and line endings of everything else stay. Where the text offers no place of which this can be certain
//! (aliases, merges, brackets over several lines, …) the change is refused with a reason. Nothing is answered that was not
//! proved: the edited document is read again, and must have exactly the changed value and the same comments.
//!
//! What is to be changed, and whether a file is written, is decided elsewhere.

mod block;
mod change;
mod flow;
mod layout;
mod plan;
mod proof;
mod refusal;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;
mod write;

pub use change::{Change, Misfit};
pub use refusal::{Doubt, EditError, Refusal, Refused};
pub use tree::{Path, Step, Tree};

use crate::arena::Style;
use crate::document::Document;
use crate::node::{Kind, Node};
use crate::scalar::Reading;
use crate::span::Span;
use crate::split::Chunk;

/// A replacement of a range of bytes; an empty range is an insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced, as a range of the file's text.
    pub span: Span,
    /// What stands there instead.
    pub text: String,
}

/// The edits of one document, proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// In order, without overlaps. At one place, in the order in which they are made.
    pub edits: Vec<Edit>,
    /// The document's text with the edits.
    pub text: String,
    /// What was left out.
    pub refused: Vec<Refused>,
}

/// Brings `changes`, one after the other, into `document` of the file `text`.
///
/// Changes that cannot be written are left out and named in [`Edited::refused`]; the others are made all the same.
pub fn edit(text: &str, document: &Document<'_>, reading: Reading, changes: &[Change]) -> Result<Edited, EditError> {
    let old = Tree::of(document, reading)?;
    let mut new = old.clone();
    for change in changes {
        new = change.apply(&new)?;
    }
    let layout = layout::Layout::of(text, document);
    let mut planner = plan::Planner::new(&layout, reading);
    let expected = if is_template(text, document) && old != new {
        planner.refuse(document.root().span(), Refusal::Template);
        old
    } else {
        planner.node(document.root(), plan::Slot::Root, &old, &new).tree
    };
    let (mut edits, refused) = (planner.edits, planner.refused);
    proof::in_order(&mut edits);
    let text = proof::proved(text, document, reading, &edits, &expected).map_err(EditError::NotProved)?;
    Ok(Edited { edits, text, refused })
}

/// The whole file with the edits of some of its documents, proved to leave the others as they were.
pub fn join(text: &str, edited: &[(Chunk, &Edited)]) -> Result<String, EditError> {
    proof::joined(text, edited).map_err(EditError::NotProved)
}

/// Whether the document is the source of a template that happens to be YAML: actions stand in comments or in the open.
fn is_template(text: &str, document: &Document<'_>) -> bool {
    let has_action = |span: Span| span.slice(text).contains("{{");
    has_action(document.chunk().span)
        && (document.comments().iter().any(|comment| has_action(*comment)) || in_the_open(document.root(), &has_action))
}

fn in_the_open(node: Node<'_>, has_action: &impl Fn(Span) -> bool) -> bool {
    if node.is_alias() {
        return false;
    }
    match node.kind() {
        Kind::Scalar => node.style() == Style::Plain && has_action(node.span()),
        Kind::Sequence => node.items().any(|item| in_the_open(item, has_action)),
        Kind::Mapping => {
            node.written_entries().any(|(key, value)| in_the_open(key, has_action) || in_the_open(value, has_action))
        }
    }
}
