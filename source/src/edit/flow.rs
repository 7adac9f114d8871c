//! Edits of collections in brackets: on one line in YAML, on any in JSON. Nothing is spaced anew.

use std::ops::Range;
use std::sync::Arc;

use super::plan::{Entries, Outcome, Planner, Row, Slot, common, runs};
use super::refusal::Refusal;
use super::scalar::string;
use super::tree::{Step, Tree};
use crate::arena::Style;
use crate::node::Node;

impl<'d> Planner<'d, '_> {
    pub(super) fn flow_map(&mut self, node: Node<'d>, slot: Slot<'d>, old: &Entries, new: &Entries) -> Outcome {
        let rows = self.rows(node);
        let end = node.span().range().end;
        let mut result = old.clone();
        let mut spans = Vec::with_capacity(rows.len());
        let mut gone = Vec::with_capacity(rows.len());
        for row in &rows {
            let change = row.name.as_ref().and_then(|name| Some((name, old.get(name)?, new.get(name))));
            gone.push(self.goes(row, &rows, change));
            if let Some((name, old, Some(new))) = change
                && old != new
                && !Self::is_twice(&rows, name)
            {
                let outcome = self.below(Step::Key(name.clone()), row.value, Slot::Inside, old, new);
                result.insert(name.clone(), outcome.tree);
            }
            spans.push(row.start()..row.value.span().range().end);
        }
        self.refuse_merged(node, &rows, old, new);
        let added: Entries =
            new.iter().filter(|(name, _)| !old.contains_key(*name)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let whole = Tree::Map(Arc::new(added.clone()));
        let done = if rows.is_empty() {
            self.fill(node, slot, &whole)
        } else if added.is_empty() && !gone.contains(&true) {
            Ok(())
        } else {
            let last_is_written = rows
                .iter()
                .zip(&gone)
                .rfind(|(_, gone)| !**gone)
                .is_none_or(|(row, _)| !row.value.is_left_out() || row.value.is_alias());
            self.restructure(node, &spans, &gone, last_is_written, &whole)
        };
        match done {
            Ok(()) => {
                let is_gone = |row: &Row<'_>, gone: bool| if gone { row.name.clone() } else { None };
                for name in rows.iter().zip(&gone).filter_map(|(row, gone)| is_gone(row, *gone)) {
                    result.remove(&name);
                }
                result.extend(added);
            }
            Err(reason) => {
                let removed = rows.iter().zip(&gone).filter(|(_, gone)| **gone).filter_map(|(row, _)| row.name.clone());
                let names: Vec<Arc<str>> = removed.chain(added.into_keys()).collect();
                for name in names {
                    self.refuse_below(Step::Key(name), node.span(), reason);
                }
            }
        }
        Outcome { tree: Tree::Map(Arc::new(result)), end }
    }

    pub(super) fn flow_list(&mut self, node: Node<'d>, slot: Slot<'d>, old: &[Tree], new: &[Tree]) -> Outcome {
        let items: Vec<Node<'d>> = node.items().collect();
        let end = node.span().range().end;
        let (before, behind) = common(old, new);
        let pairs = (old.len() - before - behind).min(new.len() - before - behind);
        let mut result = old.to_vec();
        for (index, item) in items.iter().enumerate().skip(before).take(pairs) {
            if let (Some(old), Some(new), Some(result)) = (old.get(index), new.get(index), result.get_mut(index)) {
                *result = self.below(Step::Index(index), *item, Slot::Inside, old, new).tree;
            }
        }
        let (first, last) = (before + pairs, old.len() - behind);
        let added = new.get(first..new.len() - behind).unwrap_or_default();
        let whole = Tree::list(added.iter().cloned());
        let spans: Vec<Range<usize>> = items.iter().map(|item| item.span_with_properties().range()).collect();
        let done = if first == last && added.is_empty() {
            Ok(())
        } else if items.is_empty() {
            self.fill(node, slot, &whole)
        } else if added.is_empty() {
            let gone: Vec<bool> = (0..items.len()).map(|index| (first..last).contains(&index)).collect();
            self.restructure(node, &spans, &gone, true, &whole)
        } else if first == items.len() {
            let last_is_written = items.last().is_none_or(|item| !item.is_left_out() || item.is_alias());
            self.restructure(node, &spans, &vec![false; items.len()], last_is_written, &whole)
        } else {
            self.insert_before(node, spans.get(first).map(|span| span.start), added)
        };
        match done {
            Ok(()) => drop(result.splice(first..last, added.iter().cloned())),
            Err(reason) => self.refuse_below(Step::Index(first), node.span(), reason),
        }
        Outcome { tree: Tree::list(result), end }
    }

    /// An empty `{}` or `[]` gets its first content: on its line for lists of scalars, else as a block.
    fn fill(&mut self, node: Node<'d>, slot: Slot<'d>, new: &Tree) -> Result<(), Refusal> {
        if node.has_tag() {
            return Err(Refusal::Tag);
        }
        let span = node.span().range();
        let is_short = matches!(new, Tree::List(items) if items.iter().all(Tree::is_scalar));
        match slot {
            Slot::Entry(_) | Slot::Item if !is_short => return self.make_block(node, slot, new).map(drop),
            Slot::Root if self.layout.json.is_none() => return Err(Refusal::Root),
            _ if self.layout.json.is_none() && self.layout.has_line_break(span.start, span.end) => {
                return Err(Refusal::ManyLines);
            }
            _ => {}
        }
        let text = self.layout.bracketed(new, self.layout.indentation(span.start));
        self.push(span, text);
        Ok(())
    }

    /// Deletes the entries that are gone, and puts those of `new` behind the last one that stays.
    fn restructure(
        &mut self,
        node: Node<'d>,
        spans: &[Range<usize>],
        gone: &[bool],
        last_is_written: bool,
        new: &Tree,
    ) -> Result<(), Refusal> {
        let layout = self.layout;
        let whole = node.span().range();
        if layout.json.is_none() && layout.has_line_break(whole.start, whole.end) {
            return Err(Refusal::ManyLines);
        }
        let Some(last) = gone.iter().rposition(|gone| !gone) else {
            let text = layout.bracketed(new, layout.indentation(whole.start));
            self.push(whole, text);
            return Ok(());
        };
        let last = spans.get(last).ok_or(Refusal::Layout)?;
        let added = self.inner(new, last.start);
        if !added.is_empty() && !last_is_written {
            return Err(Refusal::Layout);
        }
        for run in runs(gone) {
            let first = spans.get(run.start).ok_or(Refusal::Layout)?.start;
            let range = match spans.get(run.end) {
                Some(next) => first..next.start,
                None => last.end..spans.get(run.end - 1).ok_or(Refusal::Layout)?.end,
            };
            self.push(range, "");
        }
        if !added.is_empty() {
            let separator = self.separator(last.start);
            let text: String = added.iter().flat_map(|one| [&separator, one]).map(String::as_str).collect();
            self.push(last.end..last.end, text);
        }
        Ok(())
    }

    fn insert_before(&mut self, node: Node<'d>, at: Option<usize>, added: &[Tree]) -> Result<(), Refusal> {
        let whole = node.span().range();
        let at = at.ok_or(Refusal::Layout)?;
        if self.layout.json.is_none() && self.layout.has_line_break(whole.start, whole.end) {
            return Err(Refusal::ManyLines);
        }
        let separator = self.separator(at);
        let added = self.inner(&Tree::list(added.iter().cloned()), at);
        let text: String = added.iter().flat_map(|one| [one, &separator]).map(String::as_str).collect();
        self.push(at..at, text);
        Ok(())
    }

    /// The texts of the entries of `new`, to stand beside the one at `at`.
    fn inner(&self, new: &Tree, at: usize) -> Vec<String> {
        let layout = self.layout;
        let (colon, _, within) = layout.separators();
        let value = |value: &Tree| {
            if layout.begins_line(at) { layout.bracketed(value, layout.indentation(at)) } else { layout.flow(value) }
        };
        match new {
            Tree::Map(entries) => {
                let key = |name: &str| string(name, Style::Plain, within);
                entries.iter().map(|(name, inner)| format!("{}{colon}{}", key(name), value(inner))).collect()
            }
            Tree::List(items) => items.iter().map(value).collect(),
            _ => Vec::new(),
        }
    }

    /// What stands between two entries of which the one at `at` is one.
    fn separator(&self, at: usize) -> String {
        let layout = self.layout;
        if layout.json.is_some() && layout.begins_line(at) && at > layout.start {
            format!(",{}{}", layout.newline, layout.indentation(at))
        } else {
            layout.separators().1.to_owned()
        }
    }
}
