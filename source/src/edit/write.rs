//! Whole values as text: as a block, in brackets, as JSON.

use super::layout::Layout;
use super::scalar::{Within, string, written};
use super::tree::Tree;
use crate::arena::Style;

impl Layout<'_> {
    /// `key: value` for a block map whose keys stand in `column`; the first line is not indented.
    pub(super) fn block_entry(&self, key: &str, value: &Tree, column: usize) -> String {
        let key = string(key, Style::Plain, Within::Block);
        if value.holds_something() {
            let inner = self.inner_column(value, column);
            format!("{key}:{}{}", self.new_line(inner), self.block(value, inner))
        } else {
            format!("{key}: {}", written(value, Style::Plain, Within::Block))
        }
    }

    /// The column of a block below a key in `column`.
    pub(super) fn inner_column(&self, value: &Tree, column: usize) -> usize {
        column + if matches!(value, Tree::List(_)) { self.list_step } else { self.step }
    }

    /// A value as a block whose keys or dashes stand in `column`; the first line is not indented.
    pub(super) fn block(&self, value: &Tree, column: usize) -> String {
        let lines: Vec<String> = match value {
            Tree::Map(entries) if !entries.is_empty() => {
                entries.iter().map(|(key, value)| self.block_entry(key, value, column)).collect()
            }
            Tree::List(items) if !items.is_empty() => {
                items.iter().map(|item| format!("- {}", self.block(item, column + 2))).collect()
            }
            other => return written(other, Style::Plain, Within::Block),
        };
        lines.join(&self.new_line(column))
    }

    /// A value in brackets on one line, in the habits of the document.
    pub(super) fn flow(&self, value: &Tree) -> String {
        let (colon, comma, within) = self.separators();
        match value {
            Tree::Map(entries) if !entries.is_empty() => {
                let entry = |(key, value): (&std::sync::Arc<str>, &Tree)| {
                    format!("{}{colon}{}", string(key, Style::Plain, within), self.flow(value))
                };
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(comma))
            }
            Tree::List(items) if !items.is_empty() => {
                format!("[{}]", items.iter().map(|item| self.flow(item)).collect::<Vec<_>>().join(comma))
            }
            other => written(other, Style::Plain, within),
        }
    }

    /// Colon, comma and kind of text of collections in brackets.
    pub(super) fn separators(&self) -> (&str, &str, Within) {
        match &self.json {
            Some(habits) => (habits.colon, habits.comma, Within::Json),
            None => (": ", ", ", Within::Flow),
        }
    }

    /// A value in brackets; in JSON of several lines on lines of its own, `indentation` being that of the first one.
    pub(super) fn bracketed(&self, value: &Tree, indentation: &str) -> String {
        let Some((habits, unit)) = self.json.and_then(|habits| Some((habits, habits.unit?))) else {
            return self.flow(value);
        };
        let inner = format!("{indentation}{unit}");
        let (open, lines, close): (char, Vec<String>, char) = match value {
            Tree::Map(entries) if !entries.is_empty() => {
                let entry = |(key, value): (&std::sync::Arc<str>, &Tree)| {
                    let key = string(key, Style::Plain, Within::Json);
                    format!("{key}{}{}", habits.colon, self.bracketed(value, &inner))
                };
                ('{', entries.iter().map(entry).collect(), '}')
            }
            Tree::List(items) if !items.is_empty() => {
                ('[', items.iter().map(|item| self.bracketed(item, &inner)).collect(), ']')
            }
            other => return self.flow(other),
        };
        let newline = self.newline;
        let lines = lines.join(&format!(",{newline}{inner}"));
        format!("{open}{newline}{inner}{lines}{newline}{indentation}{close}")
    }
}
