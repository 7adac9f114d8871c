//! Says in our own words, and at the most helpful place, why the YAML parser gave up.

use granit_parser::{ErrorKind, ScanError};

use crate::error::{ReadError, ReadErrorKind};
use crate::limits::Limits;
use crate::span::{Span, offset, stored};
use crate::template;

/// The error for a failure in the document `text[span]`.
pub(crate) fn explain(text: &str, span: Span, error: &ScanError, limits: &Limits) -> ReadError {
    let at = span.start.saturating_add(stored(error.marker().byte_offset().unwrap_or(0))).min(span.end);
    let actions = [template::action_before(text, span, at), template::action_around(text, span, at)];
    if let Some(action) = actions.into_iter().flatten().min() {
        return template::unrendered(text, action);
    }
    let here = one_character(text, at);
    match error.kind() {
        ErrorKind::UnknownAnchor => unknown_alias(text, here),
        ErrorKind::RecursionLimitExceeded => ReadError::new(
            ReadErrorKind::TooDeep,
            here,
            format!("the document is nested more than {} levels deep", limits.max_depth),
        ),
        kind => ReadError::new(ReadErrorKind::InvalidYaml, place(text, span, kind, here), words(kind)),
    }
}

fn unknown_alias(text: &str, here: Span) -> ReadError {
    let rest = text.get(offset(here.start)..).unwrap_or("");
    let length = rest.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(rest.len());
    let span = Span::new(here.start, here.start + stored(length));
    let name = span.slice(text).trim_start_matches('*').to_owned();
    ReadError::new(ReadErrorKind::UnknownAlias, span, format!("no anchor `&{name}` stands before this alias"))
}

fn one_character(text: &str, at: u32) -> Span {
    let start = text.floor_char_boundary(offset(at));
    let length = match text.get(start..).and_then(|rest| rest.chars().next()) {
        Some('\n' | '\r') | None => 0,
        Some(c) => c.len_utf8(),
    };
    Span::new(stored(start), stored(start + length))
}

/// The parser notices an unclosed quote or bracket only where the document ends; people look for its beginning.
fn place(text: &str, span: Span, kind: &ErrorKind, here: Span) -> Span {
    match kind {
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::DocumentIndicatorInQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent => open_quote(text, span, here.start).unwrap_or(here),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => last_tab(text, here).unwrap_or(here),
        _ => here,
    }
}

/// The tab itself: the parser may point behind it.
fn last_tab(text: &str, here: Span) -> Option<Span> {
    let line = text.get(..offset(here.end))?.rsplit('\n').next()?;
    let at = here.end - stored(line.len() - line.rfind('\t')?);
    Some(Span::new(at, at + 1))
}

/// The last quote before `until` that can open a scalar and has no partner on its line.
fn open_quote(text: &str, span: Span, until: u32) -> Option<Span> {
    let mut found = None;
    let mut at = offset(span.start);
    for line in text.get(at..offset(until))?.split_inclusive('\n') {
        let mut open = None;
        let mut before = b' ';
        for (column, byte) in line.bytes().enumerate() {
            match (open, byte) {
                (Some((quote, _)), _) if byte == quote && before != b'\\' => open = None,
                (None, b'#') if before.is_ascii_whitespace() => break,
                (None, b'"' | b'\'') if before.is_ascii_whitespace() || b",[{:".contains(&before) => {
                    open = Some((byte, column));
                }
                _ => {}
            }
            before = byte;
        }
        if let Some((_, column)) = open {
            found = Some(Span::new(stored(at + column), stored(at + column + 1)));
        }
        at += line.len();
    }
    found
}

