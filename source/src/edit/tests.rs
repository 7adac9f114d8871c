//! A table of edits: what stands before, what is changed, what stands after, byte by byte, or why it is refused.

use super::{Change, EditError, Edited, Path, Refusal, Step, Tree, edit, join};
use crate::document::Document;
use crate::limits::Limits;
use crate::scalar::Reading;
use crate::split;

/// `/a/0/b` as a path; numbers are indexes, unless an exclamation mark stands before them.
fn path(pointer: &str) -> Path {
    let step = |part: &str| {
        let part = part.replace("~1", "/").replace("~0", "~");
        match part.strip_prefix('!') {
            Some(key) => Step::Key(key.into()),
            None => part.parse().map_or_else(|_| Step::Key(part.into()), Step::Index),
        }
    };
    pointer.split('/').skip(1).map(step).collect()
}

fn json(text: &str) -> Tree {
    let chunk = split::split(text).first().copied().unwrap();
    let document = Document::parse(text, chunk, &Limits::default()).unwrap();
    Tree::of(&document, Reading::Kubernetes).unwrap()
}

/// `/a/b = JSON` sets, `/list/- = JSON` appends, `/list/+1 = JSON` inserts, `/a/b` alone removes.
fn changes(text: &str) -> Vec<Change> {
    let change = |line: &str| match line.split_once(" = ") {
        None => Change::Remove { at: path(line) },
        Some((pointer, value)) => {
            let (list, last) = pointer.rsplit_once('/').unwrap_or_default();
            match last.strip_prefix('+') {
                _ if last == "-" => Change::Append { list: path(list), value: json(value) },
                Some(index) => Change::Insert { list: path(list), index: index.parse().unwrap(), value: json(value) },
                None => Change::Set { at: path(pointer), value: json(value) },
            }
        }
    };
    text.lines().map(change).collect()
}

/// Edits document `index` of the file; the whole file afterwards, and the refusals.
fn edited_at(file: &str, index: usize, change: &str) -> Result<(String, Vec<Refusal>), EditError> {
    let chunk = split::split(file)[index];
    let document = Document::parse(file, chunk, &Limits::default()).unwrap();
    let changes = changes(change);
    let edited = edit(file, &document, Reading::Kubernetes, &changes)?;
    let new = join(file, &[(chunk, &edited)])?;
    // Once more: what was done is not done again.
    let again = split::split(&new)[index];
    let document = Document::parse(&new, again, &Limits::default()).unwrap();
    let sets: Vec<Change> = changes
        .into_iter()
        .filter(|change| matches!(change, Change::Set { .. }) && edited.refused.is_empty())
        .collect();
    let Edited { edits, .. } = edit(&new, &document, Reading::Kubernetes, &sets)?;
    assert_eq!(edits, [], "{new}");
    Ok((new, edited.refused.into_iter().map(|refused| refused.reason).collect()))
}

#[track_caller]
fn gives(before: &str, change: &str, after: &str) {
    let (new, refused) = edited_at(before, 0, change).unwrap_or_else(|error| panic!("{error}\n{before}"));
    assert_eq!(refused, [], "{new}");
    assert_eq!(new, after, "\n{new}");
    // The same with Windows' line endings, unless the file has its own.
    if !before.contains('\r') {
        let crlf = |text: &str| text.replace('\n', "\r\n");
        let (new, refused) = edited_at(&crlf(before), 0, change).unwrap();
        assert_eq!((new, refused), (crlf(after), Vec::new()));
    }
}

#[track_caller]
fn refuses(before: &str, change: &str, reason: Refusal) {
    let (new, refused) = edited_at(before, 0, change).unwrap_or_else(|error| panic!("{error}\n{before}"));
    assert_eq!(refused, [reason], "{new}");
    assert_eq!(new, before);
}

#[track_caller]
fn is_dropped(before: &str, change: &str) {
    let outcome = edited_at(before, 0, change);
    assert!(matches!(outcome, Err(EditError::NotProved(_))), "{outcome:?}");
}

