//! Whole templates with files beside them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use platlint_engine::Value;
use platlint_facts::{Domain as _, Files, LineOrigin, MemoryFiles, NoFiles, Target};
use platlint_scaffolder::{Settings, concerns, read_actions};
use serde_json::json;

use crate::platform::{documents, index, noted};

const TEMPLATE: &str = "
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: Service}
spec:
  type: service
  parameters:
    properties:
      name: {type: string}
      kind: {type: string, enum: [api, web]}
      replicas: {type: integer, default: 2}
      repo: {type: string, ui:field: RepoUrlPicker}
  steps:
    - id: fetch
      action: fetch:template
      input:
        url: ./skeleton
        copyWithoutTemplating: [.github/workflows]
        values:
          name: ${{ parameters.name }}
          kind: ${{ parameters.kind }}
          replicas: ${{ parameters.replicas }}
          owner: ${{ (parameters.repo | parseRepoUrl).owner }}
";

const FILES: [(&str, &str); 6] = [
    (
        "/t/skeleton/catalog-info.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\n{% if values.kind == 'api' %}\n# an API\n{% endif %}\nmetadata:\n  name: ${{ values.name }}\nspec:\n  owner: ${{ values.owner }}\n",
    ),
    ("/t/skeleton/${{ values.name }}/deploy.yaml", "replicas: ${{ values.replicas }}\nname: ${{ values.nmae }}\n"),
    ("/t/skeleton/.github/workflows/ci.yaml", "run: ${{ github.ref }}\n"),
    (
        "/t/skeleton/README.md",
        "# ${{ values.name }}\n${{ values.docs | default('none') }}\n{% if values.kind == 'web' %}${{ values.port }}{% endif %}\n",
    ),
    ("/t/skeleton/build.sh", "echo ${#list[@]}\n"),
    ("/t/skeleton/plain.yaml", "a: 1\n"),
];

fn files() -> Arc<dyn Files> {
    Arc::new(MemoryFiles::of(&FILES))
}

#[test]
fn fills_in_skeletons_and_remembers_the_lines() {
    let docs = documents(TEMPLATE, "template.yaml", Some("/t"));
    let index = index(&docs, files(), Settings::default());
    let generated = index.generated();
    let names: Vec<&str> = generated.iter().map(|made| &*made.name).collect();
    assert_eq!(
        names,
        [
            "t/skeleton/${{ values.name }}/deploy.yaml (template Service)",
            "t/skeleton/catalog-info.yaml (template Service)"
        ]
    );
    let made = &generated[1];
    assert_eq!(
        &*made.text,
        "apiVersion: backstage.io/v1alpha1\nkind: Component\n\n# an API\n\nmetadata:\n  name: platlint-sample-name\nspec:\n  owner: platlint-sample-owner\n"
    );
    let lines: Vec<u32> = made
        .lines
        .iter()
        .map(|origin| match origin {
            Some(LineOrigin::Line { line, .. }) => *line,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!((&*made.maker.tool, &*made.maker.from), ("template", "template.yaml"));
}

#[test]
fn notes_what_a_skeleton_reads_and_cannot_be_rendered() {
    let docs = documents(TEMPLATE, "template.yaml", Some("/t"));
    let index = index(&docs, files(), Settings::default());
    let noted = noted(&index, &docs[0]);
    let place = |file: &str, line: u32| json!([{"file": file, "line": line}]);
    assert_eq!(
        noted["problems"],
        json!({
            "undeclared-value": [{
                "path": ["spec", "steps", 0, "input", "values"], "name": "values.nmae", "suggestion": "values.name",
                "file": "t/skeleton/${{ values.name }}/deploy.yaml", "line": 2,
                "related": place("t/skeleton/${{ values.name }}/deploy.yaml", 2),
            }],
            "skeleton-failed": [{
                "path": ["spec", "steps", 0, "input", "url"], "problem": "a comment has no end",
                "file": "t/skeleton/build.sh", "line": 1, "related": place("t/skeleton/build.sh", 1),
            }],
        })
    );
    assert_eq!(noted["unknown"], json!({}));
}

#[test]
fn knows_which_files_are_filled_in() {
    let files_of = |text: &str| {
        let docs = documents(text, "template.yaml", Some("/t"));
        let index = index(&docs, files(), Settings::default());
        let marked = |(path, marks): (&Path, BTreeSet<&str>)| format!("{} {marks:?}", path.to_str().unwrap());
        index.skeleton_files().into_iter().map(marked).collect::<Vec<_>>()
    };
    let all: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
    let copied = "/t/skeleton/.github/workflows/ci.yaml";
    let filled_in: Vec<String> = all
        .iter()
        .filter(|path| *path != copied)
        .map(|path| format!("{path} {:?}", ["${{", "{%"].iter().collect::<BTreeSet<_>>()))
        .collect();
    assert_eq!(files_of(TEMPLATE), filled_in);
    let by_other_rules = TEMPLATE.replace("copyWithoutTemplating: [.github/workflows]", "cookiecutterCompat: true");
    let all: Vec<String> =
        all.into_iter().map(|path| format!("{path} {:?}", ["{{", "{%"].iter().collect::<BTreeSet<_>>())).collect();
    assert_eq!(files_of(&by_other_rules), all);
    let by_cookiecutter = TEMPLATE.replace("fetch:template", "fetch:cookiecutter");
    assert_eq!(files_of(&by_cookiecutter), all);
    let docs = documents(&by_cookiecutter, "template.yaml", Some("/t"));
    let noted = noted(&index(&docs, files(), Settings::default()), &docs[0]);
    assert_eq!(
        noted["unknown"]["skeleton-failed"],
        json!([{"path": ["spec", "steps", 0, "input", "url"], "reason": "cookiecutter fills it in, which is not rendered here"}])
    );
    let plain = TEMPLATE.replace("fetch:template", "fetch:plain");
    assert_eq!(files_of(&plain), [""; 0]);
}

#[test]
fn a_skeleton_that_is_missing_is_noted_with_what_was_meant() {
    let text = TEMPLATE.replace("./skeleton", "./skelton");
    let docs = documents(&text, "template.yaml", Some("/t"));
    let index = index(&docs, files(), Settings::default());
    let noted = noted(&index, &docs[0]);
    assert_eq!(
        noted["problems"]["missing-skeleton"],
        json!([{
            "path": ["spec", "steps", 0, "input", "url"], "url": "./skelton", "problem": "does not exist",
            "suggestion": "./skeleton",
        }])
    );
    assert_eq!(index.edges()[0].target, Target::Missing);
}

#[test]
fn a_template_generates_its_skeleton() {
    let docs = documents(TEMPLATE, "template.yaml", Some("/t"));
    let edges = index(&docs, files(), Settings::default()).edges();
    assert_eq!(edges.len(), 1);
    let edge = &edges[0];
    assert_eq!(
        (&*edge.from.name, edge.relation, &*edge.to.name),
        ("template:default/service", "generates", "t/skeleton")
    );
    assert_eq!(edge.target, Target::Exists);
}

#[test]
fn without_files_what_stands_beside_a_template_is_unknown() {
    let docs = documents(TEMPLATE, "template.yaml", None);
    let index = index(&[], Arc::new(NoFiles), Settings::default());
    let noted = noted(&index, &docs[0]);
    assert_eq!(noted["problems"], json!({}));
    assert_eq!(noted["unknown"]["missing-skeleton"].as_array().unwrap().len(), 1);
}

#[test]
fn an_export_makes_actions_certain_and_configured_filters_exist() {
    let text = "
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: a}
spec:
  type: service
  steps:
    - {id: a, action: 'acme:deploy', input: {target: '${{ user.ref | shout }}', more: 1}}
    - {id: b, action: 'acme:other'}
    - {id: c, action: 'debug:log', input: {message: done}}
";
    let docs = documents(text, "template.yaml", None);
    let export = r#"[{"id": "acme:deploy", "schema": {"input": {"type": "object", "required": ["env"],
        "properties": {"target": {"type": "string"}, "env": {"type": "string"}}, "additionalProperties": false}}}]"#;
    let settings = Settings { actions: Some(read_actions(export).unwrap()), filters: vec!["shout".into()] };
    let known = noted(&index(&docs, Arc::new(NoFiles), settings), &docs[0]);
    assert_eq!(known["unknown"], json!({}));
    let codes: Vec<&String> = known["problems"].as_object().unwrap().keys().collect();
    assert_eq!(codes, ["missing-input", "unknown-action", "unknown-input"]);
    let actions = &known["problems"]["unknown-action"];
    assert_eq!(actions.as_array().unwrap().len(), 1, "what is built in stays known: {actions}");
    let unknown = noted(&index(&docs, Arc::new(NoFiles), Settings::default()), &docs[0]);
    assert_eq!(unknown["unknown"]["unknown-action"].as_array().unwrap().len(), 2);
    assert_eq!(unknown["unknown"]["unknown-filter"].as_array().unwrap().len(), 1);
}

