//! The one rule that is evaluated: it gathers a policy's entry points, so that a review costs one evaluation.

use std::fmt::Write as _;
use std::sync::Arc;

use regorus::unstable::{Expr, Module as Ast, Rule, RuleHead};

use crate::policy::program::Module;

/// Package of the generated module. Policies cannot collide with it by accident, nor gain anything by design.
const PACKAGE: &str = "platlint_entry";
/// The rule to evaluate.
pub(crate) const RULE: &str = "data.platlint_entry.result";

/// A module whose rule `result` is an object of the values of `rules` of `package`.
///
/// Every value is bound in the body before it stands in the head: the VM and the interpreter disagree about undefined
/// terms in heads, and agree here.
pub(crate) fn module(package: &str, rules: &[&str]) -> Module {
    let mut text = format!("package {PACKAGE}\n\nresult := outcome if {{\n");
    for (index, rule) in rules.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\tvalue{index} = data.{package}.{rule}");
    }
    let fields: Vec<String> =
        rules.iter().enumerate().map(|(index, rule)| format!("\"{rule}\": value{index}")).collect();
    // One a line: regorus refuses lines of more than 1,024 columns.
    let _ = write!(text, "\toutcome = {{\n\t\t{},\n\t}}\n}}\n", fields.join(",\n\t\t"));
    Module { path: "platlint_entry.rego".into(), text: text.into() }
}

/// The package of a module, without `data`.
pub(crate) fn package_of(module: &Ast) -> String {
    module.package.refr.span().text().to_owned()
}

/// Names of the rules a module defines, each once, in order of appearance.
pub(crate) fn rule_names(module: &Ast) -> Vec<Arc<str>> {
    let mut names: Vec<Arc<str>> = Vec::new();
    for rule in &module.policy {
        let head = match rule.as_ref() {
            Rule::Spec {
                head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. },
                ..
            }
            | Rule::Default { refr, .. } => refr,
        };
        let name: Arc<str> = root_name(head).into();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `a` of `a.b[c]`.
pub(crate) fn root_name(expression: &Expr) -> &str {
    match expression {
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => root_name(refr),
        other => other.span().text(),
    }
}