#[test]
fn adds_a_nested_map_below_a_container() {
    let change = "/spec/containers/0/resources/limits = {\"cpu\":\"500m\",\"memory\":\"64Mi\"}";
    gives(
        "spec:\n  containers:\n    - name: app # the app\n      image: nginx # why\n  # about hosts\n  hostNetwork: true\n",
        change,
        "spec:\n  containers:\n    - name: app # the app\n      image: nginx # why\n      resources:\n        limits:\n          cpu: 500m\n          memory: 64Mi\n  # about hosts\n  hostNetwork: true\n",
    );
    // Steps of four, and a list that is not indented.
    gives(
        "spec:\n    containers:\n    - name: app\n      image: nginx\n",
        change,
        "spec:\n    containers:\n    - name: app\n      image: nginx\n      resources:\n          limits:\n              cpu: 500m\n              memory: 64Mi\n",
    );
    // No line ending at the end of the file: none afterwards.
    gives(
        "spec:\n  containers:\n  - name: app",
        change,
        "spec:\n  containers:\n  - name: app\n    resources:\n      limits:\n        cpu: 500m\n        memory: 64Mi",
    );
}

#[test]
fn adds_behind_the_last_entry_whatever_it_is() {
    for last in [
        "a: 1",
        "a:",
        "a: # nothing",
        "a: ''",
        "a: \"x # y\" # z",
        "a: x\n  y",
        "a: 'x\n\n  y'",
        "a: {b: 1}",
        "a: {b: 1,\n  c: 2} # z",
        "a:\n- x\n- y # z",
        "a:\n  - x",
        "a:\n  b:\n    c:",
        "a:\n  - b:",
        "a: |\n  x\n  # y",
        "a: |-\n  x",
        "a: >\n  x\n\n  y",
        "a: |+\n  x\n",
        "a: |+\n  x\n\n",
        "a: | # z\n  x",
        "a: !!str 1",
        "a: &b x",
        "a: &b\n  c: 1",
        "x: &b 1\na: *b",
        "<<: {b: 1}",
        "? a\n: b",
        "\"a\": b",
        "a: 1 # one\n     # two",
    ] {
        gives(&format!("k: 0\n{last}\n# end\n"), "/w = 1", &format!("k: 0\n{last}\nw: 1\n# end\n"));
    }
    gives("a: 1 # one\n     # two\n# three\n", "/w = 1", "a: 1 # one\n     # two\nw: 1\n# three\n");
    gives("k: 1\na: |+\n  x\n\n", "/w = 1", "k: 1\na: |+\n  x\n\nw: 1\n");
    gives("a: |\n  x\n\n\n", "/w = 1", "a: |\n  x\nw: 1\n\n\n");
    gives("a: |-\n  x\n\n# c\n", "/w = 1", "a: |-\n  x\nw: 1\n\n# c\n");
}

#[test]
fn inserts_between_what_belongs_to_the_entry_and_what_belongs_to_the_next() {
    gives(
        "a:\n  b: 1\n\n  # still inside\n\n# the next\nc: 2\n",
        "/a/w = 1",
        "a:\n  b: 1\n  w: 1\n\n  # still inside\n\n# the next\nc: 2\n",
    );
    gives(
        "l:\n# first\n- a: 1\n  # between\n  b: 2\n  # end of first\n# second\n- a: 2\n",
        "/l/0/w = 1\n/l/1/w = 2",
        "l:\n# first\n- a: 1\n  # between\n  b: 2\n  w: 1\n  # end of first\n# second\n- a: 2\n  w: 2\n",
    );
}

#[test]
fn comments_inside_what_ends_stay_inside() {
    gives(
        "c:\n- limits:\n    cpu: 1\n    # memory: 2\n\n    # disk: 3\n\n  # about c\n- limits: # none\n    # cpu: 1\n",
        "/c/0/w = 1\n/c/0/limits/x = 2\n/c/1/w = 1",
        "c:\n- limits:\n    cpu: 1\n    x: 2\n    # memory: 2\n\n    # disk: 3\n  w: 1\n\n  # about c\n- limits: # none\n    # cpu: 1\n  w: 1\n",
    );
    gives("l:\n- a: 1\n  # in a\n# at l\nk: 1\n", "/l/- = 2", "l:\n- a: 1\n  # in a\n- 2\n# at l\nk: 1\n");
    gives("a:\n  b: 1\n  # c: 1\n# about d\nd: 1\n", "/a", "# about d\nd: 1\n");
    gives("a: 0\nb:\n  c: 1\n  # d: 1\n# end\n", "/b\n/w = 1", "a: 0\nw: 1\n# end\n");
}

