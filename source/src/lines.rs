//! Where lines start. A line ends at LF, CRLF or a lone CR, as YAML counts.

use crate::span::{Position, offset, stored};

/// The first byte of every line.
#[derive(Debug)]
pub(crate) struct Lines {
    starts: Vec<u32>,
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
        Self { starts }
    }

    /// The position of `byte`; one behind the text is the end of the text.
    pub(crate) fn position(&self, text: &str, byte: usize) -> Position {
        let byte = text.floor_char_boundary(byte);
        let line = self.starts.partition_point(|start| offset(*start) <= byte).max(1);
        let start = self.starts.get(line - 1).copied().map_or(0, offset);
        let column = text.get(start..byte).map_or(0, |before| before.chars().count());
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

    pub(crate) fn count(&self) -> usize {
        self.starts.len()
    }
}
