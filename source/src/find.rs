//! From a pointer to the place in the file that people should look at.

use crate::arena::{Arena, IMPLICIT, Shape};
use crate::index::Indexes;
use crate::key;
use crate::merge;
use crate::scalar::Reading;
use crate::span::{Span, offset, stored};

/// One step of a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// A key of a map.
    Key(&'a str),
    /// An index of a list, from 0.
    Index(usize),
}

/// Where a pointer leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The key of the last segment, if the whole path exists and it ends at a map's entry.
    pub key: Option<Span>,
    /// The value, if the whole path exists.
    pub value: Option<Span>,
    /// How many segments exist.
    pub found: usize,
    shown: Span,
}

impl Place {
    /// The place to show: a scalar itself, the key of a map or list, the first line of a list item. For a missing field
    /// that of the nearest parent that exists; the root's is the first line of the document.
    pub fn span(&self) -> Span {
        self.shown
    }
}

/// Follows `pointer` from the root.
pub(crate) fn find(arena: &Arena<'_>, indexes: &Indexes, pointer: &[Segment<'_>], reading: Reading) -> Place {
    let mut value = arena.root;
    let mut key = None;
    let mut found = 0;
    for segment in pointer {
        let target = arena.target(value);
        let next = match segment {
            Segment::Key(name) => indexes.entry(arena, target, name, reading).map(|(key, value)| (Some(key), value)),
            Segment::Index(index) => match arena.data(target).shape {
                Shape::Sequence => arena.children(target).get(*index).map(|item| (None, *item)),
                _ => None,
            },
        };
        let Some((next_key, next_value)) = next else { break };
        key = next_key;
        value = next_value;
        found += 1;
    }
    let whole = found == pointer.len();
    Place {
        key: key.filter(|_| whole).map(|key| arena.span(key)),
        value: whole.then(|| arena.span(value)),
        found,
        shown: shown(arena, key, value, whole),
    }
}

fn shown(arena: &Arena<'_>, key: Option<u32>, value: u32, whole: bool) -> Span {
    let data = arena.data(value);
    let scalar = arena.data(arena.target(value)).shape == Shape::Scalar;
    if whole && scalar && data.flags & IMPLICIT == 0 && data.end > data.start {
        return arena.span(value);
    }
    match key {
        Some(key) => arena.span(key),
        None => first_line(arena.text, arena.span_with_properties(value)),
    }
}

/// From the start of `span` to the end of that line, without trailing blanks.
fn first_line(text: &str, span: Span) -> Span {
    let rest = text.get(offset(span.start)..offset(span.end).max(offset(span.start))).unwrap_or("");
    let line = rest.split(['\n', '\r']).next().unwrap_or("").trim_end();
    Span::new(span.start, span.start + stored(line.len()))
}

/// The entry of `map` that counts for `name`: key and value as written.
pub(crate) fn entry(arena: &Arena<'_>, map: u32, name: &str, reading: Reading) -> Option<(u32, u32)> {
    if arena.data(map).shape != Shape::Mapping {
        return None;
    }
    for (key, value) in arena.pairs(map).rev() {
        if merge::is_merge(arena, key, reading) {
            // Of several sources the last one put in wins.
            let sources = merge::sources(arena, value).unwrap_or_default();
            if let Some(entry) = sources.iter().rev().find_map(|source| entry(arena, *source, name, reading)) {
                return Some(entry);
            }
        } else if key::text(arena, key, reading).is_ok_and(|text| text == name) {
            return Some((key, value));
        }
    }
    None
}