#[test]
fn fills_values_that_are_empty() {
    for empty in ["{}", "", "null", "~", " {}", "{ }"] {
        gives(
            &format!("a:\n    b: 1\ns: {empty}\nz: 1\n"),
            "/s/x/k = true",
            "a:\n    b: 1\ns:\n    x:\n        k: true\nz: 1\n",
        );
    }
    gives("s: {} # why\nz: 1\n", "/s/x = 1", "s: # why\n  x: 1\nz: 1\n");
    gives("s: # why\n  # more\nz: 1\n", "/s/x = 1", "s: # why\n  x: 1\n  # more\nz: 1\n");
    gives(
        "a:\n  s:\n    # why\n      {} # none\nz: 1\n",
        "/a/s/x/k = 1\n/a/s/l/- = 2",
        "a:\n  s:\n    # why\n      l:\n        - 2\n      x:\n        k: 1 # none\nz: 1\n",
    );
    gives("s:\n  []\nz: 1\n", "/s/- = {\"a\":1}\n/w = 1", "s:\n  - a: 1\nz: 1\nw: 1\n");
    gives("s:\nz: 1\n", "/s = 1", "s: 1\nz: 1\n");
    gives("s: # why\nz: 1\n", "/s = \"x\"", "s: x # why\nz: 1\n");
    gives("l:\n- {}\n- {} # c\n", "/l/0 = {\"a\":1,\"b\":2}", "l:\n- a: 1\n  b: 2\n- {} # c\n");
    gives("drop: [] # none\n", "/drop/- = \"ALL\"", "drop: [ALL] # none\n");
    gives("drop:\n", "/drop/- = \"ALL\"", "drop:\n  - ALL\n");
    gives("l: []\nm:\n- x\n", "/l/- = {\"a\":1,\"b\":2}", "l:\n- a: 1\n  b: 2\nm:\n- x\n");
    gives("a: {b: {}, c: []}\n", "/a/b/x = 1\n/a/c/- = {\"k\":2}", "a: {b: {x: 1}, c: [{k: 2}]}\n");
}

#[test]
fn replaces_scalars_in_their_quotes() {
    gives("image: nginx # why\n", "/image = \"nginx:1@sha256:ab\"", "image: nginx:1@sha256:ab # why\n");
    gives("image: 'nginx' # why\n", "/image = \"it's\"", "image: 'it''s' # why\n");
    gives("image: \"nginx\" # why\n", "/image = \"a\\\"b\"", "image: \"a\\\"b\" # why\n");
    gives("a: 'x'\n", "/a = \"x\\ny\"", "a: \"x\\ny\"\n");
    gives("a: x\n  y\nb: 1\n", "/a = \"z\"", "a: z\nb: 1\n");
    gives("a: \"x\n  y\"\nb: 1\n", "/a = \"z\"", "a: \"z\"\nb: 1\n");
    gives("a: \"true\"\n", "/a = true", "a: true\n");
    gives("a: true\n", "/a = \"true\"", "a: \"true\"\n");
    gives("a: 1\n", "/a = null", "a: null\n");
    gives("a: 0777\n", "/a = 511\n/a = 512", "a: 512\n");
    gives("a: ü𝄞 # ß\n", "/a = \"ä\"", "a: ä # ß\n");
    gives("a: {b: x, c: 'y'} # z\n", "/a/b = \"u,v\"\n/a/c = \"w\"", "a: {b: \"u,v\", c: 'w'} # z\n");
    gives("a: [x, y]\n", "/a/1 = 2", "a: [x, 2]\n");
    gives("- x\n- y # z\n", "/1 = {\"a\":1,\"b\":2}", "- x\n- a: 1\n  b: 2 # z\n");
    gives("a: {b: 1}\n", "/a = \"x\"", "a: x\n");
    gives("a: 1\n", "/a = {\"b\":[1]}", "a:\n  b:\n    - 1\n");
    gives("a: {\n  b: 1\n}\n", "/a/b = 2", "a: {\n  b: 2\n}\n");
}

