//! Mistakes in single steps.

use std::sync::Arc;

use platlint_facts::NoFiles;
use platlint_scaffolder::Settings;
use serde_json::{Value as Json, json};

use crate::bounds::noted_of_skeleton;
use crate::platform::{documents, index, noted};

/// What is noted of a template with one parameter, `name`, and this step.
fn noted_of(step: &str) -> Json {
    let text = format!(
        "
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {{name: t}}
spec:
  type: service
  parameters: [{{properties: {{name: {{type: string}}}}}}]
  steps: [{step}]
"
    );
    let docs = documents(&text, "template.yaml", None);
    noted(&index(&docs, Arc::new(NoFiles), Settings::default()), &docs[0])
}

#[test]
fn inputs_that_exclude_each_other_are_told_as_such() {
    let noted = noted_of(
        "{id: a, action: catalog:register, input: {catalogInfoUrl: x, repoContentsUrl: '${{ parameters.name }}'}}",
    );
    let input = json!(["spec", "steps", 0, "input", "repoContentsUrl"]);
    let both =
        json!({"path": input, "action": "catalog:register", "key": "repoContentsUrl", "other": "catalogInfoUrl"});
    assert_eq!((&noted["problems"], &noted["unknown"]), (&json!({"unknown-input": [both]}), &json!({})));
}

#[test]
fn one_brace_instead_of_two_is_told_where_a_parameter_is_meant() {
    let noted = noted_of("{id: a, action: debug:log, input: {message: 'x ${ parameters.name } ${HOME}'}}");
    let brace = json!({
        "path": ["spec", "steps", 0, "input", "message"], "text": "${ parameters.name }",
        "written": "${ parameters.name }", "single-brace": true, "suggestion": "${{ parameters.name }}",
    });
    assert_eq!(noted["problems"], json!({"missing-dollar": [brace]}));
}

#[test]
fn names_of_steps_show_parameters_that_are_there() {
    let step = |name: &str| {
        format!("{{id: a, name: '{name}', action: debug:log, input: {{message: '${{{{ parameters.name }}}}'}}}}")
    };
    let noted = noted_of(&step("make ${{ parameters.nmae }}"));
    assert_eq!(noted["problems"]["undeclared-parameter"][0]["path"], json!(["spec", "steps", 0, "name"]));
    assert_eq!(noted_of(&step("make ${{ parameters.name }} ${{ acme() }}"))["problems"], json!({}));
}

/// How many files a template makes of this one, and what is not known of it.
fn made_of(body: &str) -> (usize, Json) {
    let (noted, generated) = noted_of_skeleton(&[("/t/s/a.yaml", body)]);
    (generated, noted["unknown"].clone())
}

#[test]
fn braces_in_texts_of_a_skeleton_are_for_others_and_judged() {
    let body = |line: &str| format!("apiVersion: v1\nname: ${{{{ values.name }}}}\n{{% raw %}}{line}{{% endraw %}}\n");
    for text in ["a: '{{ .x }}'", "a: {b: \"{{ .x }}-{{ .y }}\"}", "a: x-{{ .x }}"] {
        assert_eq!(made_of(&body(text)), (1, json!({})), "{text}");
    }
    for text in ["a: {{ .x }}", "{{- if .x }}", "- {{ .x }}", "a: [{{ .x }}]", "a: ${{ secrets.x }}", "{% if x %}"] {
        let (made, unknown) = made_of(&body(text));
        assert_eq!((made, unknown["skeleton-failed"].as_array().map(Vec::len)), (0, Some(1)), "{text}");
    }
}
