//! Any text as patterns, image references and kinds: what decides which rule judges what agrees with slower and simpler
//! ways to say the same.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use platlint_engine::image::Reference;
use platlint_engine::policy::KindPattern;
use platlint_engine::{Gvk, Match, glob};
use regex::Regex;

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (pattern, name) = (line(), line());
    check_glob(pattern, name);
    // Three letters only: repetition and overlap are where matching goes wrong.
    check_glob(&few_letters(pattern, ['a', 'b', '*']), &few_letters(name, ['a', 'b', 'a']));

    let image = line();
    check_reference(image);
    check_reference(&format!("{image}@sha256:{}", "0a".repeat(32)));

    let kind = Gvk::new(line(), line());
    // `/a/b` names no group but has a version that looks like one; no cluster accepts it.
    if !kind.version.contains('/') {
        assert_eq!(Gvk::new(&kind.api_version(), &kind.kind), kind);
    }
    check_match(&kind, name, &lines.collect::<Vec<_>>());
});

fn few_letters(text: &str, letters: [char; 3]) -> String {
    text.chars().map(|c| letters[c as usize % 3]).collect()
}

/// Row by row: which beginnings of the text does this beginning of the pattern match?
fn check_glob(pattern: &str, text: &str) {
    let text_chars: Vec<char> = text.chars().collect();
    if pattern.len().saturating_mul(text_chars.len()) > 1 << 16 {
        // Too slow for the simple way; the quick one must still come to an end.
        let _ = glob::matches(pattern, text);
        return;
    }
    let mut row: Vec<bool> = (0..=text_chars.len()).map(|length| length == 0).collect();
    for wanted in pattern.chars() {
        let mut next = vec![wanted == '*' && row[0]];
        for (index, found) in text_chars.iter().enumerate() {
            next.push(if wanted == '*' { row[index + 1] || next[index] } else { row[index] && wanted == *found });
        }
        row = next;
    }
    let expected = row.last().copied().unwrap_or_default();
    assert_eq!(glob::matches(pattern, text), expected, "{pattern:?} {text:?}");
}

/// Registry, repository, tag and digest, once normalised.
static GRAMMAR: LazyLock<Regex> = LazyLock::new(|| {
    let label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
    let host = format!(r"(?:{label}(?:\.{label})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?");
    let component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    let tag = "[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}";
    let digest = "sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}";
    Regex::new(&format!("^({host})/({component}(?:/{component})*)(?::({tag}))?(?:@({digest}))?$")).unwrap()
});

fn check_reference(text: &str) {
    let read = Reference::parse(text);
    if let Some(read) = &read {
        let (tag, digest) = (read.tag.as_ref(), read.digest.as_ref());
        let written = format!(
            "{}/{}{}{}",
            read.registry,
            read.repository,
            tag.map(|tag| format!(":{tag}")).unwrap_or_default(),
            digest.map(|digest| format!("@{digest}")).unwrap_or_default()
        );
        assert_eq!(Reference::parse(&written).as_ref(), Some(read), "{text:?} is not read back from {written:?}");
        assert_eq!(text.contains('@'), digest.is_some(), "{text:?}");
    }
    // The limits of length, and names that are only the id of an image, are unit tests' business.
    if text.len() > 200 || text.split(['@', ':']).next().is_some_and(|name| name.len() == 64) {
        return;
    }
    let (registry, rest) = match text.split_once('/') {
        Some(("index.docker.io", rest)) => ("docker.io", rest),
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" || first.to_lowercase() != first => {
            (first, rest)
        }
        _ => ("docker.io", text),
    };
    let library = if registry == "docker.io" && !rest.contains('/') { "library/" } else { "" };
    let normalised = format!("{registry}/{library}{rest}");
    let expected = GRAMMAR.captures(&normalised).map(|parts| {
        let part = |index: usize| parts.get(index).map(|part| Arc::<str>::from(part.as_str()));
        Reference {
            registry: part(1).unwrap_or_default(),
            repository: part(2).unwrap_or_default(),
            tag: part(3),
            digest: part(4),
        }
    });
    assert_eq!(read, expected, "{text:?}");
}

/// Each line is a pattern: groups, a blank, kinds; several of them separated by commas.
fn check_match(kind: &Gvk, namespace: &str, lines: &[&str]) {
    let names = |text: &str| text.split(',').map(Arc::from).collect::<Vec<Arc<str>>>();
    let kinds: Vec<KindPattern> = lines
        .iter()
        .filter_map(|line| line.split_once(' '))
        .map(|(groups, kinds)| KindPattern { groups: names(groups), kinds: names(kinds), namespaced_only: false })
        .collect();
    let mut expected = kinds.is_empty();
    for pattern in &kinds {
        for group in &pattern.groups {
            for name in &pattern.kinds {
                let group_fits = **group == *"*" || *group == kind.group;
                let kind_fits = **name == *"*" || *name == kind.kind;
                expected |= group_fits && kind_fits;
            }
        }
    }
    let namespaces: Vec<String> = lines.iter().filter(|line| !line.contains(' ')).map(ToString::to_string).collect();
    let any = namespaces.is_empty() || namespaces.iter().any(|pattern| glob::matches(pattern, namespace));
    let matches = Match { kinds, namespaces, ..Match::default() };
    assert_eq!(matches.kind(kind), expected, "{matches:?} {kind:?}");
    assert_eq!(matches.namespace(Some(namespace)), Some(any), "{matches:?} {namespace:?}");
    assert_eq!(matches.namespace(None).is_none(), !matches.namespaces.is_empty());
}
