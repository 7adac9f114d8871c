//! The Nunjucks language as the scaffolder uses it, with `${{ }}` around expressions: reading texts, what they read of the
//! outer world, and rendering.

mod ast;
mod blocks;
mod evaluate;
mod expression;
mod filters;
mod lexer;
mod names;
mod render;
mod statements;
mod value;
mod work;

#[cfg(test)]
pub(crate) use ast::Problem;
pub(crate) use ast::{Expr, ExprKind, Node, Span, SyntaxError};
pub(crate) use blocks::{OUTPUT_START, Syntax, parse};
pub(crate) use evaluate::Scope;
pub(crate) use filters::KNOWN as KNOWN_FILTERS;
pub(crate) use names::{Manner, Member, Read, Uses, uses};
pub(crate) use render::{Rendered, Stop, render};
pub(crate) use value::{Js, Refusal};
pub(crate) use work::Work;

#[cfg(test)]
mod against_nunjucks;
#[cfg(test)]
mod tests;
