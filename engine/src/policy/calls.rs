//! Which functions modules call: unknown ones and those that would not give the same answer twice are refused when
//! policies are loaded. regorus itself would notice an unknown function only when a rule first reaches it.

use regorus::unstable::{BUILTINS, Expr, Module, Ref, Rule, RuleHead};

use crate::policy::dialect::{DialectViolation, Walk, violation};
use crate::policy::entry::root_name;

/// Built-ins whose answer depends on when, where or how often they are asked, by name or by prefix.
const IRREPRODUCIBLE: [&str; 5] = ["time.now_ns", "rand.intn", "uuid.", "opa.runtime", "http.send"];

/// Functions that the interpreter knows beside its table of built-ins.
const SPECIAL: [&str; 2] = ["walk", "print"];

/// The first call that would not give the same answer twice.
pub(crate) fn irreproducible(module: &Module) -> Option<DialectViolation> {
    first_call(module, "this does not give the same answer twice, so policies may not call it", |name| {
        IRREPRODUCIBLE.iter().any(|known| name == *known || (known.ends_with('.') && name.starts_with(known)))
    })
}

/// The first call of a function that is neither built in nor defined in any of the modules.
pub(crate) fn unknown(modules: &[Ref<Module>]) -> Option<DialectViolation> {
    let defined: Vec<&str> =
        modules.iter().flat_map(|module| &module.policy).filter_map(|rule| function(rule)).collect();
    let is_known = |name: &str| {
        // `f`, `lib.f` and `data.lib.f` all name the function by their last part.
        let last = name.rsplit('.').next().unwrap_or(name);
        BUILTINS.contains_key(name) || SPECIAL.contains(&name) || defined.contains(&last)
    };
    modules.iter().find_map(|module| first_call(module, "there is no such function", |name| !is_known(name)))
}

fn function(rule: &Rule) -> Option<&str> {
    match rule {
        Rule::Spec { head: RuleHead::Func { refr, .. }, .. } => Some(last_name(refr)),
        Rule::Default { refr, args, .. } if !args.is_empty() => Some(last_name(refr)),
        _ => None,
    }
}

/// `c` of `a.b.c`.
fn last_name(expression: &Expr) -> &str {
    match expression {
        Expr::RefDot { field: (span, _), .. } => span.text(),
        other => root_name(other),
    }
}

fn first_call(module: &Module, message: &'static str, refused: impl Fn(&str) -> bool) -> Option<DialectViolation> {
    let mut found = None;
    Walk::new(&mut |expression| {
        if let Expr::Call { fcn, .. } = expression
            && found.is_none()
            && refused(fcn.span().text())
        {
            found = Some(violation(fcn.span(), message));
        }
    })
    .module(module);
    found
}
