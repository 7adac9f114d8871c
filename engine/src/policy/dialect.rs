//! The safe subset: forms of Rego that OPA, regorus' interpreter and its VM read alike.
//!
//! Outside it the three differ silently, and a difference can be a violation that vanishes. The differences were
//! measured (docs/rego-subset.md); the tests of the built-in rules evaluate every fixture three ways to hold this.
//! Built-in rules must keep to the subset; other native rules leave it for the interpreter.

use std::fmt;

use crate::policy::hoist;
use regorus::unstable::{
    AssignOp, Expr, Literal, LiteralStmt, Module, Query, Rule, RuleAssign, RuleBody, RuleHead, Span,
};

/// Which forms a native rule may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Only the safe subset; anything else is an error. For built-in rules.
    SafeSubset,
    /// Any; what lies outside the subset runs on the interpreter.
    Any,
}

/// A form outside the subset, or one that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialectViolation {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong and what to write instead.
    pub message: &'static str,
    /// The text there.
    pub text: String,
}

impl fmt::Display for DialectViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}: `{}`", self.file, self.line, self.column, self.message, self.text)
    }
}

pub(crate) fn violation(span: &Span, message: &'static str) -> DialectViolation {
    let text = span.text().lines().next().unwrap_or_default().to_owned();
    // regorus counts a tab as four columns; editors and our users count characters.
    let before =
        usize::try_from(span.start).ok().and_then(|start| span.source.get_contents().get(..start)).unwrap_or_default();
    let column = before.chars().rev().take_while(|character| *character != '\n').count().saturating_add(1);
    let column = u32::try_from(column).unwrap_or(u32::MAX);
    DialectViolation { file: span.source.get_path().clone(), line: span.line, column, message, text }
}

/// All forms outside the safe subset, in order of appearance.
#[must_use]
pub fn violations(module: &Module) -> Vec<DialectViolation> {
    let mut found = Vec::new();
    for rule in &module.policy {
        match rule.as_ref() {
            Rule::Default { span, args, .. } if !args.is_empty() => {
                found.push(violation(span, "`default` functions differ between engines"));
            }
            Rule::Default { .. } => {}
            Rule::Spec { head, bodies, .. } => check_rule(head, bodies, &mut found),
        }
    }
    check_definitions(module, &mut found);
    let mut inner = Vec::new();
    Walk::new(&mut |expression| check_expression(expression, &mut inner)).module(module);
    found.append(&mut inner);
    found.sort_by_key(|violation| (violation.line, violation.column));
    found
}

const HEAD: &str = "heads hold only constants and bound variables; bind this in the body with `=` first";

/// Why a negated operand is refused.
pub(crate) const NEGATED: &str = "under `not` this operand is evaluated otherwise by OPA; bind it before";

fn check_rule(head: &RuleHead, bodies: &[RuleBody], found: &mut Vec<DialectViolation>) {
    let mut bound: Vec<String> = Vec::new();
    let mut value = None;
    match head {
        RuleHead::Set { span, key, refr } => {
            if !matches!(refr.as_ref(), Expr::Var { .. }) {
                found.push(violation(span, "partial rules with keys in their name differ between engines"));
            }
            value = key.as_ref();
        }
        RuleHead::Compr { span, refr, assign } => {
            if !matches!(refr.as_ref(), Expr::Var { .. }) {
                found.push(violation(span, "partial objects differ between engines; use a partial set (`contains`)"));
            }
            value = assign.as_ref().map(|assign| &assign.value);
        }
        RuleHead::Func { args, assign, .. } => {
            args.iter().for_each(|argument| pattern_variables(argument, &mut bound));
            value = assign.as_ref().map(|assign| &assign.value).or(value);
        }
    }
    for (index, body) in bodies.iter().enumerate() {
        let mut in_body = bound.clone();
        query_variables(&body.query, &mut in_body);
        let value = if index == 0 { value } else { None };
        for expression in value.into_iter().chain(body.assign.as_ref().map(|RuleAssign { value, .. }| value)) {
            if !is_settled(expression, &in_body) {
                found.push(violation(expression.span(), HEAD));
            }
        }
        check_query(&body.query, &in_body, found);
    }
    if bodies.is_empty()
        && let Some(expression) = value
        && !is_settled(expression, &bound)
        && !is_comprehension(expression)
    {
        found.push(violation(expression.span(), HEAD));
    }
}

