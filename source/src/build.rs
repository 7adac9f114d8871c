//! Makes values of a consumer's own type out of a document, without a type in between.

use std::collections::{HashMap, HashSet};
use std::vec::Drain;

use crate::arena::{ANCHORED, Arena, Shape};
use crate::error::{ReadError, ReadErrorKind};
use crate::key;
use crate::merge;
use crate::scalar::{Reading, Scalar, resolve};

/// Receives a document's values from the leaves upwards.
///
/// A node with an anchor is built once; its aliases get clones.
pub trait Build {
    /// What is built. Cloning should be cheap: aliases are clones.
    type Value: Clone;
    /// What a key becomes, so that equal keys can be shared.
    type Key;

    /// A key of a mapping.
    fn key(&mut self, text: &str) -> Self::Key;
    /// No value.
    fn null(&mut self) -> Self::Value;
    /// True or false.
    fn bool(&mut self, value: bool) -> Self::Value;
    /// An integer that fits 64 bits with sign.
    fn int(&mut self, value: i64) -> Self::Value;
    /// An integer from 2^63 to 2^64-1.
    fn uint(&mut self, value: u64) -> Self::Value;
    /// Any other number; always finite.
    fn float(&mut self, value: f64) -> Self::Value;
    /// Text.
    fn string(&mut self, text: &str) -> Self::Value;
    /// A list.
    fn sequence(&mut self, items: Drain<'_, Self::Value>) -> Self::Value;
    /// A map, in the order of the file. **A key may occur several times: the last one counts**, which is what collecting
    /// into a `BTreeMap` or `HashMap` does.
    fn mapping(&mut self, entries: Drain<'_, (Self::Key, Self::Value)>) -> Self::Value;
}

/// Builds the value of the whole document.
pub(crate) fn build<B: Build>(arena: &Arena<'_>, reading: Reading, builder: &mut B) -> Result<B::Value, ReadError> {
    match Run::new(arena, reading, builder, false).value(arena.root) {
        // Numbers without a JSON form fail only when JSON is written, and a value lost to a later duplicate is not.
        Err(error) if error.kind == ReadErrorKind::UnsupportedValue => {
            Run::new(arena, reading, builder, true).value(arena.root)
        }
        result => result,
    }
}

struct Run<'d, 's, B: Build> {
    arena: &'d Arena<'s>,
    reading: Reading,
    builder: &'d mut B,
    /// Values and entries of all collections that are not complete yet; each takes its part off the end.
    items: Vec<B::Value>,
    entries: Vec<(B::Key, B::Value)>,
    anchored: HashMap<u32, B::Value>,
    /// Leave out entries that a later one of the same map replaces.
    only_lasting: bool,
}

impl<'d, 's, B: Build> Run<'d, 's, B> {
    fn new(arena: &'d Arena<'s>, reading: Reading, builder: &'d mut B, only_lasting: bool) -> Self {
        let (items, entries) = (Vec::new(), Vec::new());
        Self { arena, reading, builder, items, entries, anchored: HashMap::new(), only_lasting }
    }

    /// Recursion is as deep as the document with aliases followed, which the limits bound.
    fn value(&mut self, id: u32) -> Result<B::Value, ReadError> {
        let data = self.arena.data(id);
        let (target, shape) = match data.shape {
            Shape::Alias => {
                if let Some(value) = self.anchored.get(&data.a) {
                    return Ok(value.clone());
                }
                (data.a, self.arena.data(data.a).shape)
            }
            shape => (id, shape),
        };
        let value = match shape {
            Shape::Scalar | Shape::Alias => self.scalar(id, target)?,
            Shape::Sequence => {
                let first = self.items.len();
                for item in self.arena.children(target) {
                    let value = self.value(*item)?;
                    self.items.push(value);
                }
                self.builder.sequence(self.items.drain(first..))
            }
            Shape::Mapping => {
                let first = self.entries.len();
                if self.only_lasting || (self.arena.merges && self.reading == Reading::Kubernetes) {
                    let mut pairs = Vec::new();
                    merge::entries(self.arena, target, self.reading, &mut pairs)?;
                    if self.only_lasting {
                        self.drop_replaced(&mut pairs)?;
                    }
                    for (key, value) in pairs {
                        self.entry(key, value)?;
                    }
                } else {
                    for (key, value) in self.arena.pairs(target) {
                        self.entry(key, value)?;
                    }
                }
                self.builder.mapping(self.entries.drain(first..))
            }
        };
        if self.arena.data(target).flags & ANCHORED != 0 {
            self.anchored.insert(target, value.clone());
        }
        Ok(value)
    }

    fn drop_replaced(&self, pairs: &mut Vec<(u32, u32)>) -> Result<(), ReadError> {
        let mut last = HashMap::with_capacity(pairs.len());
        for (key, value) in pairs.iter() {
            last.insert(key::text(self.arena, *key, self.reading)?, *value);
        }
        let lasting: HashSet<u32> = last.into_values().collect();
        pairs.retain(|(_, value)| lasting.contains(value));
        Ok(())
    }

    #[inline]
    fn entry(&mut self, key: u32, value: u32) -> Result<(), ReadError> {
        let text = key::text(self.arena, key, self.reading)?;
        let key = self.builder.key(&text);
        let value = self.value(value)?;
        self.entries.push((key, value));
        Ok(())
    }

    #[inline]
    fn scalar(&mut self, id: u32, target: u32) -> Result<B::Value, ReadError> {
        let scalar =
            resolve(self.arena, target, self.reading).map_err(|error| key::scalar_error(self.arena, id, &error))?;
        Ok(match scalar {
            Scalar::Null => self.builder.null(),
            Scalar::Bool(value) => self.builder.bool(value),
            Scalar::Int(value) => self.builder.int(value),
            Scalar::Uint(value) => self.builder.uint(value),
            Scalar::Float(value) => self.builder.float(value),
            Scalar::Str(text) => self.builder.string(&text),
        })
    }
}
