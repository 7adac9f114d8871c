//! Groups what was not decided by rule, reason and effect: one missing fact (no registry, no namespace) may leave
//! thousands of points open, and a person needs it said once.

use std::collections::HashMap;
use std::fmt::Write as _;

use platlint_engine::Level;

use super::visible;
use crate::report::{Spot, Undecided};

/// Points of one rule that were not decided for one reason.
pub(super) struct Group<'a> {
    pub(super) rule: &'a str,
    pub(super) reason: &'a str,
    pub(super) effect: Level,
    /// Never empty, in the report's order.
    pub(super) spots: Vec<&'a Spot>,
}

/// The groups, in the order in which each first turns up.
pub(super) fn groups(undecided: &[Undecided]) -> Vec<Group<'_>> {
    let mut at: HashMap<(&str, &str, Level), usize> = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for point in undecided {
        let index = *at.entry((&point.rule, &point.reason, point.effect)).or_insert_with(|| {
            groups.push(Group { rule: &point.rule, reason: &point.reason, effect: point.effect, spots: Vec::new() });
            groups.len() - 1
        });
        groups[index].spots.push(&point.spot);
    }
    groups
}

impl Group<'_> {
    /// The first places as `file:line:column`, at most `most`, then `and 9 more`.
    pub(super) fn first_places(&self, most: usize) -> String {
        let mut text = String::new();
        for (index, spot) in self.spots.iter().take(most).enumerate() {
            if index > 0 {
                text.push_str(", ");
            }
            // Writing into a String never fails.
            let _ = write!(text, "{}:{}:{}", visible::one_line(&spot.file), spot.place.line, spot.place.column);
        }
        match self.spots.len().saturating_sub(most) {
            0 => {}
            rest => {
                let _ = write!(text, " and {rest} more");
            }
        }
        text
    }
}
