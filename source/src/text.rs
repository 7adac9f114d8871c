//! The text of one file, its lines and its documents.

use std::sync::OnceLock;

use crate::encoding;
use crate::error::{ReadError, ReadErrorKind};
use crate::limits::Limits;
use crate::lines::Lines;
use crate::span::{Position, Span, stored};
use crate::split::{self, Chunk};

/// Text of one file, decoded. Every byte offset of this crate is an offset into it.
#[derive(Debug)]
pub struct SourceText {
    text: String,
    lines: OnceLock<Lines>,
}

impl SourceText {
    /// Decodes UTF-8 (a byte order mark is dropped) or UTF-16, within the default limits.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, ReadError> {
        Self::decode_within(bytes, &Limits::default())
    }

    /// As [`SourceText::decode`], with other limits.
    pub fn decode_within(bytes: Vec<u8>, limits: &Limits) -> Result<Self, ReadError> {
        // Offsets are stored in 32 bits; UTF-16 can grow by half when it becomes UTF-8.
        let most = limits.max_bytes.min(1 << 31);
        if bytes.len() > most {
            return Err(ReadError::new(
                ReadErrorKind::TooLarge,
                Span::new(0, 0),
                format!("the file has {} bytes, more than the {most} that are read", bytes.len()),
            ));
        }
        Ok(Self::from(encoding::decode(bytes)?))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset. An offset inside a character counts as that character's start.
    pub fn position(&self, byte: usize) -> Position {
        self.lines().position(&self.text, byte)
    }

    /// The text of a line (from 1) without its line ending; `""` for a line that does not exist.
    pub fn line_text(&self, line: u32) -> &str {
        self.lines().text(&self.text, line)
    }

    /// How many lines there are; text after the last line ending counts as a line, even when it is empty.
    pub fn line_count(&self) -> u32 {
        stored(self.lines().line_count())
    }

    /// The documents of the file, in order, empty ones left out. See [`Chunk`].
    pub fn split(&self) -> Vec<Chunk> {
        split::split(&self.text)
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(&self.text))
    }
}

impl From<String> for SourceText {
    fn from(text: String) -> Self {
        Self { text, lines: OnceLock::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_by_lf_crlf_and_a_lone_cr() {
        let text = SourceText::from("a\r\nbü𝄞c\rd\n".to_owned());
        let at = |what: &str| text.position(text.as_str().find(what).unwrap());
        assert_eq!(at("b"), Position { line: 2, column: 1 });
        assert_eq!(at("c"), Position { line: 2, column: 4 });
        assert_eq!(at("d"), Position { line: 3, column: 1 });
        assert_eq!(text.position(999), Position { line: 4, column: 1 });
        assert_eq!((1..=5).map(|line| text.line_text(line)).collect::<Vec<_>>(), ["a", "bü𝄞c", "d", "", ""]);
        assert_eq!(text.line_text(0), "");
        assert_eq!(text.line_count(), 4);
    }

    #[test]
    fn refuses_a_file_above_the_limit() {
        let limits = Limits { max_bytes: 3, ..Limits::default() };
        assert_eq!(SourceText::decode_within(vec![b'a'; 4], &limits).unwrap_err().kind, ReadErrorKind::TooLarge);
        assert!(SourceText::decode_within(vec![b'a'; 3], &limits).is_ok());
    }
}
