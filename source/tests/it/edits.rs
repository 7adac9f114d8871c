//! Random changes to random documents and to all fixtures: what is written says exactly what was asked for, and nothing
//! else of the file changes; or it is refused.

use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};

use platlint_source::edit::{Change, EditError, Edited, Path, Step, Tree, edit, join};
use platlint_source::{Chunk, Document, Limits, Reading, SourceText};

use crate::canonical::Canonical;
use crate::generator::{Random, stream};
use crate::vocabulary::TEXTS;

/// What became of the changes.
#[derive(Debug, Default)]
struct Tally {
    written: usize,
    refused: BTreeMap<String, usize>,
    dropped: BTreeMap<String, usize>,
}

/// Every place of a value, with what stands there; not below 6 levels or beyond 500 places, which is enough to choose from.
fn places<'t>(tree: &'t Tree, at: &mut Vec<Step>, found: &mut Vec<(Path, &'t Tree)>) {
    if found.len() > 500 || at.len() > 6 {
        return;
    }
    found.push((Path(at.clone()), tree));
    match tree {
        Tree::List(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push(Step::Index(index));
                places(item, at, found);
                at.pop();
            }
        }
        Tree::Map(entries) => {
            for (key, value) in entries.iter() {
                at.push(Step::Key(key.clone()));
                places(value, at, found);
                at.pop();
            }
        }
        _ => {}
    }
}

fn value(random: &mut Random, depth: usize) -> Tree {
    match random.below(if depth == 0 { 5 } else { 8 }) {
        0 => Tree::from(random.pick(TEXTS)),
        1 => Tree::from(random.pick(&["plain", "two words", "500m", "yes", "1_000", "0o17", "a: b", "café", "-"])),
        2 => Tree::Int(i64::try_from(random.below(5000)).unwrap() - 100),
        3 => Tree::Bool(random.one_in(2)),
        4 => [Tree::Null, Tree::Float(0.25), Tree::map::<&str>([]), Tree::list([])][random.below(4)].clone(),
        5 => Tree::list((0..random.below(3)).map(|_| value(random, depth - 1)).collect::<Vec<_>>()),
        _ => Tree::map((0..=random.below(3)).map(|_| (key(random), value(random, depth - 1))).collect::<Vec<_>>()),
    }
}

fn key(random: &mut Random) -> &'static str {
    const KEYS: [&str; 8] = ["added", "on", "example.com/owner", "limits", "two words", "1", "y", "a: b"];
    KEYS[random.below(KEYS.len())]
}

/// Up to three changes that fit the value.
fn changes(random: &mut Random, tree: &Tree) -> Vec<Change> {
    let mut tree = tree.clone();
    let mut changes = Vec::new();
    for _ in 0..=random.below(3) {
        let mut found = Vec::new();
        places(&tree, &mut Vec::new(), &mut found);
        let (at, here) = &found[random.below(found.len())];
        let new = value(random, 2);
        let change = match (random.below(4), here) {
            (0, _) if !at.0.is_empty() => Change::Remove { at: at.clone() },
            (1, Tree::List(items)) => {
                Change::Insert { list: at.clone(), index: random.below(items.len() + 1), value: new }
            }
            (_, Tree::List(_)) => Change::Append { list: at.clone(), value: new },
            (_, Tree::Map(_)) => {
                let at = at.0.iter().cloned().chain([Step::Key(key(random).into())]).collect();
                Change::Set { at, value: new }
            }
            _ => Change::Set { at: at.clone(), value: new },
        };
        if let Ok(changed) = change.apply(&tree) {
            tree = changed;
            changes.push(change);
        }
    }
    changes
}

/// Changes every document of a file and checks what comes out.
fn try_file(name: &str, text: &str, random: &mut Random, tally: &mut Tally) {
    let source = SourceText::from(text.to_owned());
    for chunk in source.split() {
        let Ok(document) = Document::parse(text, chunk, &Limits::default()) else { continue };
        let Ok(old) = Tree::of(&document, Reading::Kubernetes) else { continue };
        let changes = changes(random, &old);
        let done = edit(text, &document, Reading::Kubernetes, &changes)
            .and_then(|edited| Ok((join(text, &[(chunk, &edited)])?, edited)));
        match done {
            Ok((new, edited)) => {
                check(name, text, chunk, &document, &changes, &new, &edited);
                for refused in &edited.refused {
                    *tally.refused.entry(refused.reason.to_string()).or_default() += 1;
                }
                tally.written += usize::from(!edited.edits.is_empty());
            }
            Err(EditError::NotProved(doubt)) => *tally.dropped.entry(doubt.to_string()).or_default() += 1,
            Err(error) => panic!("{name}: {error}: {changes:?}"),
        }
    }
}

