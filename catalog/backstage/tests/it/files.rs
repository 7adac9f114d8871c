//! Files that entities point to.

use crate::made::{noted, noted_beside, told};

const CODE: &str = "missing-placeholder-file";

fn location(spec: &str) -> String {
    format!("apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {{name: a}}\nspec: {spec}\n")
}

fn documented(reference: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata: {{name: a, annotations: {{backstage.io/techdocs-ref: '{reference}'}}}}\nspec: {{owner: user:a}}\n"
    )
}

#[test]
fn placeholders_are_looked_up_beside_the_entity() {
    let entity = "
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: a}
spec:
  type: openapi
  lifecycle: production
  owner: user:a
  definition: {$text: ./openapi.yml}
  more: [{$yaml: docs}, {$json: https://example.org/a.json}, {$text: 7}, {$openapi: sub/api.yaml}, {$text: /root.md}]
";
    let found = noted_beside(entity, &[("/repo/openapi.yaml", ""), ("/repo/docs/a", ""), ("/repo/sub/api.yaml", "")]);
    assert_eq!(
        told(&found[0], "problems", CODE),
        [
            "spec/definition/$text: file=repo/openapi.yml problem=missing subject=$text suggestion=./openapi.yaml value=./openapi.yml",
            "spec/more/0/$yaml: file=repo/docs problem=folder subject=$yaml value=docs",
            "spec/more/2/$text: file=repo problem=no-text subject=$text value=",
        ]
    );
    let nowhere = noted(entity, vec![]);
    assert_eq!(told(&nowhere[0], "unknown", CODE).len(), 3);
    assert_eq!(told(&nowhere[0], "problems", CODE).len(), 1);
}

#[test]
fn documentation_is_looked_for_in_its_folder() {
    let around = [("/repo/mkdocs.yml", "site_name: x\ndocs_dir: pages\n"), ("/repo/pages/index.md", "")];
    let told_of = |reference: &str, around: &[(&str, &str)]| {
        let found = noted_beside(&documented(reference), around);
        told(&found[0], "problems", CODE)
            .into_iter()
            .map(|told| told.split("problem=").nth(1).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(told_of("dir:.", &around), Vec::<String>::new());
    assert_eq!(told_of("dir:.", &around[..1]), ["no-docs subject=techdocs value=."]);
    assert_eq!(told_of("dir:.", &[around[0], ("/repo/README.md", "")]), Vec::<String>::new());
    for plain in ["/repo/docs/index.md", "/repo/README.md"] {
        assert_eq!(told_of("dir:.", &[(plain, "")]), Vec::<String>::new(), "{plain}");
    }
    assert_eq!(told_of("dir:.", &[("/repo/pages/index.md", "")]), ["no-mkdocs subject=techdocs value=."]);
    assert_eq!(told_of("dir:./handbook", &around), ["missing subject=techdocs value=./handbook"]);
    assert_eq!(told_of("dir:mkdocs.yml", &around), ["file subject=techdocs value=mkdocs.yml"]);
    assert_eq!(told_of("url:https://example.org/docs", &[]), Vec::<String>::new());
}

#[test]
fn targets_of_locations_are_looked_up() {
    let around = [("/repo/teams/a.yaml", ""), ("/repo/all/x/catalog-info.yaml", "")];
    let told_of = |spec: &str| {
        let found = noted_beside(&location(spec), &around);
        (told(&found[0], "problems", CODE), told(&found[0], "unknown", CODE).len())
    };
    assert_eq!(
        told_of("{targets: [./teams/a.yaml, ./all/*/catalog-info.yaml, 'https://example.org/x.yaml']}"),
        (vec![], 0)
    );
    assert_eq!(told_of("{target: ./none.yaml, presence: optional}"), (vec![], 0));
    assert_eq!(
        told_of("{type: url, target: ./teams/a.yml}").0,
        [
            "spec/target: file=repo/teams/a.yml problem=missing subject=target suggestion=./teams/a.yaml value=./teams/a.yml"
        ]
    );
    assert_eq!(told_of("{targets: [./all/*/none.yaml, ./nothing/*.yaml]}").0.len(), 2);
    assert_eq!(told_of("{type: file, target: none.yaml}"), (vec![], 1));
    assert_eq!(told_of("{target: './{a,b}.yaml'}"), (vec![], 1));
    assert_eq!(told_of("{type: github-discovery, target: x}"), (vec![], 0));
}
