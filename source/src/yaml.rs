//! Plants the events of the YAML parser as nodes with exact ranges.
//!
//! The parser's quirks end here: implicit nulls, places of block nodes, byte offsets relative to the document.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, Span as Reported, StructureStyle, Tag as YamlTag};

use crate::arena::{Arena, Shape, Style, Tag};
use crate::block;
use crate::error::{ReadError, ReadErrorKind};
use crate::explain;
use crate::limits::Limits;
use crate::mask::{self, Mask};
use crate::plant::{Planter, Text};
use crate::span::{Span, offset, stored};
use crate::survey;
use crate::template;

/// What was read, and what was hidden from the parser to read it, as ranges of the file.
pub(crate) struct Parsed<'s> {
    pub(crate) arena: Arena<'s>,
    pub(crate) masks: Vec<Mask>,
}

enum Failure {
    Refused(ReadError),
    /// The parser stopped at a text in quotes whose further lines are not indented.
    Indentation(ReadError),
    /// A mask is not what it was taken for.
    Unfit,
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Refused(error)
    }
}

/// Parses the one YAML document in `text[span]`: at most four times, so the time stays linear.
pub(crate) fn parse<'s>(text: &'s str, span: Span, limits: &Limits) -> Result<Parsed<'s>, ReadError> {
    let chunk = span.slice(text);
    let find = |quoted| mask::shifted(&survey::masks(chunk, quoted), span.start);
    let mut masks = if mask::suspicious(chunk) { find(false) } else { Vec::new() };
    let mut outcome = attempt(text, span, limits, &masks);
    if matches!(outcome, Err(Failure::Unfit)) {
        masks.clear();
        outcome = attempt(text, span, limits, &masks);
    }
    if matches!(outcome, Err(Failure::Indentation(_))) {
        let all = find(true);
        if all.len() > masks.len() {
            let again = attempt(text, span, limits, &all);
            if !matches!(again, Err(Failure::Unfit)) {
                masks = all;
                outcome = again;
            }
        }
    }
    match outcome {
        Ok(arena) => Ok(Parsed { arena, masks }),
        Err(Failure::Refused(error) | Failure::Indentation(error)) => Err(error),
        Err(Failure::Unfit) => Err(ReadError::new(ReadErrorKind::InvalidYaml, span, "this is not valid YAML")),
    }
}

fn attempt<'s>(text: &'s str, span: Span, limits: &Limits, masks: &[Mask]) -> Result<Arena<'s>, Failure> {
    let original = span.slice(text);
    let copy = if masks.is_empty() { None } else { mask::masked(original, span.start, masks) };
    let source = copy.as_deref().unwrap_or(original);
    let mut parser = Parser::new_from_str_with_options(source, options(limits));
    let planter = Planter::new(text, source.len(), limits);
    let mut planting = Planting { text, source, base: span.start, limits, planter, last: 0, masks, fits: true };
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, reported)) => planting.event(event, reported)?,
            Err(error) => {
                let explained = explain::explain(text, span, &error, limits);
                return Err(match error.kind() {
                    ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation => {
                        Failure::Indentation(explained)
                    }
                    _ => Failure::Refused(explained),
                });
            }
        }
        if !planting.fits {
            return Err(Failure::Unfit);
        }
    }
    if !planting.masks.is_empty() {
        return Err(Failure::Unfit);
    }
    Ok(planting.planter.done(span.end)?)
}

pub(crate) fn options(limits: &Limits) -> Options {
    let mut options = Options::default();
    options.emit_anchor_events = true;
    options.emit_comments = false;
    options.flow_nesting_limit = limits.max_depth;
    options.block_nesting_limit = limits.max_depth;
    options
}

struct Planting<'s, 'c, 'l> {
    text: &'s str,
    /// What the parser reads: the document, or its masked copy of the same length.
    source: &'c str,
    base: u32,
    limits: &'l Limits,
    planter: Planter<'s, 'l>,
    /// The node planted last, to which an anchor event belongs.
    last: u32,
    /// Those not met yet.
    masks: &'c [Mask],
    /// Whether each mask met was what it was taken for.
    fits: bool,
}

