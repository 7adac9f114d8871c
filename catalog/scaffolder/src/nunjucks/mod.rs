//! The Nunjucks language as the scaffolder uses it, with `${{ }}` around expressions: reading texts, what they read of the
//! outer world, and rendering.

mod ast;
mod blocks;
mod expression;
mod lexer;

pub(crate) use ast::{Expr, ExprKind, Node, Problem, Span, SyntaxError};
pub(crate) use blocks::{OUTPUT_START, Syntax, parse};

#[cfg(test)]
mod tests;
