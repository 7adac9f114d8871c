//! The readers that are compared. Each takes a file's text and gives the number of its documents that are not empty;
//! what it built is dropped document by document, as platlint's own run does.

use anyhow::{Result, anyhow};
use granit_parser::{Event, Options, Parser};
use platlint_engine::{Value, ValueBuilder};
use platlint_source::{Document, Limits, Reading, SourceText};
use serde::Deserialize;
use std::cell::RefCell;
use std::hint::black_box;

/// One reader.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    pub(crate) read: fn(&str) -> Result<usize>,
}

/// The place of the reader that ratios are to.
pub(crate) const REFERENCE: usize = 1;

pub(crate) const READERS: &[Reader] = &[
    Reader { name: "platlint: engine values, with places", read: platlint },
    Reader { name: "serde_yaml: engine values, no places", read: serde_yaml },
    Reader { name: "granit: bare events with comments", read: granit_with_comments },
    Reader { name: "granit: bare events", read: granit },
];

thread_local! {
    /// One builder per thread for a whole run, as in platlint: it remembers keys.
    static BUILDER: RefCell<ValueBuilder> = RefCell::default();
}

fn platlint(text: &str) -> Result<usize> {
    let limits = Limits::default();
    let source = SourceText::decode_within(text.as_bytes().to_vec(), &limits).map_err(|error| anyhow!("{error}"))?;
    let mut documents = 0;
    BUILDER.with_borrow_mut(|builder| {
        for chunk in source.split() {
            let document = Document::parse(source.as_str(), chunk, &limits).map_err(|error| anyhow!("{error}"))?;
            let value = document.build(Reading::Kubernetes, builder).map_err(|error| anyhow!("{error}"))?;
            documents += usize::from(value != Value::Null);
            black_box(value);
        }
        Ok(documents)
    })
}

fn serde_yaml(text: &str) -> Result<usize> {
    let mut documents = 0;
    for document in serde_yaml::Deserializer::from_str(text) {
        let value = Value::deserialize(document)?;
        documents += usize::from(value != Value::Null);
        black_box(value);
    }
    Ok(documents)
}

fn granit_with_comments(text: &str) -> Result<usize> {
    events(text, true)
}

fn granit(text: &str) -> Result<usize> {
    events(text, false)
}

/// Counts documents whose first event is anything but an empty scalar.
fn events(text: &str, comments: bool) -> Result<usize> {
    let mut options = Options::default();
    options.emit_comments = comments;
    let mut documents = 0;
    let mut at_root = false;
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| anyhow!("{error}"))?;
        match &event {
            Event::DocumentStart(..) => at_root = true,
            Event::Comment(..) => {}
            Event::Scalar(value, ..) if at_root => {
                documents += usize::from(!value.is_empty() && value != "~" && value != "null");
                at_root = false;
            }
            _ if at_root => {
                documents += 1;
                at_root = false;
            }
            _ => {}
        }
        black_box((&event, &span));
    }
    Ok(documents)
}