#[test]
fn writes_strings_so_that_they_stay_strings() {
    for text in [
        "yes",
        "y",
        "no",
        "on",
        "Off",
        "null",
        "~",
        "",
        "1",
        "1_000",
        "0o17",
        "017",
        "0x1f",
        "1e3",
        ".5",
        "1:30",
        "2026-11-21",
        "1.27",
        "a: b",
        "a #b",
        "- a",
        "*a",
        "&a",
        "[a",
        "{{ a }}",
        " a",
        "a ",
        "a\\nb",
        "a\\tb",
        "\\u2028",
        "it's \\\"x\\\"",
        "#a",
        "---",
        "...",
        "?",
        "%a",
        "@a",
        "ü: ",
        "<<",
        "=",
    ] {
        for before in
            ["a: x\n", "a:\n", "b: 1\n", "a: 'x'\n", "a: \"x\"\n", "a: 7\n", "l: {a: x}\n", "{\"a\": \"x\"}\n"]
        {
            let pointer = if before.starts_with("l:") { "/l/a" } else { "/a" };
            let change = format!("{pointer} = \"{text}\"");
            let (new, refused) =
                edited_at(before, 0, &change).unwrap_or_else(|error| panic!("{error} {before} {text}"));
            assert_eq!(refused, [], "{new}");
            assert!(new.contains('"') || new.contains('\''), "{new}");
        }
    }
    gives("a: 1\n", "/on = \"yes\"\n/!1 = 2", "a: 1\n\"1\": 2\n\"on\": \"yes\"\n");
}

#[test]
fn leaves_flow_collections_spaced_as_they_are() {
    gives("l: {app: web, tier: front}\n", "/l/app = \"back\"", "l: {app: back, tier: front}\n");
    gives("l: { app: web }  # c\n", "/l/w = 1", "l: { app: web, w: 1 }  # c\n");
    gives("l: {app: web,}\n", "/l/w = {\"a\":[1]}", "l: {app: web, w: {a: [1]},}\n");
    gives("l: [ a,b ]\n", "/l/- = \"c\"", "l: [ a,b, c ]\n");
    gives("l: [a, c]\n", "/l/+1 = \"b\"", "l: [a, b, c]\n");
    gives("l: {a: 1, b: 2, c: 3}\n", "/l/a", "l: {b: 2, c: 3}\n");
    gives("l: {a: 1, b: 2, c: 3}\n", "/l/b", "l: {a: 1, c: 3}\n");
    gives("l: {a: 1, b: 2, c: 3 }\n", "/l/c\n/l/b", "l: {a: 1 }\n");
    gives("l: {a: 1, b: 2}\n", "/l/a\n/l/w = 3", "l: {b: 2, w: 3}\n");
    gives("l: {a: 1, b: 2}\n", "/l/b\n/l/w = 3", "l: {a: 1, w: 3}\n");
    gives("l: {a: 1, b: 2} # c\n", "/l/b\n/l/a", "l: {} # c\n");
    gives("l: [a, b, c]\n", "/l/0", "l: [b, c]\n");
    gives("l: [a, b, c]\n", "/l/2\n/l/1", "l: [a]\n");
    gives("l: [a]\n", "/l/0", "l: []\n");
    gives("l: {a: , b: }\n", "/l/a = 1\n/l/b/c = \"x,y\"", "l: {a: 1 , b: {c: \"x,y\"} }\n");
}

#[test]
fn appends_to_block_lists_in_the_column_of_the_dash() {
    gives("l:\n- a # x\n# y\nk: 1\n", "/l/- = \"b\"", "l:\n- a # x\n- b\n# y\nk: 1\n");
    gives("l:\n    -   a: 1\n", "/l/- = {\"a\":1,\"b\":2}", "l:\n    -   a: 1\n    -   a: 1\n        b: 2\n");
    gives("- a\n- c\n", "/+1 = \"b\"", "- a\n- b\n- c\n");
    gives("l:\n- a\n", "/l/+0 = \"b\"", "l:\n- b\n- a\n");
    gives("- - a\n  - b\n", "/0/- = \"c\"", "- - a\n  - b\n  - c\n");
    gives("l:\n- |\n  x\n- y: 1\n", "/l/+1 = [1,[2]]", "l:\n- |\n  x\n- - 1\n  - - 2\n- y: 1\n");
    gives("l:\n  -\n    a: 1\n", "/l/- = {\"b\":1}\n/l/0/c = 2", "l:\n  -\n    a: 1\n    c: 2\n  - b: 1\n");
}

