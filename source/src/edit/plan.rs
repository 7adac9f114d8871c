//! Walks a document beside the value it has and the value it shall have, and writes down what to edit.
//!
//! Only what differs is entered. What is refused keeps its value, so the walk ends with the value that the edits make.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::Edit;
use super::layout::Layout;
use super::refusal::{Refusal, Refused};
use super::scalar::{Within, written};
use super::tree::{Path, Step, Tree};
use crate::arena::Style;
use crate::node::{Kind, Node};
use crate::scalar::Reading;
use crate::span::{Span, stored};

pub(super) struct Planner<'d, 't> {
    pub(super) layout: &'d Layout<'t>,
    pub(super) edits: Vec<Edit>,
    pub(super) refused: Vec<Refused>,
    pub(super) path: Vec<Step>,
    reading: Reading,
}

/// What a node is to the text around it.
#[derive(Clone, Copy)]
pub(super) enum Slot<'d> {
    /// The whole document.
    Root,
    /// The value of this key in a block map.
    Entry(Node<'d>),
    /// An item of a block list.
    Item,
    /// Something in brackets.
    Inside,
}

/// What became of a node: the value it has once the edits are made, and where its last line that stays ends.
pub(super) struct Outcome {
    pub(super) tree: Tree,
    pub(super) end: usize,
}

/// An entry of a map as written.
pub(super) struct Row<'d> {
    /// The key as it is read; `None` for entries that do not count: `<<` and those that a later one replaces.
    pub(super) name: Option<Arc<str>>,
    pub(super) key: Node<'d>,
    pub(super) value: Node<'d>,
}

impl Row<'_> {
    pub(super) fn start(&self) -> usize {
        self.key.span_with_properties().range().start
    }
}

impl<'d, 't> Planner<'d, 't> {
    pub(super) fn new(layout: &'d Layout<'t>, reading: Reading) -> Self {
        Self { layout, reading, edits: Vec::new(), refused: Vec::new(), path: Vec::new() }
    }

    pub(super) fn node(&mut self, node: Node<'d>, slot: Slot<'d>, old: &Tree, new: &Tree) -> Outcome {
        if old == new {
            return Outcome { tree: old.clone(), end: self.end(node, slot) };
        }
        let done = match (old, new) {
            _ if node.is_alias() => Err(Refusal::Alias),
            _ if node.has_anchor() => Err(Refusal::Anchor),
            (Tree::Map(old), Tree::Map(new)) if node.kind() == Kind::Mapping => Ok(if node.style() == Style::Block {
                self.block_map(node, slot, old, new)
            } else {
                self.flow_map(node, slot, old, new)
            }),
            (Tree::List(old), Tree::List(new)) if node.kind() == Kind::Sequence => {
                Ok(if node.style() == Style::Block {
                    self.block_list(node, slot, old, new)
                } else {
                    self.flow_list(node, slot, old, new)
                })
            }
            _ => self.replace(node, slot, new),
        };
        done.unwrap_or_else(|reason| {
            self.refuse(node.span(), reason);
            Outcome { tree: old.clone(), end: self.end(node, slot) }
        })
    }

    /// The walk below a step.
    pub(super) fn below(&mut self, step: Step, node: Node<'d>, slot: Slot<'d>, old: &Tree, new: &Tree) -> Outcome {
        self.path.push(step);
        let outcome = self.node(node, slot, old, new);
        self.path.pop();
        outcome
    }

    /// Where the text of a node ends; of a value that is left out, behind the colon.
    pub(super) fn end(&self, node: Node<'d>, slot: Slot<'d>) -> usize {
        let end = node.span().range().end;
        match slot {
            Slot::Entry(key) if node.is_left_out() && !node.is_alias() => {
                self.layout.colon(key.span().range().end).unwrap_or(end)
            }
            _ => end,
        }
    }

    pub(super) fn push(&mut self, range: Range<usize>, text: impl Into<String>) {
        let span = Span::new(stored(range.start), stored(range.end));
        self.edits.push(Edit { span, text: text.into() });
    }

    pub(super) fn refuse(&mut self, span: Span, reason: Refusal) {
        self.refused.push(Refused { at: Path(self.path.clone()), span, reason });
    }

    pub(super) fn refuse_below(&mut self, step: Step, span: Span, reason: Refusal) {
        self.path.push(step);
        self.refuse(span, reason);
        self.path.pop();
    }

    /// The entries of a map as written, and which of them count.
    pub(super) fn rows(&self, map: Node<'d>) -> Vec<Row<'d>> {
        // A document whose value was built has readable keys.
        let effective = map.entries(self.reading).unwrap_or_default();
        let mut names: HashMap<Span, Arc<str>> =
            effective.into_iter().map(|entry| (entry.key_span, Arc::from(&*entry.key))).collect();
        map.written_entries().map(|(key, value)| Row { name: names.remove(&key.span()), key, value }).collect()
    }

    /// Values that come from merged maps cannot be changed here; says so where they should.
    pub(super) fn refuse_merged(&mut self, map: Node<'d>, rows: &[Row<'d>], old: &Entries, new: &Entries) {
        for (name, value) in old {
            let is_written = rows.iter().any(|row| row.name.as_ref() == Some(name));
            if !is_written && new.get(name) != Some(value) {
                self.refuse_below(Step::Key(name.clone()), map.span(), Refusal::Merge);
            }
        }
    }

