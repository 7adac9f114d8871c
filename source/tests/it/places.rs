//! Where pointers lead: the place people are shown.

use platlint_source::{Document, Limits, Reading, Segment, SourceText};

const POD: &str = "\
# a pod
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}} # flow
spec:
  containers:
  - name: app  # the first
    image: \"nginx:1.25\"
    command:
    - sh
    - -c
  -   name: side
      args: |
        one
        two
      env:
        - &env {name: A, value: 1}
        - *env
  empty:
  list: []
";

/// The text of the place a pointer in JSON notation leads to, with its line and column.
fn shown(text: &str, pointer: &str) -> (String, u32, u32, usize) {
    let text = SourceText::from(text.to_owned());
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    let segments: Vec<Segment<'_>> =
        pointer.split('/').skip(1).map(|part| part.parse().map_or(Segment::Key(part), Segment::Index)).collect();
    let place = document.find(&segments, Reading::Kubernetes);
    assert_eq!(place.value.is_some(), place.found == segments.len());
    let position = text.position(place.span().range().start);
    (place.span().slice(text.as_str()).to_owned(), position.line, position.column, place.found)
}

fn place(pointer: &str) -> (String, u32, u32, usize) {
    shown(POD, pointer)
}

fn is(place: &(String, u32, u32, usize), text: &str, line: u32, column: u32, found: usize) {
    assert_eq!((place.0.as_str(), place.1, place.2, place.3), (text, line, column, found));
}

#[test]
fn shows_a_scalar_itself() {
    is(&place("/kind"), "Pod", 3, 7, 1);
    is(&place("/spec/containers/0/image"), "\"nginx:1.25\"", 8, 12, 4);
    is(&place("/spec/containers/0/command/1"), "-c", 11, 7, 5);
    is(&place("/metadata/labels/app"), "web", 4, 37, 3);
}

#[test]
fn shows_the_key_of_a_map_or_list() {
    is(&place("/spec"), "spec", 5, 1, 1);
    is(&place("/spec/containers"), "containers", 6, 3, 2);
    is(&place("/metadata/labels"), "labels", 4, 23, 2);
}

#[test]
fn shows_the_first_line_of_a_list_item() {
    is(&place("/spec/containers/0"), "name: app  # the first", 7, 5, 3);
    is(&place("/spec/containers/1"), "name: side", 12, 7, 3);
}

#[test]
fn shows_the_nearest_parent_of_what_is_missing() {
    is(&place("/spec/containers/0/resources/limits"), "name: app  # the first", 7, 5, 3);
    is(&place("/spec/containers/7/image"), "containers", 6, 3, 2);
    is(&place("/metadata/annotations/owner"), "metadata", 4, 1, 1);
    is(&place("/status"), "apiVersion: v1", 2, 1, 0);
    is(&place("/kind/x"), "kind", 3, 1, 1);
}

#[test]
fn shows_the_key_of_a_value_that_is_left_out() {
    is(&place("/spec/empty"), "empty", 19, 3, 2);
}

#[test]
fn shows_a_block_text_from_its_indicator() {
    is(&place("/spec/containers/1/args"), "|\n        one\n        two", 13, 13, 4);
}

#[test]
fn follows_aliases_to_where_the_value_is_written() {
    is(&place("/spec/containers/1/env/1"), "*env", 18, 11, 5);
    is(&place("/spec/containers/1/env/1/value"), "1", 17, 33, 6);
}

#[test]
fn shows_the_document_by_its_first_line_behind_the_marker() {
    is(&shown("---\n# c\na: 1\nb: 2\n", "/x"), "a: 1", 3, 1, 0);
    is(&shown("---\n- a\n- b\n", "/9"), "- a", 2, 1, 0);
}

#[test]
fn finds_the_dash_of_a_list_that_is_not_indented() {
    for text in
        ["a:\n- x\n", "a: # why - not\n\n# - no\n- x\n", "a: &n !!seq\n- x\n", "a:\r\n-\r\n  x\n", "? a\n:\n- x\n"]
    {
        let text = SourceText::from(text.to_owned());
        let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
        let list = document.root().get("a", Reading::Kubernetes).unwrap();
        let start = list.span().range().start;
        assert!(text.as_str()[start..].starts_with('-'), "{:?} at {start}", text.as_str());
        assert_eq!(text.position(start).column, 1);
    }
}

#[test]
fn takes_a_merged_field_from_where_it_is_written() {
    let text = "base: &b {cpu: 1}\nuse:\n  <<: *b\n  own: 2\n";
    is(&shown(text, "/use/cpu"), "1", 1, 16, 2);
    is(&shown(text, "/use/own"), "2", 4, 8, 2);
}

#[test]
fn takes_the_last_of_equal_keys() {
    is(&shown("a: 1\nb: 2\na: 3\n", "/a"), "3", 3, 4, 1);
}

#[test]
fn finds_keys_by_what_kubernetes_reads() {
    is(&shown("on: 1\n0x10: 2\n", "/true"), "1", 1, 5, 1);
}

#[test]
fn counts_columns_in_characters_and_lines_by_crlf() {
    is(&shown("ü𝄞: x\r\nk: {é: y}\r\n", "/k/é"), "y", 2, 8, 2);
}

#[test]
fn places_json_exactly() {
    let text = "{\n\t\"a\": [1, {\"b\\u0062\": \"x\"}]\n}";
    is(&shown(text, "/a/1/bb"), "\"x\"", 2, 23, 3);
    is(&shown(text, "/a"), "\"a\"", 2, 2, 1);
    is(&shown(text, "/a/1"), "{\"b\\u0062\": \"x\"}", 2, 11, 2);
}

#[test]
fn gives_comments_in_order() {
    let text = SourceText::from("# head\n---\na: 1 # one\nb: '# no'\n#last".to_owned());
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    let comments: Vec<&str> = document.comments().iter().map(|span| span.slice(text.as_str())).collect();
    assert_eq!(comments, ["# head", "# one", "#last"]);
}

#[test]
fn peeks_at_the_kind_of_an_object_without_building_it() {
    let header = |text: &str| {
        let text = SourceText::from(text.to_owned());
        let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
        document.header().map(|(version, kind)| format!("{version} {kind}"))
    };
    assert_eq!(header(POD).as_deref(), Some("v1 Pod"));
    assert_eq!(header("apiVersion: 1\nkind: Pod\n"), None);
    assert_eq!(header("- a\n"), None);
}
