//! Recursion: Rego has none. OPA refuses it when policies are loaded; regorus' evaluators follow it until the stack is
//! full, which ends the process. So rules and functions that lead back to themselves are refused here.

use std::collections::BTreeMap;

use regorus::unstable::{Expr, Module, Ref, Rule, RuleHead};

use crate::policy::dialect::{DialectViolation, Walk, bound_in, violation};
use crate::policy::entry::{package_of, root_name};

/// Which rules each rule refers to, by full name (`package.rule`).
type Graph = BTreeMap<String, Vec<String>>;

/// The first rule that refers to itself, directly or by others.
pub(crate) fn find(modules: &[Ref<Module>]) -> Option<DialectViolation> {
    let mut graph = Graph::new();
    for module in modules {
        let package = package_of(module);
        for rule in &module.policy {
            graph.entry(format!("{package}.{}", root_name(head(rule)))).or_default();
        }
    }
    let names: Vec<String> = graph.keys().cloned().collect();
    for module in modules {
        let package = package_of(module);
        for rule in &module.policy {
            let from = format!("{package}.{}", root_name(head(rule)));
            let found = references(rule, module, &package, &names);
            graph.entry(from).or_default().extend(found);
        }
    }
    let recursive = names.iter().find(|name| reaches(&graph, name))?;
    modules.iter().find_map(|module| {
        let package = package_of(module);
        let rule = module.policy.iter().find(|rule| format!("{package}.{}", root_name(head(rule))) == *recursive)?;
        Some(violation(head(rule).span(), "this rule leads back to itself, and Rego has no recursion"))
    })
}

fn head(rule: &Rule) -> &Expr {
    match rule {
        Rule::Spec {
            head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. },
            ..
        }
        | Rule::Default { refr, .. } => refr,
    }
}

/// Full names of the rules that a rule speaks of.
fn references(rule: &Rule, module: &Module, package: &str, names: &[String]) -> Vec<String> {
    let local = bound_in(rule);
    let mut found = Vec::new();
    Walk::new(&mut |expression| {
        let text = match expression {
            Expr::Var { span, .. } | Expr::RefDot { span, .. } | Expr::RefBrack { span, .. } => span.text(),
            Expr::Call { fcn, .. } => fcn.span().text(),
            _ => return,
        };
        let first = text.split(['.', '[']).next().unwrap_or(text);
        if local.iter().any(|name| name == first) {
            return;
        }
        let full = match text.strip_prefix("data.") {
            Some(path) => path.to_owned(),
            None => match imported(module, first) {
                Some(path) => format!("{path}{}", text.get(first.len()..).unwrap_or_default()),
                None => format!("{package}.{text}"),
            },
        };
        let is_within = |name: &&String| {
            full.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        found.extend(names.iter().filter(is_within).cloned());
    })
    .rule(rule);
    found
}

/// What an imported name stands for, without `data.`.
fn imported(module: &Module, name: &str) -> Option<String> {
    module.imports.iter().find_map(|import| {
        let path = import.refr.span().text().strip_prefix("data.")?;
        let alias = import.r#as.as_ref().map_or_else(|| path.rsplit('.').next().unwrap_or(path), |span| span.text());
        (alias == name).then(|| path.to_owned())
    })
}

/// Whether a way of references leads from a rule to itself.
fn reaches(graph: &Graph, start: &str) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    let mut open: Vec<&str> = graph.get(start).into_iter().flatten().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        if name == start {
            return true;
        }
        if !seen.contains(&name) {
            seen.push(name);
            open.extend(graph.get(name).into_iter().flatten().map(String::as_str));
        }
    }
    false
}
