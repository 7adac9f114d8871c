//! The nodes of one document in flat arrays: 20 bytes each, children as index ranges, text as ranges of the file.
//!
//! What the nodes mean is decided elsewhere; what they look like in the file is kept here.

use crate::span::{Span, offset};

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A scalar without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A collection by indentation.
    Block,
    /// A collection in brackets.
    Flow,
}

/// What a node is, before anybody asks for its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Scalar,
    Sequence,
    Mapping,
    Alias,
}

/// The tags that change the meaning of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    None,
    Str,
    Int,
    Float,
    Bool,
    Null,
    Timestamp,
    Binary,
    Merge,
    /// `!`: not of any type.
    NonSpecific,
    /// Any other: an application's own.
    Other,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeData {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Scalar: start of its text, or index into `owned`. Collection: first index into `kids`. Alias: target node.
    pub(crate) a: u32,
    /// Scalar: end of its text. Collection: number of kids (a mapping has two per entry).
    pub(crate) b: u32,
    pub(crate) shape: Shape,
    pub(crate) style: Style,
    pub(crate) tag: Tag,
    pub(crate) flags: u8,
}

/// The scalar's text differs from the file's bytes and stands in `Arena::owned`.
pub(crate) const OWNED: u8 = 1;
/// The node has an anchor.
pub(crate) const ANCHORED: u8 = 2;
/// An empty scalar that is not written at all (`key:`).
pub(crate) const IMPLICIT: u8 = 4;

#[derive(Debug)]
pub(crate) struct Arena<'s> {
    pub(crate) text: &'s str,
    pub(crate) nodes: Vec<NodeData>,
    pub(crate) kids: Vec<u32>,
    pub(crate) owned: Vec<Box<str>>,
    /// Start of a node's tag and anchor, for the few nodes that have any, by ascending node.
    pub(crate) properties: Vec<(u32, u32)>,
    pub(crate) root: u32,
    /// Whether some plain scalar is `<<`: most documents never look for merges.
    pub(crate) merges: bool,
}

const NOTHING: NodeData = NodeData {
    start: 0,
    end: 0,
    a: 0,
    b: 0,
    shape: Shape::Scalar,
    style: Style::Plain,
    tag: Tag::None,
    flags: IMPLICIT,
};

impl Arena<'_> {
    /// The node as written, aliases not followed. A node that does not exist is an empty scalar.
    #[inline]
    pub(crate) fn data(&self, id: u32) -> &NodeData {
        self.nodes.get(offset(id)).unwrap_or(&NOTHING)
    }

    /// The node an alias stands for, or the node itself. Targets are never aliases.
    #[inline]
    pub(crate) fn target(&self, id: u32) -> u32 {
        let data = self.data(id);
        if data.shape == Shape::Alias { data.a } else { id }
    }

    /// Text of a scalar after escapes and folding; `""` for other nodes.
    #[inline]
    pub(crate) fn scalar_text(&self, id: u32) -> &str {
        let data = self.data(id);
        if data.shape != Shape::Scalar {
            ""
        } else if data.flags & OWNED != 0 {
            self.owned.get(offset(data.a)).map_or("", |text| text)
        } else {
            Span::new(data.a, data.b).slice(self.text)
        }
    }

    /// Children of a collection: items, or keys and values in turn.
    #[inline]
    pub(crate) fn children(&self, id: u32) -> &[u32] {
        let data = self.data(id);
        match data.shape {
            Shape::Sequence | Shape::Mapping => {
                let start = offset(data.a);
                self.kids.get(start..start + offset(data.b)).unwrap_or(&[])
            }
            Shape::Scalar | Shape::Alias => &[],
        }
    }

    /// Keys and values of a mapping.
    #[inline]
    pub(crate) fn pairs(&self, id: u32) -> impl DoubleEndedIterator<Item = (u32, u32)> + ExactSizeIterator + '_ {
        let (pairs, _) = self.children(id).as_chunks::<2>();
        pairs.iter().map(|[key, value]| (*key, *value))
    }

    pub(crate) fn span(&self, id: u32) -> Span {
        let data = self.data(id);
        Span::new(data.start, data.end)
    }

    /// The node's range with its tag and anchor.
    pub(crate) fn span_with_properties(&self, id: u32) -> Span {
        let mut span = self.span(id);
        if let Ok(index) = self.properties.binary_search_by_key(&id, |(node, _)| *node)
            && let Some((_, start)) = self.properties.get(index)
        {
            span.start = span.start.min(*start);
        }
        span
    }
}
