//! Entities that hang on themselves: parts of parts, parents of parents and dependencies that lead back to where they began.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use platlint_engine::Pointer;
use platlint_facts::knots;

use crate::resolve::path_of;

/// One arrow between entities, which are numbered: those of files in their order, then those of the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Where it is written; `None` in a snapshot.
    pub(crate) site: Option<Site>,
}

/// A place in a file, in the order of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Site {
    /// The document, by its number in the order of files.
    pub(crate) doc: usize,
    /// The field of `spec`.
    pub(crate) key: &'static str,
    /// The place in the field's list.
    pub(crate) index: Option<usize>,
}

impl Site {
    /// The place in its document.
    pub(crate) fn path(&self) -> Pointer {
        path_of(self.key, self.index)
    }
}

/// The shortest cycle through the first place, in the order of files, of each knot of entities that all lead to each other.
/// One for each knot that has such a place; `count` is the number of entities.
pub(crate) fn cycles(count: usize, arrows: &[Arrow]) -> Vec<Vec<Arrow>> {
    let mut from: Vec<Vec<&Arrow>> = vec![Vec::new(); count];
    // Of several places that say the same, the first counts; those in files before those in the snapshot.
    let mut first: BTreeMap<(usize, usize), &Arrow> = BTreeMap::new();
    for arrow in arrows {
        let known = first.entry((arrow.from, arrow.to)).or_insert(arrow);
        if known.site.is_none() || (arrow.site.is_some() && arrow.site < known.site) {
            *known = arrow;
        }
    }
    for arrow in first.into_values() {
        if let Some(list) = from.get_mut(arrow.from) {
            list.push(arrow);
        }
    }
    let knot = knots(&from, |arrow| arrow.to);
    let is_inner = |arrow: &Arrow| knot.get(arrow.from) == knot.get(arrow.to);
    let mut starts: BTreeMap<usize, &Arrow> = BTreeMap::new();
    for arrow in from.iter().flatten().filter(|arrow| arrow.site.is_some() && is_inner(arrow)) {
        let Some(number) = knot.get(arrow.from) else { continue };
        let start = starts.entry(*number).or_insert(arrow);
        if arrow.site < start.site {
            *start = arrow;
        }
    }
    let mut found: Vec<Vec<Arrow>> = starts.into_values().filter_map(|start| shortest(&from, start)).collect();
    found.sort_by(|left, right| left.first().map(|arrow| &arrow.site).cmp(&right.first().map(|arrow| &arrow.site)));
    found
}

/// The shortest way that begins with an arrow and ends where that began.
fn shortest(from: &[Vec<&Arrow>], start: &Arrow) -> Option<Vec<Arrow>> {
    let mut came_by: BTreeMap<usize, &Arrow> = BTreeMap::from([(start.to, start)]);
    let mut next = VecDeque::from([start.to]);
    while let Some(node) = next.pop_front() {
        if node == start.from {
            let mut way: Vec<Arrow> = Vec::new();
            let mut arrow = *came_by.get(&node)?;
            while arrow != start {
                way.push(arrow.clone());
                arrow = came_by.get(&arrow.from)?;
            }
            way.push(start.clone());
            way.reverse();
            return Some(way);
        }
        for arrow in from.get(node).into_iter().flatten() {
            if let Entry::Vacant(place) = came_by.entry(arrow.to) {
                place.insert(arrow);
                next.push_back(arrow.to);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrow(from: usize, to: usize, document: Option<usize>) -> Arrow {
        Arrow { from, to, site: document.map(|doc| Site { doc, key: "dependsOn", index: None }) }
    }

    fn nodes(count: usize, arrows: &[Arrow]) -> Vec<Vec<usize>> {
        cycles(count, arrows).iter().map(|way| way.iter().map(|arrow| arrow.from).collect()).collect()
    }

    #[test]
    fn finds_none_where_there_is_none() {
        assert!(
            nodes(4, &[arrow(0, 1, Some(0)), arrow(0, 2, Some(0)), arrow(1, 3, Some(1)), arrow(2, 3, Some(2))])
                .is_empty()
        );
    }

    #[test]
    fn begins_at_the_first_place() {
        let ring = [arrow(0, 1, Some(5)), arrow(1, 2, Some(3)), arrow(2, 0, Some(4))];
        assert_eq!(nodes(3, &ring), [[1, 2, 0]]);
        assert_eq!(nodes(1, &[arrow(0, 0, Some(0))]), [[0]]);
    }

    #[test]
    fn tells_each_knot_once_and_shortly() {
        let arrows = [
            arrow(0, 1, Some(0)),
            arrow(1, 2, Some(1)),
            arrow(2, 0, Some(2)),
            arrow(1, 0, Some(1)),
            arrow(2, 3, Some(2)),
            arrow(3, 4, Some(3)),
            arrow(4, 3, Some(4)),
        ];
        assert_eq!(nodes(5, &arrows), [vec![0, 1], vec![3, 4]]);
    }

    #[test]
    fn needs_a_place_in_a_file() {
        assert!(nodes(2, &[arrow(0, 1, None), arrow(1, 0, None)]).is_empty());
        assert_eq!(nodes(2, &[arrow(0, 1, None), arrow(1, 0, Some(0))]), [[1, 0]]);
    }

    #[test]
    fn does_not_run_out_of_stack() {
        let long: Vec<Arrow> = (0..100_000).map(|node| arrow(node, (node + 1) % 100_000, Some(0))).collect();
        assert_eq!(cycles(100_000, &long).len(), 1);
    }
}
