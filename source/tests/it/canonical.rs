//! Values as the JSON text Go writes, so that two readers can be compared byte by byte.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::rc::Rc;
use std::vec::Drain;

use platlint_source::{Build, Document, Limits, ReadError, Reading, SourceText};

/// Builds canonical JSON text.
pub(crate) struct Canonical;

impl Build for Canonical {
    type Value = Rc<str>;
    type Key = String;

    fn key(&mut self, text: &str) -> String {
        text.to_owned()
    }
    fn null(&mut self) -> Rc<str> {
        "null".into()
    }
    fn bool(&mut self, value: bool) -> Rc<str> {
        value.to_string().into()
    }
    fn int(&mut self, value: i64) -> Rc<str> {
        value.to_string().into()
    }
    fn uint(&mut self, value: u64) -> Rc<str> {
        value.to_string().into()
    }
    fn float(&mut self, value: f64) -> Rc<str> {
        float(value).into()
    }
    fn string(&mut self, text: &str) -> Rc<str> {
        string(text).into()
    }
    fn sequence(&mut self, items: Drain<'_, Rc<str>>) -> Rc<str> {
        let items: Vec<Rc<str>> = items.collect();
        format!("[{}]", items.join(",")).into()
    }
    fn mapping(&mut self, entries: Drain<'_, (String, Rc<str>)>) -> Rc<str> {
        let entries: BTreeMap<String, Rc<str>> = entries.collect();
        let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{}:{value}", string(key))).collect();
        format!("{{{}}}", entries.join(",")).into()
    }
}

/// As Go's encoder: exponents only for very small and very large numbers, without leading zeros.
fn float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return if size >= 1e21 { text.replace('e', "e+") } else { text };
    }
    format!("{value}")
}

fn string(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\u{0}'..='\u{1f}' | '\u{2028}' | '\u{2029}' => write!(quoted, "\\u{:04x}", u32::from(c)).unwrap(),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Each document of a file as JSON text, or why it cannot be read.
pub(crate) fn documents(bytes: &[u8], reading: Reading) -> Result<Vec<Result<String, ReadError>>, ReadError> {
    let limits = Limits::default();
    let text = SourceText::decode(bytes.to_vec())?;
    let read = |chunk| {
        let document = Document::parse(text.as_str(), chunk, &limits)?;
        document.build(reading, &mut Canonical).map(|value| value.to_string())
    };
    Ok(text.split().into_iter().map(read).collect())
}

/// The only document of `text` as JSON text.
pub(crate) fn value(text: &str, reading: Reading) -> Result<String, ReadError> {
    let mut documents = documents(text.as_bytes(), reading)?;
    assert_eq!(documents.len(), 1, "one document expected in {text:?}");
    documents.remove(0)
}
