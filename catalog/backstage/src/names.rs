//! "Did you mean" for entities: the name nearest to one that does not exist, found without comparing it with every other.

use std::collections::HashMap;

use platlint_engine::suggest;

use crate::resolve::Named;

/// So many names of a kind are looked at for one suggestion.
const LOOKED_AT: usize = 4_096;
/// So many of those are compared letter by letter.
const COMPARED: usize = 16;

/// The names of all entities, by kind.
#[derive(Default)]
pub(crate) struct Names {
    by_kind: HashMap<String, Vec<Name>>,
}

struct Name {
    /// In lower case.
    lower: String,
    namespace: String,
    /// As it is written where it is defined.
    shown: String,
    letters: u64,
}

/// An entity that may have been meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Meant<'n> {
    pub(crate) kind: &'n str,
    pub(crate) namespace: &'n str,
    pub(crate) name: &'n str,
}

impl Names {
    /// Adds an entity with its name as it is written.
    pub(crate) fn add(&mut self, named: &Named, shown: &str) {
        let name = Name {
            lower: named.name().to_owned(),
            namespace: named.namespace().to_owned(),
            shown: shown.to_owned(),
            letters: letters(named.name()),
        };
        self.by_kind.entry(named.kind().to_owned()).or_default().push(name);
    }

    /// To be called when all are added.
    pub(crate) fn sort(&mut self) {
        for names in self.by_kind.values_mut() {
            names.sort_by(|left, right| (&left.lower, &left.namespace).cmp(&(&right.lower, &right.namespace)));
        }
    }

    /// The entity of one of these kinds (of any, where there are none) that is nearest to what was named, first in the same
    /// namespace.
    pub(crate) fn nearest(&self, wanted: &Named, kinds: &[&str]) -> Option<Meant<'_>> {
        let mut all: Vec<&str> = self.by_kind.keys().map(String::as_str).collect();
        all.sort_unstable();
        let is_wanted = |kind: &str| kinds.is_empty() || kinds.iter().any(|one| one.eq_ignore_ascii_case(kind));
        let near: Vec<(&str, &Name)> = all
            .into_iter()
            .filter(|kind| is_wanted(kind))
            .flat_map(|kind| self.near(kind, wanted.name()).into_iter().map(move |name| (kind, name)))
            .collect();
        let names: Vec<&str> = near.iter().map(|(_, name)| name.lower.as_str()).collect();
        let nearest = suggest::nearest(wanted.name(), &names)?;
        let (kind, name) = near.into_iter().filter(|(_, name)| name.lower == nearest).min_by_key(|(kind, name)| {
            (name.namespace != wanted.namespace(), *kind != wanted.kind(), *kind, name.namespace.as_str())
        })?;
        Some(Meant { kind, namespace: &name.namespace, name: &name.shown })
    }

    /// The few names of a kind that are worth a comparison, by the letters that they have.
    fn near(&self, kind: &str, wanted: &str) -> Vec<&Name> {
        let Some(names) = self.by_kind.get(kind) else { return Vec::new() };
        // In the order of names, the neighbours of a misspelt one are those that begin alike.
        let place = names.partition_point(|name| *name.lower < *wanted);
        let begin = place.saturating_sub(LOOKED_AT / 2);
        let names = names.get(begin..names.len().min(place + LOOKED_AT / 2)).unwrap_or_default();
        let wanted_letters = letters(wanted);
        let far = |(at, name): (usize, &Name)| {
            let difference =
                (name.letters ^ wanted_letters).count_ones() as usize + name.lower.len().abs_diff(wanted.len());
            (difference, (begin + at).abs_diff(place), at)
        };
        let mut near: Vec<(usize, usize, usize)> = names.iter().enumerate().map(far).collect();
        if near.len() > COMPARED {
            near.select_nth_unstable(COMPARED);
            near.truncate(COMPARED);
        }
        near.sort_unstable();
        near.into_iter().filter_map(|(.., at)| names.get(at)).collect()
    }
}

/// Which letters a name has.
fn letters(name: &str) -> u64 {
    name.bytes().fold(0, |letters, byte| letters | 1 << (byte % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(known: &[(&str, &str, &str)]) -> Names {
        let mut names = Names::default();
        for (kind, namespace, name) in known {
            names.add(&Named::new(kind, namespace, name), name);
        }
        names.sort();
        names
    }

    fn shown(meant: Option<Meant<'_>>) -> Option<String> {
        meant.map(|meant| format!("{}:{}/{}", meant.kind, meant.namespace, meant.name))
    }

    #[test]
    fn finds_the_nearest_of_the_kinds_that_fit() {
        let names = names(&[
            ("Group", "default", "Team-Checkout"),
            ("Group", "shop", "team-payments"),
            ("Component", "default", "team-chekout"),
        ]);
        let nearest = |name: &str, kinds: &[&str]| shown(names.nearest(&Named::new("group", "default", name), kinds));
        assert_eq!(nearest("team-chekout", &["Group", "User"]).as_deref(), Some("group:default/Team-Checkout"));
        assert_eq!(nearest("team-chekout", &[]).as_deref(), Some("component:default/team-chekout"));
        assert_eq!(nearest("team-payments", &["Group"]).as_deref(), Some("group:shop/team-payments"));
        assert_eq!(nearest("zebra", &["Group"]), None);
    }

    #[test]
    fn prefers_the_namespace_that_was_meant() {
        let names = names(&[("Group", "a", "team"), ("Group", "b", "team")]);
        let meant = names.nearest(&Named::new("group", "b", "teem"), &["Group"]);
        assert_eq!(shown(meant).as_deref(), Some("group:b/team"));
    }

    #[test]
    fn finds_one_among_many() {
        let mut names = Names::default();
        for number in 0..10_000 {
            let name = format!("service-{number:05}-backend");
            names.add(&Named::new("component", "default", &name), &name);
        }
        names.sort();
        let meant = names.nearest(&Named::new("component", "default", "service-09042-bakend"), &["Component"]);
        assert_eq!(shown(meant).as_deref(), Some("component:default/service-09042-backend"));
    }
}
