//! Edits of block collections: whole lines come and go, the others stay.

use std::ops::Range;
use std::sync::Arc;

use super::plan::{Entries, Outcome, Planner, Row, Slot, common, runs};
use super::refusal::Refusal;
use super::tree::{Step, Tree};
use crate::arena::Style;
use crate::node::{Kind, Node};

impl<'d> Planner<'d, '_> {
    pub(super) fn block_map(&mut self, node: Node<'d>, slot: Slot<'d>, old: &Entries, new: &Entries) -> Outcome {
        let rows = self.rows(node);
        let mut result = old.clone();
        let mut ends = Vec::with_capacity(rows.len());
        let mut gone = Vec::with_capacity(rows.len());
        for row in &rows {
            let slot = Slot::Entry(row.key);
            let mut end = self.end(row.value, slot);
            let change = row.name.as_ref().and_then(|name| Some((name, old.get(name)?, new.get(name))));
            gone.push(self.goes(row, &rows, change));
            if let Some((name, old, Some(new))) = change
                && old != new
                && !Self::is_twice(&rows, name)
            {
                let outcome = self.below(Step::Key(name.clone()), row.value, slot, old, new);
                end = outcome.end;
                result.insert(name.clone(), outcome.tree);
            }
            ends.push(end);
        }
        self.refuse_merged(node, &rows, old, new);
        let added: Vec<(&Arc<str>, &Tree)> = new.iter().filter(|(name, _)| !old.contains_key(*name)).collect();
        let end = node.span().range().end;
        if !gone.contains(&false) {
            let done = if added.is_empty() {
                self.emptied(node, slot, "{}", ends.last().copied())
            } else {
                Err(Refusal::Rewrite)
            };
            return done.unwrap_or_else(|reason| {
                self.refuse(node.span(), reason);
                Outcome { tree: Tree::Map(Arc::new(old.clone())), end }
            });
        }
        for run in runs(&gone) {
            let done = self.delete_rows(&rows, &ends, run.clone());
            for index in run {
                let Some(row) = rows.get(index) else { continue };
                let Some(name) = &row.name else { continue };
                match done {
                    Ok(()) => drop(result.remove(name)),
                    Err(reason) => {
                        self.refuse_below(Step::Key(name.clone()), row.key.span(), reason);
                        if let Some(gone) = gone.get_mut(index) {
                            *gone = false;
                        }
                    }
                }
            }
        }
        let last = gone.iter().rposition(|gone| !gone).unwrap_or(0);
        let end = ends.get(last).copied().unwrap_or(end);
        if !added.is_empty() {
            match self.insert_rows(&rows, last, end, &added) {
                Ok(()) => result.extend(added.into_iter().map(|(name, value)| (name.clone(), value.clone()))),
                Err(reason) => {
                    for (name, _) in added {
                        self.refuse_below(Step::Key(name.clone()), node.span(), reason);
                    }
                }
            }
        }
        Outcome { tree: Tree::Map(Arc::new(result)), end }
    }

    /// Whether an entry is to be removed and can be; says why not, also where its value cannot be changed.
    pub(super) fn goes(
        &mut self,
        row: &Row<'d>,
        rows: &[Row<'d>],
        change: Option<(&Arc<str>, &Tree, Option<&Tree>)>,
    ) -> bool {
        let Some((name, old, new)) = change else { return false };
        if new == Some(old) {
            return false;
        }
        let reason = if Self::is_twice(rows, name) {
            Refusal::DuplicateKey
        } else if new.is_some() {
            return false;
        } else if row.value.has_anchor() && !row.value.is_alias() {
            Refusal::Anchor
        } else {
            return true;
        };
        self.refuse_below(Step::Key(name.clone()), row.key.span(), reason);
        false
    }

    fn delete_rows(&mut self, rows: &[Row<'d>], ends: &[usize], run: Range<usize>) -> Result<(), Refusal> {
        let start = rows.get(run.start).map(Row::start).ok_or(Refusal::Layout)?;
        let last = run.end.checked_sub(1).and_then(|last| ends.get(last)).ok_or(Refusal::Layout)?;
        let column = self.layout.column(start)?;
        let behind = self.layout.below(*last, column)?;
        if self.layout.begins_line(start) {
            self.delete_lines(start, behind);
            return Ok(());
        }
        // The first entry of a list's item: the next one moves up behind the dash.
        let next = rows.get(run.end).map(Row::start).ok_or(Refusal::Layout)?;
        if !self.layout.slice(behind, next).trim_ascii().is_empty() {
            return Err(Refusal::Layout);
        }
        self.push(start..next, "");
        Ok(())
    }

    /// Deletes the lines from that of `start` to the one that ends at `end`, with the line ending before them.
    fn delete_lines(&mut self, start: usize, end: usize) {
        let line = self.layout.line_start(start);
        match self.layout.line_before(line) {
            Some(before) => self.push(before..end, ""),
            None => self.push(line..self.layout.next_line(end), ""),
        }
    }

    fn insert_rows(
        &mut self,
        rows: &[Row<'d>],
        last: usize,
        end: usize,
        added: &[(&Arc<str>, &Tree)],
    ) -> Result<(), Refusal> {
        let layout = self.layout;
        // The first key of a document may have a mark before it; any other tells the column as well.
        let columns = rows.iter().rev().map(|row| layout.column(row.start()));
        let column = columns.reduce(Result::or).ok_or(Refusal::Layout)??;
        let at = layout.below(end, column)?;
        self.must_be_closed(rows.get(last).map(|row| row.value), at)?;
        let text: String = added
            .iter()
            .flat_map(|(name, value)| [layout.new_line(column), layout.block_entry(name, value, column)])
            .collect();
        self.push(at..at, text);
        Ok(())
    }

    /// A block of text that ends with the file, without a line ending, would get one more if anything followed.
    fn must_be_closed(&self, mut node: Option<Node<'d>>, at: usize) -> Result<(), Refusal> {
        while let Some(inner) = node.filter(|_| at == self.layout.end) {
            if matches!(inner.style(), Style::Literal | Style::Folded) {
                return Err(Refusal::BlockScalar);
            }
            if inner.is_alias() {
                break;
            }
            node = match inner.kind() {
                Kind::Mapping => inner.written_entries().next_back().map(|(_, value)| value),
                _ => inner.items().next_back(),
            };
        }
        Ok(())
    }

    /// A block of which nothing is left.
    fn emptied(&mut self, node: Node<'d>, slot: Slot<'d>, text: &str, end: Option<usize>) -> Result<Outcome, Refusal> {
        if node.has_tag() {
            return Err(Refusal::Tag);
        }
        let behind = self.layout.behind(end.ok_or(Refusal::Layout)?)?;
        match slot {
            Slot::Entry(key) => {
                let colon = self.layout.colon(key.span().range().end)?;
                self.push(colon..behind, format!(" {text}"));
            }
            Slot::Item => self.push(node.span().range().start..behind, text),
            Slot::Root | Slot::Inside => return Err(Refusal::Root),
        }
        let tree = if text == "{}" { Tree::Map(Arc::default()) } else { Tree::List(Arc::default()) };
        Ok(Outcome { tree, end: behind })
    }

    pub(super) fn block_list(&mut self, node: Node<'d>, slot: Slot<'d>, old: &[Tree], new: &[Tree]) -> Outcome {
        let items: Vec<Node<'d>> = node.items().collect();
        let (before, behind) = common(old, new);
        let pairs = (old.len() - before - behind).min(new.len() - before - behind);
        let mut result = old.to_vec();
        let mut ends: Vec<Option<usize>> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let mut end = (!item.is_left_out() || item.is_alias()).then(|| item.span().range().end);
            if (before..before + pairs).contains(&index)
                && let (Some(old), Some(new)) = (old.get(index), new.get(index))
            {
                let outcome = self.below(Step::Index(index), *item, Slot::Item, old, new);
                end = end.map(|_| outcome.end);
                if let Some(result) = result.get_mut(index) {
                    *result = outcome.tree;
                }
            }
            ends.push(end);
        }
        let (first, last) = (before + pairs, old.len() - behind);
        let added = new.get(first..new.len() - behind).unwrap_or_default();
        let mut end = ends.last().copied().flatten().unwrap_or(node.span().range().end);
        if first == 0 && last == old.len() {
            // All are gone, and nothing comes instead: with something new there would be pairs.
            let done = self.emptied(node, slot, "[]", ends.last().copied().flatten());
            return done.unwrap_or_else(|reason| {
                self.refuse(node.span(), reason);
                Outcome { tree: Tree::list(result), end }
            });
        }
        let done = if first < last {
            self.delete_items(node, &items, &ends, first..last)
        } else if added.is_empty() {
            Ok(())
        } else {
            self.insert_items(node, &items, &ends, first, added)
        };
        match done {
            Ok(()) => {
                if last == old.len() && first < last {
                    end = first.checked_sub(1).and_then(|last| ends.get(last).copied().flatten()).unwrap_or(end);
                }
                result.splice(first..last, added.iter().cloned());
            }
            Err(reason) => self.refuse_below(Step::Index(first), node.span(), reason),
        }
        Outcome { tree: Tree::list(result), end }
    }

    fn insert_items(
        &mut self,
        node: Node<'d>,
        items: &[Node<'d>],
        ends: &[Option<usize>],
        index: usize,
        added: &[Tree],
    ) -> Result<(), Refusal> {
        let layout = self.layout;
        let dash = self.first_dash(node)?;
        let column = layout.column(dash)?;
        // As far behind the dash as the first item, if that is on its line.
        let gap = items
            .first()
            .map(|item| item.span_with_properties().range().start)
            .filter(|start| !layout.has_line_break(dash, *start))
            .and_then(|start| start.checked_sub(dash))
            .filter(|gap| (2..10).contains(gap))
            .unwrap_or(2);
        let written = |item: &Tree| format!("-{:width$}{}", "", layout.block(item, column + gap), width = gap - 1);
        if let Some(previous) = index.checked_sub(1) {
            let end = ends.get(previous).copied().flatten().ok_or(Refusal::Layout)?;
            let at = layout.below(end, column)?;
            self.must_be_closed(items.get(previous).copied(), at)?;
            let text: String = added.iter().flat_map(|item| [layout.new_line(column), written(item)]).collect();
            self.push(at..at, text);
        } else {
            if !layout.begins_line(dash) {
                return Err(Refusal::Layout);
            }
            let text: String = added.iter().flat_map(|item| [written(item), layout.new_line(column)]).collect();
            self.push(dash..dash, text);
        }
        Ok(())
    }

    fn delete_items(
        &mut self,
        node: Node<'d>,
        items: &[Node<'d>],
        ends: &[Option<usize>],
        run: Range<usize>,
    ) -> Result<(), Refusal> {
        if items.get(run.clone()).unwrap_or_default().iter().any(|item| item.has_anchor() && !item.is_alias()) {
            return Err(Refusal::Anchor);
        }
        let end = |index: usize| ends.get(index).copied().flatten().ok_or(Refusal::Layout);
        let first = self.first_dash(node)?;
        let dash = match run.start.checked_sub(1) {
            None => first,
            Some(previous) => self.dash_behind(end(previous)?, self.layout.column(first)?)?,
        };
        if !self.layout.begins_line(dash) {
            return Err(Refusal::Layout);
        }
        let behind = self.layout.below(end(run.end - 1)?, self.layout.column(first)?)?;
        self.delete_lines(dash, behind);
        Ok(())
    }

    fn first_dash(&self, node: Node<'d>) -> Result<usize, Refusal> {
        let start = node.span().range().start;
        if self.layout.slice(start, start + 1) == "-" { Ok(start) } else { Err(Refusal::Layout) }
    }

    /// The dash in `column` of the item behind the one that ends at `end`.
    fn dash_behind(&self, end: usize, column: usize) -> Result<usize, Refusal> {
        let layout = self.layout;
        let mut line = layout.next_line(layout.line_end(end));
        while line < layout.end {
            let line_end = layout.line_end(line);
            let text = layout.slice(line, line_end);
            let content = text.trim_start_matches(' ');
            if content.starts_with('-') && text.len() - content.len() == column {
                return Ok(line + column);
            }
            if !content.is_empty() && !content.starts_with('#') {
                break;
            }
            line = layout.next_line(line_end);
        }
        Err(Refusal::Layout)
    }
}
