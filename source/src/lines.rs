//! Where lines start. A line ends at LF, CRLF or a lone CR, as YAML counts.

use crate::span::{Position, offset, stored};

/// Bytes between two known character counts: a file of one long line (minified JSON) must not be counted from its start
/// for every position.
const STRIDE: usize = 4096;

/// The first byte of every line, and how many characters stand before every 4096th byte.
#[derive(Debug)]
pub(crate) struct Lines {
    starts: Vec<u32>,
    characters: Vec<u32>,
}

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(stored(at + 1));
            }
        }
        let mut characters = Vec::with_capacity(bytes.len() / STRIDE + 1);
        let mut before = 0;
        for block in bytes.chunks(STRIDE) {
            characters.push(stored(before));
            before += count(block);
        }
        Self { starts, characters }
    }

    fn characters_before(&self, text: &str, byte: usize) -> usize {
        let block = byte / STRIDE;
        let known = self.characters.get(block).copied().map_or(0, offset);
        known + text.as_bytes().get(block * STRIDE..byte).map_or(0, count)
    }

    /// The position of `byte`; one behind the text is the end of the text.
    pub(crate) fn position(&self, text: &str, byte: usize) -> Position {
        let byte = text.floor_char_boundary(byte);
        let line = self.starts.partition_point(|start| offset(*start) <= byte).max(1);
        let start = self.starts.get(line - 1).copied().map_or(0, offset);
        // Most lines are short: count their own bytes, not those of two blocks.
        let column = match text.as_bytes().get(start..byte) {
            Some(before) if before.len() <= STRIDE => count(before),
            _ => self.characters_before(text, byte).saturating_sub(self.characters_before(text, start)),
        };
        Position { line: stored(line), column: stored(column + 1) }
    }

    /// The text of `line` (from 1) without its ending, or `""` if there is no such line.
    pub(crate) fn text<'t>(&self, text: &'t str, line: u32) -> &'t str {
        let index = offset(line).wrapping_sub(1);
        let Some(start) = self.starts.get(index) else { return "" };
        let end = self.starts.get(index.wrapping_add(1)).copied().map_or(text.len(), offset);
        let line = text.get(offset(*start)..end).unwrap_or("");
        line.strip_suffix("\r\n").or_else(|| line.strip_suffix(['\n', '\r'])).unwrap_or(line)
    }

    pub(crate) fn line_count(&self) -> usize {
        self.starts.len()
    }
}

/// Characters are counted by their first bytes.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_columns_across_blocks_of_a_long_line() {
        let text = format!("a\n{}", "ü𝄞x".repeat(5_000));
        let lines = Lines::of(&text);
        for characters in [0, 1, 2, 3, 4_095, 4_096, 9_999, 14_999] {
            let byte = text.char_indices().nth(2 + characters).unwrap().0;
            assert_eq!(lines.position(&text, byte), Position { line: 2, column: stored(characters + 1) });
        }
        assert_eq!(lines.position(&text, text.len()), Position { line: 2, column: 15_001 });
    }
}
