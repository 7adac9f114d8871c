//! Go's number syntax, its base64 and its way of writing a float, as far as go-yaml exposes them to users.

/// An integer in Go's syntax. Base 0 means that a prefix (`0x`, `0o`, `0b`, a leading `0`) tells the base.
pub(crate) fn parse_int(text: &str, base: u32) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let magnitude = magnitude(digits, base)?;
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// As [`parse_int`] with base 0, without sign, up to 64 bits.
pub(crate) fn parse_uint(text: &str) -> Option<u64> {
    magnitude(text, 0)
}

fn magnitude(text: &str, base: u32) -> Option<u64> {
    let (base, digits) = match (base, text.as_bytes()) {
        (0, [b'0', b'x' | b'X', ..]) => (16, text.get(2..)?),
        (0, [b'0', b'o' | b'O', ..]) => (8, text.get(2..)?),
        (0, [b'0', b'b' | b'B', ..]) => (2, text.get(2..)?),
        (0, [b'0', _, ..]) => (8, text.get(1..)?),
        (0, _) => (10, text),
        (base, _) => (base, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value = 0_u64;
    for byte in digits.bytes() {
        let digit = char::from(byte).to_digit(base)?;
        value = value.checked_mul(u64::from(base))?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
pub(crate) fn is_yaml_float(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text).as_bytes();
    let mut digits = || {
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = rest.get(count..).unwrap_or(&[]);
        count
    };
    let whole = digits();
    if let Some(after) = rest.strip_prefix(b".") {
        rest = after;
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = rest.get(count..).unwrap_or(&[]);
        if whole == 0 && count == 0 {
            return false;
        }
    } else if whole == 0 {
        return false;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let after = after.strip_prefix(b"-").or_else(|| after.strip_prefix(b"+")).unwrap_or(after);
        return !after.is_empty() && after.iter().all(u8::is_ascii_digit);
    }
    rest.is_empty()
}

/// A decimal float as Go's `ParseFloat` takes it: underscores may stand between digits, overflow is a failure.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let cleaned;
    let digits = if text.contains('_') {
        if !underscores_separate_digits(text) {
            return None;
        }
        cleaned = text.replace('_', "");
        cleaned.as_str()
    } else {
        text
    };
    if !is_yaml_float(digits) {
        return None;
    }
    digits.parse::<f64>().ok().filter(|value| value.is_finite())
}

fn underscores_separate_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    bytes.iter().enumerate().all(|(at, byte)| *byte != b'_' || (digit(at.checked_sub(1)) && digit(at.checked_add(1))))
}

/// `value` rounded to 32 bits in the shortest form, with an exponent below 1e-4 and from 1e6 on: Go's `%g` as go-yaml
/// writes keys.
#[allow(clippy::cast_possible_truncation, reason = "rounding to 32 bits is what the original does")]
pub(crate) fn format_float_32(value: f64) -> String {
    let single = value as f32;
    if single.is_infinite() {
        return if single > 0.0 { ".inf".to_owned() } else { "-.inf".to_owned() };
    }
    let scientific = format!("{single:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let Ok(exponent) = exponent.parse::<i32>() else { return scientific };
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    format!("{single}")
}

/// Standard base64 with padding; line breaks are skipped as in Go.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let (groups, rest) = symbols.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(groups.len() * 3);
    for (index, group) in groups.iter().enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && index + 1 != groups.len()) {
            return None;
        }
        let mut bits = 0_u32;
        for symbol in group.iter().take(4 - padding) {
            bits = bits << 6 | u32::from(sextet(*symbol)?);
        }
        bits <<= 6 * padding;
        bytes.extend(bits.to_be_bytes().iter().skip(1).take(3 - padding));
    }
    Some(bytes)
}

fn sextet(symbol: u8) -> Option<u8> {
    Some(match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Every byte that is not part of valid UTF-8 becomes U+FFFD, one for one, as Go's JSON encoder writes it.
pub(crate) fn replace_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('\u{FFFD}', chunk.invalid().len()));
    }
    text
}
