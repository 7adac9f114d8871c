//! Byte ranges and human positions.
//!
//! Which range a node has is decided where the node is read; lines and columns come from the line table.

/// A half-open range of bytes in the decoded text of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The range from `start` to `end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The range as indices of a `str`.
    pub fn range(self) -> std::ops::Range<usize> {
        offset(self.start)..offset(self.end)
    }

    /// Length in bytes.
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the range holds no byte.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The text of the range, or `""` where it does not lie in `text`.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or("")
    }
}

/// A place as people count: line and column from 1, the column in characters (Unicode scalar values).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A stored offset as an index. `u32` always fits: the crate builds for targets of 32 bits or more.
#[inline]
pub(crate) fn offset(stored: u32) -> usize {
    usize::try_from(stored).unwrap_or(usize::MAX)
}

/// An index as a stored offset. Texts above 4 GiB are refused when they are decoded, so nothing is cut off here.
#[inline]
pub(crate) fn stored(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
