//! Reads a whole text: what stands between tags, the tags, and what they enclose. White space around tags is trimmed here,
//! as the dashes in them and the two options of the environment ask for.

use super::ast::{Expr, ExprKind, Node, Problem, Span, SyntaxError};
use super::expression::{DEEPEST, Reader};
use super::lexer::TokenKind;

type Result<T> = std::result::Result<T, SyntaxError>;

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
    let mut parser = Parser { text, at: 0, drops_space: false, syntax, depth: 0 };
    match parser.nodes(&[])? {
        (nodes, None) => Ok(nodes),
        (_, Some(tag)) => Err(SyntaxError { at: parser.at, problem: Problem::UnknownTag(tag) }),
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// White space that follows is dropped.
    drops_space: bool,
    syntax: Syntax,
    depth: usize,
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

    fn fail<T>(&self, at: usize, problem: Problem) -> Result<T> {
        debug_assert!(at <= self.text.len());
        Err(SyntaxError { at, problem })
    }

    /// Parts up to one of the tags, whose name comes with them and is still to be read; or up to the end.
    fn nodes(&mut self, until: &[&str]) -> Result<(Vec<Node>, Option<String>)> {
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
    fn end_of_tag(&mut self) -> Result<()> {
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
    fn read<T>(&mut self, part: impl FnOnce(&mut Reader<'t>) -> Result<T>) -> Result<T> {
        let mut reader = Reader::new(self.text, self.at);
        let read = part(&mut reader)?;
        self.at = reader.at;
        Ok(read)
    }

    /// Reads the name of a tag that was met, and the end of the tag.
    fn tag_alone(&mut self) -> Result<()> {
        self.read(Reader::next)?;
        self.end_of_tag()
    }

    /// Parts to one of the closing tags, which must come.
    fn body(&mut self, opened: &str, until: &[&str]) -> Result<(Vec<Node>, String)> {
        let (nodes, tag) = self.nodes(until)?;
        match tag {
            Some(tag) => Ok((nodes, tag)),
            None => self.fail(self.text.len(), Problem::WithoutEnd(opened.to_owned())),
        }
    }

    /// Parts to the closing tag, and that tag.
    fn closed_body(&mut self, opened: &str, close: &str) -> Result<Vec<Node>> {
        let (nodes, _) = self.body(opened, &[close])?;
        self.tag_alone()?;
        Ok(nodes)
    }

    fn statement(&mut self, tag: &str, start: usize, nodes: &mut Vec<Node>) -> Result<()> {
        let node = match tag {
            "raw" | "verbatim" => {
                self.end_of_tag()?;
                nodes.extend(self.raw(tag));
                return Ok(());
            }
            "if" | "ifAsync" => self.conditional()?,
            "for" | "asyncEach" | "asyncAll" => self.repeated(tag, start)?,
            "set" => self.set(start)?,
            "macro" => self.defined(start)?,
            _ => self.other(tag, start)?,
        };
        nodes.push(node);
        Ok(())
    }

    /// Text that is no template, to the closing tag; nested ones count. Without a closing tag Nunjucks reads on as if nothing
    /// had been opened.
    fn raw(&mut self, tag: &str) -> Option<Node> {
        let start = self.at;
        let mut level = 1_u32;
        let mut searched = start;
        while let Some(found) = self.text.get(searched..).and_then(|rest| rest.find("{%")) {
            let open = searched + found;
            let inside = self.text.get(open + 2..).unwrap_or_default().trim_start_matches(is_space);
            let closes = inside.strip_prefix("end").and_then(|rest| rest.strip_prefix(tag));
            let named = closes.or_else(|| inside.strip_prefix(tag));
            let after = named.and_then(|rest| rest.trim_start_matches(is_space).strip_prefix("%}"));
            let Some(after) = after else {
                searched = open + 2;
                continue;
            };
            searched = self.text.len() - after.len();
            level = if closes.is_some() { level - 1 } else { level + 1 };
            if level == 0 {
                self.at = searched;
                return (start < open).then_some(Node::Text(Span { start, end: open }));
            }
        }
        None
    }

    fn conditional(&mut self) -> Result<Node> {
        let mut branches = Vec::new();
        loop {
            let condition = self.read(Reader::expression)?;
            self.end_of_tag()?;
            let (body, tag) = self.body("if", &["elif", "elseif", "else", "endif"])?;
            branches.push((condition, body));
            match tag.as_str() {
                "elif" | "elseif" => {
                    self.read(Reader::next)?;
                }
                "else" => {
                    self.tag_alone()?;
                    let otherwise = self.closed_body("if", "endif")?;
                    return Ok(Node::If { branches, otherwise });
                }
                _ => {
                    self.tag_alone()?;
                    return Ok(Node::If { branches, otherwise: Vec::new() });
                }
            }
        }
    }

    fn repeated(&mut self, tag: &str, start: usize) -> Result<Node> {
        let (names, list) = self.read(|reader| {
            let mut names = vec![bound_name(reader)?];
            while reader.takes_sign(",") {
                names.push(bound_name(reader)?);
            }
            if !reader.takes_word("in") {
                return Err(SyntaxError { at: reader.at, problem: Problem::Expected("in") });
            }
            Ok((names, reader.expression()?))
        })?;
        self.end_of_tag()?;
        let close = match tag {
            "for" => "endfor",
            "asyncEach" => "endeach",
            _ => "endall",
        };
        let (body, met) = self.body(tag, &[close, "else"])?;
        self.tag_alone()?;
        let otherwise = if met == "else" { self.closed_body(tag, close)? } else { Vec::new() };
        let span = Span { start, end: self.at };
        if tag == "for" {
            return Ok(Node::For { names, list, body, otherwise, span });
        }
        let body = body.into_iter().chain(otherwise).collect();
        Ok(Node::Other { tag: tag.to_owned(), names, filters: Vec::new(), exprs: vec![list], body, span })
    }

    fn set(&mut self, start: usize) -> Result<Node> {
        let (names, value) = self.read(|reader| {
            let mut names = vec![bound_name(reader)?];
            while reader.takes_sign(",") {
                names.push(bound_name(reader)?);
            }
            let value = if reader.takes_sign("=") { Some(reader.expression()?) } else { None };
            Ok((names, value))
        })?;
        // A dash at the end of the tag that opens a captured text is without effect.
        let drops_space = self.drops_space;
        self.end_of_tag()?;
        if let Some(value) = value {
            return Ok(Node::Set { names, value, span: Span { start, end: self.at } });
        }
        self.drops_space = drops_space;
        let body = self.closed_body("set", "endset")?;
        Ok(Node::Capture { names, body, span: Span { start, end: self.at } })
    }

    fn defined(&mut self, start: usize) -> Result<Node> {
        let (name, parameters) = self.read(|reader| {
            let token = reader.next()?;
            let TokenKind::Name(name) = token.kind.clone() else { return Err(reader.unexpected(&token)) };
            let opened = reader.next()?;
            if opened.kind != TokenKind::Sign("(") {
                return Err(reader.unexpected(&opened));
            }
            let arguments = reader.arguments()?;
            let positional = arguments.positional.into_iter().filter_map(|parameter| match parameter.kind {
                ExprKind::Name(name) => Some((name, None)),
                _ => None,
            });
            let named = arguments.named.into_iter().map(|(name, value)| (name, Some(value)));
            Ok((name, positional.chain(named).collect()))
        })?;
        self.end_of_tag()?;
        let body = self.closed_body("macro", "endmacro")?;
        Ok(Node::Macro { name, parameters, body, span: Span { start, end: self.at } })
    }

    /// Tags whose names and expressions are of interest, but not what they do.
    fn other(&mut self, tag: &str, start: usize) -> Result<Node> {
        let mut names = Vec::new();
        let mut filters = Vec::new();
        let mut exprs = Vec::new();
        let mut body = Vec::new();
        match tag {
            "include" | "extends" | "import" | "from" => {
                exprs.push(self.read(Reader::expression)?);
                names = self.read(imported_names)?;
                self.end_of_tag()?;
            }
            "block" => {
                self.read(bound_name)?;
                self.end_of_tag()?;
                (body, _) = self.body(tag, &["endblock"])?;
                self.read(|reader| {
                    reader.next()?;
                    if matches!(reader.peek().map(|token| token.kind), Some(TokenKind::Name(_))) {
                        reader.next()?;
                    }
                    Ok(())
                })?;
                self.end_of_tag()?;
            }
            "call" => {
                let (bound, called) = self.read(|reader| {
                    let bound = if reader.takes_sign("(") { reader.arguments()?.positional } else { Vec::new() };
                    Ok((bound, reader.primary()?))
                })?;
                names.extend(bound.into_iter().filter_map(name_of));
                exprs.push(called);
                self.end_of_tag()?;
                body = self.closed_body(tag, "endcall")?;
            }
            "filter" => {
                let (filter, arguments) = self.read(|reader| {
                    let filter = reader.filter_name()?;
                    let arguments = if reader.takes_sign("(") { reader.arguments()?.positional } else { Vec::new() };
                    Ok((filter, arguments))
                })?;
                filters.push(filter);
                exprs = arguments;
                self.end_of_tag()?;
                body = self.closed_body(tag, "endfilter")?;
            }
            "switch" => loop {
                exprs.push(self.read(Reader::expression)?);
                self.end_of_tag()?;
                let (part, met) = self.body(tag, &["case", "default", "endswitch"])?;
                body.extend(part);
                if met == "case" {
                    self.read(Reader::next)?;
                    continue;
                }
                self.tag_alone()?;
                if met == "default" {
                    body.extend(self.closed_body(tag, "endswitch")?);
                }
                break;
            },
            _ => return self.fail(start, Problem::UnknownTag(tag.to_owned())),
        }
        Ok(Node::Other { tag: tag.to_owned(), names, filters, exprs, body, span: Span { start, end: self.at } })
    }
}

fn name_of(expr: Expr) -> Option<String> {
    match expr.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}

/// A name that a tag binds.
fn bound_name(reader: &mut Reader<'_>) -> Result<String> {
    let token = reader.next()?;
    match token.kind.clone() {
        TokenKind::Name(name) => Ok(name),
        _ => Err(reader.unexpected(&token)),
    }
}

/// The names after `as` and `import`, up to the end of the tag.
fn imported_names(reader: &mut Reader<'_>) -> Result<Vec<String>> {
    let mut names = Vec::new();
    while let Some(token) = reader.peek()
        && !matches!(token.kind, TokenKind::BlockEnd(_))
    {
        reader.next()?;
        match token.kind {
            TokenKind::Name(name) => names.push(name),
            TokenKind::Sign(",") => {}
            _ => return Err(reader.unexpected(&token)),
        }
    }
    Ok(names)
}
