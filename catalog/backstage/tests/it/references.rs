//! References over several entities, and over what is known beyond them.

use std::sync::Arc;

use platlint_facts::{Domain as _, NoFiles, Target};
use serde_json::json;

use crate::made::{docs, index, noted, notes, told};

const SHOP: &str = "
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: Cart}
spec:
  type: service
  lifecycle: production
  owner: team-chekout
  system: Shop
  providesApis: [cart-api, component:cart]
  dependsOn: ['resource:db', db, 'component:']
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: shop}
spec: {owner: group:default/Team-Checkout}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team-checkout}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: db}
spec: {type: database, owner: component:cart}
";

#[test]
fn without_a_snapshot_what_is_not_here_is_unknown() {
    let found = noted(SHOP, vec![]);
    let reason = "reason=the catalog is not known beyond these files";
    assert_eq!(told(&found[0], "unknown", "dangling-reference"), [format!("spec/providesApis/0: {reason}")]);
    assert_eq!(told(&found[0], "unknown", "dangling-owner"), [format!("spec/owner: {reason}")]);
    assert_eq!(told(&found[0], "problems", "dangling-reference"), Vec::<String>::new());
    assert_eq!(
        told(&found[0], "problems", "malformed-reference"),
        [
            "spec/dependsOn/1: field=dependsOn problem=no-kind suggestion=resource:db value=db",
            "spec/dependsOn/2: field=dependsOn problem=empty-name value=component:",
        ]
    );
    assert_eq!(
        told(&found[0], "problems", "wrong-kind-reference"),
        [
            r#"spec/providesApis/1: allowed=["API"] field=providesApis kind=component ref=component:default/cart value=component:cart"#
        ]
    );
    assert_eq!(
        told(&found[3], "problems", "wrong-kind-owner"),
        [
            r#"spec/owner: allowed=["Group","User"] field=owner kind=component ref=component:default/cart value=component:cart"#
        ]
    );
}

#[test]
fn with_a_snapshot_what_is_nowhere_is_dangling_and_has_a_suggestion() {
    let api =
        json!({"items": [{"kind": "API", "metadata": {"name": "cart-apis", "namespace": "default"}}], "totalItems": 1});
    let found = noted(SHOP, vec![api]);
    assert_eq!(
        told(&found[0], "problems", "dangling-reference"),
        [
            "spec/providesApis/0: field=providesApis kind=api ref=api:default/cart-api suggestion=cart-apis value=cart-api"
        ]
    );
    assert_eq!(
        told(&found[0], "problems", "dangling-owner"),
        [
            "spec/owner: field=owner kind=group ref=group:default/team-chekout suggestion=team-checkout value=team-chekout"
        ]
    );
    assert_eq!(
        found[0]["owner"],
        json!({"field": "owner", "path": ["spec", "owner"], "ref": "group:default/team-chekout", "status": "missing",
               "suggestion": "team-checkout"})
    );
    assert_eq!(found[1]["owner"]["status"], "exists");
    assert_eq!(found[0]["unknown"], json!({}));
    assert_eq!(
        found[0]["entity"],
        json!({"ref": "component:default/cart", "kind": "component", "namespace": "default", "name": "cart"})
    );
}

#[test]
fn one_page_of_a_snapshot_leaves_the_rest_unknown() {
    let found = noted(SHOP, vec![json!({"items": [], "totalItems": 40})]);
    assert_eq!(
        told(&found[0], "unknown", "dangling-owner"),
        ["spec/owner: reason=the snapshot of the catalog is one page of several"]
    );
}

#[test]
fn names_that_no_entity_can_have_are_malformed() {
    let found = noted(
        "
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: a}
spec: {owner: team@example.org, domain: My Domain}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: b}
spec: {owner: <team>, domain: ''}
",
        vec![],
    );
    assert_eq!(
        told(&found[0], "problems", "malformed-reference"),
        ["spec/domain: field=domain problem=name ref=domain:default/my domain value=My Domain"]
    );
    // The schema says that it is empty.
    assert_eq!(told(&found[1], "problems", "malformed-reference"), Vec::<String>::new());
    assert_eq!(told(&found[1], "problems", "invalid-entity"), ["spec/domain: field=spec.domain problem=empty"]);
    for entity in &found {
        assert_eq!((&entity["owner"]["problem"], entity["unknown"].get("dangling-owner")), (&json!("name"), None));
    }
}

#[test]
fn owners_that_are_no_references_are_a_fact_for_the_rule_about_owners() {
    for (owner, problem) in
        [("'group:'", json!("empty-name")), ("'  team-a '", json!("name")), ("Team A", json!("name"))]
    {
        let text = format!(
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{name: a}}\nspec: {{owner: {owner}}}\n"
        );
        let found = noted(&text, vec![]);
        assert_eq!((&found[0]["owner"]["problem"], &found[0]["problems"]), (&problem, &json!({})), "{owner}");
        let known = json!({"items": [{"kind": "Group", "metadata": {"name": "team-a"}}], "totalItems": 1});
        assert_eq!(noted(&text, vec![known])[0]["owner"].get("problem"), None, "{owner}");
    }
}

#[test]
fn one_owner_that_is_empty_missing_or_no_text_is_left_to_the_rule_about_owners() {
    for spec in ["{owner: ''}", "{}", "{owner: 7}", "{owner: null}"] {
        let text = format!("apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{name: a}}\nspec: {spec}\n");
        let found = noted(&text, vec![]);
        assert_eq!((&found[0]["problems"], &found[0]["unknown"]), (&json!({}), &json!({})), "{spec}");
    }
}

