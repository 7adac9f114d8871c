//! What is said about input that cannot be read, and where it points.

use platlint_source::{Document, Limits, ProblemKind, ReadError, ReadErrorKind, Reading, SourceText};

use crate::canonical::Canonical;

fn failure(text: &str) -> (ReadErrorKind, String, String) {
    let text = SourceText::from(text.to_owned());
    let error: ReadError = match Document::parse(text.as_str(), *text.split().last().unwrap(), &Limits::default()) {
        Err(error) => error,
        Ok(document) => document.build(Reading::Kubernetes, &mut Canonical).expect_err("this must not be readable"),
    };
    let position = text.position(error.span.range().start);
    let place = format!("{}:{} {:?}", position.line, position.column, error.span.slice(text.as_str()));
    (error.kind, place, error.to_string())
}

fn fails(text: &str, kind: ReadErrorKind, place: &str, message: &str) {
    assert_eq!(failure(text), (kind, place.to_owned(), message.to_owned()), "{text:?}");
}

#[test]
fn names_templates_that_were_not_rendered() {
    for (text, place) in [
        ("a: 1\nname: {{ .Values.name }}\n", "2:7 \"{{ .Values.name }}\""),
        ("{{- if .x }}\na: 1\n{{- end }}\n", "1:1 \"{{- if .x }}\""),
        ("a:\n  b: 1\n  {{- include \"x\" . | nindent 2 }}\n", "3:3 \"{{- include \\\"x\\\" . | nindent 2 }}\""),
        ("a: [{{ .x }}]\n", "1:5 \"{{ .x }}\""),
        ("{{ .x }}: 1\n", "1:1 \"{{ .x }}\""),
        ("name: \"{{ default \"x\" .Values.r }}\"\n", "1:8 \"{{ default \\\"x\\\" .Values.r }}\""),
        ("a: 1\nb: '{{ default 'x' .y }}-{{ .z }}'\n", "2:5 \"{{ default 'x' .y }}\""),
        ("a: {{ .x }}-{{ .y }}\n", "1:4 \"{{ .x }}\""),
    ] {
        let (kind, found, message) = failure(text);
        assert_eq!((kind, found.as_str()), (ReadErrorKind::UnrenderedTemplate, place), "{text:?}");
        assert!(message.contains("helm template"), "{message}");
    }
}

#[test]
fn takes_braces_in_quotes_comments_and_block_texts_for_text() {
    for text in ["a: '{{ .x }}'\n", "a: \"{{ .x }}\"\n", "# {{ .x }}\na: 1\n", "a: |\n  {{ .x }}\n", "a: x-{{ .x }}\n"]
    {
        let text = SourceText::from(text.to_owned());
        assert!(Document::parse(text.as_str(), text.split()[0], &Limits::default()).is_ok(), "{}", text.as_str());
    }
    fails("a: '{{ .x }}' z\n", ReadErrorKind::InvalidYaml, "1:15 \"z\"", "text follows directly after a closing quote");
    fails(
        "a: '{{ .x }}'\nb: [1\nc: 2\n",
        ReadErrorKind::InvalidYaml,
        "3:2 \":\"",
        "a `:` is not allowed here: is a bracket or quote before it not closed?",
    );
}

#[test]
fn dollars_before_braces_are_text_where_nothing_else_is_a_template() {
    let yaml = ReadErrorKind::InvalidYaml;
    let (kind, place, _) = failure("a:\n  - id: a\n    b: ${{ parameters.x }}\n   c: d\n");
    assert_eq!((kind, place.split(' ').next()), (yaml, Some("4:4")));
    let (kind, place, _) =
        failure("apiVersion: scaffolder.backstage.io/v1beta3\na: '{{ x }}'\nb: ${{ y }}\nc: [1\nd: 2\n");
    assert_eq!((kind, place.split(':').next()), (yaml, Some("5")));
    fails("a: \"${{ x['a'] | f(\"b\") }}\"\n", yaml, "1:21 \"b\"", "text follows directly after a closing quote");
    for (text, place) in [
        ("a: ${{ x }}\n{% if y %}\nb: 1\n{% endif %}\n", "1:5 \"{{ x }}\""),
        ("a: ${{ x }}\nb: {{ .y }}\n", "2:4 \"{{ .y }}\""),
    ] {
        let (kind, found, _) = failure(text);
        assert_eq!((kind, found.as_str()), (ReadErrorKind::UnrenderedTemplate, place), "{text:?}");
    }
}

