//! Negation as OPA means it. In `not f(x.y)` OPA evaluates `x.y` outside the negation: where it is undefined the rule does
//! not hold. regorus evaluates it inside, so that the negation holds, and a second negation makes a violation vanish.
//! Foreign policies are rewritten before they are compiled (`operand = x.y; not f(operand)`); native ones are refused.

use regorus::unstable::{BoolOp, Expr, Literal, Module, Query, Rule};

use crate::policy::dialect::{Walk, is_settled};

/// Operands under a negation that OPA evaluates outside of it: byte ranges, with that of the whole statement.
struct Negated {
    statement: usize,
    operands: Vec<(usize, usize)>,
}

/// The text of a module with every such operand bound before its negation. Lines stay, columns may move.
pub(crate) fn rewrite(module: &Module, text: &str) -> String {
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for (number, Negated { statement, operands }) in negations(module).into_iter().enumerate() {
        for (index, (start, end)) in operands.into_iter().enumerate() {
            let name = format!("platlint_operand_{number}_{index}");
            let Some(operand) = text.get(start..end) else { continue };
            edits.push((statement, statement, format!("{name} = {operand}; ")));
            edits.push((start, end, name));
        }
    }
    // From the end, so that earlier places stay where they are.
    edits.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)));
    let mut text = text.to_owned();
    for (start, end, new) in edits {
        if text.get(start..end).is_some() {
            text.replace_range(start..end, &new);
        }
    }
    text
}

fn negations(module: &Module) -> Vec<Negated> {
    let mut found = Vec::new();
    for rule in &module.policy {
        if let Rule::Spec { bodies, .. } = rule.as_ref() {
            bodies.iter().for_each(|body| of_query(&body.query, &mut found));
        }
    }
    Walk::new(&mut |expression| match expression {
        Expr::ArrayCompr { query, .. } | Expr::SetCompr { query, .. } | Expr::ObjectCompr { query, .. } => {
            of_query(query, &mut found);
        }
        _ => {}
    })
    .module(module);
    found
}

fn of_query(query: &Query, found: &mut Vec<Negated>) {
    for statement in &query.stmts {
        match &statement.literal {
            Literal::Every { query, .. } => of_query(query, found),
            // Under `with` the operand means something else outside.
            Literal::NotExpr { span, expr } if statement.with_mods.is_empty() => {
                let operands = loose(expr).into_iter().filter_map(range).collect::<Vec<_>>();
                if let (false, Ok(statement)) = (operands.is_empty(), usize::try_from(span.start)) {
                    found.push(Negated { statement, operands });
                }
            }
            _ => {}
        }
    }
}

fn range(expression: &Expr) -> Option<(usize, usize)> {
    let span = expression.span();
    // A wildcard means any element, which cannot be bound to one name.
    let has_wildcard = span.text().split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "_");
    Some((usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?)).filter(|_| !has_wildcard)
}

/// The operands of a negated expression that may be undefined and that OPA evaluates outside the negation. Plain
/// references, and their comparison with `==`, mean the same in both.
pub(crate) fn loose(negated: &Expr) -> Vec<&Expr> {
    let operands: Vec<&Expr> = match negated {
        Expr::Call { params, .. } => params.iter().map(AsRef::as_ref).collect(),
        Expr::BoolExpr { op: BoolOp::Eq, lhs, rhs, .. } => {
            return [lhs.as_ref(), rhs.as_ref()].into_iter().filter(|one| is_computed(one)).collect();
        }
        Expr::BoolExpr { lhs, rhs, .. } | Expr::BinExpr { lhs, rhs, .. } | Expr::ArithExpr { lhs, rhs, .. } => {
            vec![lhs, rhs]
        }
        Expr::Membership { key, value, collection, .. } => {
            key.iter().chain([value, collection]).map(AsRef::as_ref).collect()
        }
        _ => Vec::new(),
    };
    operands.into_iter().filter(|one| !matches!(one, Expr::Var { .. }) && !is_settled(one, &[])).collect()
}

const fn is_computed(expression: &Expr) -> bool {
    matches!(expression, Expr::Call { .. } | Expr::ArithExpr { .. } | Expr::BinExpr { .. })
}
