//! Templates and skeletons that ask for endless work are given up, with a reason.

use std::fmt::Write as _;
use std::sync::Arc;

use platlint_facts::{Domain as _, MemoryFiles, NoFiles};
use platlint_scaffolder::Settings;
use serde_json::{Value as Json, json};

use crate::platform::{documents, index, noted};

/// What is noted of a template with such a form, that reads `parameters.a.b.c`.
fn noted_of_form(form: &str) -> Json {
    let text = format!(
        "
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {{name: t}}
spec:
  type: service
  parameters:
    - {form}
  steps: [{{id: l, action: debug:log, input: {{message: '${{{{ parameters.a.b.c }}}}'}}}}]
"
    );
    let docs = documents(&text, "template.yaml", None);
    noted(&index(&docs, Arc::new(NoFiles), Settings::default()), &docs[0])
}

#[test]
fn a_form_that_refers_to_itself_many_times_is_followed_once() {
    let members: String = (0..8).fold(String::new(), |mut made, index| {
        write!(made, "p{index}: {{$ref: '#/definitions/n'}}, ").unwrap();
        made
    });
    let noted = noted_of_form(&format!(
        "{{properties: {{a: {{$ref: '#/definitions/n'}}}}, definitions: {{n: {{type: object, properties: {{{members}}}}}}}}}"
    ));
    assert_eq!(noted["problems"], json!({"unused-parameter": noted["problems"]["unused-parameter"]}), "{noted}");
}

#[test]
fn a_form_that_grows_with_every_reference_is_given_up() {
    let definitions: String = (0..22).fold(String::new(), |mut made, index| {
        let next = index + 1;
        write!(made, "n{index}: {{type: object, properties: {{b: {{$ref: '#/definitions/n{next}'}}, x: {{$ref: '#/definitions/n{next}'}}}}}}, ")
            .unwrap();
        made
    });
    let noted = noted_of_form(&format!(
        "{{properties: {{a: {{$ref: '#/definitions/n0'}}}}, definitions: {{{definitions} n22: {{type: string}}}}}}"
    ));
    assert_eq!(noted["problems"]["undeclared-parameter"], Json::Null);
}

/// What is noted of a template with such a skeleton, and how many files are made of it.
pub(crate) fn noted_of_skeleton(files: &[(&str, &str)]) -> (Json, usize) {
    let text = "
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: t}
spec:
  type: service
  parameters: [{properties: {name: {type: string}}}]
  steps: [{id: f, action: fetch:template, input: {url: ./s, values: {name: '${{ parameters.name }}'}}}]
";
    let docs = documents(text, "template.yaml", Some("/t"));
    let index = index(&docs, Arc::new(MemoryFiles::of(files)), Settings::default());
    (noted(&index, &docs[0]), index.generated().len())
}

fn is_given_up(body: &str) {
    let (noted, generated) = noted_of_skeleton(&[("/t/s/a.yaml", body)]);
    assert_eq!(generated, 0, "{body:.80}");
    assert_eq!(noted["problems"], json!({}), "{body:.80}");
    assert_eq!(noted["unknown"]["skeleton-failed"].as_array().map(Vec::len), Some(1), "{body:.80} {noted}");
}

#[test]
fn values_that_grow_without_end_are_given_up() {
    let start = "{% set x = 'aaaaaaaaaaaaaaaa' %}";
    for step in [
        "{% set x = x ~ x %}",
        "{% set x = x + x %}",
        "{% set x = [x, x] %}",
        "{% set x = [x] %}",
        "{% set x = {a: x} %}",
        "{% set x = [x, x] | join(',') %}",
        "{% set x = x | replace('a', 'aa') %}",
        "{% set x = x.split('a') | join('aaaa') %}",
        "{% set x = x | dump %}",
        "{% set x %}${{ x }}${{ x }}{% endset %}",
    ] {
        is_given_up(&format!("{start}{}${{{{ x }}}}\n", step.repeat(60)));
    }
    let long = format!("{start}{}", "{% set x = x ~ x %}".repeat(15));
    is_given_up(&format!("{long}${{{{ x | replace('a', x) }}}}"));
    is_given_up(&format!("{long}${{{{ x.split('a') | join(x) }}}}"));
    is_given_up(&format!("{long}{{% set y = x | replace('a', '\\n') %}}${{{{ y | indent(80) }}}}"));
}

#[test]
fn loops_in_loops_are_given_up() {
    let items = "1,".repeat(40);
    let open = format!("{{% for x in [{items}1] %}}").repeat(5);
    is_given_up(&format!("{open}{}", "{% endfor %}".repeat(5)));
    is_given_up(&format!("{open}{{% set y = 'a' ~ x %}}{}", "{% endfor %}".repeat(5)));
}

#[test]
fn large_skeletons_are_given_up_with_a_reason() {
    let large = "a".repeat(1 << 20) + "\n${{ values.name }}\n";
    let names: Vec<String> = (0..40).map(|index| format!("/t/s/{index}.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), large.as_str())).collect();
    let reasons = noted_of_skeleton(&files).0["unknown"]["skeleton-failed"].to_string();
    assert!(reasons.contains("it takes too long to render"), "{reasons}");
    let names: Vec<String> = (0..2_100).map(|index| format!("/t/s/{index}.txt")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let reasons = noted_of_skeleton(&files).0["unknown"]["skeleton-failed"].to_string();
    assert!(reasons.contains("only 2000 files"), "{reasons}");
}

#[test]
fn many_mistakes_in_one_file_are_cut_short() {
    let many: String = (0..200).fold(String::new(), |mut made, index| {
        writeln!(made, "${{{{ values.x{index} }}}}").unwrap();
        made
    });
    let (noted, _) = noted_of_skeleton(&[("/t/s/a.txt", &many)]);
    assert_eq!(noted["problems"]["undeclared-value"].as_array().map(Vec::len), Some(50));
    assert_eq!(noted["unknown"]["undeclared-value"].as_array().map(Vec::len), Some(1));
}

#[test]
fn tags_without_an_end_are_not_looked_for_again_and_again() {
    let (noted, _) = noted_of_skeleton(&[("/t/s/a.txt", &"{% raw %}\n".repeat(100_000))]);
    assert_eq!(noted["problems"]["skeleton-failed"][0]["problem"], "it is nested too deeply to be read");
}