#[allow(
    clippy::too_many_lines,
    reason = "one line per kind of failure; splitting the table would hide what is missing"
)]
fn words(kind: &ErrorKind) -> &'static str {
    use ErrorKind as E;
    match kind {
        E::UnexpectedEofFlowSequence
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping
        | E::UnexpectedEofBlockSequence
        | E::UnexpectedEofBlockMapping
        | E::UnexpectedEof => "the document ends in the middle of a value",
        E::UnclosedFlowCollection { open: '[' } => "this `[` is not closed",
        E::UnclosedFlowCollection { .. } => "this `{` is not closed",
        E::MisplacedFlowCollectionEnd => "this bracket closes nothing",
        E::MismatchedFlowCollectionEnd { open: '[', .. } => "a list opened with `[` is closed with another bracket",
        E::MismatchedFlowCollectionEnd { .. } => "a map opened with `{` is closed with another bracket",
        E::ExpectedFlowMappingSeparator => "expected `,` or `}` here",
        E::ExpectedFlowSequenceSeparator => "expected `,` or `]` here",
        E::ExpectedBlockMappingKey => {
            "expected a key here: this line does not continue the map above it (indentation?)"
        }
        E::ExpectedBlockSequenceEntry => {
            "expected `- ` here: this line does not continue the list above it (indentation?)"
        }
        E::SimpleKeyExpected | E::InvalidSimpleKey => "a key is not followed by `:`",
        E::MappingValueNotAllowed => "a `: ` is not allowed here (quote the text, or indent it as a map of its own)",
        E::InvalidColonPlacement | E::FlowMappingValueAdjacentCollection => {
            "a `:` is not allowed here: is a bracket or quote before it not closed?"
        }
        E::InvalidMappingValueWhitespace => "a `:` needs a blank behind it, not a tab",
        E::ExpectedNodeContent => "a value is expected here",
        E::PlainScalarStartsWithDashFlowIndicator => "a value inside brackets cannot begin with `-` here: quote it",
        E::MappingKeyNotAllowed => "a key is not allowed here",
        E::InvalidIndentation | E::InvalidFlowScalarIndent => "the indentation of this line fits nothing above it",
        E::InvalidBlockScalarIndent => "a line of this block text is indented less than its first line",
        E::BlockSequenceEntryNotAllowed | E::BlockEntryInFlowCollection | E::InvalidBlockEntryWhitespace => {
            "a list item (`- `) is not allowed here"
        }
        E::TabNotAllowed
        | E::TabInBlockIndentation
        | E::TabInIndentation
        | E::TabInPlainScalar
        | E::TabAtBlockScalarStart => "a tab is used for indentation: YAML allows only spaces",
        E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent => "this quote is not closed",
        E::DocumentIndicatorInQuotedScalar => "this quote is not closed before the document ends",
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => {
            "text follows directly after a closing quote"
        }
        E::UnknownQuotedScalarEscape => "this escape is unknown in YAML (in single quotes `\\` stands for itself)",
        E::InvalidQuotedScalarHexEscape
        | E::InvalidLowSurrogateHexEscape
        | E::InvalidLowSurrogate
        | E::MissingLowSurrogate
        | E::UnpairedLowSurrogate
        | E::InvalidUnicodeEscape => "this escape names no character",
        E::UnexpectedCharacter { .. } => "a value cannot begin with this character unless it is quoted",
        E::CommentNotSeparated => "a comment needs a blank before its `#`",
        E::CommentInterceptedScalar => "a comment interrupts a text of several lines",
        E::InvalidBlockScalarHeader | E::ZeroBlockScalarIndent => {
            "`|` and `>` take only a digit from 1 to 9, `+` or `-`"
        }
        E::MissingAnchorOrAliasName => "`&` and `*` need a name",
        E::UndeclaredTagHandle => "this tag uses a handle that no `%TAG` line declares",
        E::InvalidDocumentEnd => "text follows a `...` on its line",
        E::ExpectedDocumentStart | E::MultipleDocumentsUnsupported | E::MissingDocumentEndBeforeDirective => {
            "text follows after the end of the document"
        }
        E::DuplicateVersionDirective
        | E::UnsupportedYamlMajorVersion
        | E::DuplicateTagDirective
        | E::InvalidDirectiveTerminator
        | E::MissingYamlVersionSeparator
        | E::MissingDirectiveName
        | E::InvalidDirectiveName
        | E::DirectiveByteLimitExceeded { .. }
        | E::YamlVersionTooLong
        | E::MissingYamlVersion
        | E::InvalidTagDirectiveTerminator => "this directive is not valid",
        E::ExpectedTagBang
        | E::ExpectedTagDirectiveBang
        | E::InvalidGlobalTagCharacter
        | E::InvalidTagTerminator
        | E::MissingTagUri
        | E::UnclosedVerbatimTag
        | E::InvalidTagEscape
        | E::InvalidTagUtf8LeadingByte
        | E::InvalidTagUtf8TrailingByte
        | E::InvalidTagUtf8 => "this tag is not valid",
        E::BomInsideDocument => "a byte order mark stands inside the document",
        _ => "this is not valid YAML",
    }
}
