//! What is noted of an entity by itself.

use crate::made::{noted, told};

#[test]
fn a_valid_entity_of_each_kind_has_no_problems() {
    let found = noted(
        r#"
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: cart
  namespace: shop
  title: The cart
  labels: {example.org/tier: "1", empty: ""}
  annotations: {github.com/project-slug: org/cart}
  tags: [java, c++]
  links: [{url: https://example.org, title: Home, icon: web, type: x}]
spec: {type: service, lifecycle: production, owner: team, custom: {deeply: [1]}}
---
apiVersion: backstage.io/v1beta1
kind: API
metadata: {name: pay}
spec: {type: openapi, lifecycle: production, owner: user:jane, definition: {$text: https://example.org/a.yaml}}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: tools}
spec: {type: mcp-server, lifecycle: production, owner: team, remotes: [{type: sse, url: https://example.org}]}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: db}
spec: {type: database, owner: team, dependencyOf: ["component:shop/cart"]}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: shop}
spec: {owner: team, domain: trade}
---
apiVersion: backstage.io/v1alpha1
kind: Domain
metadata: {name: trade}
spec: {owner: team}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: jane}
spec: {memberOf: [team], profile: {displayName: Jane}}
---
apiVersion: backstage.io/v1alpha1
kind: Location
metadata: {name: all}
spec: {targets: [https://example.org/a.yaml], presence: optional}
---
apiVersion: backstage.io/v1alpha1
kind: AiResource
metadata: {name: review}
spec: {type: rule, lifecycle: production, owner: team, category: style, rationale: because}
---
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: service}
spec: {type: service, owner: team, steps: []}
---
apiVersion: backstage.io/v1alpha1
kind: Whatever
metadata: {name: custom}
spec: {anything: true}
"#,
        vec![],
    );
    for notes in found {
        assert_eq!(notes["problems"], serde_json::json!({}), "{}", notes["entity"]["ref"]);
    }
}

#[test]
fn all_problems_of_an_entity_are_noted_at_once() {
    let found = noted(
        r#"
apiVersion: backstage.io/v1alpha1
kind: Component
relations: []
specs: {}
metadata:
  name: My Cart
  namespace: Shop
  labels: {example.org/tier: 1, "a b": x, tier: not ok}
  annotations: {example.org/port: 8080, example.org/on: true, example.org/none: }
  tags: [Java, 2024]
  links: [{title: "x"}, {url: example.org, icon: " "}]
spec: {type: service, owner: "", lifecyle: production}
"#,
        vec![],
    );
    assert_eq!(
        told(&found[0], "problems", "invalid-entity"),
        [
            r#"metadata/annotations/example.org/none: expected=a string field=metadata.annotations["example.org/none"] found=empty problem=wrong-type"#,
            r#"metadata/annotations/example.org/on: expected=a string field=metadata.annotations["example.org/on"] found=true problem=wrong-type quoted=true unquoted=true"#,
            r#"metadata/annotations/example.org/port: expected=a string field=metadata.annotations["example.org/port"] found=the number 8080 problem=wrong-type quoted=8080 unquoted=true"#,
            r#"metadata/labels/a b: field=metadata.labels["a b"] format=key problem=malformed value=a b"#,
            r#"metadata/labels/example.org/tier: expected=a string field=metadata.labels["example.org/tier"] found=the number 1 problem=wrong-type quoted=1 unquoted=true"#,
            "metadata/labels/tier: field=metadata.labels.tier format=label problem=malformed suggestion=not-ok value=not ok",
            "metadata/links/0/url: field=metadata.links[0].url problem=missing",
            "metadata/links/1/icon: field=metadata.links[1].icon problem=empty",
            "metadata/links/1/url: field=metadata.links[1].url format=url problem=malformed value=example.org",
            "metadata/name: field=metadata.name format=name problem=malformed suggestion=my-cart value=My Cart",
            "metadata/namespace: field=metadata.namespace format=namespace problem=malformed suggestion=shop value=Shop",
            "metadata/tags/0: field=metadata.tags[0] format=tag problem=malformed suggestion=java value=Java",
            "metadata/tags/1: expected=a string field=metadata.tags[1] found=the number 2024 problem=wrong-type quoted=2024 unquoted=true",
            "relations: field=relations problem=output",
            "spec/lifecycle: field=spec.lifecycle problem=missing",
            "specs: field=specs problem=foreign",
        ]
    );
    assert_eq!(
        told(&found[0], "problems", "unknown-entity-field"),
        ["spec/lifecyle: field=spec.lifecyle problem=misspelt suggestion=lifecycle"]
    );
}

#[test]
fn misspelt_kinds_and_wrong_versions_are_noted() {
    let found = noted(
        "
apiVersion: backstage.io/v1alpha1
kind: component
metadata: {name: a}
---
apiVersion: backstage.io/v2
kind: System
metadata: {name: a}
spec: {owner: team}
---
apiVersion: backstage.io/v1beta2
kind: Template
metadata: {name: a}
---
apiVersion: backstage.io/v1alpha1
kind: Component
",
        vec![],
    );
    let told: Vec<String> = found.iter().flat_map(|notes| told(notes, "problems", "invalid-entity")).collect();
    assert_eq!(
        told,
        [
            "kind: field=kind problem=unknown-kind suggestion=Component value=component",
            r#"apiVersion: allowed=["backstage.io/v1alpha1","backstage.io/v1beta1"] field=apiVersion kind=System problem=version value=backstage.io/v2"#,
            r#"apiVersion: allowed=["scaffolder.backstage.io/v1beta3"] field=apiVersion kind=Template problem=version value=backstage.io/v1beta2"#,
            "metadata: field=metadata problem=missing",
            "spec: field=spec problem=missing",
        ]
    );
}

#[test]
fn what_a_template_fills_in_is_not_decided() {
    let found = noted(
        r#"
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: ${{ values.name | dump }}
  tags: ["${{ values.tag }}"]
  annotations: {github.com/project-slug: "${{ values.destination.owner }}/x"}
spec: {type: service, lifecycle: production, owner: "${{ values.owner }}", dependsOn: ["component:${{ values.x }}"]}
"#,
        vec![],
    );
    assert_eq!(found[0]["problems"], serde_json::json!({}));
    let reason = "reason=it is filled in by a software template";
    assert_eq!(
        told(&found[0], "unknown", "invalid-entity"),
        [format!("metadata/name: {reason}"), format!("metadata/tags/0: {reason}")]
    );
    assert_eq!(found[0]["unknown"].get("dangling-owner"), None, "owner-annotation says so");
    assert_eq!(told(&found[0], "unknown", "dangling-reference"), [format!("spec/dependsOn/0: {reason}")]);
    assert_eq!(found[0].get("entity"), None);
}

#[test]
fn fields_of_the_catalog_itself_are_noted() {
    let found = noted(
        "
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: a, uid: x, annotations: {backstage.io/managed-by-location: 'url:x', github.com/project_slug: a/b}}
spec: {owner: team}
",
        vec![],
    );
    assert_eq!(told(&found[0], "problems", "unknown-entity-field"), ["metadata/uid: field=metadata.uid problem=given"]);
    assert_eq!(
        told(&found[0], "problems", "malformed-annotation"),
        [
            "metadata/annotations/backstage.io/managed-by-location: key=backstage.io/managed-by-location problem=output",
            "metadata/annotations/github.com/project_slug: key=github.com/project_slug problem=key suggestion=github.com/project-slug",
        ]
    );
}

#[test]
fn a_secret_is_told_without_its_text() {
    let token = ["gh", "p_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"].concat();
    let found = noted(
        &format!(
            "
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {{name: a, annotations: {{example.org/note: 'use {token}', github.com/project-slug: '{token}'}}}}
spec: {{owner: team}}
"
        ),
        vec![],
    );
    assert_eq!(told(&found[0], "problems", "secret-in-annotation").len(), 2);
    assert!(!found[0].to_string().contains(&token), "{}", found[0]);
}
