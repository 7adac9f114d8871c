//! Snapshots of the catalog: what is known beyond the input, and whether that is all there is.

use platlint_engine::{Value, get, get_str};
use platlint_facts::{array_at, items};

use crate::resolve::{Named, namespace_of};

/// Entities of all snapshots.
pub(crate) struct Snapshot<'v> {
    /// Each with its reference.
    pub(crate) entities: Vec<(Named, &'v Value)>,
    /// Whether nothing is missing: every answer of the API says how many entities there are, and so many are here.
    pub(crate) is_complete: bool,
}

/// Reads snapshots. What is no entity is passed over: the catalog's API answers null for entities it does not have.
pub(crate) fn read(known: &[Value]) -> Snapshot<'_> {
    let mut entities = Vec::new();
    let mut announced = 0;
    for document in known {
        if let Some(total) = get(document, "totalItems").and_then(|total| total.as_u64().ok()) {
            announced = total.max(announced);
        }
        let single = Some(document).filter(|document| get(document, "items").is_none());
        for entity in items(document).chain(array_at(document, &["items"])).chain(single) {
            let name = get(entity, "metadata").and_then(|metadata| get_str(metadata, "name"));
            if let (Some(kind), Some(name)) = (get_str(entity, "kind"), name) {
                entities.push((Named::new(kind, &namespace_of(entity), name), entity));
            }
        }
    }
    let is_complete = u64::try_from(entities.len()).is_ok_and(|count| count >= announced);
    Snapshot { entities, is_complete }
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
        let known = [json!([group("a")]), json!({"items": [group("b"), null], "totalItems": 3}), group("c")];
        let (entities, is_complete) = read_json(&known);
        assert_eq!(entities, ["group:default/a", "group:default/b", "group:default/c"]);
        assert!(is_complete);
    }

    #[test]
    fn knows_when_an_answer_is_one_page_of_several() {
        let (_, is_complete) = read_json(&[json!({"items": [group("a")], "totalItems": 20})]);
        assert!(!is_complete);
    }
}
