//! Handles on the nodes of a document.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::arena::{ANCHORED, Arena, IMPLICIT, Shape, Style, Tag};
use crate::error::ReadError;
use crate::find;
use crate::key;
use crate::merge;
use crate::scalar::{Reading, Scalar, ScalarError, resolve};
use crate::span::Span;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A single value.
    Scalar,
    /// A list.
    Sequence,
    /// A map.
    Mapping,
}

/// A node of a document. Aliases are followed: only [`Node::span`] and [`Node::is_alias`] tell that one stands here.
#[derive(Clone, Copy, Debug)]
pub struct Node<'d> {
    arena: &'d Arena<'d>,
    written: u32,
}

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry<'d> {
    /// The key as text.
    pub key: Cow<'d, str>,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub value: Node<'d>,
}

impl<'d> Node<'d> {
    pub(crate) fn new(arena: &'d Arena<'d>, written: u32) -> Self {
        Self { arena, written }
    }

    fn target(self) -> u32 {
        self.arena.target(self.written)
    }

    /// What the node is.
    pub fn kind(self) -> Kind {
        match self.arena.data(self.target()).shape {
            Shape::Scalar | Shape::Alias => Kind::Scalar,
            Shape::Sequence => Kind::Sequence,
            Shape::Mapping => Kind::Mapping,
        }
    }

    /// The bytes of the node as written at its own place (of an alias: of the `*name`), without tag and anchor. Empty for
    /// a value that is left out.
    pub fn span(self) -> Span {
        self.arena.span(self.written)
    }

    /// As [`Node::span`], with the tag and the anchor before it.
    pub fn span_with_properties(self) -> Span {
        self.arena.span_with_properties(self.written)
    }

    /// How the node is written.
    pub fn style(self) -> Style {
        self.arena.data(self.target()).style
    }

    /// Whether an alias stands at this place.
    pub fn is_alias(self) -> bool {
        self.arena.data(self.written).shape == Shape::Alias
    }

    /// Whether the node carries an anchor.
    pub fn has_anchor(self) -> bool {
        self.arena.data(self.target()).flags & ANCHORED != 0
    }

    /// Whether the node carries a tag.
    pub fn has_tag(self) -> bool {
        self.arena.data(self.target()).tag != Tag::None
    }

    /// Whether the value is left out (`key:`).
    pub fn is_left_out(self) -> bool {
        self.arena.data(self.target()).flags & IMPLICIT != 0
    }

    /// The value of a scalar.
    pub fn scalar(self, reading: Reading) -> Result<Scalar<'d>, ScalarError> {
        resolve(self.arena, self.target(), reading)
    }

    /// The text of a scalar after quotes, escapes and folding, whatever it means; `""` for other nodes.
    pub fn text(self) -> &'d str {
        self.arena.scalar_text(self.target())
    }

    /// The items of a list; nothing for other nodes.
    pub fn items(self) -> impl DoubleEndedIterator<Item = Node<'d>> + ExactSizeIterator + use<'d> {
        let arena = self.arena;
        let target = self.target();
        let items = match arena.data(target).shape {
            Shape::Sequence => arena.children(target),
            _ => &[],
        };
        items.iter().map(move |item| Node::new(arena, *item))
    }

    /// The entries of a map as they take effect: merges followed, of equal keys only the last, in the order of their last
    /// occurrence. Nothing for other nodes.
    pub fn entries(self, reading: Reading) -> Result<Vec<Entry<'d>>, ReadError> {
        let mut pairs = Vec::new();
        merge::entries(self.arena, self.target(), reading, &mut pairs)?;
        let mut last = HashMap::with_capacity(pairs.len());
        let mut keys = Vec::with_capacity(pairs.len());
        for (index, (key, _)) in pairs.iter().enumerate() {
            let text = key::text(self.arena, *key, reading)?;
            last.insert(text.clone(), index);
            keys.push(text);
        }
        let mut entries = Vec::with_capacity(last.len());
        for (index, ((key, value), text)) in pairs.iter().zip(keys).enumerate() {
            if last.get(&text) == Some(&index) {
                let key_span = self.arena.span(*key);
                entries.push(Entry { key: text, key_span, value: Node::new(self.arena, *value) });
            }
        }
        Ok(entries)
    }

    /// Every entry as written: duplicates, `<<` and keys that cannot be read among them.
    pub fn written_entries(
        self,
    ) -> impl DoubleEndedIterator<Item = (Node<'d>, Node<'d>)> + ExactSizeIterator + use<'d> {
        let arena = self.arena;
        let target = self.target();
        let children = match arena.data(target).shape {
            Shape::Mapping => arena.children(target),
            _ => &[],
        };
        let (pairs, _) = children.as_chunks::<2>();
        pairs.iter().map(move |[key, value]| (Node::new(arena, *key), Node::new(arena, *value)))
    }

    /// The value of `key`, merges followed, of equal keys the last.
    pub fn get(self, key: &str, reading: Reading) -> Option<Node<'d>> {
        find::entry(self.arena, self.target(), key, reading).map(|(_, value)| Node::new(self.arena, value))
    }
}
