//! Puts nodes into the arena while a parser runs, and enforces the limits.
//!
//! Both parsers, YAML and JSON, plant through this. Every alias refers to a node completed before it, so the expanded
//! size and depth of the document are known without ever walking it.

use crate::arena::{ANCHORED, Arena, IMPLICIT, NodeData, OWNED, Shape, Style, Tag};
use crate::error::{ReadError, ReadErrorKind};
use crate::limits::Limits;
use crate::span::{Span, offset, stored};

/// What a scalar consists of.
pub(crate) enum Text {
    /// A range of the file.
    Range(Span),
    /// Text after escapes or folding.
    Owned(Box<str>),
}

struct Frame {
    node: u32,
    /// Where its children begin in `pending`.
    first: usize,
    weight: u64,
    height: u32,
    end: u32,
    anchor: usize,
}

#[derive(Clone, Copy)]
struct Anchored {
    node: u32,
    weight: u64,
    height: u32,
}

pub(crate) struct Planter<'s, 'l> {
    arena: Arena<'s>,
    limits: &'l Limits,
    frames: Vec<Frame>,
    pending: Vec<u32>,
    /// By the parser's anchor number.
    anchors: Vec<Option<Anchored>>,
    weight: u64,
    /// End of the last node or bracket, where the search for a block scalar's header may begin.
    last_end: u32,
}

impl<'s, 'l> Planter<'s, 'l> {
    pub(crate) fn new(text: &'s str, length: usize, limits: &'l Limits) -> Self {
        // One node per 8 bytes is more than most files have; small documents then grow at most once.
        let nodes = length / 8 + 8;
        Self {
            arena: Arena {
                text,
                nodes: Vec::with_capacity(nodes),
                kids: Vec::with_capacity(nodes),
                owned: Vec::new(),
                properties: Vec::new(),
                root: 0,
                merges: false,
            },
            limits,
            frames: Vec::with_capacity(16),
            pending: Vec::with_capacity(64),
            anchors: Vec::new(),
            weight: 0,
            last_end: 0,
        }
    }

    pub(crate) fn last_end(&self) -> u32 {
        self.last_end
    }

    /// Moves the point where headers are searched from, for brackets and properties that are no nodes.
    pub(crate) fn passed(&mut self, end: u32) {
        self.last_end = self.last_end.max(end);
    }

    /// What the node that comes next is part of.
    pub(crate) fn parent(&self) -> Option<Shape> {
        self.frames.last().map(|frame| self.arena.data(frame.node).shape)
    }

    /// Whether the node that comes next is a value of a mapping, not a key.
    pub(crate) fn is_value(&self) -> bool {
        self.frames.last().is_some_and(|frame| (self.pending.len() - frame.first) % 2 == 1)
            && self.parent() == Some(Shape::Mapping)
    }

    /// Whether the node that comes next stands directly in a list or map in brackets.
    pub(crate) fn in_brackets(&self) -> bool {
        self.frames.last().is_some_and(|frame| self.arena.data(frame.node).style == Style::Flow)
    }

    pub(crate) fn has_root(&self) -> bool {
        self.frames.is_empty() && !self.pending.is_empty()
    }

    pub(crate) fn scalar(
        &mut self,
        span: Span,
        text: Text,
        style: Style,
        tag: Tag,
        anchor: usize,
        implicit: bool,
    ) -> Result<u32, ReadError> {
        let mut flags = if implicit { IMPLICIT } else { 0 };
        let (a, b) = match text {
            Text::Range(range) => (range.start, range.end),
            Text::Owned(text) => {
                flags |= OWNED;
                self.arena.owned.push(text);
                (stored(self.arena.owned.len() - 1), 0)
            }
        };
        if anchor != 0 {
            flags |= ANCHORED;
        }
        let node =
            self.push(NodeData { start: span.start, end: span.end, a, b, shape: Shape::Scalar, style, tag, flags })?;
        if anchor != 0 {
            self.register(anchor, Anchored { node, weight: 1, height: 0 });
        }
        self.last_end = span.end;
        self.finish(node, span.end, 1, 0)?;
        Ok(node)
    }

    pub(crate) fn open(
        &mut self,
        shape: Shape,
        start: u32,
        style: Style,
        tag: Tag,
        anchor: usize,
    ) -> Result<u32, ReadError> {
        let flags = if anchor == 0 { 0 } else { ANCHORED };
        let node = self.push(NodeData { start, end: start, a: 0, b: 0, shape, style, tag, flags })?;
        if self.frames.len() >= self.limits.max_depth {
            return Err(self.too_deep(Span::new(start, start.saturating_add(1))));
        }
        self.frames.push(Frame { node, first: self.pending.len(), weight: 1, height: 0, end: start, anchor });
        Ok(node)
    }

