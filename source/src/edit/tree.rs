//! Plain values: what a document says, and what it is to say.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::vec::Drain;

use crate::build::Build;
use crate::document::Document;
use crate::error::ReadError;
use crate::scalar::Reading;

/// A value without a place. Collections are shared: a change copies only the collections on its path.
#[derive(Clone, Debug)]
pub enum Tree {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer that fits 64 bits with sign.
    Int(i64),
    /// A larger integer that fits 64 bits.
    Uint(u64),
    /// Any other number; not finite ones cannot be written.
    Float(f64),
    /// Text.
    Text(Arc<str>),
    /// A list.
    List(Arc<Vec<Tree>>),
    /// A map; entries that are written anew stand in the order of their keys.
    Map(Arc<BTreeMap<Arc<str>, Tree>>),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A key of a map.
    Key(Arc<str>),
    /// An index of a list, from 0.
    Index(usize),
}

/// Steps from the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// Whether one of the two is, or lies below, the other.
    #[must_use]
    pub fn touches(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

/// As a JSON pointer (RFC 6901).
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Index(index) => write!(f, "/{index}")?,
                Step::Key(key) => write!(f, "/{}", key.replace('~', "~0").replace('/', "~1"))?,
            }
        }
        Ok(())
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<T: IntoIterator<Item = Step>>(steps: T) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl Tree {
    /// The value of a document.
    pub fn of(document: &Document<'_>, reading: Reading) -> Result<Self, ReadError> {
        document.build(reading, &mut Trees)
    }

    /// A list of these items.
    #[must_use]
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(Arc::new(items.into_iter().collect()))
    }

    /// A map of these entries.
    #[must_use]
    pub fn map<K: Into<Arc<str>>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(Arc::new(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    /// Whether it is a list or map that holds something.
    pub(super) fn holds_something(&self) -> bool {
        match self {
            Self::List(items) => !items.is_empty(),
            Self::Map(entries) => !entries.is_empty(),
            _ => false,
        }
    }

    pub(super) fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// Equal as JSON: numbers by value, whatever their type. Shared collections are not compared again.
impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Map(a), Self::Map(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b).is_eq() || (*a == 0.0 && *b == 0.0),
            _ => match (self.whole(), other.whole()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }
}

impl Tree {
    /// The number, if it is a whole one.
    fn whole(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some((*value).into()),
            Self::Uint(value) => Some((*value).into()),
            #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 1e19 => Some(*value as i128),
            _ => None,
        }
    }
}

/// Builds trees.
struct Trees;

impl Build for Trees {
    type Value = Tree;
    type Key = Arc<str>;

    fn key(&mut self, text: &str) -> Arc<str> {
        text.into()
    }
    fn null(&mut self) -> Tree {
        Tree::Null
    }
    fn bool(&mut self, value: bool) -> Tree {
        Tree::Bool(value)
    }
    fn int(&mut self, value: i64) -> Tree {
        Tree::Int(value)
    }
    fn uint(&mut self, value: u64) -> Tree {
        Tree::Uint(value)
    }
    fn float(&mut self, value: f64) -> Tree {
        Tree::Float(value)
    }
    fn string(&mut self, text: &str) -> Tree {
        Tree::Text(text.into())
    }
    fn sequence(&mut self, items: Drain<'_, Tree>) -> Tree {
        Tree::list(items)
    }
    fn mapping(&mut self, entries: Drain<'_, (Arc<str>, Tree)>) -> Tree {
        Tree::Map(Arc::new(entries.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_by_value() {
        assert_eq!(Tree::Int(1), Tree::Float(1.0));
        assert_eq!(Tree::Uint(7), Tree::Int(7));
        assert_ne!(Tree::Int(1), Tree::Float(1.5));
        assert_ne!(Tree::Int(0), Tree::Null);
        assert_ne!(Tree::Int(1), Tree::from("1"));
    }

    #[test]
    fn paths_are_printed_as_json_pointers() {
        let path = Path(vec![Step::Key("a/b~".into()), Step::Index(3)]);
        assert_eq!(path.to_string(), "/a~1b~0/3");
        assert!(path.touches(&Path::default()) && !path.touches(&Path(vec![Step::Index(3)])));
    }
}
