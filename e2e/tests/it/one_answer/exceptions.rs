//! The closed list of fixtures that a cluster treats differently: the tables of docs/file-and-cluster.md, read from there.
//!
//! A row is `| file | documents | why |`; documents are `all`, `none`, or numbers from 0, with the pointer to the item where the
//! document is a list. A difference that no row names fails the test, and so does a row without a difference.

use super::fixtures::Object;
use platlint_e2e::assets::root;
use std::collections::{BTreeMap, BTreeSet};

/// What was found: every object, with its difference.
#[derive(Default)]
pub(super) struct Differences {
    /// By file and place; none where both said the same.
    found: BTreeMap<(String, String), Option<String>>,
}

impl Differences {
    pub(super) fn add(&mut self, fixture: &str, object: &Object, difference: Option<String>) {
        let place = object.place();
        self.found.insert((fixture.to_owned(), place), difference);
    }

    /// Panics with all that is only in one of both: what was found, and the table under that heading of the page. Files
    /// in the table of the other heading, where one is given, have their row there instead.
    pub(super) fn compare_with(&self, heading: &str, instead: Option<&str>) {
        let mut rows = rows(heading);
        rows.extend(instead.map(self::rows).unwrap_or_default());
        rows.retain(|_, places| !places.contains("none"));
        let is_listed = |fixture: &str, place: &str| {
            rows.get(fixture).is_some_and(|places| places.contains("all") || places.contains(place))
        };
        let mut faults = Vec::new();
        let mut differing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for ((fixture, place), difference) in &self.found {
            match difference {
                Some(what) => {
                    differing.entry(fixture).or_default().insert(place);
                    if !is_listed(fixture, place) {
                        faults.push(format!("{fixture} {place}: {what}"));
                    }
                }
                None if is_listed(fixture, place) => faults.push(format!("{fixture} {place}: is listed, but equal")),
                None => {}
            }
        }
        for fixture in rows.keys().filter(|fixture| !differing.contains_key(fixture.as_str())) {
            faults.push(format!("{fixture}: is listed, but differs nowhere"));
        }
        let different = differing.values().map(BTreeSet::len).sum::<usize>();
        println!(
            "ONE ANSWER: {} objects, {} equal, {different} different ({heading})",
            self.found.len(),
            self.found.len() - different
        );
        assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    }
}

/// Files and places of the table.
fn rows(heading: &str) -> BTreeMap<String, BTreeSet<String>> {
    let page = std::fs::read_to_string(root().join("docs/file-and-cluster.md")).expect("the page");
    let (_, table) = page.split_once(heading).expect("the page has the table");
    let table = table.split("\n#").next().unwrap_or_default();
    let mut rows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let places = cells[2].split(',').map(|place| place.trim().to_owned());
        rows.entry(cells[1].trim_matches('`').to_owned()).or_default().extend(places);
    }
    rows
}
