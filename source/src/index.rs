//! Large maps by key, made when they are first searched.
//!
//! One search in a map is linear anyway; a finding on each of 70,000 keys must not be quadratic.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::arena::{Arena, Shape};
use crate::find;
use crate::key;
use crate::merge;
use crate::scalar::Reading;

/// Maps up to this many entries are searched from the end.
const SMALL: usize = 64;

type Entries = HashMap<Box<str>, (u32, u32)>;

#[derive(Debug, Default)]
pub(crate) struct Indexes {
    made: Mutex<HashMap<(u32, Reading), Arc<Entries>>>,
}

impl Indexes {
    /// The entry of `map` that counts for `name`: key and value as written.
    pub(crate) fn entry(&self, arena: &Arena<'_>, map: u32, name: &str, reading: Reading) -> Option<(u32, u32)> {
        let large = arena.data(map).shape == Shape::Mapping && arena.pairs(map).len() > SMALL;
        if !large {
            return find::entry(arena, map, name, reading);
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = made.entry((map, reading)).or_insert_with(|| Arc::new(entries(arena, map, reading))).clone();
        drop(made);
        entries.get(name).copied()
    }
}

fn entries(arena: &Arena<'_>, map: u32, reading: Reading) -> Entries {
    let mut pairs = Vec::with_capacity(arena.pairs(map).len());
    // A merge that fails leaves what stands before it: a document that cannot be built has no findings inside.
    let _partial = merge::entries(arena, map, reading, &mut pairs);
    let mut entries = HashMap::with_capacity(pairs.len());
    for (key, value) in pairs {
        if let Ok(text) = key::text(arena, key, reading) {
            entries.insert(text.into(), (key, value));
        }
    }
    entries
}
