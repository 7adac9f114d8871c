//! The tags of Nunjucks, each with what it encloses.

use super::ast::{Expr, ExprKind, Node, Problem, Span, SyntaxError};
use super::blocks::{Parser, Result, is_space};
use super::expression::Reader;
use super::lexer::TokenKind;

/// So many tags `raw` may have no end; what people write has none.
const MOST_UNCLOSED: u32 = 20;

impl Parser<'_> {
    /// Reads the tag of this name, which began at `start`, and what it encloses.
    pub(super) fn statement(&mut self, tag: &str, start: usize, nodes: &mut Vec<Node>) -> Result<()> {
        let node = match tag {
            "raw" | "verbatim" => {
                self.end_of_tag()?;
                nodes.extend(self.raw(tag));
                if self.unclosed > MOST_UNCLOSED {
                    return self.fail(start, Problem::TooDeep);
                }
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
        self.unclosed += 1;
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