/// Statements of a body, and below them the bodies of comprehensions and `every`.
fn check_query(query: &Query, bound: &[String], found: &mut Vec<DialectViolation>) {
    for LiteralStmt { span, literal, with_mods, .. } in &query.stmts {
        if !with_mods.is_empty() {
            found.push(violation(span, "`with` is for tests only"));
        }
        match literal {
            Literal::Expr { expr, .. } => {
                if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, rhs, .. } = expr.as_ref()
                    && !is_settled(rhs, bound)
                    && !is_comprehension(rhs)
                {
                    found.push(violation(
                        lhs.span(),
                        "`:=` does not fail at once where the value is undefined; write `=`",
                    ));
                }
                check_comprehensions(expr, bound, found);
            }
            Literal::NotExpr { expr, .. } => {
                found.extend(hoist::loose(expr).into_iter().map(|operand| violation(operand.span(), NEGATED)));
                check_comprehensions(expr, bound, found);
            }
            Literal::Every { query, key, value, domain, .. } => {
                check_comprehensions(domain, bound, found);
                let mut inner = bound.to_vec();
                inner.extend(key.iter().chain([value]).map(|span| span.text().to_owned()));
                query_variables(query, &mut inner);
                check_query(query, &inner, found);
            }
            Literal::SomeIn { collection, .. } => check_comprehensions(collection, bound, found),
            Literal::SomeVars { .. } => {}
        }
    }
}

fn check_comprehensions(expression: &Expr, bound: &[String], found: &mut Vec<DialectViolation>) {
    let (terms, query) = match expression {
        Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => (vec![term], query),
        Expr::ObjectCompr { span, key, value, query, .. } => {
            if !matches!(key.as_ref(), Expr::Var { .. }) {
                found.push(violation(
                    span,
                    "object comprehensions differ where keys conflict; key them by a loop variable",
                ));
            }
            (vec![key, value], query)
        }
        other => {
            children(other).into_iter().for_each(|child| check_comprehensions(child, bound, found));
            return;
        }
    };
    // A body that can fail before it iterates makes the VM add the input itself to the result, or run to its budget.
    if let Some(first) = query.stmts.first()
        && !matches!(first.literal, Literal::SomeIn { .. })
    {
        found.push(violation(&first.span, "a comprehension begins with `some … in`; put conditions after it"));
    }
    let mut inner = bound.to_vec();
    query_variables(query, &mut inner);
    for term in terms {
        if !is_settled(term, &inner) {
            found.push(violation(term.span(), HEAD));
        }
    }
    check_query(query, &inner, found);
}

fn check_expression(expression: &Expr, found: &mut Vec<DialectViolation>) {
    match expression {
        Expr::UnaryExpr { span, .. } => {
            found.push(violation(span, "unary minus on a reference is an error in regorus; subtract from 0"));
        }
        Expr::Call { fcn, .. } if matches!(fcn.span().text(), "walk" | "print" | "trace") => {
            found.push(violation(fcn.span(), "this function is only for the interpreter"));
        }
        _ => {}
    }
}

/// Several definitions of a complete rule or function may differ in conditions only, not in value.
fn check_definitions(module: &Module, found: &mut Vec<DialectViolation>) {
    let mut values: Vec<(&str, String)> = Vec::new();
    for rule in &module.policy {
        let Rule::Spec { span, head, bodies } = rule.as_ref() else { continue };
        let (name, assign) = match head {
            RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => (refr.span().text(), assign),
            RuleHead::Set { .. } => continue,
        };
        let constant =
            assign.as_ref().is_none_or(|assign| is_constant(&assign.value)) && bodies.iter().all(|body| !body.is_else);
        let value = assign.as_ref().map_or("true", |assign| assign.value.span().text()).to_owned();
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, known)) if *known != value || !constant => {
                found.push(violation(span, "several definitions must all have one and the same constant value"));
            }
            Some(_) => {}
            None => values.push((name, if constant { value } else { format!("{value} (not a constant)") })),
        }
    }
}

fn is_constant(expression: &Expr) -> bool {
    match expression {
        Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. } | Expr::Bool { .. } | Expr::Null { .. } => {
            true
        }
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().all(|item| is_constant(item)),
        Expr::Object { fields, .. } => fields.iter().all(|(_, key, value)| is_constant(key) && is_constant(value)),
        _ => false,
    }
}

/// A constant, a bound variable, or a collection of such: it cannot be undefined.
pub(crate) fn is_settled(expression: &Expr, bound: &[String]) -> bool {
    match expression {
        Expr::Var { span, .. } => span.text() == "_" || bound.iter().any(|name| name == span.text()),
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().all(|item| is_settled(item, bound)),
        Expr::Object { fields, .. } => {
            fields.iter().all(|(_, key, value)| is_settled(key, bound) && is_settled(value, bound))
        }
        other => is_constant(other),
    }
}

const fn is_comprehension(expression: &Expr) -> bool {
    matches!(expression, Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. })
}

