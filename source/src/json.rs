//! Reads JSON with exact ranges.
//!
//! A document that starts with a bracket is tried here before YAML: kubectl does the same, and YAML refuses tabs, long
//! keys and surrogate pairs that JSON allows. Which of two errors is reported is decided by `document`.

use crate::arena::{Arena, Shape, Style, Tag};
use crate::error::{ReadError, ReadErrorKind};
use crate::limits::Limits;
use crate::plant::{Planter, Text};
use crate::span::{Span, offset, stored};

/// Parses the one JSON value in `text[span]`.
pub(crate) fn parse<'s>(text: &'s str, span: Span, limits: &Limits) -> Result<Arena<'s>, ReadError> {
    let mut planter = Planter::new(text, offset(span.len()), limits);
    let mut reader = Reader { bytes: text.as_bytes().get(..offset(span.end)).unwrap_or(&[]), at: offset(span.start) };
    reader.value(text, &mut planter)?;
    reader.blanks();
    if reader.at < reader.bytes.len() {
        return Err(reader.error("there is text after the end of the JSON value"));
    }
    planter.done(span.start)
}

/// The length of the first JSON value in `text`, if it is whole and another one follows it.
pub(crate) fn first_of_several(text: &str) -> Option<usize> {
    let start = text.len() - text.trim_ascii_start().len();
    if !matches!(text.as_bytes().get(start), Some(b'{' | b'[')) || text.get(start..)?.starts_with("{{") {
        return None;
    }
    let end = start + balanced(text.get(start..)?.as_bytes())?;
    let follows = matches!(text.get(end..)?.trim_ascii_start().as_bytes(), [b'{' | b'[', ..]);
    let whole = follows && parse(text, Span::new(stored(start), stored(end)), &Limits::default()).is_ok();
    whole.then_some(end)
}

/// Where the bracket at the start of `bytes` closes, by counting only.
fn balanced(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            b'"' => loop {
                match bytes.get(at)? {
                    b'\\' => at += 2,
                    b'"' => {
                        at += 1;
                        break;
                    }
                    _ => at += 1,
                }
            },
            _ => {}
        }
    }
    None
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

enum Expect {
    Value,
    KeyOrEnd,
    Key,
    ItemOrEnd,
    CommaOrEnd,
}

