//! Scalars by the core schema of YAML 1.2 (section 10.3).

use std::borrow::Cow;

use crate::arena::Tag;
use crate::go_number::is_yaml_float;
use crate::scalar::{Scalar, ScalarError, mismatch};

/// The value of a plain or tagged scalar.
pub(crate) fn resolve(tag: Tag, text: &str) -> Result<Scalar<'_>, ScalarError> {
    match tag {
        Tag::None => plain(text),
        Tag::Int | Tag::Float | Tag::Bool | Tag::Null => {
            let value = plain(text)?;
            let fits = matches!(
                (tag, &value),
                (Tag::Int, Scalar::Int(_) | Scalar::Uint(_))
                    | (Tag::Float, Scalar::Float(_) | Scalar::Int(_) | Scalar::Uint(_))
                    | (Tag::Bool, Scalar::Bool(_))
                    | (Tag::Null, Scalar::Null)
            );
            if fits { Ok(value) } else { Err(mismatch(text, tag)) }
        }
        Tag::Str | Tag::Timestamp | Tag::Binary | Tag::Merge | Tag::NonSpecific | Tag::Other => {
            Ok(Scalar::Str(Cow::Borrowed(text)))
        }
    }
}

fn plain(text: &str) -> Result<Scalar<'_>, ScalarError> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Err(ScalarError::NotFinite(text.to_owned())),
        _ => match text.as_bytes() {
            [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => return number(text),
            _ => Scalar::Str(Cow::Borrowed(text)),
        },
    })
}

fn number(text: &str) -> Result<Scalar<'_>, ScalarError> {
    if let Some(digits) = text.strip_prefix("0o") {
        return Ok(based(text, digits, 8));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return Ok(based(text, digits, 16));
    }
    if matches!(text.strip_prefix(['+', '-']).unwrap_or(text), ".inf" | ".Inf" | ".INF") {
        return Err(ScalarError::NotFinite(text.to_owned()));
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        if let Ok(value) = text.parse::<i64>() {
            return Ok(Scalar::Int(value));
        }
        if let Ok(value) = text.parse::<u64>() {
            return Ok(Scalar::Uint(value));
        }
    }
    if is_yaml_float(text)
        && let Ok(value) = text.parse::<f64>()
    {
        return if value.is_finite() { Ok(Scalar::Float(value)) } else { Err(ScalarError::NotFinite(text.to_owned())) };
    }
    Ok(Scalar::Str(Cow::Borrowed(text)))
}

fn based<'t>(text: &'t str, digits: &str, base: u32) -> Scalar<'t> {
    // `from_str_radix` would take a sign here.
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match u64::from_str_radix(digits, base) {
        Ok(value) if plain => i64::try_from(value).map_or(Scalar::Uint(value), Scalar::Int),
        _ => Scalar::Str(Cow::Borrowed(text)),
    }
}