#[test]
fn tells_neutral_facts() {
    let docs = documents(TEMPLATE, "template.yaml", Some("/t"));
    let noted = noted(&index(&docs, files(), Settings::default()), &docs[0]);
    let template = &noted["template"];
    assert_eq!(template["type"], "service");
    assert_eq!(template["steps"], json!([{"id": "fetch", "action": "fetch:template", "path": ["spec", "steps", 0]}]));
    assert_eq!(template["parameters"][1]["name"], "name");
    assert_eq!(template["parameters"][1]["used"], true);
    assert_eq!(template["expressions"][0]["names"], json!(["parameters.kind"]));
}

#[test]
fn whatever_stands_in_a_template_does_no_harm() {
    let values =
        [json!(null), json!(1), json!("${{"), json!([]), json!([null, [1]]), json!({"a": {"b": []}}), json!(true)];
    let keys = [
        "spec",
        "parameters",
        "steps",
        "output",
        "properties",
        "required",
        "input",
        "values",
        "url",
        "action",
        "id",
        "each",
    ];
    let template = serde_yaml::from_str::<serde_json::Value>(TEMPLATE).unwrap();
    let mut broken = 0;
    for key in keys {
        for value in &values {
            let mut object = template.clone();
            replace(&mut object, key, value);
            let mut doc = (*documents(TEMPLATE, "template.yaml", Some("/t"))[0]).clone();
            doc.object = Value::from(object);
            assert!(concerns(&doc.gvk));
            let docs = [Arc::new(doc)];
            let noted = noted(&index(&docs, files(), Settings::default()), &docs[0]);
            broken += usize::from(noted["problems"] != json!({}));
        }
    }
    assert!(broken > 20, "{broken}");
}

/// Puts a value under every key of that name.
fn replace(object: &mut serde_json::Value, key: &str, value: &serde_json::Value) {
    match object {
        serde_json::Value::Object(map) => {
            for (name, inner) in map {
                if name == key {
                    *inner = value.clone();
                } else {
                    replace(inner, key, value);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| replace(item, key, value)),
        _ => {}
    }
}
