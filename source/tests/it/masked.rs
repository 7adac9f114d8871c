//! Texts which the YAML parser reads otherwise than the cluster does: in quotes without indentation, and with a colon
//! before a bracket.

use platlint_source::{Document, Limits, Node, ReadErrorKind, Reading, SourceText};

use crate::canonical::value;
use crate::oracle;

/// Texts in quotes whose further lines stand at the column of their key or left of it.
const QUOTED: &[&str] = &[
    "m:\n  a: 'x\n  y'\n  b: 1\n",
    "m:\n  a: \"x\n  y\"\n  b: 1\n",
    "m:\n  a: 'x\ny'\n  b: 1\n",
    "m:\n  a: \"x\n\n y\n\n\n\tz \"\n  b: 'it''s\n\n  \"q\" '\n",
    "m:\n  a: 'x\n\ty'\n",
    "a: 'x\ny'\n",
    "- 'x\ny'\n- - \"x\n y\"\n",
    "m:\n- 'x\ny'\n- k: \"x\\\n  y\\n\\\n\\ z\\u00e9\\x41\"\n",
    "m:\r\n  a: 'x\r\n  y'\r\n  b: \"x\r\n\r\n  y\"\r\n",
    "m:\n  a: &n !!str '1\n  2'\n  b: *n\n",
    "m:\n  ? 'x\n  y'\n  : 1\n",
    "m:\n  a: 'x\n  y' # why\n  # 'not\n  b: it's \"here\n  c: |\n    'text\n   \n    \"text\n  d: 'x\n  y'\n",
    "m:\n  a: b\n    'c d\n    it's\n  d: 'x\n  y'\n",
    "m:\n  - |\n   'x\n  - >-\n\n    \"x\n  - 'x\n  y'\n",
    "m:\n  - a: |\n      'x\n    b:\n    - |2\n        'x\n    c: 'x\n  y'\n",
    "m:\n  a: 'x\n  é 日本 y'\n  \"é\": \"\\\"\n  ü\\\\\"\n",
    "m:\n  a: ['x\n y', \"z\nz\", {b: 'x\ny'}]\n  b: 'x\n  y'\n",
    "m:\n  a: 'x\n  y: z'\n  b: 'x\n  # y'\n  c: 'x\n  - y'\n",
    "m:\n  a: [x:, '[', \"]\nx\"] # ]\n  b: 'x\n  y:]'\n",
    "m:\n  'x\n  y': 1\n",
    "m:\n  'x\n  y' : 1\n",
    "m:\n  a: 'x\n  y' z\n",
    "m:\n  a: 'x\n  y\n  b: 1\n",
    "m:\n  a: \"x\n  \\q\"\n",
    "m:\n  a: 'x\n  y'\n b: 1\n",
    "--- 'x\ny'\n",
    "k: 'a\nb\n\nc  \n  d'\nl:\n  m: 'e\n\n\n f'\n",
    "a:\n  b: {\n  c: 'x\n  y'}\n  d: 'x\n  y'\n",
];

/// Colons, dashes and question marks inside brackets.
const BRACKETS: &[&str] = &[
    "a: [001:db8::]\n",
    "[b:, c]\n",
    "a: [x:y:]\n",
    "a: [http://x:]\n",
    "{b: c::}\n",
    "a: {x:}\n",
    "a: {x:, y:}\n",
    "a: [x :]\n",
    "a: [x: ]\n",
    "a: {x:\n}\n",
    "a: [1:, ~:, true:, <<:]\n",
    "a: {<<:, b: 1}\n",
    "a: [x\n  y:, z\n\n  it's:]\n",
    "a: [x: y:]\n",
    "a: {x: y:, z: [w:]}\n",
    "a: [x:[y]]\n",
    "a: [x:{y: z}]\n",
    "a: {x:[y]}\n",
    "a: {\"x\":[y:], 'z':{w:}}\n",
    "a: {\"x\": 'b:]', 'y': \"b:}\", z: c} # [d:]\n",
    "a: [é:, 日本:]\n",
    "a: [::1]\n",
    "a: [:x]\n",
    "a: {:x: y}\n",
    "a: {:x}\n",
    "a: {x: :y}\n",
    "a: [x, ::]\n",
    "a: [:]\n",
    "a: {x :y}\n",
    "a: [x::y, z:::]\n",
    "- [-]\n",
    "a: [-, x]\n",
    "a: [x, -]\n",
    "a: {-: x}\n",
    "a: {x: -}\n",
    "a: [-[x]]\n",
    "a: [- x]\n",
    "a: [--, -x]\n",
    "a: [&n x:, *n, !!str y:]\n",
    "a: [x:,]\n",
    "a: {x\n  y: z}\n",
    "a: {x\n  y}\n",
    "a: {x\n  y:}\n",
    "a: {'x\n  y': z}\n",
    "a: {'x\n  y'}\n",
    "a: {? x\n  y : z}\n",
    "a: {? &n 'x\n  y' : z}\n",
    "a: {b: c, x\n  y: z}\n",
    "a: [x:, # b:]\n  c]\n",
    "- [b:\n  c]\n",
    "a: |\n  [x:]\nb: it's [x:]\nc: [x:]\n",
    "a: b\n  [c:]\n  'd\ne: [f:]\n",
    "- a\n- [b: 1,\n  c:]\n- d:]\n- - [e:]\n",
    "? [a:]\n: b\n",
    "a: [x:\tb]\n",
    "a: [x:?]\n",
    "a: ['x':, y]\n",
    "a: [\"x\":y]\n",
    "a: {b: [c:], d: 'x\ny'}\ne:\n  f: 'x\n  y'\n",
    "{\n\t\"a\": [b:]\n}\n",
    "# [a:]\n{a: [b:]}\n",
];