    /// Ends the innermost collection: a flow one at its bracket (`end`), a block one with its last child.
    pub(crate) fn close(&mut self, end: Option<u32>) -> Result<(), ReadError> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let first = stored(self.arena.kids.len());
        let count = self.pending.len().saturating_sub(frame.first);
        self.arena.kids.extend(self.pending.drain(frame.first.min(self.pending.len())..));
        let end = end.unwrap_or(frame.end);
        if let Some(data) = self.arena.nodes.get_mut(offset(frame.node)) {
            data.a = first;
            data.b = stored(count);
            data.end = end;
        }
        self.last_end = self.last_end.max(end);
        if frame.anchor != 0 {
            let anchored = Anchored { node: frame.node, weight: frame.weight, height: frame.height };
            self.register(frame.anchor, anchored);
        }
        self.finish(frame.node, end, frame.weight, frame.height)
    }

    pub(crate) fn alias(&mut self, span: Span, anchor: usize) -> Result<(), ReadError> {
        let Some(target) = self.anchors.get(anchor).copied().flatten() else {
            let name = span.slice(self.arena.text).trim_start_matches('*');
            return Err(ReadError::new(
                ReadErrorKind::AliasBomb,
                span,
                format!("the alias `{name}` stands inside the node it refers to"),
            ));
        };
        let node = self.push(NodeData {
            start: span.start,
            end: span.end,
            a: target.node,
            b: 0,
            shape: Shape::Alias,
            style: Style::Plain,
            tag: Tag::None,
            flags: 0,
        })?;
        self.last_end = span.end;
        self.finish(node, span.end, target.weight, target.height)
    }

    /// Notes where tag or anchor of `node` begin, if before the node itself.
    pub(crate) fn property(&mut self, node: u32, start: u32) {
        if let Some((last, before)) = self.arena.properties.last_mut()
            && *last == node
        {
            *before = start.min(*before);
            return;
        }
        self.arena.properties.push((node, start));
    }

    pub(crate) fn merges(&mut self) {
        self.arena.merges = true;
    }

    /// The finished document; one without any node is a null.
    pub(crate) fn done(mut self, empty_at: u32) -> Result<Arena<'s>, ReadError> {
        if self.pending.is_empty() {
            let at = Span::new(empty_at, empty_at);
            self.scalar(at, Text::Range(at), Style::Plain, Tag::None, 0, true)?;
        }
        self.arena.root = self.pending.first().copied().unwrap_or_default();
        Ok(self.arena)
    }

    fn push(&mut self, data: NodeData) -> Result<u32, ReadError> {
        if self.arena.nodes.len() >= self.limits.max_nodes {
            return Err(ReadError::new(
                ReadErrorKind::TooManyNodes,
                Span::new(data.start, data.end),
                format!("the document has more than the {} nodes that are read", self.limits.max_nodes),
            ));
        }
        self.arena.nodes.push(data);
        Ok(stored(self.arena.nodes.len() - 1))
    }

    fn register(&mut self, anchor: usize, anchored: Anchored) {
        if self.anchors.len() <= anchor {
            // The parser numbers anchors one by one, so this grows by one place at a time.
            self.anchors.resize(anchor + 1, None);
        }
        if let Some(place) = self.anchors.get_mut(anchor) {
            *place = Some(anchored);
        }
    }

    /// Hands a complete node to its parent.
    fn finish(&mut self, node: u32, end: u32, weight: u64, height: u32) -> Result<(), ReadError> {
        self.pending.push(node);
        let depth = self.frames.len();
        if offset(height) + depth > self.limits.max_depth {
            return Err(self.too_deep(self.arena.span(node)));
        }
        match self.frames.last_mut() {
            Some(parent) => {
                parent.weight = parent.weight.saturating_add(weight);
                parent.height = parent.height.max(height + 1);
                parent.end = parent.end.max(end);
            }
            None => self.weight = weight,
        }
        if depth == 0 && self.weight > self.limits.expanded(self.arena.nodes.len()) as u64 {
            return Err(ReadError::new(
                ReadErrorKind::AliasBomb,
                self.arena.span(node),
                format!(
                    "aliases make {} nodes of the {} that are written: more than are expanded",
                    self.weight,
                    self.arena.nodes.len()
                ),
            ));
        }
        Ok(())
    }

    pub(crate) fn too_deep(&self, span: Span) -> ReadError {
        ReadError::new(
            ReadErrorKind::TooDeep,
            span,
            format!("the document is nested more than {} levels deep", self.limits.max_depth),
        )
    }
}
