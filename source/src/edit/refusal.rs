//! Why a change is not written into a file.

use crate::error::ReadError;
use crate::span::Span;

use super::change::Misfit;
use super::tree::Path;

/// Why the text at some place is left alone. The sentences complete “not fixed: …”.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// `*name`: a change here would not be one there.
    #[error("the value is an alias of another one")]
    Alias,
    /// The value comes from the map that `<<` names.
    #[error("the value comes from another map by `<<`")]
    Merge,
    /// `&name`: a change would reach all aliases.
    #[error("the value has an anchor, and its aliases would change with it")]
    Anchor,
    /// A list or map in brackets on several lines.
    #[error("the brackets span several lines")]
    ManyLines,
    /// Indentation with tabs.
    #[error("a tab stands in the indentation")]
    Tab,
    /// `|` or `>`.
    #[error("the value is a block of text")]
    BlockScalar,
    /// `!!str` and others.
    #[error("the value has a tag")]
    Tag,
    /// `{{ … }}`.
    #[error("this is a template")]
    Template,
    /// The key stands twice in its map.
    #[error("the key stands more than once in its map")]
    DuplicateKey,
    /// The whole document would be replaced.
    #[error("the whole document would be written anew")]
    Root,
    /// A block would become a value of another kind.
    #[error("a whole block would be written anew")]
    Rewrite,
    /// Explicit keys, nested dashes, comments between: nothing that is edited with certainty.
    #[error("the text is laid out in a way that is not edited")]
    Layout,
}

/// A change that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where, in the document as it is.
    pub at: Path,
    /// What stands there.
    pub span: Span,
    /// Why.
    pub reason: Refusal,
}

/// Why nothing of a document's changes is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The document has no value.
    #[error("{0}")]
    Unreadable(#[from] ReadError),
    /// A change speaks of what is not there.
    #[error("{0}")]
    Misfit(#[from] Misfit),
    /// The new text was read again and is not what it should be.
    #[error("the edited text would not be read as intended ({0})")]
    NotProved(Doubt),
}

/// What the proof of an edit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// Two edits touch the same text.
    #[error("two edits overlap")]
    Overlap,
    /// The new text cannot be read.
    #[error("it cannot be read")]
    Unreadable,
    /// The value is another one.
    #[error("its value is another one")]
    Value,
    /// A comment changed that was not to be removed.
    #[error("a comment changed")]
    Comments,
    /// Another document of the file changed.
    #[error("another document changed")]
    OtherDocuments,
}
