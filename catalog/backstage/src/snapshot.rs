//! Snapshots of the catalog: what is known beyond the input, and whether that is all there is.

use std::collections::{BTreeMap, BTreeSet};

use platlint_engine::{Value, get, get_str};
use platlint_facts::{array_at, items};

use crate::resolve::{Named, namespace_of};

/// Entities of all snapshots.
pub(crate) struct Snapshot<'v> {
    /// Each with its reference.
    pub(crate) entities: Vec<(Named, &'v Value)>,
    /// Whether nothing is missing: every answer of the API says how many entities it has, and so many of its own are here.
    pub(crate) is_complete: bool,
}

/// Pages of answers that say the same number of entities.
#[derive(Default)]
struct Pages {
    entities: BTreeSet<String>,
    /// How many of them are the last of their answer, which is how many answers there are if no page is missing.
    last: usize,
}

/// Reads snapshots. What is no entity is passed over: the catalog's API answers null for entities it does not have.
pub(crate) fn read(known: &[Value]) -> Snapshot<'_> {
    let mut entities = Vec::new();
    let mut pages: BTreeMap<usize, Pages> = BTreeMap::new();
    for document in known {
        let begin = entities.len();
        let single = Some(document).filter(|document| get(document, "items").is_none());
        for entity in items(document).chain(array_at(document, &["items"])).chain(single) {
            let name = get(entity, "metadata").and_then(|metadata| get_str(metadata, "name"));
            if let (Some(kind), Some(name)) = (get_str(entity, "kind"), name) {
                entities.push((Named::new(kind, &namespace_of(entity), name), entity));
            }
        }
        let total = get(document, "totalItems").and_then(|total| total.as_u64().ok());
        let Some(total) = total else { continue };
        // More than can be counted are not all here.
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        let own: BTreeSet<String> =
            entities.iter().skip(begin).map(|(named, _): &(Named, _)| named.canonical.clone()).collect();
        if own.len() < total {
            let of_answer = pages.entry(total).or_default();
            of_answer.entities.extend(own);
            let next = get(document, "pageInfo").and_then(|info| get_str(info, "nextCursor"));
            of_answer.last += usize::from(next.is_none());
        }
    }
    let is_whole =
        |(total, of_answer): (&usize, &Pages)| of_answer.entities.len() >= total.saturating_mul(of_answer.last.max(1));
    Snapshot { entities, is_complete: pages.iter().all(is_whole) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_json(documents: &[serde_json::Value]) -> (Vec<String>, bool) {
        let known: Vec<Value> = documents.iter().cloned().map(Value::from).collect();
        let snapshot = read(&known);
        (snapshot.entities.into_iter().map(|(named, _)| named.canonical).collect(), snapshot.is_complete)
    }

    fn group(name: &str) -> serde_json::Value {
        json!({"apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": {"name": name}, "relations": []})
    }

    #[test]
    fn reads_lists_answers_and_single_entities() {
        let known = [json!([group("a")]), json!({"items": [group("b"), null], "totalItems": 1}), group("c")];
        let (entities, is_complete) = read_json(&known);
        assert_eq!(entities, ["group:default/a", "group:default/b", "group:default/c"]);
        assert!(is_complete);
    }

    #[test]
    fn knows_when_an_answer_is_one_page_of_several() {
        let (_, is_complete) = read_json(&[json!({"items": [group("a")], "totalItems": 20})]);
        assert!(!is_complete);
    }

    #[test]
    fn what_one_answer_lacks_no_other_makes_up_for() {
        let groups = json!({"items": [group("a"), group("b"), group("c")], "totalItems": 3});
        let of_several = |total: u64| json!({"items": [group("d")], "totalItems": total});
        assert!(read_json(&[groups.clone(), of_several(1)]).1);
        assert!(!read_json(&[groups.clone(), of_several(3)]).1);
        assert!(!read_json(&[groups, of_several(2), group("e"), json!([group("f")])]).1);
    }

    #[test]
    fn all_pages_of_an_answer_are_complete() {
        let page =
            |name: &str, info: serde_json::Value| json!({"items": [group(name)], "totalItems": 3, "pageInfo": info});
        let [first, second] = ["a", "b"].map(|name| page(name, json!({"nextCursor": "x"})));
        let last = page("c", json!({"prevCursor": "y"}));
        assert!(read_json(&[first.clone(), second.clone(), last.clone()]).1);
        assert!(!read_json(&[first.clone(), second.clone()]).1);
        assert!(!read_json(&[first.clone(), first.clone(), last.clone()]).1, "the same page twice");
        let of_another = page("d", json!({}));
        assert!(!read_json(&[first, second, last, of_another]).1, "two answers of three each");
    }
}
