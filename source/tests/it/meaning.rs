//! What texts mean under each reading. The Kubernetes column is confirmed by the comparison with Go.

use platlint_source::Reading::{Kubernetes, Yaml12};
use platlint_source::{ReadErrorKind, Reading};

use crate::canonical::{documents, value};

fn reads(text: &str, reading: Reading, json: &str) {
    assert_eq!(value(text, reading).as_deref(), Ok(json), "{text:?} as {reading:?}");
}

#[test]
fn reads_plain_scalars_as_each_reading_demands() {
    for (text, kubernetes, yaml12) in [
        ("yes", "true", "\"yes\""),
        ("on", "true", "\"on\""),
        ("y", "true", "\"y\""),
        ("off", "false", "\"off\""),
        ("true", "true", "true"),
        ("~", "null", "null"),
        ("0777", "511", "777"),
        ("0o17", "15", "15"),
        ("0b11", "3", "\"0b11\""),
        ("0x1F", "31", "31"),
        ("1_000", "1000", "\"1_000\""),
        ("08", "8", "8"),
        ("1e3", "1000", "1000"),
        ("+1", "1", "1"),
        ("-0", "0", "0"),
        (".5", "0.5", "0.5"),
        ("1.", "1", "1"),
        ("1:30", "\"1:30\"", "\"1:30\""),
        ("2001-01-01", "\"2001-01-01\"", "\"2001-01-01\""),
        ("18446744073709551615", "18446744073709551615", "18446744073709551615"),
        ("'1'", "\"1\"", "\"1\""),
        ("!!str 1", "\"1\"", "\"1\""),
        ("!!int '1'", "1", "1"),
        ("!custom 1", "\"1\"", "\"1\""),
        ("!!binary aGk=", "\"hi\"", "\"aGk=\""),
    ] {
        reads(text, Kubernetes, kubernetes);
        reads(text, Yaml12, yaml12);
    }
}

#[test]
fn reads_keys_as_each_reading_demands() {
    reads("{n: 1, 1.0: 2, 0x10: 3, 1e6: 4}", Kubernetes, "{\"1\":2,\"16\":3,\"1e+06\":4,\"false\":1}");
    reads("{n: 1, 1.5: 2, 0x10: 3, ~: 4}", Yaml12, "{\"1.5\":2,\"16\":3,\"n\":1,\"null\":4}");
}

#[test]
fn merges_where_the_merge_key_stands() {
    reads(
        "a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}",
        Kubernetes,
        "{\"a\":{\"true\":2,\"x\":1},\"b\":{\"true\":2,\"x\":3}}",
    );
    // go-yaml v2 lets a merge replace what stands before it, unlike the specification of the merge key.
    reads("a: &a {x: 1}\nb: {x: 3, <<: *a}", Kubernetes, "{\"a\":{\"x\":1},\"b\":{\"x\":1}}");
    reads("<<: [{x: 1}, {x: 2, z: 3}]", Kubernetes, "{\"x\":1,\"z\":3}");
    reads("<<: {x: 1}", Yaml12, "{\"<<\":{\"x\":1}}");
    reads("'<<': {x: 1}", Kubernetes, "{\"<<\":{\"x\":1}}");
}

#[test]
fn takes_the_last_of_equal_keys() {
    reads("a: .inf\nb: 1\na: 2", Kubernetes, "{\"a\":2,\"b\":1}");
}

#[test]
fn ends_a_block_text_at_the_end_of_the_file_as_kubectl_does() {
    // kubectl reads line by line and gives the last line an ending, too.
    reads("a: |\n  x", Kubernetes, "{\"a\":\"x\\n\"}");
    reads("a: |-\n  x", Kubernetes, "{\"a\":\"x\"}");
}

#[test]
fn reads_json_that_yaml_refuses() {
    reads(
        "{\n\t\"a\": \"\\ud83d\\ude00\\/\\ud800\", \"b\": 1.0}",
        Kubernetes,
        "{\"a\":\"\u{1F600}/\u{FFFD}\",\"b\":1}",
    );
    reads("{\"a\": 01}", Kubernetes, "{\"a\":1}");
    reads("[1E400, -0, 1e-7]", Kubernetes, "[\"1E400\",0,1e-7]");
}

#[test]
fn reads_json_documents_one_behind_the_other() {
    let read = documents(b"{\"a\":1}{\"b\":2}\n[3]", Kubernetes).unwrap();
    let read: Vec<&str> = read.iter().map(|document| document.as_deref().unwrap()).collect();
    assert_eq!(read, ["{\"a\":1}", "{\"b\":2}", "[3]"]);
}

#[test]
fn reads_every_encoding_alike() {
    let text = "a: ü\r\nb: 𝄞\r\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
    for bytes in [text.as_bytes().to_vec(), little, marked] {
        assert_eq!(documents(&bytes, Kubernetes).unwrap(), [Ok("{\"a\":\"ü\",\"b\":\"𝄞\"}".to_owned())]);
    }
}

#[test]
fn refuses_what_is_not_text() {
    assert_eq!(documents(b"\x89PNG\r\n\x1a\n\0\0", Kubernetes).unwrap_err().kind, ReadErrorKind::BinaryFile);
    assert_eq!(documents(b"a: \xC3\x28", Kubernetes).unwrap_err().kind, ReadErrorKind::InvalidUtf8);
}

#[test]
fn reads_a_file_of_nothing_as_no_document() {
    for text in ["", "\n", "# only\n", "---\n---\n", "\u{FEFF}"] {
        assert!(documents(text.as_bytes(), Kubernetes).unwrap().is_empty(), "{text:?}");
    }
}