#[test]
fn points_at_what_is_wrong_in_yaml() {
    let yaml = ReadErrorKind::InvalidYaml;
    fails("a: \"x\nb: 1\n", yaml, "1:4 \"\\\"\"", "this quote is not closed");
    fails("a: 'x\n", yaml, "1:4 \"'\"", "this quote is not closed");
    fails("a:\n\tb: 1\n", yaml, "2:1 \"\\t\"", "a tab is used for indentation: YAML allows only spaces");
    fails(
        "a: b: c\n",
        yaml,
        "1:5 \":\"",
        "a `: ` is not allowed here (quote the text, or indent it as a map of its own)",
    );
    fails("a: @x\n", yaml, "1:4 \"@\"", "a value cannot begin with this character unless it is quoted");
    fails(
        "a: \"\\q\"\n",
        yaml,
        "1:4 \"\\\"\"",
        "this escape is unknown in YAML (in single quotes `\\` stands for itself)",
    );
    fails("a: }\n", yaml, "1:4 \"}\"", "this bracket closes nothing");
    fails("-\t# tab\n  a\n", yaml, "1:2 \"\\t\"", "a tab stands here, and Kubernetes reads only spaces in this place");
}

#[test]
fn refuses_what_the_cluster_reads_otherwise() {
    let yaml = ReadErrorKind::InvalidYaml;
    let question = "inside brackets Kubernetes ends the text at this `?`: quote the text";
    fails("a: [http://x/y?z=1]\n", yaml, "1:15 \"?\"", question);
    let separator = "Kubernetes ends the line at this invisible separator: write it as an escape in double quotes";
    fails("# a\u{2028}privileged: true\nb: 1\n", yaml, "1:4 \"\\u{2028}\"", separator);
    fails("a: \"x\u{85}y\"\n", yaml, "1:6 \"\\u{85}\"", separator);
    for text in ["a: http://x/y?z=1\n", "a: ['x?y', \"\\L\"]\n", "a: \"x\u{2028}y\"\n", "[{? a : b}]\n"] {
        let text = SourceText::from(text.to_owned());
        let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
        assert!(document.build(Reading::Kubernetes, &mut Canonical).is_ok(), "{}", text.as_str());
    }
}

#[test]
fn points_at_what_is_wrong_in_json() {
    let json = ReadErrorKind::InvalidJson;
    fails("{\"a\": [1, \"x\" \"y\"]}", json, "1:15 \"\\\"\"", "expected `,` or `]` after this item");
    fails("{\n\t\"a\" 1\n}", json, "2:6 \"1\"", "expected `:` after the key");
    fails("{\"a\": \"x", json, "1:7 \"\\\"\"", "this string is not closed");
}

#[test]
fn names_what_no_json_can_hold() {
    let value = ReadErrorKind::UnsupportedValue;
    fails("a: 1\nb: .inf\n", value, "2:4 \".inf\"", "`.inf` has no JSON value: Kubernetes refuses the document");
    fails("b: !!int x\n", ReadErrorKind::TagMismatch, "1:10 \"x\"", "`x` is no int, as its tag says");
    let key = ReadErrorKind::UnsupportedKey;
    fails("? [a]\n: 1\n", key, "1:3 \"[a]\"", "a list or a map cannot be a key");
    fails("~: 1\n", key, "1:1 \"~\"", "a key must be text: this one is null or too large a number");
    let merge = ReadErrorKind::InvalidMerge;
    fails("<<: 1\n", merge, "1:5 \"1\"", "`<<` merges a map or a list of maps, and this is neither");
}

#[test]
fn names_aliases_without_an_anchor() {
    let kind = ReadErrorKind::UnknownAlias;
    fails("a: *nope\n", kind, "1:4 \"*nope\"", "no anchor `&nope` stands before this alias");
    fails("a: &x 1\n---\nb: *x\n", kind, "3:4 \"*x\"", "no anchor `&x` stands before this alias");
}

#[test]
fn reports_both_places_of_a_duplicate_key() {
    let text = SourceText::from("a: 1\nb: {c: 1, 'c': 2}\na: 2\non: x\ny: z\n".to_owned());
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    let found: Vec<String> = document
        .problems(Reading::Kubernetes)
        .iter()
        .map(|problem| {
            let at = problem.span.start;
            match &problem.kind {
                ProblemKind::DuplicateKey { key, first } => format!("{at}: {key} as at {}", first.start),
                ProblemKind::KeyReadAs { written, read } => format!("{at}: {written} is {read}"),
                other => format!("{at}: {other:?}"),
            }
        })
        .collect();
    assert_eq!(found, ["15: c as at 9", "23: a as at 0", "28: on is true", "34: y is true", "34: true as at 28"]);
    let yaml12: Vec<u32> = document.problems(Reading::Yaml12).iter().map(|problem| problem.span.start).collect();
    assert_eq!(yaml12, [15, 23]);
}

#[test]
fn reports_every_value_that_cannot_be_read() {
    let text = SourceText::from("a: .nan\nb: [-.inf, x]\nc: '.inf'\n".to_owned());
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    let problems = document.problems(Reading::Kubernetes);
    assert_eq!(problems.iter().map(|problem| problem.span.start).collect::<Vec<_>>(), [3, 12]);
}