#[test]
fn deletes_entries_with_their_lines_and_comments() {
    gives("a: 1\nb: 2 # two\n# about c\nc: 3\n", "/b", "a: 1\n# about c\nc: 3\n");
    gives("a: 1\nb:\n  x: 1\n  # inner\n  y: 2\nc: 3\n", "/b", "a: 1\nc: 3\n");
    gives("a: 1\nb: |\n  x\n\nc: 3\n", "/b", "a: 1\n\nc: 3\n");
    gives("a: 1\nb: 2\n", "/b", "a: 1\n");
    gives("a: 1\nb: 2", "/b", "a: 1");
    gives("a: 1\nb: 2\n", "/a", "b: 2\n");
    gives("---\na: 1\nb: 2\n", "/a", "---\nb: 2\n");
    gives("l:\n- a: 1\n  b: 2\n", "/l/0/a", "l:\n- b: 2\n");
    gives("l:\n- a: 1\n  b: 2\n", "/l/0/b", "l:\n- a: 1\n");
    gives("l:\n- a: 1 # x\nk: 1\n", "/l/0/a", "l:\n- {}\nk: 1\n");
    gives("s: # about s\n  x: 1\n  k: 2\n# end\n", "/s/x\n/s/k", "s: {}\n# end\n");
    gives("l:\n- a\n# about b\n- b # x\n- c\n", "/l/1", "l:\n- a\n# about b\n- c\n");
    gives("l:\n- a\n- b\nk: 1\n", "/l/0", "l:\n- b\nk: 1\n");
    gives("l:\n- a\n- b\nk: 1\n", "/l/1\n/l/0", "l: []\nk: 1\n");
    gives("a: 1\nb: 2\nc: 3\n", "/b\n/c\n/w = 4", "a: 1\nw: 4\n");
    gives("a:\n  x: 1\n  k: 2\n", "/a/k\n/w = 4", "a:\n  x: 1\nw: 4\n");
    gives("a:\n  x: 1\n", "/a/x\n/w = 4", "a: {}\nw: 4\n");
    gives("a:\n  - x\n  - y\n", "/a/1\n/w = 4", "a:\n  - x\nw: 4\n");
}

#[test]
fn several_changes_at_one_place_stand_in_their_order() {
    gives(
        "spec:\n  containers:\n  - name: a\n",
        "/spec/containers/0/w = 1\n/spec/containers/- = {\"name\":\"b\"}\n/spec/m = 2\n/z = 3",
        "spec:\n  containers:\n  - name: a\n    w: 1\n  - name: b\n  m: 2\nz: 3\n",
    );
    gives("a: {}\n", "/a/b = {}\n/a/b/c = 1\n/d = 2", "a:\n  b:\n    c: 1\nd: 2\n");
}

