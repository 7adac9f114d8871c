//! Which encoding a file has, and its text.
//!
//! YAML allows UTF-8 and UTF-16; a byte order mark or the place of the first NUL byte tells them apart (YAML 1.2 section 5.2).

use crate::error::{ReadError, ReadErrorKind};
use crate::span::{Span, stored};

/// Decodes `bytes`; the byte order mark is not part of the result.
pub(crate) fn decode(mut bytes: Vec<u8>) -> Result<String, ReadError> {
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => {
            bytes.drain(..3);
            utf8(bytes, 3)
        }
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes, 2),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes, 2),
        [0, second, ..] if *second != 0 => utf16(&bytes, u16::from_be_bytes, 0),
        [first, 0, ..] if *first != 0 => utf16(&bytes, u16::from_le_bytes, 0),
        _ => utf8(bytes, 0),
    }
}

fn utf8(bytes: Vec<u8>, before: usize) -> Result<String, ReadError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let length = error.utf8_error().error_len().unwrap_or_else(|| error.as_bytes().len() - at);
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        if error.as_bytes().contains(&0) {
            return binary(before + error.as_bytes().iter().position(|b| *b == 0).unwrap_or(at));
        }
        let line = 1 + error.as_bytes().iter().take(at).filter(|b| **b == b'\n').count();
        ReadError::new(
            ReadErrorKind::InvalidUtf8,
            Span::new(stored(before + at), stored(before + at + length)),
            format!("byte 0x{byte:02X} at offset {} (line {line}) is not valid UTF-8", before + at),
        )
    })?;
    match text.bytes().position(|b| b == 0) {
        Some(at) => Err(binary(before + at)),
        None => Ok(text),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, before: usize) -> Result<String, ReadError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let broken = |at: usize| {
        ReadError::new(
            ReadErrorKind::InvalidUtf8,
            Span::new(stored(before + at), stored(before + at + 2)),
            format!("the file looks like UTF-16, but the bytes at offset {} are not valid UTF-16", before + at),
        )
    };
    if !rest.is_empty() {
        return Err(broken(bytes.len() - 1));
    }
    let mut text = String::with_capacity(bytes.len());
    let mut at = 0;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match decoded {
            Ok('\0') => return Err(binary(before + at)),
            Ok(c) => {
                text.push(c);
                at += 2 * c.len_utf16();
            }
            Err(_) => return Err(broken(at)),
        }
    }
    Ok(text)
}

fn binary(at: usize) -> ReadError {
    ReadError::new(
        ReadErrorKind::BinaryFile,
        Span::new(stored(at), stored(at + 1)),
        format!("the file holds a NUL byte at offset {at}: it is not a text file"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_the_byte_order_mark_of_utf_8() {
        assert_eq!(decode(b"\xEF\xBB\xBFa: 1".to_vec()).unwrap(), "a: 1");
    }

    #[test]
    fn reads_utf_16_in_both_byte_orders_with_and_without_a_mark() {
        let little: Vec<u8> = "a: ü𝄞".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "a: ü𝄞".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in
            [little.clone(), big.clone(), [vec![0xFF, 0xFE], little].concat(), [vec![0xFE, 0xFF], big].concat()]
        {
            assert_eq!(decode(bytes).unwrap(), "a: ü𝄞");
        }
    }

    #[test]
    fn names_the_byte_and_line_of_invalid_utf_8() {
        let error = decode(b"a: 1\nb: \xFFx".to_vec()).unwrap_err();
        assert_eq!(error.kind, ReadErrorKind::InvalidUtf8);
        assert_eq!(error.span, Span::new(8, 9));
        assert_eq!(error.to_string(), "byte 0xFF at offset 8 (line 2) is not valid UTF-8");
    }

    #[test]
    fn tells_a_binary_file_from_broken_text() {
        assert_eq!(decode(b"\x7fELF\x02\x00\x01\xff".to_vec()).unwrap_err().kind, ReadErrorKind::BinaryFile);
        assert_eq!(decode(b"ab\0c".to_vec()).unwrap_err().kind, ReadErrorKind::BinaryFile);
    }

    #[test]
    fn refuses_half_a_surrogate_pair() {
        assert_eq!(decode(vec![0xFF, 0xFE, 0x00, 0xD8]).unwrap_err().kind, ReadErrorKind::InvalidUtf8);
    }
}