#[test]
fn samples_never_dangle() {
    let found = noted(
        "
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: a}
spec: {owner: group:default/platlint-sample-owner, domain: platlint-sample}
",
        vec![json!([])],
    );
    assert_eq!((&found[0]["problems"], &found[0]["unknown"]), (&json!({}), &json!({})));
    assert_eq!(found[0]["owner"]["status"], "unknown");
}

#[test]
fn duplicates_are_noted_on_all_but_the_first_place() {
    let entity = |name: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata: {{name: {name}}}\nspec: {{owner: user:a}}\n"
        )
    };
    let mut all = docs("b.yaml", &format!("{}---\n{}", entity("Trade"), entity("other")));
    all.extend(docs("a.yaml", &entity("trade")));
    let index = index(&all, vec![], Arc::new(NoFiles));
    let told: Vec<Vec<String>> =
        all.iter().map(|doc| told(&notes(&index, doc), "problems", "duplicate-entity")).collect();
    let related = r#"related=[{"at":[],"document":0,"file":"a.yaml","path":["metadata","name"]}]"#;
    assert_eq!(told, [vec![format!("metadata/name: file=a.yaml ref=domain:default/trade {related}")], vec![], vec![]]);
}

#[test]
fn cycles_are_noted_once_where_they_begin() {
    let found = noted(
        "
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: a}
spec: {type: team, children: [b]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: b}
spec: {type: team, parent: a, children: [c]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: c}
spec: {type: team, children: [a]}
---
apiVersion: backstage.io/v1alpha1
kind: Domain
metadata: {name: d}
spec: {owner: a, subdomainOf: d}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: e}
spec: {type: queue, owner: a, dependsOn: ['resource:e']}
",
        vec![],
    );
    let cycles: Vec<usize> = found.iter().map(|notes| told(notes, "problems", "entity-cycle").len()).collect();
    assert_eq!(cycles, [1, 0, 0, 1, 0]);
    assert_eq!(told(&found[4], "problems", "dependency-cycle").len(), 1);
    assert_eq!(
        found[0]["problems"]["entity-cycle"][0]["entities"],
        json!(["group:default/b", "group:default/a", "group:default/c", "group:default/b"])
    );
    assert_eq!(
        told(&found[3], "problems", "entity-cycle"),
        [r#"spec/subdomainOf: entities=["domain:default/d","domain:default/d"] related=[] relation=partOf"#]
    );
}

#[test]
fn the_graph_has_an_edge_for_each_reference() {
    let docs = docs("a.yaml", SHOP);
    let index = index(&docs, vec![], Arc::new(NoFiles));
    let edges: Vec<String> = index
        .edges()
        .into_iter()
        .filter(|edge| &*edge.from.name == "component:default/cart")
        .map(|edge| {
            format!("{} {} {}", edge.relation, edge.to.name, if edge.target == Target::Exists { "!" } else { "?" })
        })
        .collect();
    assert_eq!(
        edges,
        [
            "ownedBy group:default/team-chekout ?",
            "partOf system:default/shop !",
            "providesApi api:default/cart-api ?",
            "providesApi component:default/cart !",
            "dependsOn resource:default/db !",
        ]
    );
}

#[test]
fn the_catalog_for_rules_needs_a_snapshot_and_holds_input_and_snapshot() {
    let docs = docs("a.yaml", SHOP);
    assert!(index(&docs, vec![], Arc::new(NoFiles)).entities_value().is_none());
    let known = json!([{"kind": "Group", "metadata": {"name": "Other"}, "spec": {}, "relations": []}]);
    let all = index(&docs, vec![known], Arc::new(NoFiles)).entities_value().map(|all| platlint_engine::to_json(&all));
    let all = all.expect("there is a snapshot");
    assert_eq!(all.as_object().map(serde_json::Map::len), Some(5));
    assert_eq!(all["group:default/other"], json!({"kind": "Group", "metadata": {"name": "Other"}, "spec": {}}));
    assert_eq!(all["system:default/shop"]["metadata"]["name"], "shop");
}

#[test]
fn the_order_of_documents_does_not_matter() {
    let forward = docs("a.yaml", SHOP);
    let mut backward = forward.clone();
    backward.reverse();
    let (one, other) = (index(&forward, vec![], Arc::new(NoFiles)), index(&backward, vec![], Arc::new(NoFiles)));
    for doc in &forward {
        assert_eq!(notes(&one, doc), notes(&other, doc));
    }
    assert_eq!(one.edges(), other.edges());
}

#[test]
fn beyond_a_bound_of_missing_entities_nothing_is_suggested_whoever_names_them() {
    // All of one name, so that there is one entity; near to each owner stands the one that exists.
    let component = |number: u32| {
        format!(
            "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: a}}\n\
             spec: {{type: service, lifecycle: production, owner: team-check-{number:04}}}\n"
        )
    };
    let snapshot = || {
        vec![json!([{"apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": {"name": "team-check-000"}}])]
    };
    let suggests = |count: u32| {
        let text: String = (0..count).map(component).collect();
        noted(&text, snapshot())[0]["problems"]["dangling-owner"][0].get("suggestion").is_some()
    };
    assert!(suggests(1_000));
    assert!(!suggests(1_002));
}