/// By other means than the proof in the code: with the values' canonical text and the bytes of the file.
fn check(
    name: &str,
    text: &str,
    chunk: Chunk,
    document: &Document<'_>,
    changes: &[Change],
    new: &str,
    edited: &Edited,
) {
    let told = || format!("{name}\n{changes:?}\n--- before\n{text}\n--- after\n{new}");
    let edited_chunks = SourceText::from(new.to_owned()).split();
    let chunks = SourceText::from(text.to_owned()).split();
    assert_eq!(edited_chunks.len(), chunks.len(), "{}", told());
    for (before, after) in chunks.iter().zip(&edited_chunks) {
        assert!(*before == chunk || before.span.slice(text) == after.span.slice(new), "{}", told());
    }
    let after = edited_chunks[usize::try_from(chunk.index).unwrap()];
    let after = Document::parse(new, after, &Limits::default()).unwrap();
    if edited.refused.is_empty() {
        let mut expected = Tree::of(document, Reading::Kubernetes).unwrap();
        for change in changes {
            expected = change.apply(&expected).unwrap();
        }
        assert_eq!(*after.build(Reading::Kubernetes, &mut Canonical).unwrap(), *json(&expected), "{}", told());
    }
    if edited.edits.is_empty() {
        assert_eq!(new, text);
    }
    // Whatever is no part of an edit is there as before.
    let mut at = 0;
    let mut rest = new;
    for edit in &edited.edits {
        let kept = &text[at..edit.span.range().start];
        rest = rest
            .strip_prefix(kept)
            .and_then(|rest| rest.strip_prefix(edit.text.as_str()))
            .unwrap_or_else(|| panic!("{}", told()));
        at = edit.span.range().end;
    }
    assert_eq!(rest, &text[at..], "{}", told());
}

/// A tree as the text that `Canonical` builds: written as JSON and read again by the JSON reader.
fn json(tree: &Tree) -> String {
    fn write(tree: &Tree) -> String {
        match tree {
            Tree::Null => "null".to_owned(),
            Tree::Bool(value) => value.to_string(),
            Tree::Int(value) => value.to_string(),
            Tree::Uint(value) => value.to_string(),
            Tree::Float(value) => format!("{value:e}"),
            Tree::Text(text) => quoted(text),
            Tree::List(items) => format!("[{}]", items.iter().map(write).collect::<Vec<_>>().join(",")),
            Tree::Map(entries) => {
                let entry = |(key, value): (&std::sync::Arc<str>, &Tree)| format!("{}:{}", quoted(key), write(value));
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
            }
        }
    }
    fn quoted(text: &str) -> String {
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        format!("\"{}\"", units.collect::<String>())
    }
    // In a list, so that it is JSON whatever it is.
    let text = format!("[{}]", write(tree));
    let source = SourceText::from(text.clone());
    let document = Document::parse(&text, source.split()[0], &Limits::default()).unwrap();
    let list = document.build(Reading::Kubernetes, &mut Canonical).unwrap();
    list[1..list.len() - 1].to_owned()
}

fn fixtures(folder: &FilePath, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            fixtures(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn random_changes_of_random_documents_are_written_exactly_or_refused() {
    let mut tally = Tally::default();
    for seed in 0..6_000 {
        let mut random = Random::new(seed + 1_000_000);
        try_file(&format!("seed {seed}"), &stream(seed), &mut random, &mut tally);
    }
    eprintln!("{tally:#?}");
    assert!(tally.written > 3_000, "{tally:?}");
}

#[test]
fn random_changes_of_all_fixtures_are_written_exactly_or_refused() {
    let mut files = Vec::new();
    fixtures(&FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures"), &mut files);
    files.sort();
    let mut tally = Tally::default();
    for file in files {
        let Ok(text) = SourceText::decode(std::fs::read(&file).unwrap()) else { continue };
        if text.as_str().len() > 100_000 {
            continue;
        }
        for seed in 0..40 {
            let mut random = Random::new(seed);
            try_file(&file.display().to_string(), text.as_str(), &mut random, &mut tally);
        }
    }
    eprintln!("{tally:#?}");
    assert!(tally.written > 3_000, "{tally:?}");
}
