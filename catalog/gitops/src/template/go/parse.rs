//! The tree of a Go template.

use serde_json::Value;

use super::super::Failure;
use super::lex::{Token, malformed, tokens};

/// A condition, none for the last, and what follows from it.
pub(super) type Branch = (Option<Pipeline>, Vec<Node>);

/// A piece of a template.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Printed as it is.
    Text(String),
    /// Evaluated and, where it declares nothing, printed.
    Action(Pipeline),
    /// The first branch whose condition is true; then the last, which has none.
    If(Vec<Branch>),
    /// The same, with the value as the dot.
    With(Vec<Branch>),
    /// Once for each item; else the last.
    Range(Pipeline, Vec<Node>, Vec<Node>),
    /// Ends the loop.
    Break,
    /// Ends the turn.
    Continue,
}

/// Commands, each given the result of the one before as its last argument.
#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    /// Variables that are set, and whether they are new.
    pub(super) variables: Vec<String>,
    pub(super) declares: bool,
    pub(super) commands: Vec<Vec<Operand>>,
}

/// One word of a command.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    /// `.a.b`; the dot itself where empty.
    Field(Vec<String>),
    /// `$x.a.b`; the root where the name is empty.
    Variable(String, Vec<String>),
    /// `(…).a.b`
    Group(Pipeline, Vec<String>),
    Function(String),
    Literal(Value),
    Nil,
}

/// Deeper templates are not read.
const DEEPEST: usize = 40;

/// A whole template.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, Failure> {
    let mut parser = Parser { pieces: pieces(text)?, at: 0, depth: 0 };
    let (nodes, end) = parser.block()?;
    match end {
        Ended::Text => Ok(nodes),
        _ => Err(malformed("unexpected end or else")),
    }
}

enum Piece {
    Text(String),
    Action(Vec<Token>),
}

/// Text and actions in turn, white space trimmed as they say.
fn pieces(text: &str) -> Result<Vec<Piece>, Failure> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut trims = false;
    loop {
        let (before, after) = match rest.split_once("{{") {
            Some((before, after)) => (before, Some(after)),
            None => (rest, None),
        };
        let before = if trims { before.trim_start() } else { before };
        let Some(after) = after else {
            found.push(Piece::Text(before.to_owned()));
            return Ok(found);
        };
        let trims_before = after.starts_with("- ") || after.starts_with("-\n") || after.starts_with("-\t");
        found.push(Piece::Text(if trims_before { before.trim_end() } else { before }.to_owned()));
        let body = if trims_before { after.get(1..).unwrap_or_default() } else { after };
        let is_comment = if trims_before { body.trim_start() } else { body }.starts_with("/*");
        let end = end_of_action(body, is_comment)?;
        let inner = body.get(..end).unwrap_or_default();
        rest = body.get(end.saturating_add(2)..).unwrap_or_default();
        trims = [" -", "\n-", "\t-"].iter().any(|marker| inner.ends_with(marker));
        let inner = if trims { inner.strip_suffix('-').unwrap_or(inner) } else { inner };
        if !is_comment {
            found.push(Piece::Action(tokens(inner)?));
        }
    }
}

/// Where the action's closing brackets stand; those within strings and comments are none.
fn end_of_action(body: &str, is_comment: bool) -> Result<usize, Failure> {
    let mut quote = None;
    let mut escaped = false;
    if is_comment {
        let comment = body.find("*/").ok_or_else(|| malformed("unclosed comment"))?;
        let rest = body.get(comment..).unwrap_or_default();
        return rest.find("}}").map(|at| at.saturating_add(comment)).ok_or_else(|| malformed("unclosed action"));
    }
    for (at, letter) in body.char_indices() {
        match (quote, letter) {
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), letter) if open == letter && !escaped => quote = None,
            (None, '"' | '`') => quote = Some(letter),
            (None, '}') if body.get(at..).is_some_and(|rest| rest.starts_with("}}")) => return Ok(at),
            _ => {}
        }
        escaped = false;
    }
    Err(malformed("unclosed action"))
}

/// What ended a block.
enum Ended {
    Text,
    End,
    Else(Vec<Token>),
}

