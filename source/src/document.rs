//! One document: parsed once, asked many times.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::arena::Arena;
use crate::build::{self, Build};
use crate::comments;
use crate::error::{ReadError, ReadErrorKind};
use crate::find::{self, Place, Segment};
use crate::index::Indexes;
use crate::json;
use crate::limits::Limits;
use crate::mask::Mask;
use crate::node::Node;
use crate::problems::{self, Problem};
use crate::refusals;
use crate::scalar::{Reading, Scalar};
use crate::span::{Span, offset, stored};
use crate::split::Chunk;
use crate::template;
use crate::yaml;

/// A parsed document. It holds places and texts; what scalars mean is decided by the [`Reading`] of each question.
#[derive(Debug)]
pub struct Document<'s> {
    arena: Arena<'s>,
    chunk: Chunk,
    limits: Limits,
    json: bool,
    comments: OnceLock<Vec<Span>>,
    indexes: Indexes,
    /// What was hidden from the YAML parser.
    masks: Vec<Mask>,
}

impl<'s> Document<'s> {
    /// Parses the document at `chunk` of `text`, the whole file.
    pub fn parse(text: &'s str, chunk: Chunk, limits: &Limits) -> Result<Self, ReadError> {
        if text.len() > offset(u32::MAX) {
            return Err(ReadError::new(ReadErrorKind::TooLarge, Span::new(0, 0), "the file has more than 4 GiB"));
        }
        let span = behind_byte_order_mark(text, chunk.span);
        let document = |arena, json, masks| Self {
            arena,
            chunk,
            limits: *limits,
            json,
            comments: OnceLock::new(),
            indexes: Indexes::default(),
            masks,
        };
        let Some(start) = bracket(text, span) else {
            return yaml::parse(text, span, limits).map(|parsed| document(parsed.arena, false, parsed.masks));
        };
        let json = match json::parse(text, Span::new(start, span.end), limits) {
            Ok(arena) => return Ok(document(arena, true, Vec::new())),
            Err(error) => error,
        };
        if json.kind != ReadErrorKind::InvalidJson {
            return Err(json);
        }
        match yaml::parse(text, span, limits) {
            Ok(parsed) => Ok(document(parsed.arena, false, parsed.masks)),
            Err(yaml) => Err(more_plausible(text, span, json, yaml)),
        }
    }

    /// The document's place and number in the file.
    pub fn chunk(&self) -> Chunk {
        self.chunk
    }

    /// Whether the document is JSON, not only YAML.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The outermost node.
    pub fn root(&self) -> Node<'_> {
        Node::new(&self.arena, self.arena.root)
    }

    /// Where `pointer` leads.
    pub fn find(&self, pointer: &[Segment<'_>], reading: Reading) -> Place {
        find::find(&self.arena, &self.indexes, pointer, reading)
    }

    /// Duplicate keys, keys read as something else, values that cannot be read; in the order of the file.
    pub fn problems(&self, reading: Reading) -> Vec<Problem> {
        let refused = if reading == Reading::Kubernetes { self.refused() } else { None };
        problems::problems(&self.arena, reading, refused.as_ref())
    }

    /// The comments, from `#` to the end of the line, in order.
    pub fn comments(&self) -> &[Span] {
        self.comments.get_or_init(|| {
            if self.json {
                return Vec::new();
            }
            comments::comments(self.arena.text, self.chunk.span, &self.masks, &self.limits)
        })
    }

    /// `apiVersion` and `kind` of the root, if both are there and are text, without building a value.
    pub fn header(&self) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
        let text = |key| match self.root().get(key, Reading::Kubernetes)?.scalar(Reading::Kubernetes) {
            Ok(Scalar::Str(text)) => Some(text),
            _ => None,
        };
        Some((text("apiVersion")?, text("kind")?))
    }

    fn refused(&self) -> Option<ReadError> {
        if self.json { None } else { refusals::refused(&self.arena, self.chunk.span) }
    }

    /// Builds the document's value.
    pub fn build<B: Build>(&self, reading: Reading, builder: &mut B) -> Result<B::Value, ReadError> {
        if reading == Reading::Kubernetes
            && let Some(error) = self.refused()
        {
            return Err(error);
        }
        build::build(&self.arena, reading, builder)
    }
}

/// The range without a byte order mark at its start or behind its marker line: files that were joined have them there,
/// and the cluster, which never sees the marker, skips them.
fn behind_byte_order_mark(text: &str, span: Span) -> Span {
    let chunk = span.slice(text);
    let content = chunk.strip_prefix("---\n").or_else(|| chunk.strip_prefix("---\r\n")).unwrap_or(chunk);
    match content.strip_prefix('\u{FEFF}') {
        Some(rest) => Span::new(span.end - stored(rest.len()), span.end),
        None => span,
    }
}

/// The bracket the document starts with, behind marker, blanks and comments.
fn bracket(text: &str, span: Span) -> Option<u32> {
    let mut rest = span.slice(text);
    loop {
        rest = rest.trim_ascii_start();
        match rest.as_bytes() {
            [b'{' | b'[', ..] => return Some(span.end - stored(rest.len())),
            [b'#', ..] => rest = rest.split_once('\n')?.1,
            [b'-', b'-', b'-', b' ' | b'\t' | b'\r' | b'\n', ..] => rest = rest.get(3..)?,
            _ => return None,
        }
    }
}

/// Neither JSON nor YAML: the reader that came further had understood more of it.
fn more_plausible(text: &str, span: Span, json: ReadError, yaml: ReadError) -> ReadError {
    if yaml.kind != ReadErrorKind::InvalidYaml {
        return yaml;
    }
    if let Some(action) = template::action_before(text, span, json.span.start.max(yaml.span.start)) {
        return template::unrendered(text, action);
    }
    if json.span.start >= yaml.span.start { json } else { yaml }
}
