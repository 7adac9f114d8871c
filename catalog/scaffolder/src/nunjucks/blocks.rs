//! Reads a whole text: what stands between tags, the tags, and what they enclose. White space around tags is trimmed here,
//! as the dashes in them and the two options of the environment ask for.

use super::ast::{Node, Problem, Span, SyntaxError};
use super::expression::{DEEPEST, Reader};
use super::lexer::TokenKind;

pub(super) type Result<T> = std::result::Result<T, SyntaxError>;

/// How tags are written and what happens to white space around blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// The line break after a block is dropped.
    pub(crate) trim_blocks: bool,
    /// White space on the line before a block is dropped.
    pub(crate) lstrip_blocks: bool,
}

/// What opens an expression in templates and skeletons.
pub(crate) const OUTPUT_START: &str = "${{";

/// A text in parts.
pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Vec<Node>> {
    let mut parser = Parser { text, at: 0, drops_space: false, syntax, depth: 0, unclosed: 0 };
    match parser.nodes(&[])? {
        (nodes, None) => Ok(nodes),
        (_, Some(tag)) => Err(SyntaxError { at: parser.at, problem: Problem::UnknownTag(tag) }),
    }
}

/// Reads a text from its start to its end.
pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// White space that follows is dropped.
    pub(super) drops_space: bool,
    syntax: Syntax,
    depth: usize,
    /// Tags for text as it stands that have no end: each was looked for up to the end of the text.
    pub(super) unclosed: u32,
}

/// What JavaScript's `\s` matches.
pub(crate) const fn is_space(letter: char) -> bool {
    (letter.is_whitespace() && letter != '\u{85}') || letter == '\u{feff}'
}

#[derive(Clone, Copy, PartialEq)]
enum Opening {
    Block,
    Output,
    Comment,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn fail<T>(&self, at: usize, problem: Problem) -> Result<T> {
        debug_assert!(at <= self.text.len());
        Err(SyntaxError { at, problem })
    }

    /// Parts up to one of the tags, whose name comes with them and is still to be read; or up to the end.
    pub(super) fn nodes(&mut self, until: &[&str]) -> Result<(Vec<Node>, Option<String>)> {
        if self.depth >= DEEPEST {
            return self.fail(self.at, Problem::TooDeep);
        }
        self.depth += 1;
        let mut nodes = Vec::new();
        let tag = loop {
            let Some((opening, start)) = self.opening()? else {
                self.add_text(&mut nodes, self.text.len(), None);
                self.at = self.text.len();
                break None;
            };
            self.add_text(&mut nodes, start, Some(opening));
            self.at = start;
            match opening {
                Opening::Comment => self.comment()?,
                Opening::Output => nodes.push(self.output()?),
                Opening::Block => {
                    self.at += "{%".len();
                    self.at += usize::from(self.rest().starts_with('-'));
                    self.drops_space = false;
                    let mut reader = Reader::new(self.text, self.at);
                    let token = reader.next()?;
                    let TokenKind::Name(name) = &token.kind else { return Err(reader.unexpected(&token)) };
                    if until.contains(&name.as_str()) {
                        break Some(name.clone());
                    }
                    self.at = reader.at;
                    self.statement(&name.clone(), start, &mut nodes)?;
                }
            }
        };
        self.depth -= 1;
        Ok((nodes, tag))
    }

    /// The next tag or comment and where it begins.
    fn opening(&self) -> Result<Option<(Opening, usize)>> {
        for (offset, _) in self.rest().match_indices(['{', '$', '#']) {
            let at = self.at + offset;
            let rest = self.text.get(at..).unwrap_or_default();
            if rest.starts_with("{%") {
                return Ok(Some((Opening::Block, at)));
            } else if rest.starts_with(OUTPUT_START) {
                return Ok(Some((Opening::Output, at)));
            } else if rest.starts_with("{#") {
                return Ok(Some((Opening::Comment, at)));
            } else if rest.starts_with("#}") {
                return self.fail(at, Problem::NoComment);
            }
        }
        Ok(None)
    }