/// Every variable that a rule binds somewhere: arguments, and what its bodies and the comprehensions within bind.
pub(crate) fn bound_in(rule: &Rule) -> Vec<String> {
    let mut bound = Vec::new();
    let Rule::Spec { head, bodies, .. } = rule else { return bound };
    if let RuleHead::Func { args, .. } = head {
        args.iter().for_each(|argument| pattern_variables(argument, &mut bound));
    }
    bodies.iter().for_each(|body| query_variables(&body.query, &mut bound));
    let mut inner = Vec::new();
    Walk::new(&mut |expression| match expression {
        Expr::ArrayCompr { query, .. } | Expr::SetCompr { query, .. } | Expr::ObjectCompr { query, .. } => {
            query_variables(query, &mut inner);
        }
        _ => {}
    })
    .rule(rule);
    bound.append(&mut inner);
    bound
}

/// Variables a body binds: by `some`, `:=`, and `=`.
fn query_variables(query: &Query, bound: &mut Vec<String>) {
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeVars { vars, .. } => bound.extend(vars.iter().map(|span| span.text().to_owned())),
            Literal::SomeIn { key, value, .. } => {
                key.iter().chain([value]).for_each(|pattern| pattern_variables(pattern, bound));
            }
            Literal::Expr { expr, .. } => {
                if let Expr::AssignExpr { lhs, .. } = expr.as_ref() {
                    pattern_variables(lhs, bound);
                }
            }
            Literal::NotExpr { .. } | Literal::Every { .. } => {}
        }
    }
}

fn pattern_variables(pattern: &Expr, bound: &mut Vec<String>) {
    match pattern {
        Expr::Var { span, .. } => bound.push(span.text().to_owned()),
        Expr::Array { items, .. } => items.iter().for_each(|item| pattern_variables(item, bound)),
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| pattern_variables(value, bound)),
        _ => {}
    }
}

/// The expressions directly below one; bodies of comprehensions are not below it.
fn children(expression: &Expr) -> Vec<&Expr> {
    match expression {
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().map(AsRef::as_ref).collect(),
        Expr::Object { fields, .. } => {
            fields.iter().flat_map(|(_, key, value)| [key.as_ref(), value.as_ref()]).collect()
        }
        Expr::Call { params, .. } => params.iter().map(AsRef::as_ref).collect(),
        Expr::UnaryExpr { expr, .. } => vec![expr],
        Expr::RefDot { refr, .. } => vec![refr],
        Expr::RefBrack { refr, index, .. } => vec![refr, index],
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            vec![lhs, rhs]
        }
        Expr::Membership { key, value, collection, .. } => {
            key.iter().chain([value, collection]).map(AsRef::as_ref).collect()
        }
        Expr::ArrayCompr { .. }
        | Expr::SetCompr { .. }
        | Expr::ObjectCompr { .. }
        | Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. } => Vec::new(),
    }
}

/// Visits every expression of a module, also those in the bodies of comprehensions.
pub(crate) struct Walk<'v> {
    visit: &'v mut dyn FnMut(&Expr),
}

impl<'v> Walk<'v> {
    pub(crate) fn new(visit: &'v mut dyn FnMut(&Expr)) -> Self {
        Self { visit }
    }

    pub(crate) fn module(&mut self, module: &Module) {
        module.policy.iter().for_each(|rule| self.rule(rule));
    }

    pub(crate) fn rule(&mut self, rule: &Rule) {
        match rule {
            Rule::Default { value, .. } => self.expression(value),
            Rule::Spec { head, bodies, .. } => {
                match head {
                    RuleHead::Set { key, .. } => key.iter().for_each(|key| self.expression(key)),
                    RuleHead::Compr { assign, .. } => assign.iter().for_each(|assign| self.expression(&assign.value)),
                    RuleHead::Func { args, assign, .. } => {
                        args.iter()
                            .chain(assign.iter().map(|assign| &assign.value))
                            .for_each(|one| self.expression(one));
                    }
                }
                for body in bodies {
                    body.assign.iter().for_each(|assign| self.expression(&assign.value));
                    self.query(&body.query);
                }
            }
        }
    }

    fn query(&mut self, query: &Query) {
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { collection, .. } => self.expression(collection),
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expression(expr),
                Literal::Every { domain, query, .. } => {
                    self.expression(domain);
                    self.query(query);
                }
            }
        }
    }

    fn expression(&mut self, expression: &Expr) {
        (self.visit)(expression);
        match expression {
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expression(term);
                self.query(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expression(key);
                self.expression(value);
                self.query(query);
            }
            other => children(other).into_iter().for_each(|child| self.expression(child)),
        }
    }
}
