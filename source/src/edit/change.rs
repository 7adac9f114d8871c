//! Changes to a value, in the sense of RFC 6902, and what they make of it.

use std::sync::Arc;

use super::tree::{Path, Step, Tree};

/// One change. Changes are applied one after the other: the path of each speaks of what those before it made.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Adds or replaces a key of a map or replaces an item of a list. Parents that are absent or null become maps.
    Set {
        /// The key or item.
        at: Path,
        /// What it shall be.
        value: Tree,
    },
    /// Puts an item into a list that exists.
    Insert {
        /// The list.
        list: Path,
        /// How many items stand before the new one.
        index: usize,
        /// The item.
        value: Tree,
    },
    /// Puts an item at the end of a list. A list that is absent or null is made.
    Append {
        /// The list.
        list: Path,
        /// The item.
        value: Tree,
    },
    /// Takes a key out of a map, or an item out of a list.
    Remove {
        /// The key or item.
        at: Path,
    },
}

/// A change that speaks of something the value does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the change at `{at}` does not fit the document: {why}")]
pub struct Misfit {
    /// Where.
    pub at: String,
    /// What is wrong.
    why: &'static str,
}

impl Change {
    /// The value after this change.
    pub fn apply(&self, tree: &Tree) -> Result<Tree, Misfit> {
        let path = match self {
            Self::Set { at, .. } | Self::Remove { at } => at,
            Self::Insert { list, .. } | Self::Append { list, .. } => list,
        };
        self.below(&path.0, tree).map_err(|why| Misfit { at: path.to_string(), why })
    }

    fn below(&self, path: &[Step], tree: &Tree) -> Result<Tree, &'static str> {
        let Some((step, rest)) = path.split_first() else { return self.here(tree) };
        match step {
            Step::Key(key) => {
                let empty;
                let entries = match tree {
                    Tree::Map(entries) => entries,
                    Tree::Null => {
                        empty = Arc::default();
                        &empty
                    }
                    _ => return Err("there is no map that could have this key"),
                };
                let mut entries = entries.as_ref().clone();
                if rest.is_empty() && matches!(self, Self::Remove { .. }) {
                    entries.remove(key).ok_or("there is no such key")?;
                } else {
                    let makes_parents = matches!(self, Self::Set { .. } | Self::Append { .. });
                    let child = match entries.get(key) {
                        Some(child) => self.below(rest, child)?,
                        None if makes_parents => self.below(rest, &Tree::Null)?,
                        None => return Err("there is no such key"),
                    };
                    entries.insert(key.clone(), child);
                }
                Ok(Tree::Map(Arc::new(entries)))
            }
            Step::Index(index) => {
                let Tree::List(items) = tree else { return Err("there is no list that could have this item") };
                let mut items = items.as_ref().clone();
                let item = items.get_mut(*index).ok_or("there is no such item")?;
                if rest.is_empty() && matches!(self, Self::Remove { .. }) {
                    items.remove(*index);
                } else {
                    *item = self.below(rest, item)?;
                }
                Ok(Tree::List(Arc::new(items)))
            }
        }
    }

    fn here(&self, tree: &Tree) -> Result<Tree, &'static str> {
        match (self, tree) {
            (Self::Set { value, .. }, _) => Ok(value.clone()),
            (Self::Append { value, .. }, Tree::Null) => Ok(Tree::list([value.clone()])),
            (Self::Append { value, .. }, Tree::List(items)) => {
                Ok(Tree::list(items.iter().cloned().chain([value.clone()])))
            }
            (Self::Insert { index, value, .. }, Tree::List(items)) if *index <= items.len() => {
                let mut items = items.as_ref().clone();
                items.insert(*index, value.clone());
                Ok(Tree::List(Arc::new(items)))
            }
            (Self::Insert { .. } | Self::Append { .. }, _) => Err("there is no list that could take this item"),
            (Self::Remove { .. }, _) => Err("the whole document cannot be removed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(steps: &[&str]) -> Path {
        steps.iter().map(|step| step.parse().map_or_else(|_| Step::Key((*step).into()), Step::Index)).collect()
    }

    #[test]
    fn makes_absent_parents_but_not_below_scalars() {
        let tree = Tree::map([("a", Tree::Null), ("b", Tree::Int(1))]);
        let set = |at: &[&str]| Change::Set { at: path(at), value: Tree::Int(2) }.apply(&tree);
        assert_eq!(
            set(&["a", "x", "y"]).unwrap(),
            Tree::map([("a", Tree::map([("x", Tree::map([("y", Tree::Int(2))]))])), ("b", Tree::Int(1))])
        );
        assert!(set(&["b", "x"]).is_err());
    }

    #[test]
    fn inserts_appends_and_removes_items() {
        let tree = Tree::map([("l", Tree::list([Tree::Int(1), Tree::Int(2)]))]);
        let list = |items: &[i64]| Tree::map([("l", Tree::list(items.iter().map(|item| Tree::Int(*item))))]);
        let insert = |index| Change::Insert { list: path(&["l"]), index, value: Tree::Int(9) }.apply(&tree);
        assert_eq!(insert(1).unwrap(), list(&[1, 9, 2]));
        assert_eq!(insert(2).unwrap(), list(&[1, 2, 9]));
        assert!(insert(3).is_err());
        let append = Change::Append { list: path(&["l"]), value: Tree::Int(9) };
        assert_eq!(append.apply(&tree).unwrap(), list(&[1, 2, 9]));
        assert_eq!(append.apply(&Tree::Null).unwrap(), list(&[9]));
        assert_eq!(Change::Remove { at: path(&["l", "0"]) }.apply(&tree).unwrap(), list(&[2]));
        assert!(Change::Remove { at: path(&["l", "2"]) }.apply(&tree).is_err());
        assert!(Change::Remove { at: path(&["m"]) }.apply(&tree).is_err());
    }
}
