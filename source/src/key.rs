//! What a key of a mapping is, as text.

use std::borrow::Cow;

use crate::arena::{Arena, Shape, Style, Tag};
use crate::error::{ReadError, ReadErrorKind};
use crate::kubernetes;
use crate::scalar::{Reading, Scalar, ScalarError, resolve};

/// The text of key `id`; keys that are no strings become their JSON text.
#[inline]
pub(crate) fn text<'d>(arena: &'d Arena<'_>, id: u32, reading: Reading) -> Result<Cow<'d, str>, ReadError> {
    let target = arena.target(id);
    let data = arena.data(target);
    if data.shape != Shape::Scalar {
        let message = "a list or a map cannot be a key";
        return Err(ReadError::new(ReadErrorKind::UnsupportedKey, arena.span(id), message));
    }
    let raw = arena.scalar_text(target);
    if data.tag == Tag::None && (data.style != Style::Plain || is_plainly_text(raw)) {
        return Ok(Cow::Borrowed(raw));
    }
    let converted = match reading {
        Reading::Kubernetes => kubernetes::key(data.tag, raw),
        Reading::Yaml12 => resolve(arena, target, reading).map(|value| Some(json_text(value))),
    };
    match converted {
        Ok(Some(text)) => Ok(text),
        Ok(None) => {
            let message = "a key must be text: this one is null or too large a number";
            Err(ReadError::new(ReadErrorKind::UnsupportedKey, arena.span(id), message))
        }
        Err(error) => Err(scalar_error(arena, id, &error)),
    }
}

/// Texts that no reading takes for anything else, by their first byte: nearly all keys.
#[inline]
fn is_plainly_text(raw: &str) -> bool {
    match raw.as_bytes().first() {
        None | Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'~') => false,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => raw.len() > 5,
        Some(_) => true,
    }
}

fn json_text(value: Scalar<'_>) -> Cow<'_, str> {
    match value {
        Scalar::Str(text) => text,
        Scalar::Null => Cow::Borrowed("null"),
        Scalar::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        Scalar::Int(value) => Cow::Owned(value.to_string()),
        Scalar::Uint(value) => Cow::Owned(value.to_string()),
        Scalar::Float(value) => Cow::Owned(value.to_string()),
    }
}

/// A scalar's failure with its place.
pub(crate) fn scalar_error(arena: &Arena<'_>, id: u32, error: &ScalarError) -> ReadError {
    let kind = match error {
        ScalarError::TagMismatch { .. } => ReadErrorKind::TagMismatch,
        ScalarError::NotFinite(_) | ScalarError::NotScalar => ReadErrorKind::UnsupportedValue,
    };
    ReadError::new(kind, arena.span(id), error.to_string())
}
