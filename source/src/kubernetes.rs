//! Scalars as `sigs.k8s.io/yaml` reads them, which is go-yaml v2 followed by a pass through JSON.
//!
//! The rules follow from observed behaviour: go-yaml looks at the first byte, then at a table of words, then tries Go's
//! own number syntax. The differential test compares all of it with the original.

use std::borrow::Cow;

use crate::arena::Tag;
use crate::go_number;
use crate::scalar::{Scalar, ScalarError, mismatch};
use crate::timestamp;

/// The value of a plain or tagged scalar.
#[inline]
pub(crate) fn resolve(tag: Tag, text: &str) -> Result<Scalar<'_>, ScalarError> {
    let untyped = match tag {
        Tag::None => return plain(text).map(in_json),
        Tag::Str | Tag::NonSpecific | Tag::Other | Tag::Merge => return Ok(Scalar::Str(Cow::Borrowed(text))),
        Tag::Binary => return binary(text),
        Tag::Timestamp if timestamp::is_timestamp(text) => return Ok(Scalar::Str(Cow::Borrowed(text))),
        Tag::Float => plain(text)?,
        Tag::Int | Tag::Bool | Tag::Null | Tag::Timestamp => plain(text).map_err(|_| mismatch(text, tag))?,
    };
    match (tag, untyped) {
        (Tag::Int, value @ (Scalar::Int(_) | Scalar::Uint(_)))
        | (Tag::Float, value @ Scalar::Float(_))
        | (Tag::Bool, value @ Scalar::Bool(_))
        | (Tag::Null, value @ Scalar::Null) => Ok(in_json(value)),
        #[allow(clippy::cast_precision_loss, reason = "a float is what the tag asks for")]
        (Tag::Float, Scalar::Int(value)) => Ok(in_json(Scalar::Float(value as f64))),
        _ => Err(mismatch(text, tag)),
    }
}

fn plain(text: &str) -> Result<Scalar<'_>, ScalarError> {
    let value = match text.as_bytes().first() {
        None | Some(b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => word(text),
        Some(b'0'..=b'9' | b'+' | b'-') => {
            if is_not_finite(text) {
                return Err(ScalarError::NotFinite(text.to_owned()));
            }
            number(text)
        }
        Some(b'.') => {
            if is_not_finite(text) {
                return Err(ScalarError::NotFinite(text.to_owned()));
            }
            go_number::parse_float(text).map(Scalar::Float)
        }
        Some(_) => None,
    };
    Ok(value.unwrap_or(Scalar::Str(Cow::Borrowed(text))))
}

fn word(text: &str) -> Option<Scalar<'static>> {
    // No word is longer than `false`.
    if text.len() > 5 {
        return None;
    }
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => return None,
    })
}

fn is_not_finite(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).map_or((text, true), |rest| (rest, false));
    match text {
        (".inf" | ".Inf" | ".INF", _) => true,
        (".nan" | ".NaN" | ".NAN", unsigned) => unsigned,
        _ => false,
    }
}

fn number(text: &str) -> Option<Scalar<'static>> {
    let plain = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    if let Some(value) = go_number::parse_int(&plain, 0) {
        return Some(Scalar::Int(value));
    }
    if let Some(value) = go_number::parse_uint(&plain) {
        return Some(Scalar::Uint(value));
    }
    if go_number::is_yaml_float(&plain)
        && let Some(value) = go_number::parse_float(&plain)
    {
        return Some(Scalar::Float(value));
    }
    // go-yaml tries binary by hand once more, so a second sign slips through.
    plain.strip_prefix("0b").and_then(|digits| go_number::parse_int(digits, 2)).map(Scalar::Int)
}

/// JSON has one kind of number, and Go writes whole ones without a fraction: they come back as integers.
fn in_json(value: Scalar<'_>) -> Scalar<'_> {
    match value {
        Scalar::Float(float) if float.fract() == 0.0 && float.abs() < 1e19 => {
            // By way of the text: above 2^53 the shortest digits are not those of the exact value.
            match format!("{float}").parse() {
                Ok(integer) => Scalar::Int(integer),
                Err(_) => value,
            }
        }
        other => other,
    }
}

fn binary(text: &str) -> Result<Scalar<'_>, ScalarError> {
    let bytes = go_number::base64(text).ok_or_else(|| mismatch(text, Tag::Binary))?;
    Ok(Scalar::Str(Cow::Owned(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => go_number::replace_invalid(error.as_bytes()),
    })))
}

/// A scalar key as JSON text, or `None` if it has none (a null, an integer above 63 bits).
pub(crate) fn key(tag: Tag, text: &str) -> Result<Option<Cow<'_, str>>, ScalarError> {
    if matches!(tag, Tag::None | Tag::Float) && is_not_finite(text) {
        let sign = if text.starts_with('-') { "-" } else { "" };
        let word = if text.to_ascii_lowercase().ends_with("nan") { ".nan" } else { ".inf" };
        return Ok(Some(Cow::Owned(format!("{sign}{word}"))));
    }
    let untyped = match tag {
        // The type decides how a number is written as a key, so the pass through JSON comes too late here.
        Tag::None => plain(text)?,
        Tag::Float => match plain(text)? {
            #[allow(clippy::cast_precision_loss, reason = "a float is what the tag asks for")]
            Scalar::Int(value) => Scalar::Float(value as f64),
            value @ Scalar::Float(_) => value,
            _ => return Err(mismatch(text, tag)),
        },
        _ => resolve(tag, text)?,
    };
    Ok(match untyped {
        Scalar::Str(text) => Some(text),
        Scalar::Bool(value) => Some(Cow::Borrowed(if value { "true" } else { "false" })),
        Scalar::Int(value) => Some(Cow::Owned(value.to_string())),
        Scalar::Float(value) => Some(Cow::Owned(go_number::format_float_32(value))),
        Scalar::Null | Scalar::Uint(_) => None,
    })
}