impl Reader<'_> {
    /// One value, without recursion: the planter knows what is open.
    fn value(&mut self, text: &str, planter: &mut Planter<'_, '_>) -> Result<(), ReadError> {
        let mut expect = Expect::Value;
        loop {
            self.blanks();
            let byte = self.peek();
            let in_mapping = planter.parent() == Some(Shape::Mapping);
            match (&expect, byte) {
                (Expect::KeyOrEnd, Some(b'}')) | (Expect::ItemOrEnd, Some(b']')) => self.close(planter)?,
                (Expect::CommaOrEnd, Some(b'}')) if in_mapping => self.close(planter)?,
                (Expect::CommaOrEnd, Some(b']')) if !in_mapping => self.close(planter)?,
                (Expect::CommaOrEnd, Some(b',')) => {
                    self.at += 1;
                    expect = if in_mapping { Expect::Key } else { Expect::Value };
                    continue;
                }
                (Expect::CommaOrEnd, _) if in_mapping => return Err(self.error("expected `,` or `}` after this entry")),
                (Expect::CommaOrEnd, _) => return Err(self.error("expected `,` or `]` after this item")),
                (Expect::Key | Expect::KeyOrEnd, Some(b'"')) => {
                    self.string(text, planter)?;
                    self.blanks();
                    if self.peek() != Some(b':') {
                        return Err(self.error("expected `:` after the key"));
                    }
                    self.at += 1;
                    expect = Expect::Value;
                    continue;
                }
                (Expect::Key | Expect::KeyOrEnd, _) => return Err(self.error("expected a key in double quotes")),
                (Expect::Value | Expect::ItemOrEnd, Some(b'{')) => {
                    planter.open(Shape::Mapping, stored(self.at), Style::Flow, Tag::None, 0)?;
                    self.at += 1;
                    expect = Expect::KeyOrEnd;
                    continue;
                }
                (Expect::Value | Expect::ItemOrEnd, Some(b'[')) => {
                    planter.open(Shape::Sequence, stored(self.at), Style::Flow, Tag::None, 0)?;
                    self.at += 1;
                    expect = Expect::ItemOrEnd;
                    continue;
                }
                (Expect::Value | Expect::ItemOrEnd, Some(b'"')) => self.string(text, planter)?,
                (Expect::Value | Expect::ItemOrEnd, _) => self.word(planter)?,
            }
            if planter.parent().is_none() {
                return Ok(());
            }
            expect = Expect::CommaOrEnd;
        }
    }

    fn close(&mut self, planter: &mut Planter<'_, '_>) -> Result<(), ReadError> {
        self.at += 1;
        planter.close(Some(stored(self.at)))
    }

    fn word(&mut self, planter: &mut Planter<'_, '_>) -> Result<(), ReadError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
            self.at += 1;
        }
        let word = self.bytes.get(start..self.at).unwrap_or(&[]);
        if !matches!(word, b"null" | b"true" | b"false") && !is_number(word) {
            self.at = start;
            return Err(match self.peek() {
                None => self.error("the JSON value ends too early"),
                Some(_) => self.error("expected a JSON value"),
            });
        }
        let span = Span::new(stored(start), stored(self.at));
        planter.scalar(span, Text::Range(span), Style::Plain, Tag::None, 0, false).map(drop)
    }

    fn string(&mut self, text: &str, planter: &mut Planter<'_, '_>) -> Result<(), ReadError> {
        let open = self.at;
        self.at += 1;
        let mut decoded: Option<String> = None;
        let mut copied = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let decoded = decoded.get_or_insert_default();
                    decoded.push_str(text.get(copied..self.at).unwrap_or(""));
                    let escaped = self.escape()?;
                    decoded.push(escaped);
                    copied = self.at;
                }
                Some(byte) if byte < 0x20 => return Err(self.error("a control character stands in a string")),
                Some(_) => self.at += 1,
                None => {
                    self.at = open;
                    return Err(self.error("this string is not closed"));
                }
            }
        }
        let rest = Span::new(stored(copied), stored(self.at));
        let content = match decoded {
            None => Text::Range(rest),
            Some(mut decoded) => {
                decoded.push_str(rest.slice(text));
                Text::Owned(decoded.into_boxed_str())
            }
        };
        self.at += 1;
        let span = Span::new(stored(open), stored(self.at));
        planter.scalar(span, content, Style::DoubleQuoted, Tag::None, 0, false).map(drop)
    }

    fn escape(&mut self) -> Result<char, ReadError> {
        let simple = match self.bytes.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.error("this escape is unknown in JSON")),
        };
        self.at += 2;
        Ok(simple)
    }

    /// `\uXXXX`, with its second half where it is a surrogate; half a pair becomes U+FFFD as in Go.
    fn unicode(&mut self) -> Result<char, ReadError> {
        let Some(first) = self.hex(self.at + 2) else { return Err(self.error("`\\u` needs four hexadecimal digits")) };
        self.at += 6;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let low = match self.bytes.get(self.at..self.at + 2) {
            Some(b"\\u") => self.hex(self.at + 2),
            _ => None,
        };
        if let (0xD800..0xDC00, Some(low @ 0xDC00..0xE000)) = (first, low) {
            self.at += 6;
            return Ok(char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00)).unwrap_or('\u{FFFD}'));
        }
        Ok('\u{FFFD}')
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.bytes.get(at..at + 4)?;
        digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn error(&self, message: &'static str) -> ReadError {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        // The whole character: its first byte and those that continue it.
        let length = rest.iter().take(1).len() + rest.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count();
        let span = Span::new(stored(self.at), stored(self.at + length));
        ReadError::new(ReadErrorKind::InvalidJson, span, message)
    }
}

/// The number grammar of RFC 8259.
fn is_number(word: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let word = word.strip_prefix(b"-").unwrap_or(word);
    let whole = digits(word);
    if whole == 0 || (whole > 1 && word.first() == Some(&b'0')) {
        return false;
    }
    let mut rest = word.get(whole..).unwrap_or(&[]);
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or(&[]);
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}
