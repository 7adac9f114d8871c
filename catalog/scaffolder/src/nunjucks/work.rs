//! How much may be done to render: a text of a few lines can ask for values that double with every line.

use std::cell::Cell;

use super::value::{Computed, Js, undecided};

/// Longer values and results are not made, in bytes.
pub(super) const LONGEST: usize = 2 * 1024 * 1024;
/// What a value weighs beside its text, in bytes.
const NODE: usize = 32;
/// Values are nested so deeply at most.
const DEEPEST: usize = 40;
/// So many bytes are made and looked at for all files of a template.
const MOST: usize = 128 * 1024 * 1024;

/// What may still be done.
#[derive(Debug)]
pub(crate) struct Work {
    left: Cell<usize>,
}

impl Default for Work {
    fn default() -> Self {
        Self { left: Cell::new(MOST) }
    }
}

impl Work {
    /// Counts work on so many bytes.
    pub(crate) fn spend(&self, bytes: usize) -> Computed<()> {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.unwrap_or(0));
        if left.is_some() { Ok(()) } else { undecided("it takes too long to render") }
    }

    /// Whether nothing more may be done.
    pub(crate) const fn is_done(&self) -> bool {
        self.left.get() == 0
    }

    /// Counts a value that was there before: its parts are not looked at.
    pub(super) fn count_found(&self, value: &Js) -> Computed<()> {
        self.spend(match value {
            Js::Text(text) => text.len().max(1),
            Js::List(items) => items.len().max(1),
            Js::Map(map) => map.len().max(1),
            _ => 1,
        })
    }

    /// Counts a value that was made, with all its parts.
    pub(super) fn count_made(&self, value: &Js) -> Computed<()> {
        let mut left = LONGEST;
        let fits = weigh(value, DEEPEST, &mut left);
        self.spend(LONGEST - left)?;
        if fits { Ok(()) } else { too_large() }
    }
}

/// Refuses what would be longer than values may be, before it is made.
pub(super) fn within_limits(length: usize) -> Computed<()> {
    if length <= LONGEST { Ok(()) } else { too_large() }
}

/// Refuses that many values in one.
pub(super) fn within_items(items: usize) -> Computed<()> {
    within_limits(items.saturating_mul(NODE))
}

fn too_large<T>() -> Computed<T> {
    undecided("a value becomes too large to be looked at")
}

/// Takes the weight of the value from what is left; `false` where it weighs more or is nested more deeply than `depth`.
fn weigh(value: &Js, depth: usize, left: &mut usize) -> bool {
    let mut take = |bytes: usize| match left.checked_sub(bytes) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    };
    match value {
        Js::Text(text) => take(text.len().saturating_add(NODE)),
        Js::List(items) => take(NODE) && depth > 0 && items.iter().all(|item| weigh(item, depth - 1, left)),
        Js::Map(map) => {
            let keys: usize = map.keys().map(|key| key.len().saturating_add(NODE)).sum();
            take(keys.saturating_add(NODE)) && depth > 0 && map.values().all(|member| weigh(member, depth - 1, left))
        }
        _ => take(NODE),
    }
}