struct Parser {
    pieces: Vec<Piece>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn block(&mut self) -> Result<(Vec<Node>, Ended), Failure> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEEPEST {
            return Err(Failure::Unsupported("a template that is nested so deeply".to_owned()));
        }
        let mut nodes = Vec::new();
        let end = loop {
            let at = self.at;
            self.at = at.saturating_add(1);
            let action = match self.pieces.get(at) {
                None => break Ended::Text,
                Some(Piece::Text(text)) if text.is_empty() => continue,
                Some(Piece::Text(text)) => {
                    nodes.push(Node::Text(text.clone()));
                    continue;
                }
                Some(Piece::Action(action)) => action.clone(),
            };
            let words: Vec<Token> = trimmed(&action).to_vec();
            match words.split_first() {
                Some((Token::Name(word), rest)) => match word.as_str() {
                    "end" => break Ended::End,
                    "else" => break Ended::Else(trimmed(rest).to_vec()),
                    "if" => nodes.push(Node::If(self.branches(rest)?)),
                    "with" => nodes.push(Node::With(self.branches(rest)?)),
                    "range" => nodes.push(self.range(rest)?),
                    "break" => nodes.push(Node::Break),
                    "continue" => nodes.push(Node::Continue),
                    "define" | "template" | "block" => return Err(Failure::Unsupported(format!("\"{word}\""))),
                    _ => nodes.push(Node::Action(pipeline(&words)?)),
                },
                Some(_) => nodes.push(Node::Action(pipeline(&words)?)),
                None => return Err(malformed("missing value for command")),
            }
        };
        self.depth = self.depth.saturating_sub(1);
        Ok((nodes, end))
    }

    fn branches(&mut self, condition: &[Token]) -> Result<Vec<Branch>, Failure> {
        let mut branches = Vec::new();
        let mut condition = Some(pipeline(condition)?);
        loop {
            let is_last = condition.is_none();
            let (nodes, end) = self.block()?;
            branches.push((condition, nodes));
            condition = match end {
                Ended::End => return Ok(branches),
                Ended::Text => return Err(malformed("unexpected end of the template: an \"end\" is missing")),
                Ended::Else(_) if is_last => return Err(malformed("unexpected else")),
                Ended::Else(rest) => match rest.split_first() {
                    None => None,
                    Some((Token::Name(word), rest)) if word == "if" || word == "with" => Some(pipeline(rest)?),
                    Some(_) => return Err(malformed("unexpected words after else")),
                },
            };
        }
    }

    fn range(&mut self, rest: &[Token]) -> Result<Node, Failure> {
        let pipeline = pipeline(rest)?;
        let (body, end) = self.block()?;
        let otherwise = match end {
            Ended::End => Vec::new(),
            Ended::Else(rest) if rest.is_empty() => match self.block()? {
                (nodes, Ended::End) => nodes,
                _ => return Err(malformed("a range without an end")),
            },
            _ => return Err(malformed("a range without an end")),
        };
        Ok(Node::Range(pipeline, body, otherwise))
    }
}

fn trimmed(words: &[Token]) -> &[Token] {
    let start = words.iter().take_while(|word| **word == Token::Space).count();
    let end = words.iter().rev().take_while(|word| **word == Token::Space).count();
    words.get(start..words.len().saturating_sub(end)).unwrap_or_default()
}

fn pipeline(words: &[Token]) -> Result<Pipeline, Failure> {
    let mut variables = Vec::new();
    let mut rest = trimmed(words);
    let mut declares = false;
    if let Some(at) = rest.iter().position(|word| matches!(word, Token::Declare | Token::Assign)) {
        declares = rest.get(at) == Some(&Token::Declare);
        for word in rest.get(..at).unwrap_or_default() {
            match word {
                Token::Variable(name) if !name.is_empty() => variables.push(name.clone()),
                Token::Space | Token::Comma => {}
                _ => return Err(malformed("only variables can be set")),
            }
        }
        if variables.is_empty() || variables.len() > 2 {
            return Err(malformed("one variable can be set, or two in a range"));
        }
        rest = trimmed(rest.get(at.saturating_add(1)..).unwrap_or_default());
    }
    let mut depth = 0;
    let (commands, used) = commands(rest, &mut depth)?;
    if used < rest.len() {
        return Err(malformed("unexpected right parenthesis"));
    }
    Ok(Pipeline { variables, declares, commands })
}

/// Commands up to a closing parenthesis or the end, and how many words they take.
fn commands(words: &[Token], depth: &mut usize) -> Result<(Vec<Vec<Operand>>, usize), Failure> {
    *depth = depth.saturating_add(1);
    if *depth > DEEPEST {
        return Err(Failure::Unsupported("an expression that is nested so deeply".to_owned()));
    }
    let mut found = Vec::new();
    let mut command = Vec::new();
    let mut at = 0_usize;
    while let Some(word) = words.get(at) {
        at = at.saturating_add(1);
        let operand = match word {
            Token::Space => continue,
            Token::Close => {
                at = at.saturating_sub(1);
                break;
            }
            Token::Pipe if command.is_empty() => return Err(malformed("missing value for command")),
            Token::Pipe => {
                found.push(std::mem::take(&mut command));
                continue;
            }
            Token::Open => {
                let (inner, used) = commands(words.get(at..).unwrap_or_default(), depth)?;
                at = at.saturating_add(used);
                if words.get(at) != Some(&Token::Close) {
                    return Err(malformed("unclosed left parenthesis"));
                }
                at = at.saturating_add(1);
                let pipeline = Pipeline { variables: Vec::new(), declares: false, commands: inner };
                Operand::Group(pipeline, chain(words, &mut at))
            }
            Token::Field(name) if name.is_empty() => Operand::Field(Vec::new()),
            Token::Field(name) => {
                let mut names = vec![name.clone()];
                names.extend(chain(words, &mut at));
                Operand::Field(names)
            }
            Token::Variable(name) => Operand::Variable(name.clone(), chain(words, &mut at)),
            Token::Name(name) if name == "nil" => Operand::Nil,
            Token::Name(name) => Operand::Function(name.clone()),
            Token::Literal(value) => Operand::Literal(value.clone()),
            Token::Declare | Token::Assign | Token::Comma => return Err(malformed("unexpected sign in an expression")),
        };
        command.push(operand);
    }
    if command.is_empty() {
        return Err(malformed("missing value for command"));
    }
    found.push(command);
    *depth = depth.saturating_sub(1);
    Ok((found, at))
}

/// The fields directly behind what was read last.
fn chain(words: &[Token], at: &mut usize) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(Token::Field(name)) = words.get(*at) {
        if name.is_empty() {
            break;
        }
        names.push(name.clone());
        *at = at.saturating_add(1);
    }
    names
}