    /// Why an entry cannot be removed, or its value be changed.
    pub(super) fn is_twice(rows: &[Row<'d>], name: &str) -> bool {
        rows.iter().any(|row| row.name.is_none() && row.key.text() == name)
    }

    /// A value written anew.
    fn replace(&mut self, node: Node<'d>, slot: Slot<'d>, new: &Tree) -> Result<Outcome, Refusal> {
        let span = node.span().range();
        if matches!(slot, Slot::Root) {
            return Err(Refusal::Root);
        }
        if node.has_tag() {
            return Err(Refusal::Tag);
        }
        let is_scalar = node.kind() == Kind::Scalar;
        match node.style() {
            Style::Literal | Style::Folded => return Err(Refusal::BlockScalar),
            Style::Block => return Err(Refusal::Rewrite),
            Style::Flow if self.layout.json.is_none() && self.layout.has_line_break(span.start, span.end) => {
                return Err(Refusal::ManyLines);
            }
            _ => {}
        }
        if is_scalar && self.layout.slice(span.start, span.end).contains("{{") {
            return Err(Refusal::Template);
        }
        let style = if is_scalar { node.style() } else { Style::Plain };
        let (text, at) = match slot {
            Slot::Inside if node.is_left_out() => {
                // Without a blank behind it the colon would belong to the key.
                if !matches!(self.layout.slice(span.start.saturating_sub(1), span.start + 1), ": " | ":\t") {
                    return Err(Refusal::Layout);
                }
                (format!(" {}", self.layout.flow(new)), span)
            }
            Slot::Inside if new.holds_something() => {
                (self.layout.bracketed(new, self.layout.indentation(span.start)), span)
            }
            Slot::Inside => (written(new, style, self.layout.separators().2), span),
            _ if new.holds_something() => return self.make_block(node, slot, new),
            Slot::Entry(key) if node.is_left_out() => {
                let colon = self.layout.colon(key.span().range().end)?;
                (format!(" {}", written(new, style, Within::Block)), colon..colon)
            }
            _ if node.is_left_out() => return Err(Refusal::Layout),
            _ => (written(new, style, Within::Block), span),
        };
        let end = at.end;
        self.push(at, text);
        Ok(Outcome { tree: new.clone(), end })
    }

    /// A value on one line becomes a block: below its key, or behind its dash.
    pub(super) fn make_block(&mut self, node: Node<'d>, slot: Slot<'d>, new: &Tree) -> Result<Outcome, Refusal> {
        let layout = self.layout;
        let span = node.span().range();
        match slot {
            Slot::Entry(key) => {
                let outer = layout.column(key.span_with_properties().range().start)?;
                let colon = layout.colon(key.span().range().end)?;
                let end = self.end(node, slot);
                if layout.has_line_break(colon, span.start) && !layout.has_line_break(span.start, end) {
                    // A `{}` on a line of its own, as Helm's `toYaml` leaves it: the block begins where it stands.
                    let column = layout.column(span.start).ok().filter(|column| *column > outer);
                    let text = layout.block(new, column.ok_or(Refusal::Layout)?);
                    self.push(span, text);
                    return Ok(Outcome { tree: new.clone(), end });
                }
                let column = layout.inner_column(new, outer);
                if layout.has_line_break(colon, end) {
                    return Err(Refusal::ManyLines);
                }
                let behind = layout.behind(end)?;
                let is_blank = layout.slice(end, behind).trim_matches([' ', '\t']).is_empty();
                let until = if is_blank { behind } else { end };
                if until > colon {
                    self.push(colon..until, "");
                }
                self.push(behind..behind, format!("{}{}", layout.new_line(column), layout.block(new, column)));
                Ok(Outcome { tree: new.clone(), end })
            }
            Slot::Item if !node.is_left_out() => {
                if layout.has_line_break(span.start, span.end) {
                    return Err(Refusal::ManyLines);
                }
                let column = layout.column(span.start)?;
                let end = span.end;
                self.push(span, layout.block(new, column));
                Ok(Outcome { tree: new.clone(), end })
            }
            Slot::Item => Err(Refusal::Layout),
            Slot::Root | Slot::Inside => Err(Refusal::Root),
        }
    }
}

/// Entries of a map.
pub(super) type Entries = std::collections::BTreeMap<Arc<str>, Tree>;

/// The ranges of indices that hold true, without gaps.
pub(super) fn runs(marked: &[bool]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, _) in marked.iter().enumerate().filter(|(_, marked)| **marked) {
        match runs.last_mut() {
            Some(run) if run.end == index => run.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

/// How many items at the start and at the end of two lists are the same.
pub(super) fn common(old: &[Tree], new: &[Tree]) -> (usize, usize) {
    let before = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let most = old.len().min(new.len()) - before;
    let behind = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(old, new)| old == new).count();
    (before, behind)
}
