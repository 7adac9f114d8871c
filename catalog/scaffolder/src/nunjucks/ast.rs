//! What a Nunjucks text is made of, each part with its place in the text.

/// Bytes of the text, from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    /// The part of the text; empty where it is no part of it.
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExprKind {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// `r/…/`.
    Regex,
    Name(String),
    /// `object.key` and `object[key]`.
    Member {
        object: Box<Expr>,
        key: Box<Expr>,
    },
    Call {
        callee: Box<Expr>,
        arguments: Arguments,
    },
    /// `subject | name(arguments)`; `name_span` is where the name stands.
    Filter {
        subject: Box<Expr>,
        name: String,
        name_span: Span,
        arguments: Arguments,
    },
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Positive(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `a < b < c`: compared from left to right, each result with the next operand.
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    /// `subject is test`.
    Is {
        subject: Box<Expr>,
        test: Box<Expr>,
    },
    Conditional {
        then: Box<Expr>,
        condition: Box<Expr>,
        otherwise: Option<Box<Expr>>,
    },
    /// `(a, b)`.
    Group(Vec<Expr>),
    List(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
}

/// What a call or a filter is given.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) positional: Vec<Expr>,
    pub(crate) named: Vec<(String, Expr)>,
}

/// An operator between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    In,
    Concat,
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    StrictlyEqual,
    NotEqual,
    StrictlyNotEqual,
    Less,
    Greater,
    AtMost,
    AtLeast,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// Text as it stands, after white space was trimmed.
    Text(Span),
    /// `${{ expression }}`.
    Output {
        expr: Expr,
        span: Span,
    },
    /// Conditions with what they guard, and what else holds.
    If {
        branches: Vec<(Expr, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    For {
        names: Vec<String>,
        list: Expr,
        body: Vec<Node>,
        otherwise: Vec<Node>,
        span: Span,
    },
    Set {
        names: Vec<String>,
        value: Expr,
        span: Span,
    },
    /// `{% set name %}…{% endset %}`.
    Capture {
        names: Vec<String>,
        body: Vec<Node>,
        span: Span,
    },
    Macro {
        name: String,
        parameters: Vec<(String, Option<Expr>)>,
        body: Vec<Node>,
        span: Span,
    },
    /// A tag that is read but not rendered: `include`, `import`, `call`, `filter`, `switch`, `block`, `extends`.
    Other {
        tag: String,
        names: Vec<String>,
        filters: Vec<(String, Span)>,
        exprs: Vec<Expr>,
        body: Vec<Node>,
        span: Span,
    },
}

/// Why a text is no Nunjucks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    #[error("it ends before the expression does")]
    UnexpectedEnd,
    #[error("\"{0}\" is not expected here")]
    Unexpected(String),
    #[error("a name is expected after the dot")]
    NameExpected,
    #[error("\"{0}\" is expected")]
    Expected(&'static str),
    #[error("there is no tag \"{0}\"")]
    UnknownTag(String),
    #[error("\"{{% {0} %}}\" has no end")]
    WithoutEnd(String),
    #[error("a comment has no end")]
    CommentWithoutEnd,
    #[error("\"#}}\" ends no comment")]
    NoComment,
    #[error("it is nested too deeply to be read")]
    TooDeep,
}

/// A problem and where it was met, in bytes from the start of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct SyntaxError {
    pub(crate) at: usize,
    pub(crate) problem: Problem,
}