    fn add_text(&mut self, nodes: &mut Vec<Node>, end: usize, before: Option<Opening>) {
        let mut span = Span { start: self.at, end };
        if span.start == span.end {
            return;
        }
        let opening_length = match before {
            Some(Opening::Output) => OUTPUT_START.len(),
            _ => "{%".len(),
        };
        if self.syntax.lstrip_blocks && before == Some(Opening::Block) {
            span.end = self.without_indentation(span);
        }
        if self.drops_space {
            let text = span.of(self.text);
            span.start = span.end - text.trim_start_matches(is_space).len();
            self.drops_space = false;
        }
        let has_dash = self.text.get(end + opening_length..).is_some_and(|inside| inside.starts_with('-'));
        if before.is_some() && has_dash {
            span.end = span.start + span.of(self.text).trim_end_matches(is_space).len();
        }
        if span.start < span.end {
            nodes.push(Node::Text(span));
        }
    }

    /// Where a text ends without the white space of its last line, if that has nothing else and begins in it.
    fn without_indentation(&self, span: Span) -> usize {
        let begins_a_line =
            self.text.get(..span.start).is_some_and(|before| before.is_empty() || before.ends_with('\n'));
        let line = match span.of(self.text).rfind('\n') {
            Some(line_break) => span.start + line_break + 1,
            None if begins_a_line => span.start,
            None => return span.end,
        };
        let last_line = Span { start: line, end: span.end };
        if last_line.of(self.text).chars().all(is_space) { line } else { span.end }
    }

    fn comment(&mut self) -> Result<()> {
        let Some(length) = self.rest().get("{#".len()..).and_then(|inside| inside.find("#}")) else {
            return self.fail(self.at, Problem::CommentWithoutEnd);
        };
        self.drops_space = self.rest().get(..length + 2).is_some_and(|inside| inside.ends_with('-'));
        self.at += length + "{##}".len();
        Ok(())
    }

    fn output(&mut self) -> Result<Node> {
        let start = self.at;
        self.at += OUTPUT_START.len();
        self.at += usize::from(self.rest().starts_with('-'));
        let mut reader = Reader::new(self.text, self.at);
        let expr = reader.expression()?;
        let end = reader.next()?;
        let TokenKind::OutputEnd(drops) = end.kind else { return Err(reader.unexpected(&end)) };
        self.drops_space = drops;
        self.at = end.span.end;
        Ok(Node::Output { expr, span: Span { start, end: self.at } })
    }

    /// Reads to the end of the tag in which `at` stands.
    pub(super) fn end_of_tag(&mut self) -> Result<()> {
        let mut reader = Reader::new(self.text, self.at);
        let token = reader.next()?;
        let TokenKind::BlockEnd(drops) = token.kind else { return Err(reader.unexpected(&token)) };
        self.drops_space |= drops;
        self.at = token.span.end;
        if self.syntax.trim_blocks {
            let rest = self.rest();
            self.at += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
        }
        Ok(())
    }

    /// Reads a part of the tag with a reader of expressions.
    pub(super) fn read<T>(&mut self, part: impl FnOnce(&mut Reader<'t>) -> Result<T>) -> Result<T> {
        let mut reader = Reader::new(self.text, self.at);
        let read = part(&mut reader)?;
        self.at = reader.at;
        Ok(read)
    }

    /// Reads the name of a tag that was met, and the end of the tag.
    pub(super) fn tag_alone(&mut self) -> Result<()> {
        self.read(Reader::next)?;
        self.end_of_tag()
    }

    /// Parts to one of the closing tags, which must come.
    pub(super) fn body(&mut self, opened: &str, until: &[&str]) -> Result<(Vec<Node>, String)> {
        let (nodes, tag) = self.nodes(until)?;
        match tag {
            Some(tag) => Ok((nodes, tag)),
            None => self.fail(self.text.len(), Problem::WithoutEnd(opened.to_owned())),
        }
    }

    /// Parts to the closing tag, and that tag.
    pub(super) fn closed_body(&mut self, opened: &str, close: &str) -> Result<Vec<Node>> {
        let (nodes, _) = self.body(opened, &[close])?;
        self.tag_alone()?;
        Ok(nodes)
    }
}
