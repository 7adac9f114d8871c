//! Hides from the YAML parser what it reads otherwise than the cluster does.
//!
//! go-yaml v2 takes a text in quotes whatever the indentation of its further lines, and inside brackets it ends no text
//! at a `:` before `,`, `]` or `}`, and takes a `-` alone for text. The parser gets a copy in which harmless bytes stand
//! in these places. The copy is as long as the original, so all places hold, and the nodes get their text from the
//! original. `survey` finds the places; `yaml` checks that each is the scalar it was taken for.

use granit_parser::{Event, Parser, ScanError};

use crate::span::{Span, offset};

/// A place that is hidden: a whole scalar with its quotes, or one byte of a plain scalar inside brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mask {
    pub(crate) span: Span,
    pub(crate) quoted: bool,
}

/// Whether a plain scalar that has to be masked can be in `chunk` at all.
#[allow(clippy::needless_bitwise_bool, reason = "without branches the loop works on many bytes at once")]
pub(crate) fn suspicious(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    if !bytes.contains(&b'[') && !bytes.contains(&b'{') {
        return false;
    }
    bytes.iter().zip(bytes.iter().skip(1)).fold(false, |found, (byte, next)| {
        found
            | (((*byte == b':') | (*byte == b'-'))
                & ((*next == b',') | ((*next | 0x20) == b'{') | ((*next | 0x20) == b'}')))
    })
}

/// `chunk`, which begins at `base` of the file, with `x` in the places of the masks.
pub(crate) fn masked(chunk: &str, base: u32, masks: &[Mask]) -> Option<String> {
    let mut bytes = chunk.as_bytes().to_vec();
    for mask in masks {
        let mut range = offset(mask.span.start.checked_sub(base)?)..offset(mask.span.end.checked_sub(base)?);
        if mask.quoted {
            range = range.start + 1..range.end.checked_sub(1)?;
        }
        bytes.get_mut(range)?.fill(b'x');
    }
    String::from_utf8(bytes).ok()
}

/// The text of a scalar in quotes, which `written` is as a whole: nothing is above it that it could be indented less than.
pub(crate) fn quoted(written: &str) -> Result<String, ScanError> {
    let mut text = String::new();
    for event in Parser::new_from_str(written) {
        if let (Event::Scalar(value, ..), _) = event? {
            text.push_str(&value);
        }
    }
    Ok(text)
}

/// The text of a plain scalar of several lines: they are folded as in quotes.
pub(crate) fn plain(written: &str) -> Result<String, ScanError> {
    quoted(&format!("'{}'", written.replace('\'', "''")))
}

/// The masks that begin before `end`, taken off the front of `masks`.
pub(crate) fn take<'m>(masks: &mut &'m [Mask], end: u32) -> &'m [Mask] {
    let count = masks.iter().take_while(|mask| mask.span.start < end).count();
    let (taken, rest) = masks.split_at_checked(count).unwrap_or((&[], masks));
    *masks = rest;
    taken
}

/// The same masks as ranges of the file, for a document that begins at `base`.
pub(crate) fn shifted(masks: &[Mask], base: u32) -> Vec<Mask> {
    let span = |span: Span| Span::new(span.start.saturating_add(base), span.end.saturating_add(base));
    masks.iter().map(|mask| Mask { span: span(mask.span), ..*mask }).collect()
}
