//! Input made to cost time or memory. A quadratic step would make these tests run for minutes: they need no clock.

use std::fmt::Write;

use platlint_source::{Document, Limits, ReadErrorKind, Reading, Segment, SourceText};

use crate::canonical::{self, Canonical};

fn kind_of(text: &str) -> Result<usize, ReadErrorKind> {
    let text = SourceText::decode(text.as_bytes().to_vec()).map_err(|error| error.kind)?;
    let chunks = text.split();
    assert_eq!(chunks.len(), 1);
    let document = Document::parse(text.as_str(), chunks[0], &Limits::default()).map_err(|error| error.kind)?;
    document.problems(Reading::Kubernetes);
    document.build(Reading::Kubernetes, &mut Canonical).map(|value| value.len()).map_err(|error| error.kind)
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        writeln!(text, "{}", line(index)).unwrap();
        text
    })
}

#[test]
fn reads_two_hundred_thousand_keys_of_one_map() {
    assert!(kind_of(&lines(200_000, |index| format!("key-{index}: {index}"))).is_ok());
}

#[test]
fn finds_each_of_seventy_thousand_keys_in_one_map() {
    let text = lines(70_000, |index| format!("key-{index}: {index}"));
    let text = SourceText::from(text);
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    for index in 0..70_000 {
        let key = format!("key-{index}");
        let place = document.find(&[Segment::Key(&key)], Reading::Kubernetes);
        assert_eq!(place.span().slice(text.as_str()), index.to_string());
    }
}

#[test]
fn reports_a_hundred_thousand_duplicates_of_one_key() {
    let text = SourceText::from(lines(100_000, |_| "a: 1".to_owned()));
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    assert_eq!(document.problems(Reading::Kubernetes).len(), 99_999);
}

#[test]
fn reads_a_hundred_thousand_anchors_and_aliases() {
    assert!(kind_of(&lines(50_000, |index| format!("- &a{index} x\n- *a{index}"))).is_ok());
    assert!(kind_of(&lines(100_000, |index| format!("- &a{index} x"))).is_ok());
}

#[test]
fn refuses_nesting_beyond_the_limit_in_every_form() {
    for opening in ["[", "{a: ", "[{a: ", "- ", "{\"a\":", "[[", "? "] {
        for closing in ["", "x"] {
            let text = opening.repeat(100_000) + closing;
            assert_eq!(kind_of(&text), Err(ReadErrorKind::TooDeep), "{opening:?}");
        }
    }
    let steps = (0..1_000).fold(String::new(), |mut text, depth| {
        writeln!(text, "{:depth$}a:", "").unwrap();
        text
    });
    assert_eq!(kind_of(&steps), Err(ReadErrorKind::TooDeep));
}

#[test]
fn accepts_nesting_up_to_the_limit_and_not_one_more() {
    let depth = Limits::default().max_depth;
    assert!(kind_of(&("[".repeat(depth) + &"]".repeat(depth))).is_ok());
    assert_eq!(kind_of(&("[".repeat(depth + 1) + &"]".repeat(depth + 1))), Err(ReadErrorKind::TooDeep));
    // The same by YAML, which JSON cannot read.
    assert!(kind_of(&("[".repeat(depth) + "a" + &"]".repeat(depth))).is_ok());
}

#[test]
fn refuses_nesting_made_of_aliases() {
    let chain = lines(100_000, |index| match index {
        0 => "- &a0 [x]".to_owned(),
        index => format!("- &a{index} [*a{}]", index - 1),
    });
    assert_eq!(kind_of(&chain), Err(ReadErrorKind::TooDeep));
}

#[test]
fn refuses_a_bomb_of_aliases() {
    let bomb = lines(9, |index| {
        let items = vec![if index == 0 { "lol".to_owned() } else { format!("*a{}", index - 1) }; 10].join(", ");
        format!("a{index}: &a{index} [{items}]")
    });
    assert_eq!(kind_of(&bomb), Err(ReadErrorKind::AliasBomb));
}