#[test]
fn keeps_json_as_it_is_written() {
    gives("{\"a\":1,\"b\":{}}", "/b/c = [1,\"x\"]\n/d = true", "{\"a\":1,\"b\":{\"c\":[1,\"x\"]},\"d\":true}");
    gives("{\"a\": 1}\n", "/d = {\"x\":1,\"y\":2}", "{\"a\": 1, \"d\": {\"x\": 1, \"y\": 2}}\n");
    gives(
        "{\n  \"a\": {},\n  \"l\": [\n    1\n  ]\n}\n",
        "/a/b/c = 1\n/l/- = {\"x\":[2]}\n/z = \"yes\"",
        "{\n  \"a\": {\n    \"b\": {\n      \"c\": 1\n    }\n  },\n  \"l\": [\n    1,\n    {\n      \"x\": [\n        2\n      ]\n    }\n  ],\n  \"z\": \"yes\"\n}\n",
    );
    gives(
        "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}\n",
        "/a/c = {\"d\":1}",
        "{\n\t\"a\": {\n\t\t\"b\": 1,\n\t\t\"c\": {\n\t\t\t\"d\": 1\n\t\t}\n\t}\n}\n",
    );
    gives("{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n", "/a", "{\n  \"b\": 2,\n  \"c\": 3\n}\n");
    gives("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "/b", "{\n  \"a\": 1\n}\n");
    gives("{\n  \"a\": {\n    \"b\": 1\n  }\n}\n", "/a/b", "{\n  \"a\": {}\n}\n");
    gives("{\n  \"a\": \"x\"\n}\n", "/a = \"\\u0001é\"", "{\n  \"a\": \"\\u0001é\"\n}\n");
    gives("{}\n", "/a = 1", "{\"a\": 1}\n");
    // A stream without markers: the other values stay.
    let (new, _) = edited_at("{\"a\":1}{\"b\":2}\n{\"c\":3}\n", 1, "/w = 1").unwrap();
    assert_eq!(new, "{\"a\":1}{\"b\":2,\"w\":1}\n{\"c\":3}\n");
}

#[test]
fn reaches_every_document_and_no_other() {
    let file = "\u{FEFF}# licence\na: 1\n--- # second\na: 1 # x\n---\n# no document\n---\na: 1\n...\n";
    let (new, _) = edited_at(file, 1, "/b = 2").unwrap();
    assert_eq!(new, file.replace("a: 1 # x\n", "a: 1 # x\nb: 2\n"));
    let (new, _) = edited_at(file, 2, "/b = 2").unwrap();
    assert_eq!(new, file.replace("a: 1\n...", "a: 1\nb: 2\n..."));
    let (new, _) = edited_at(file, 0, "/b = 2").unwrap();
    assert_eq!(new, file.replace("a: 1\n--- #", "a: 1\nb: 2\n--- #"));
    // Broken documents beside it are none of its concern.
    let (new, _) = edited_at("a: [\n---\nb: 1\n", 1, "/c = 2").unwrap();
    assert_eq!(new, "a: [\n---\nb: 1\nc: 2\n");
}

#[test]
fn the_first_key_may_stand_behind_a_byte_order_mark() {
    gives("\u{FEFF}a: 1\nb: 2\n", "/w = 1", "\u{FEFF}a: 1\nb: 2\nw: 1\n");
    gives("\u{FEFF}a: 1\n", "/w = 1", "\u{FEFF}a: 1\nw: 1\n");
    gives("\u{FEFF}a: {}\n", "/a/w = 1", "\u{FEFF}a:\n  w: 1\n");
}

#[test]
fn takes_the_line_ending_of_most_lines() {
    gives("a: 1\r\nb: 2\r\nc: 3\n", "/w = 1", "a: 1\r\nb: 2\r\nc: 3\r\nw: 1\n");
    gives("a: 1\rb: 2\r", "/w/m = 1", "a: 1\rb: 2\rw:\r  m: 1\r");
}

#[test]
fn refuses_what_stands_for_several_places() {
    refuses("a: &x {b: 1}\nc: *x\n", "/c/b = 2", Refusal::Alias);
    refuses("a: &x {b: 1}\nc: *x\n", "/c/w = 2", Refusal::Alias);
    refuses("a: &x\n  b: 1\nc: *x\n", "/a/b = 2", Refusal::Anchor);
    refuses("a: &x 1\nc: *x\n", "/a = 2", Refusal::Anchor);
    refuses("a: &x 1\nc: *x\n", "/a", Refusal::Anchor);
    refuses("a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n", "/c/b = 2", Refusal::Merge);
    refuses("a: &x {b: {}}\nc:\n  <<: *x\n  d: 1\n", "/c/b/e = 2", Refusal::Merge);
    refuses("a: 1\na: 2\n", "/a = 3", Refusal::DuplicateKey);
    refuses("a: 1\na: 2\n", "/a", Refusal::DuplicateKey);
    refuses("a: {b: 1}\na: {c: 1}\n", "/a/c = 3", Refusal::DuplicateKey);
    // Beside them there is nothing to fear.
    gives("a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n", "/c/d = 2\n/c/w = 3", "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n  w: 3\n");
    gives("a: 1\na: 2\nb: 3\n", "/b = 4\n/w = 5", "a: 1\na: 2\nb: 4\nw: 5\n");
    gives("a: &x 1\nb: *x\nc: 1\n", "/b", "a: &x 1\nc: 1\n");
    // An anchor inside what is removed is noticed by the proof, and so is a merged value that comes back.
    is_dropped("a:\n  b: &x 1\nc: *x\n", "/a\n/w = 1");
    is_dropped("a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\n  d: 1\n", "/c/b");
}

#[test]
fn refuses_what_it_cannot_write_with_certainty() {
    refuses("a: {b: 1,\n  c: 2}\n", "/a/w = 1", Refusal::ManyLines);
    refuses("a: {b: 1,\n  c: 2}\n", "/a/b", Refusal::ManyLines);
    refuses("a: [b,\n  c]\n", "/a/- = 1", Refusal::ManyLines);
    refuses("a: [\n]\n", "/a/- = 1", Refusal::ManyLines);
    refuses("a: |\n  x\n", "/a = \"y\"", Refusal::BlockScalar);
    refuses("a: >-\n  x\n", "/a = 1", Refusal::BlockScalar);
    refuses("k: 1\na: |\n  x", "/w = 1", Refusal::BlockScalar);
    refuses("a: !!str 1\n", "/a = \"2\"", Refusal::Tag);
    refuses("a: !x {}\n", "/a/b = 1", Refusal::Tag);
    refuses("a: \"{{ .x }}\"\n", "/a = \"y\"", Refusal::Template);
    refuses("# {{- if .x }}\na: 1\n# {{- end }}\n", "/w = 1", Refusal::Template);
    refuses("a: x{{ .y }}\nb: 1\n", "/w = 1", Refusal::Template);
    refuses("a:\n  b: 1\n", "/a = \"x\"", Refusal::Rewrite);
    refuses("a: 1\n", "/a\n/b = 2", Refusal::Rewrite);
    refuses("a: 1\n", "/a", Refusal::Root);
    refuses("a\n", " = 1", Refusal::Root);
    refuses("{} # c\n", "/a = 1", Refusal::Root);
    refuses("? a\n: b: 1\n", "/a/w = 1", Refusal::Layout);
    refuses("l:\n- a: 1\n  # about b\n  b: 2\n", "/l/0/a", Refusal::Layout);
    refuses("l:\n-\n-\n", "/l/- = 1", Refusal::Layout);
    refuses("a: {b: , c}\n", "/a/c = 1", Refusal::Layout);
    // A quoted action elsewhere is text, as in Argo CD's ApplicationSets.
    gives("a: \"{{ .x }}\"\n", "/w = 1", "a: \"{{ .x }}\"\nw: 1\n");
}

#[test]
fn makes_the_others_where_one_is_refused() {
    let (new, refused) = edited_at("l:\n- &x {a: 1}\n- a: 2\n- *x\n", 0, "/l/0/w = 1\n/l/1/w = 1\n/l/2/w = 1").unwrap();
    assert_eq!(new, "l:\n- &x {a: 1}\n- a: 2\n  w: 1\n- *x\n");
    assert_eq!(refused, [Refusal::Anchor, Refusal::Alias]);
}

#[test]
fn refusals_say_where() {
    let file = "a:\n  b: |\n    x\n";
    let document = Document::parse(file, split::split(file)[0], &Limits::default()).unwrap();
    let edited = edit(file, &document, Reading::Kubernetes, &changes("/a/b = 1")).unwrap();
    assert_eq!(edited.refused[0].at.to_string(), "/a/b");
    assert_eq!(edited.refused[0].span.slice(file), "|\n    x");
    assert!(edited.edits.is_empty());
}

#[test]
fn a_change_that_fits_nothing_is_an_error() {
    for change in ["/x", "/a/b = 1", "/l/7 = 1", "/a/- = 1"] {
        let outcome = edited_at("a: 1\nl: [1]\n", 0, change);
        assert!(matches!(outcome, Err(EditError::Misfit(_))), "{change}: {outcome:?}");
    }
}