impl Planting<'_, '_, '_> {
    fn event(&mut self, event: Event<'_>, reported: Reported) -> Result<(), ReadError> {
        let span = self.span(&reported);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                self.scalar(value, style, anchor, tag.as_deref(), span, &reported)
            }
            Event::MappingStart(style, anchor, tag) => {
                if style == StructureStyle::Flow {
                    self.refuse_template(span)?;
                }
                let style = style_of(style);
                let start = span.start;
                self.open(Shape::Mapping, start, style, anchor, tag.as_deref(), &reported)
            }
            Event::SequenceStart(style, anchor, tag) => {
                let mut start = span.start;
                if style == StructureStyle::Block && self.planter.is_value() {
                    start = block::sequence_start(self.text, self.planter.last_end(), start);
                }
                self.open(Shape::Sequence, start, style_of(style), anchor, tag.as_deref(), &reported)
            }
            Event::MappingEnd | Event::SequenceEnd => {
                // Only brackets have a range of their own.
                self.planter.close(if span.is_empty() { None } else { Some(span.end) })
            }
            Event::Alias(anchor) => self.planter.alias(span, anchor),
            Event::Anchor(..) => {
                self.planter.property(self.last, span.start);
                Ok(())
            }
            Event::DocumentStart(..) if self.planter.has_root() => Err(ReadError::new(
                ReadErrorKind::InvalidYaml,
                span,
                "a second document begins here without a `---` line before it",
            )),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        value: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&YamlTag>,
        mut span: Span,
        reported: &Reported,
    ) -> Result<(), ReadError> {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let mut implicit = false;
        if style == Style::Plain && span.is_empty() {
            implicit = true;
            let at = offset(span.start);
            // The parser's place for a missing value is before the colon.
            if self.planter.is_value() && self.text.as_bytes().get(at) == Some(&b':') {
                span = Span::new(span.start + 1, span.start + 1);
            }
        }
        let content = if implicit {
            Text::Range(Span::new(span.start, span.start))
        } else if let Some(text) = self.hidden(span, style, matches!(value, Cow::Owned(_)))? {
            Text::Owned(text.into_boxed_str())
        } else {
            match value {
                Cow::Borrowed(part) => self.borrowed(part),
                Cow::Owned(text) => Text::Owned(text.into_boxed_str()),
            }
        };
        if matches!(style, Style::Literal | Style::Folded) {
            let empty = match &content {
                Text::Range(range) => range.slice(self.text).trim_matches('\n').is_empty(),
                Text::Owned(text) => text.trim_matches('\n').is_empty(),
            };
            span = block::scalar(self.text, span, self.planter.last_end(), empty);
        }
        let merge = style == Style::Plain && span.len() == 2 && span.slice(self.text) == "<<";
        let tag_kind = tag.map_or(Tag::None, tag_of);
        if merge || tag_kind == Tag::Merge {
            self.planter.merges();
        }
        self.last = self.planter.scalar(span, content, style, tag_kind, anchor, implicit)?;
        self.note_tag(reported);
        Ok(())
    }

    fn borrowed(&self, part: &str) -> Text {
        let start = part.as_ptr().addr().wrapping_sub(self.source.as_ptr().addr());
        let range = Span::new(stored(start), stored(start.saturating_add(part.len())));
        // Text the parser holds itself (it borrows only from its input or constants) is copied.
        if range.slice(self.source).as_ptr() == part.as_ptr() {
            Text::Range(Span::new(self.base.saturating_add(range.start), self.base.saturating_add(range.end)))
        } else {
            Text::Owned(part.into())
        }
    }

    /// The text of a scalar that was masked, unless it is simply its range of the file.
    fn hidden(&mut self, span: Span, style: Style, folded: bool) -> Result<Option<String>, ReadError> {
        if self.masks.first().is_none_or(|mask| mask.span.start >= span.end) {
            return Ok(None);
        }
        let masks = mask::take(&mut self.masks, span.end);
        let written = span.slice(self.text);
        let text = match masks {
            [mask] if mask.quoted => {
                self.fits &= mask.span == span && matches!(style, Style::SingleQuoted | Style::DoubleQuoted);
                Some(mask::quoted(written))
            }
            _ => {
                self.fits &= style == Style::Plain
                    && self.planter.in_brackets()
                    && masks.iter().all(|mask| !mask.quoted && mask.span.start >= span.start);
                folded.then(|| mask::plain(written))
            }
        };
        if !self.fits {
            return Ok(None);
        }
        text.transpose().map_err(|error| explain::explain(self.text, span, &error, self.limits))
    }

    fn open(
        &mut self,
        shape: Shape,
        start: u32,
        style: Style,
        anchor: usize,
        tag: Option<&YamlTag>,
        reported: &Reported,
    ) -> Result<(), ReadError> {
        self.last = self.planter.open(shape, start, style, tag.map_or(Tag::None, tag_of), anchor)?;
        self.note_tag(reported);
        if style == Style::Flow {
            self.planter.passed(start.saturating_add(1));
        }
        Ok(())
    }

    fn note_tag(&mut self, reported: &Reported) {
        if let Some(start) = reported.tag_start().and_then(|mark| mark.byte_offset()) {
            self.planter.property(self.last, self.base.saturating_add(stored(start)));
        }
    }

    fn span(&self, reported: &Reported) -> Span {
        let at = |mark: granit_parser::Marker| self.base.saturating_add(stored(mark.byte_offset().unwrap_or(0)));
        Span::new(at(reported.start), at(reported.end))
    }

    /// `{{ .x }}` parses as a map whose key is a map: nobody writes that on purpose.
    fn refuse_template(&self, span: Span) -> Result<(), ReadError> {
        let at = offset(span.start);
        if self.text.get(at..).is_some_and(|rest| rest.starts_with("{{")) {
            return Err(template::unrendered(self.text, at));
        }
        Ok(())
    }
}

fn style_of(style: StructureStyle) -> Style {
    match style {
        StructureStyle::Block => Style::Block,
        StructureStyle::Flow => Style::Flow,
    }
}

fn tag_of(tag: &YamlTag) -> Tag {
    if tag.parts() == ("", "!") {
        return Tag::NonSpecific;
    }
    match tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() {
        Some("str") => Tag::Str,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("bool") => Tag::Bool,
        Some("null") => Tag::Null,
        Some("timestamp") => Tag::Timestamp,
        Some("binary") => Tag::Binary,
        Some("merge") => Tag::Merge,
        _ => Tag::Other,
    }
}
