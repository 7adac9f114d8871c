//! Reads expressions, with the precedence that Nunjucks gives its operators. From loosest to tightest: inline `if`, `or`,
//! `and`, `not`, `in`, `is`, comparisons, `~`, `+`, `-`, `*`, `/`, `//`, `%`, `**`, signs, filters, members and calls.

use super::ast::{Arguments, Comparison, Expr, ExprKind, Operator, Problem, Span, SyntaxError};
use super::lexer::{Token, TokenKind, token};

/// Expressions and blocks may be nested so deeply; what people write is not.
pub(crate) const DEEPEST: usize = 40;

type Result<T> = std::result::Result<T, SyntaxError>;

/// So many operators, filters, members and calls one tag may have: each wraps what stands before it.
const MOST_LINKS: usize = 250;

/// Binary operators from loosest to tightest, below the comparisons.
const LADDER: [(&str, Operator); 8] = [
    ("~", Operator::Concat),
    ("+", Operator::Add),
    ("-", Operator::Subtract),
    ("*", Operator::Multiply),
    ("/", Operator::Divide),
    ("//", Operator::FloorDivide),
    ("%", Operator::Remainder),
    ("**", Operator::Power),
];

const COMPARISONS: [(&str, Comparison); 8] = [
    ("==", Comparison::Equal),
    ("===", Comparison::StrictlyEqual),
    ("!=", Comparison::NotEqual),
    ("!==", Comparison::StrictlyNotEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
];

/// Reads tokens of one tag.
pub(crate) struct Reader<'t> {
    pub(crate) text: &'t str,
    pub(crate) at: usize,
    depth: usize,
    links: usize,
}

impl<'t> Reader<'t> {
    /// Begins at a byte of the text.
    pub(crate) const fn new(text: &'t str, at: usize) -> Self {
        Self { text, at, depth: 0, links: 0 }
    }

    pub(crate) fn peek(&self) -> Option<Token> {
        token(self.text, self.at)
    }

    pub(crate) fn next(&mut self) -> Result<Token> {
        let token = self.peek().ok_or(SyntaxError { at: self.text.len(), problem: Problem::UnexpectedEnd })?;
        self.at = token.span.end;
        Ok(token)
    }

    pub(crate) fn takes_sign(&mut self, sign: &str) -> bool {
        self.takes(|kind| matches!(kind, TokenKind::Sign(found) if *found == sign))
    }

    pub(crate) fn takes_word(&mut self, word: &str) -> bool {
        self.takes(|kind| matches!(kind, TokenKind::Name(found) if found == word))
    }

