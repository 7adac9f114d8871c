//! Renders a text that was read, with values for what it reads, and remembers for each line of the result where it was
//! written.

use std::collections::BTreeMap;

use super::ast::{Expr, Node, Span};
use super::evaluate::Scope;
use super::value::{Computed, Js, Refusal};
use super::work::{LONGEST, Work};

/// What came of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub(crate) text: String,
    /// For each line of `text` the line, from 1, of the source that its first letter comes from.
    pub(crate) lines: Vec<u32>,
}

/// Why nothing came of it, and at which byte of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) at: usize,
    pub(crate) refusal: Refusal,
}

/// So many parts are rendered at most, loops counted each time.
const MOST_PARTS: u32 = 200_000;

/// Renders a text as long as there is work left to do so. Names that `context` does not have are undefined.
pub(crate) fn render(
    source: &str,
    nodes: &[Node],
    context: &BTreeMap<String, Js>,
    work: &Work,
) -> Result<Rendered, Stop> {
    let line_starts = source.match_indices('\n').map(|(at, _)| at + 1).collect();
    let mut renderer = Renderer {
        source,
        line_starts,
        scope: Scope::new(context, work),
        out: Rendered::default(),
        begins_line: true,
        parts: 0,
    };
    renderer.nodes(nodes)?;
    Ok(renderer.out)
}

struct Renderer<'s> {
    source: &'s str,
    /// Of all lines but the first.
    line_starts: Vec<usize>,
    scope: Scope<'s>,
    out: Rendered,
    begins_line: bool,
    parts: u32,
}

impl Renderer<'_> {
    fn line_of(&self, at: usize) -> u32 {
        let before = self.line_starts.partition_point(|start| *start <= at);
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Adds text that begins in a line of the source; each further line of it comes `step` lines after the last.
    fn push(&mut self, text: &str, mut line: u32, step: u32) -> Computed<()> {
        if self.out.text.len() + text.len() > LONGEST {
            return Err(Refusal::Undecided("the result is too long to be looked at".to_owned()));
        }
        self.scope.work.spend(text.len())?;
        for piece in text.split_inclusive('\n') {
            if self.begins_line {
                self.out.lines.push(line);
            }
            self.begins_line = piece.ends_with('\n');
            line = line.saturating_add(step);
        }
        self.out.text.push_str(text);
        Ok(())
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<(), Stop> {
        nodes.iter().try_for_each(|node| self.node(node))
    }

    fn value(&mut self, expr: &Expr) -> Result<Js, Stop> {
        self.scope.evaluate(expr).map_err(|refusal| Stop { at: expr.span.start, refusal })
    }

    fn node(&mut self, node: &Node) -> Result<(), Stop> {
        let undecided = |span: &Span, reason: String| Err(Stop { at: span.start, refusal: Refusal::Undecided(reason) });
        self.parts += 1;
        match node {
            Node::Output { span, .. } | Node::For { span, .. } if self.parts > MOST_PARTS => {
                undecided(span, "it takes too long to render".to_owned())
            }
            Node::Text(span) => {
                let line = self.line_of(span.start);
                self.push(span.of(self.source), line, 1).map_err(|refusal| Stop { at: span.start, refusal })
            }
            Node::Output { expr, span } => {
                let at = |refusal| Stop { at: span.start, refusal };
                let printed = self.scope.printed(expr).map_err(at)?;
                let line = self.line_of(span.start);
                self.push(&printed, line, 0).map_err(at)
            }
            Node::If { branches, otherwise } => {
                for (condition, body) in branches {
                    let holds = self.value(condition)?.is_true();
                    if holds.map_err(|refusal| Stop { at: condition.span.start, refusal })? {
                        return self.nodes(body);
                    }
                }
                self.nodes(otherwise)
            }
            Node::For { names, list, body, otherwise, span } => {
                let list = self.value(list)?;
                let items = loop_items(&list, names).map_err(|refusal| Stop { at: span.start, refusal })?;
                if items.is_empty() {
                    return self.nodes(otherwise);
                }
                let length = items.len();
                for (index, bound) in items.into_iter().enumerate() {
                    self.parts += 1;
                    if self.parts > MOST_PARTS {
                        return undecided(span, "it takes too long to render".to_owned());
                    }
                    self.scope.enter(index == 0);
                    bound.into_iter().for_each(|(name, value)| self.scope.bind(name, value));
                    self.scope.bind_loop(index, length);
                    self.nodes(body)?;
                }
                self.scope.leave();
                Ok(())
            }
            Node::Set { names, value, .. } => {
                let value = self.value(value)?;
                names.iter().for_each(|name| self.scope.set(name, value.clone()));
                Ok(())
            }
            Node::Capture { names, body, span } => {
                let outer = std::mem::take(&mut self.out);
                let begins_line = std::mem::replace(&mut self.begins_line, true);
                self.nodes(body)?;
                let captured = std::mem::replace(&mut self.out, outer);
                self.begins_line = begins_line;
                let captured = Js::text(&captured.text);
                let counted = self.scope.work.count_made(&captured);
                counted.map_err(|refusal| Stop { at: span.start, refusal })?;
                names.iter().for_each(|name| self.scope.set(name, captured.clone()));
                Ok(())
            }
            Node::Macro { span, .. } => undecided(span, "macros are not imitated".to_owned()),
            Node::Other { tag, span, .. } => undecided(span, format!("the tag \"{tag}\" is not imitated")),
        }
    }
}

/// What each turn of a loop binds.
fn loop_items(list: &Js, names: &[String]) -> Computed<Vec<Vec<(String, Js)>>> {
    let undecided = |reason: &str| Err(Refusal::Undecided(reason.to_owned()));
    match (list, names) {
        (Js::Unknown(reason), _) => undecided(reason),
        (Js::Undefined | Js::Null, _) => Ok(Vec::new()),
        (Js::List(items), [name]) => Ok(items.iter().map(|item| vec![(name.clone(), item.clone())]).collect()),
        (Js::Map(map), [key, value]) if map.len() <= 1 => {
            let bound =
                |(k, v): (&_, &Js)| vec![(key.clone(), Js::Text(std::sync::Arc::clone(k))), (value.clone(), v.clone())];
            Ok(map.iter().map(bound).collect())
        }
        (Js::Map(_), [_, _]) => undecided("the order of an object's keys decides"),
        _ => undecided("a loop over something unusual"),
    }
}