#[test]
fn refuses_a_bomb_of_merges() {
    let keys = lines(1_000, |index| format!("  k{index}: 1"));
    let uses = lines(10_000, |index| format!("u{index}: {{<<: *big}}"));
    assert_eq!(kind_of(&format!("big: &big\n{keys}{uses}")), Err(ReadErrorKind::AliasBomb));
    let doubling = lines(40, |index| match index {
        0 => "a0: &a0 {x: 1}".to_owned(),
        index => format!("a{index}: &a{index} {{<<: [*a{0}, *a{0}]}}", index - 1),
    });
    assert_eq!(kind_of(&doubling), Err(ReadErrorKind::AliasBomb));
}

#[test]
fn refuses_an_alias_inside_its_own_anchor() {
    assert_eq!(kind_of("a: &a [*a]\n"), Err(ReadErrorKind::AliasBomb));
}

#[test]
fn shares_what_real_files_share() {
    let base = lines(50, |index| format!("  k{index}: {{a: 1, b: 2}}"));
    let uses = lines(300, |index| format!("u{index}:\n  <<: *base\n  own: {index}"));
    assert!(kind_of(&format!("base: &base\n{base}{uses}")).is_ok());
}

#[test]
fn reads_long_lines() {
    assert!(kind_of(&format!("[{}]", "a, ".repeat(350_000))).is_ok());
    assert!(kind_of(&format!("a: \"{}\"", "x y ".repeat(1_000_000))).is_ok());
    assert!(kind_of(&format!("a: {}", "x ".repeat(1_000_000))).is_ok());
    assert!(kind_of(&format!("a:{}b\n", "\t".repeat(1_000_000))).is_ok());
    assert!(kind_of(&format!("a: b {}\n", "#".repeat(1_000_000))).is_ok());
    assert!(kind_of(&format!("a: |\n  {}\n{}", "x".repeat(1_000_000), "\n".repeat(1_000_000))).is_ok());
}

#[test]
fn reads_json_with_keys_and_texts_of_any_length() {
    let key = "k".repeat(100_000);
    assert!(kind_of(&format!("{{\"{key}\": [{}1]}}", "1, ".repeat(300_000))).is_ok());
}

#[test]
fn places_many_findings_of_one_long_line() {
    let text = SourceText::from(format!("[{}1]", "1, ".repeat(300_000)));
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    for index in (0..300_000).step_by(7) {
        let span = document.find(&[Segment::Index(index)], Reading::Kubernetes).span();
        let position = text.position(span.range().start);
        assert_eq!((position.line, position.column), (1, u32::try_from(2 + 3 * index).unwrap()));
    }
}

#[test]
fn reads_a_hundred_thousand_documents_of_one_file() {
    for document in ["---\na: 1\n", "{\"a\":1}\n", "--- {a: 1}\n", "a: 1\n...\n"] {
        let read = canonical::documents(document.repeat(100_000).as_bytes(), Reading::Kubernetes).unwrap();
        assert_eq!(read.len(), 100_000);
        assert!(read.iter().all(|document| document.as_deref() == Ok("{\"a\":1}")));
    }
}

#[test]
fn reads_a_document_after_ten_thousand_comments() {
    let text = SourceText::from(
        lines(10_000, |index| format!("# {index}")) + "a:\n" + &lines(10_000, |_| "  # x".to_owned()) + "  b: 1\n",
    );
    let document = Document::parse(text.as_str(), text.split()[0], &Limits::default()).unwrap();
    assert_eq!(document.comments().len(), 20_000);
}

#[test]
fn counts_nodes_against_the_limit() {
    let limits = Limits { max_nodes: 3, ..Limits::default() };
    for (text, refused) in [("[1, 2]", false), ("[1, 2, 3]", true), ("a: 1", false), ("a: 1\nb: 2", true)] {
        let text = SourceText::from(text.to_owned());
        let parsed = Document::parse(text.as_str(), text.split()[0], &limits);
        assert_eq!(parsed.err().map(|error| error.kind), refused.then_some(ReadErrorKind::TooManyNodes));
    }
}

#[test]
fn one_broken_document_hides_no_other() {
    let read = canonical::documents(b"a: 1\n---\nb: [\n---\nc: \"x\n---\nd: 4\n", Reading::Kubernetes).unwrap();
    let kinds: Vec<bool> = read.iter().map(Result::is_ok).collect();
    assert_eq!(kinds, [true, false, false, true]);
}
