//! Why a file or document cannot be read, in our own words, with the place.

use std::borrow::Cow;

use crate::span::Span;

/// The kinds of failure, for programs; the message of [`ReadError`] is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// Bytes that are neither UTF-8 nor UTF-16.
    InvalidUtf8,
    /// A NUL byte: this is no text file.
    BinaryFile,
    /// YAML that cannot be parsed.
    InvalidYaml,
    /// JSON that cannot be parsed.
    InvalidJson,
    /// More bytes than [`crate::Limits::max_bytes`].
    TooLarge,
    /// Deeper than [`crate::Limits::max_depth`].
    TooDeep,
    /// More nodes than [`crate::Limits::max_nodes`].
    TooManyNodes,
    /// Aliases that expand beyond [`crate::Limits::max_expanded`], or an alias inside its own anchor.
    AliasBomb,
    /// A template (Helm and others) that has to be rendered before it is YAML.
    UnrenderedTemplate,
    /// An alias without an anchor before it.
    UnknownAlias,
    /// A number that has no JSON value (`.inf`, `.nan`).
    UnsupportedValue,
    /// A scalar that contradicts its tag (`!!int x`).
    TagMismatch,
    /// A key that cannot be a JSON key: a list, a map, a null.
    UnsupportedKey,
    /// `<<` with something other than a map or a list of maps.
    InvalidMerge,
}

/// A failure with its place in the decoded text.
///
/// For [`ReadErrorKind::InvalidUtf8`] and [`ReadErrorKind::BinaryFile`] there is no decoded text: the span counts the
/// bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// What kind of failure.
    pub kind: ReadErrorKind,
    /// Where.
    pub span: Span,
    message: Cow<'static, str>,
}

impl ReadError {
    pub(crate) fn new(kind: ReadErrorKind, span: Span, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, span, message: message.into() }
    }

    /// The sentence for people, without place and without a final full stop.
    pub fn message(&self) -> &str {
        &self.message
    }
}
