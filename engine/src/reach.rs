//! What a policy set can reach, whatever the review: which requests must be sent to it, and which other objects it wants to
//! know. For those who configure webhooks and watches.
//!
//! Rules that are off and that no override turns on reach nothing. Overrides count whatever their clusters and namespaces
//! are: too much is sent rather than too little.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::glob;
use crate::policy::{Level, Match, Mutate, Requirement, Rule};
use crate::set::{Override, PolicySet};

/// A rule that can judge, with the most that can follow from it.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'s> {
    /// The rule.
    pub rule: &'s Rule,
    /// The highest level it has anywhere; never off.
    pub level: Level,
    /// On which objects the webhook applies its patches; off where it has none or is never at warn or error.
    pub mutate: Mutate,
}

impl<'s> Judged<'s> {
    /// Kinds, operations and namespaces it judges.
    #[must_use]
    pub const fn matches(&self) -> &'s Match {
        &self.rule.meta.matches
    }
}

/// The highest level that a rule can have in any place; off where it never runs.
pub(crate) fn highest_level(rule: &Rule, overrides: &[Override]) -> Level {
    if !rule.is_active() {
        return Level::Off;
    }
    let own = rule.settings.level;
    let id = &rule.meta.id;
    let names = |one: &&Override| {
        // A pattern does not turn on what is off.
        if own == Level::Off {
            one.rules.iter().any(|named| **named == **id)
        } else {
            glob::any_matches(&one.rules, id)
        }
    };
    overrides.iter().filter(names).map(|one| one.level).fold(own, Level::max)
}

impl PolicySet {
    /// The rules that can judge anything, in the configuration's order.
    pub fn judged(&self) -> impl Iterator<Item = Judged<'_>> {
        self.rules.iter().filter_map(|rule| {
            let level = highest_level(rule, &self.overrides);
            let mutates = level >= Level::Warn && rule.settings.mutate != Mutate::Off && rule.patches();
            let mutate = if mutates { rule.settings.mutate } else { Mutate::Off };
            (level != Level::Off).then_some(Judged { rule, level, mutate })
        })
    }

    /// Whether the webhook changes any object.
    #[must_use]
    pub fn mutates(&self) -> bool {
        self.judged().any(|judged| judged.mutate != Mutate::Off)
    }

    /// Every API version and kind that a rule which can judge wants to know of: what a front end keeps while it reads.
    #[must_use]
    pub fn inventory_kinds(&self) -> BTreeSet<(Arc<str>, Arc<str>)> {
        self.judged()
            .flat_map(|judged| &judged.rule.meta.requires)
            .filter_map(|requirement| match requirement {
                Requirement::Inventory { api_version, kind, .. } => Some((api_version.clone(), kind.clone())),
                _ => None,
            })
            .collect()
    }
}