#[test]
fn reads_hidden_texts_as_the_cluster_does() {
    let streams: Vec<(String, Vec<u8>)> = QUOTED
        .iter()
        .chain(BRACKETS)
        .flat_map(|text| {
            [(*text).to_owned(), text.replace("\r\n", "\n").replace('\n', "\r\n"), text.trim_end().to_owned()]
        })
        .map(|text| (format!("{text:?}"), text.into_bytes()))
        .collect();
    let Some((documents, differences)) = oracle::compare(&streams) else { return };
    assert!(documents >= streams.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Every scalar's range, as written.
fn scalars(node: Node<'_>, text: &str, found: &mut Vec<String>) {
    node.items().for_each(|item| scalars(item, text, found));
    for (key, value) in node.written_entries() {
        scalars(key, text, found);
        scalars(value, text, found);
    }
    if node.items().len() == 0 && node.written_entries().len() == 0 {
        found.push(node.span().slice(text).to_owned());
    }
}

fn written(text: &str) -> Vec<String> {
    let text = SourceText::from(text.to_owned());
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    let mut found = Vec::new();
    scalars(document.root(), text.as_str(), &mut found);
    found
}

#[test]
fn keeps_the_places_of_hidden_texts() {
    let text = "m:\n  a: 'é\n  y'\n  b: [x\n  y:, -, {z:}]\n  c: \"x\n\ny\"\n";
    let expected = ["m", "a", "'é\n  y'", "b", "x\n  y:", "-", "z:", "", "c", "\"x\n\ny\""].map(str::to_owned).to_vec();
    assert_eq!(written(text), expected);
    assert_eq!(
        value(text, Reading::Kubernetes).unwrap(),
        "{\"m\":{\"a\":\"é y\",\"b\":[\"x y:\",\"-\",{\"z:\":null}],\"c\":\"x\\ny\"}}"
    );
}

#[test]
fn keeps_the_places_in_a_later_document() {
    let text = SourceText::from("a: 1\n---\nm:\n  a: 'x\n  y'\n  b: [x:]\n".to_owned());
    let document = Document::parse(text.as_str(), text.split()[1], &Limits::default()).unwrap();
    let mut found = Vec::new();
    scalars(document.root(), text.as_str(), &mut found);
    assert_eq!(found, ["m", "a", "'x\n  y'", "b", "x:"]);
}

#[test]
fn finds_the_comments_behind_hidden_texts() {
    let text = SourceText::from("m:\n  a: 'x\n  # y' # one\n  b: [x:] # two\n".to_owned());
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    let comments: Vec<&str> = document.comments().iter().map(|span| span.slice(text.as_str())).collect();
    assert_eq!(comments, ["# one", "# two"]);
}

#[test]
fn reads_many_hidden_texts() {
    let text = format!("m:\n{}", "  - 'x\n  y'\n  - [a:, b:]\n".repeat(50_000));
    let text = SourceText::from(text);
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    assert_eq!(document.root().get("m", Reading::Kubernetes).unwrap().items().len(), 100_000);
}

#[test]
fn points_into_hidden_texts() {
    for (text, place) in [("m:\n  a: \"x\n  \\q\"\n", "\""), ("m:\n  a: 'x\n  y\n", "'"), ("a: [:x]\n", ":")] {
        let text = SourceText::from(text.to_owned());
        let document = Document::parse(text.as_str(), text.split()[0], &Limits::default());
        let error = match document {
            Ok(document) => document.build(Reading::Kubernetes, &mut crate::canonical::Canonical).unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.kind, ReadErrorKind::InvalidYaml);
        assert_eq!(error.span.slice(text.as_str()), place, "{error} {:?}", text.as_str());
    }
}