    fn takes(&mut self, wanted: impl Fn(&TokenKind) -> bool) -> bool {
        match self.peek() {
            Some(token) if wanted(&token.kind) => {
                self.at = token.span.end;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn unexpected(&self, token: &Token) -> SyntaxError {
        SyntaxError { at: token.span.start, problem: Problem::Unexpected(token.span.of(self.text).to_owned()) }
    }

    fn expect_sign(&mut self, sign: &'static str) -> Result<()> {
        if self.takes_sign(sign) {
            return Ok(());
        }
        let at = self.peek().map_or(self.text.len(), |token| token.span.start);
        Err(SyntaxError { at, problem: Problem::Expected(sign) })
    }

    fn made(&self, start: usize, kind: ExprKind) -> Expr {
        Expr { kind, span: Span { start, end: self.at } }
    }

    /// An expression around others.
    fn around(&mut self, start: usize, kind: ExprKind) -> Result<Expr> {
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(SyntaxError { at: self.at, problem: Problem::TooDeep });
        }
        Ok(self.made(start, kind))
    }

    /// One expression.
    pub(crate) fn expression(&mut self) -> Result<Expr> {
        if self.depth >= DEEPEST {
            return Err(SyntaxError { at: self.at, problem: Problem::TooDeep });
        }
        self.depth += 1;
        let read = self.inline_if();
        self.depth -= 1;
        read
    }

    fn inline_if(&mut self) -> Result<Expr> {
        let then = self.or()?;
        if !self.takes_word("if") {
            return Ok(then);
        }
        let start = then.span.start;
        let condition = Box::new(self.or()?);
        let otherwise = if self.takes_word("else") { Some(Box::new(self.or()?)) } else { None };
        self.around(start, ExprKind::Conditional { then: Box::new(then), condition, otherwise })
    }

    fn or(&mut self) -> Result<Expr> {
        let mut left = self.and()?;
        while self.takes_word("or") {
            let right = self.and()?;
            left = self.binary(Operator::Or, left, right)?;
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr> {
        let mut left = self.not()?;
        while self.takes_word("and") {
            let right = self.not()?;
            left = self.binary(Operator::And, left, right)?;
        }
        Ok(left)
    }

    fn binary(&mut self, operator: Operator, left: Expr, right: Expr) -> Result<Expr> {
        let start = left.span.start;
        self.around(start, ExprKind::Binary(operator, Box::new(left), Box::new(right)))
    }

    fn not(&mut self) -> Result<Expr> {
        let mut starts = Vec::new();
        while let Some(token) = self.peek()
            && token.kind == TokenKind::Name("not".to_owned())
        {
            starts.push(token.span.start);
            self.at = token.span.end;
            if starts.len() > DEEPEST {
                return Err(SyntaxError { at: self.at, problem: Problem::TooDeep });
            }
        }
        let mut inner = self.contained()?;
        for start in starts.into_iter().rev() {
            inner = self.around(start, ExprKind::Not(Box::new(inner)))?;
        }
        Ok(inner)
    }

    fn contained(&mut self) -> Result<Expr> {
        let mut left = self.is()?;
        loop {
            let before = self.at;
            let inverted = self.takes_word("not");
            if !self.takes_word("in") {
                self.at = before;
                return Ok(left);
            }
            let right = self.is()?;
            left = self.binary(Operator::In, left, right)?;
            if inverted {
                left = self.around(left.span.start, ExprKind::Not(Box::new(left)))?;
            }
        }
    }

    fn is(&mut self) -> Result<Expr> {
        let subject = self.compare()?;
        if !self.takes_word("is") {
            return Ok(subject);
        }
        let inverted = self.takes_word("not");
        let test = Box::new(self.compare()?);
        let start = subject.span.start;
        let is = self.made(start, ExprKind::Is { subject: Box::new(subject), test });
        Ok(if inverted { self.made(start, ExprKind::Not(Box::new(is))) } else { is })
    }

    fn compare(&mut self) -> Result<Expr> {
        let first = self.ladder(0)?;
        let mut others = Vec::new();
        while let Some((_, comparison)) = COMPARISONS.iter().find(|(sign, _)| self.takes_sign(sign)) {
            others.push((*comparison, self.ladder(0)?));
        }
        if others.is_empty() {
            return Ok(first);
        }
        let start = first.span.start;
        Ok(self.made(start, ExprKind::Compare(Box::new(first), others)))
    }

    fn ladder(&mut self, rung: usize) -> Result<Expr> {
        let Some((sign, operator)) = LADDER.get(rung) else { return self.unary(true) };
        let mut left = self.ladder(rung + 1)?;
        while self.takes_sign(sign) {
            let right = self.ladder(rung + 1)?;
            left = self.binary(*operator, left, right)?;
        }
        Ok(left)
    }

    fn unary(&mut self, filtered: bool) -> Result<Expr> {
        let start = self.peek().map_or(self.at, |token| token.span.start);
        let mut signs = Vec::new();
        loop {
            if self.takes_sign("-") {
                signs.push(true);
            } else if self.takes_sign("+") {
                signs.push(false);
            } else {
                break;
            }
            if signs.len() > DEEPEST {
                return Err(SyntaxError { at: self.at, problem: Problem::TooDeep });
            }
        }
        let mut inner = self.primary()?;
        for negative in signs.into_iter().rev() {
            let boxed = Box::new(inner);
            inner = self.around(start, if negative { ExprKind::Negative(boxed) } else { ExprKind::Positive(boxed) })?;
        }
        if filtered { self.filters(inner) } else { Ok(inner) }
    }

    fn filters(&mut self, mut subject: Expr) -> Result<Expr> {
        while self.takes_sign("|") {
            let (name, name_span) = self.filter_name()?;
            let arguments = if self.takes_sign("(") { self.arguments()? } else { Arguments::default() };
            let start = subject.span.start;
            subject =
                self.around(start, ExprKind::Filter { subject: Box::new(subject), name, name_span, arguments })?;
        }
        Ok(subject)
    }

    /// The name of a filter, dots included.
    pub(crate) fn filter_name(&mut self) -> Result<(String, Span)> {
        let first = self.next()?;
        let TokenKind::Name(mut name) = first.kind.clone() else { return Err(self.unexpected(&first)) };
        let mut span = first.span;
        while self.takes_sign(".") {
            let part = self.next()?;
            let TokenKind::Name(more) = &part.kind else { return Err(self.unexpected(&part)) };
            name = format!("{name}.{more}");
            span.end = part.span.end;
        }
        Ok((name, span))
    }

    /// A literal, a name or something in brackets, with the members and calls that follow.
    pub(crate) fn primary(&mut self) -> Result<Expr> {
        let token = self.next()?;
        let start = token.span.start;
        let kind = match token.kind.clone() {
            TokenKind::Text(text) => ExprKind::Text(text),
            TokenKind::Number(number) => ExprKind::Number(number),
            TokenKind::Bool(value) => ExprKind::Bool(value),
            TokenKind::Null => ExprKind::Null,
            TokenKind::Regex => ExprKind::Regex,
            TokenKind::Name(name) => ExprKind::Name(name),
            TokenKind::Sign("(") => ExprKind::Group(self.items(")")?),
            TokenKind::Sign("[") => ExprKind::List(self.items("]")?),
            TokenKind::Sign("{") => ExprKind::Dict(self.pairs()?),
            TokenKind::Sign(_) | TokenKind::BlockEnd(_) | TokenKind::OutputEnd(_) => {
                return Err(self.unexpected(&token));
            }
        };
        let made = self.made(start, kind);
        self.postfix(made)
    }

    fn postfix(&mut self, mut object: Expr) -> Result<Expr> {
        let start = object.span.start;
        loop {
            if self.takes_sign("(") {
                let arguments = self.arguments()?;
                object = self.around(start, ExprKind::Call { callee: Box::new(object), arguments })?;
            } else if self.takes_sign("[") {
                let opened = self.at;
                let mut keys = self.items("]")?;
                let (Some(key), true) = (keys.pop(), keys.is_empty()) else {
                    return Err(SyntaxError { at: opened, problem: Problem::Unexpected("]".to_owned()) });
                };
                object = self.around(start, ExprKind::Member { object: Box::new(object), key: Box::new(key) })?;
            } else if self.takes_sign(".") {
                let name = self.next()?;
                let TokenKind::Name(key) = name.kind else {
                    return Err(SyntaxError { at: name.span.start, problem: Problem::NameExpected });
                };
                let key = Expr { kind: ExprKind::Text(key), span: name.span };
                object = self.around(start, ExprKind::Member { object: Box::new(object), key: Box::new(key) })?;
            } else {
                return Ok(object);
            }
        }
    }

    fn items(&mut self, close: &'static str) -> Result<Vec<Expr>> {
        let mut items = Vec::new();
        while !self.takes_sign(close) {
            if !items.is_empty() {
                self.expect_sign(",")?;
            }
            items.push(self.expression()?);
        }
        Ok(items)
    }

    fn pairs(&mut self) -> Result<Vec<(Expr, Expr)>> {
        let mut pairs = Vec::new();
        while !self.takes_sign("}") {
            if !pairs.is_empty() {
                self.expect_sign(",")?;
            }
            self.depth += 1;
            let key = if self.depth > DEEPEST {
                Err(SyntaxError { at: self.at, problem: Problem::TooDeep })
            } else {
                self.primary()
            };
            self.depth -= 1;
            let key = key?;
            self.expect_sign(":")?;
            pairs.push((key, self.expression()?));
        }
        Ok(pairs)
    }

    /// Arguments after an opening bracket, to the closing one.
    pub(crate) fn arguments(&mut self) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        let mut is_first = true;
        while !self.takes_sign(")") {
            if !is_first {
                self.expect_sign(",")?;
            }
            is_first = false;
            let argument = self.expression()?;
            match argument.kind {
                ExprKind::Name(name) if self.takes_sign("=") => {
                    arguments.named.push((name, self.expression()?));
                }
                kind => arguments.positional.push(Expr { kind, span: argument.span }),
            }
        }
        Ok(arguments)
    }
}
