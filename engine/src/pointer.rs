//! Pointers into an object: how a verdict says where, without knowing files.

use std::fmt;
use std::sync::Arc;

/// One step of a [`Pointer`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// An index into a list, from 0.
    Index(usize),
    /// A key of a map.
    Key(Arc<str>),
}

/// Keys and indexes from an object's root, in order. Printed as a JSON pointer (RFC 6901); the root is the empty string.
///
/// ```
/// use platlint_engine::{Pointer, Segment};
/// let pointer: Pointer = [Segment::Key("a/b".into()), Segment::Index(0)].into_iter().collect();
/// assert_eq!(pointer.to_string(), "/a~1b/0");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(pub Vec<Segment>);

impl Pointer {
    /// The object itself.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// This pointer seen from further out: `prefix` first.
    #[must_use]
    pub fn under(&self, prefix: &Self) -> Self {
        prefix.0.iter().chain(&self.0).cloned().collect()
    }

    /// Whether this pointer is `prefix` or lies below it.
    #[must_use]
    pub fn starts_with(&self, prefix: &Self) -> bool {
        self.0.starts_with(&prefix.0)
    }
}

impl FromIterator<Segment> for Pointer {
    fn from_iter<T: IntoIterator<Item = Segment>>(segments: T) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.into())
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// As the JSON pointer it is printed as.
impl serde::Serialize for Pointer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.0 {
            match segment {
                Segment::Index(index) => write!(f, "/{index}")?,
                Segment::Key(key) if key.contains(['~', '/']) => {
                    write!(f, "/{}", key.replace('~', "~0").replace('/', "~1"))?;
                }
                Segment::Key(key) => write!(f, "/{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_rfc_6901_says() {
        let pointer: Pointer = ["a/b".into(), "m~n".into(), Segment::Index(3), "".into()].into_iter().collect();
        assert_eq!(pointer.to_string(), "/a~1b/m~0n/3/");
        assert_eq!(Pointer::root().to_string(), "");
    }
}
