//! Computes expressions: names are looked up in what the text has bound, then in what it was given.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::{Arguments, Comparison, Expr, ExprKind, Operator};
use super::filters::{self, count};
use super::value::{Computed, Js, fails, is_basic, undecided};
use super::work::{Work, within_items, within_limits};

/// What names mean at one point of a text.
pub(crate) struct Scope<'c> {
    context: &'c BTreeMap<String, Js>,
    /// What the text has bound; the innermost loop last.
    frames: Vec<BTreeMap<String, Js>>,
    pub(super) work: &'c Work,
}

/// Members that every JavaScript object has.
const INHERITED: [&str; 12] = [
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "__proto__",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
];

impl<'c> Scope<'c> {
    pub(crate) fn new(context: &'c BTreeMap<String, Js>, work: &'c Work) -> Self {
        Self { context, frames: vec![BTreeMap::new()], work }
    }

    /// Begins a turn of a loop: a new frame with the first; later turns see what earlier ones have set.
    pub(crate) fn enter(&mut self, is_first: bool) {
        if is_first {
            self.frames.push(BTreeMap::new());
        }
    }

    /// Ends a loop.
    pub(crate) fn leave(&mut self) {
        self.frames.pop();
    }

    /// Binds a name in the innermost frame.
    pub(crate) fn bind(&mut self, name: String, value: Js) {
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(name, value);
        }
    }

    /// Binds `loop`.
    pub(crate) fn bind_loop(&mut self, index: usize, length: usize) {
        let entry = |name: &str, value: Js| (Arc::from(name), value);
        let left = length.saturating_sub(index);
        let facts = BTreeMap::from([
            entry("index", count(index + 1)),
            entry("index0", count(index)),
            entry("revindex", count(left)),
            entry("revindex0", count(left.saturating_sub(1))),
            entry("first", Js::Bool(index == 0)),
            entry("last", Js::Bool(left == 1)),
            entry("length", count(length)),
        ]);
        self.bind("loop".to_owned(), Js::Map(Arc::new(facts)));
    }

    /// Sets a name where it is bound, or in the innermost frame.
    pub(crate) fn set(&mut self, name: &str, value: Js) {
        let is_bound = |frame: &&mut BTreeMap<String, Js>| frame.get(name).is_some_and(|bound| *bound != Js::Undefined);
        match self.frames.iter_mut().rev().find(is_bound) {
            Some(frame) => {
                frame.insert(name.to_owned(), value);
            }
            None => self.bind(name.to_owned(), value),
        }
    }

    fn lookup(&self, name: &str) -> Computed<Js> {
        let bound = self.frames.iter().rev().filter_map(|frame| frame.get(name)).find(|value| **value != Js::Undefined);
        match bound.or_else(|| self.context.get(name)) {
            Some(value) => Ok(value.clone()),
            None if INHERITED.contains(&name) => undecided("a name that JavaScript itself knows"),
            None if matches!(name, "range" | "cycler" | "joiner") => undecided(format!("\"{name}\" is not imitated")),
            None => Ok(Js::Undefined),
        }
    }

    /// What an expression prints. Marking something as safe or escaping it has no further effect where nothing is escaped
    /// by itself.
    pub(crate) fn printed(&self, expr: &Expr) -> Computed<Arc<str>> {
        if let ExprKind::Filter { subject, name, arguments, .. } = &expr.kind
            && name == "safe"
            && arguments.positional.is_empty()
            && arguments.named.is_empty()
        {
            return self.evaluate(subject)?.printed();
        }
        self.evaluate(expr)?.printed()
    }

    /// The value of an expression.
    pub(crate) fn evaluate(&self, expr: &Expr) -> Computed<Js> {
        let value = self.compute(expr)?;
        match expr.kind {
            ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Conditional { .. } | ExprKind::Group(_) => {
                self.work.count_found(&value)?;
            }
            _ => self.work.count_made(&value)?,
        }
        Ok(value)
    }

    fn compute(&self, expr: &Expr) -> Computed<Js> {
        match &expr.kind {
            ExprKind::Null => Ok(Js::Null),
            ExprKind::Bool(value) => Ok(Js::Bool(*value)),
            ExprKind::Number(number) => Ok(Js::Number(*number)),
            ExprKind::Text(text) => Ok(Js::text(text)),
            ExprKind::Regex => undecided("regular expressions are not imitated"),
            ExprKind::Name(name) => self.lookup(name),
            ExprKind::Member { object, key } => member(&self.evaluate(object)?, &self.evaluate(key)?),
            ExprKind::Call { callee, arguments } => self.call(callee, arguments),
            ExprKind::Filter { subject, name, arguments, .. } => {
                let subject = self.evaluate(subject)?;
                filters::apply(name, subject, &self.arguments(arguments)?)
            }
            ExprKind::Not(inner) => Ok(Js::Bool(!self.evaluate(inner)?.is_true()?)),
            ExprKind::Negative(inner) => Ok(Js::Number(-self.evaluate(inner)?.number()?)),
            ExprKind::Positive(inner) => Ok(Js::Number(self.evaluate(inner)?.number()?)),
            ExprKind::Binary(operator, left, right) => self.binary(*operator, left, right),
            ExprKind::Compare(first, others) => match others.as_slice() {
                [(comparison, second)] => compare(*comparison, &self.evaluate(first)?, &self.evaluate(second)?),
                _ => undecided("several comparisons in a row"),
            },
            ExprKind::Is { subject, test } => self.is(subject, test),
            ExprKind::Conditional { then, condition, otherwise } => {
                if self.evaluate(condition)?.is_true()? {
                    self.evaluate(then)
                } else {
                    otherwise.as_ref().map_or(Ok(Js::text("")), |otherwise| self.evaluate(otherwise))
                }
            }
            ExprKind::Group(items) => match items.as_slice() {
                [item] => self.evaluate(item),
                _ => undecided("several expressions in brackets"),
            },
            ExprKind::List(items) => {
                let items: Computed<Vec<Js>> = items.iter().map(|item| self.evaluate(item)).collect();
                Ok(Js::List(Arc::new(items?)))
            }
            ExprKind::Dict(pairs) => {
                let mut map = BTreeMap::new();
                for (key, value) in pairs {
                    let key = match &key.kind {
                        ExprKind::Text(key) | ExprKind::Name(key) => Arc::from(key.as_str()),
                        _ => return undecided("an object with computed keys"),
                    };
                    map.insert(key, self.evaluate(value)?);
                }
                Ok(Js::Map(Arc::new(map)))
            }
        }
    }

    fn arguments(&self, arguments: &Arguments) -> Computed<Vec<Js>> {
        if !arguments.named.is_empty() {
            return undecided("named arguments");
        }
        arguments.positional.iter().map(|argument| self.evaluate(argument)?.known()).collect()
    }

    fn call(&self, callee: &Expr, arguments: &Arguments) -> Computed<Js> {
        let arguments = self.arguments(arguments)?;
        if let ExprKind::Member { object, key } = &callee.kind
            && let ExprKind::Text(method) = &key.kind
        {
            return method_of(&self.evaluate(object)?.known()?, method, &arguments);
        }
        match self.evaluate(callee)?.known()? {
            Js::Undefined | Js::Null => match &callee.kind {
                // Installations may add functions.
                ExprKind::Name(name) => undecided(format!("whether there is a function \"{name}\" is not known")),
                _ => fails("what is called is not there"),
            },
            _ => fails("what is called is no function"),
        }
    }

    fn binary(&self, operator: Operator, left: &Expr, right: &Expr) -> Computed<Js> {
        let left = self.evaluate(left)?;
        match operator {
            Operator::Or => return if left.is_true()? { Ok(left) } else { self.evaluate(right) },
            Operator::And => return if left.is_true()? { self.evaluate(right) } else { Ok(left) },
            _ => {}
        }
        let right = self.evaluate(right)?;
        let numbers = |compute: fn(f64, f64) -> f64| match (&left, &right) {
            (Js::Number(left), Js::Number(right)) => Ok(Js::Number(compute(*left, *right))),
            _ => undecided("something else than numbers is computed with"),
        };
        match operator {
            Operator::Or | Operator::And => Ok(left),
            Operator::In => contains(&left, &right),
            Operator::Concat => joined(&left, &right),
            Operator::Add if matches!(left, Js::Text(_)) || matches!(right, Js::Text(_)) => joined(&left, &right),
            Operator::Add => numbers(|left, right| left + right),
            Operator::Subtract => numbers(|left, right| left - right),
            Operator::Multiply => numbers(|left, right| left * right),
            Operator::Divide => numbers(|left, right| left / right),
            Operator::FloorDivide => numbers(|left, right| (left / right).floor()),
            Operator::Remainder => numbers(|left, right| left % right),
            Operator::Power => undecided("powers are not imitated"),
        }
    }

    fn is(&self, subject: &Expr, test: &Expr) -> Computed<Js> {
        let subject = self.evaluate(subject)?.known()?;
        let (name, argument) = match &test.kind {
            ExprKind::Name(name) => (name.as_str(), None),
            ExprKind::Null => ("null", None),
            ExprKind::Call { callee, arguments } => match (&callee.kind, self.arguments(arguments)?.as_slice()) {
                (ExprKind::Name(name), [argument]) => (name.as_str(), Some(argument.clone())),
                _ => return undecided("an unusual test"),
            },
            _ => return undecided("an unusual test"),
        };
        Ok(Js::Bool(match (name, argument) {
            ("defined", None) => subject != Js::Undefined,
            ("undefined", None) => subject == Js::Undefined,
            ("null", None) => subject == Js::Null,
            ("string", None) => matches!(subject, Js::Text(_)),
            ("number", None) => matches!(subject, Js::Number(_)),
            ("truthy", None) => subject.is_true()?,
            ("falsy", None) => !subject.is_true()?,
            ("eq" | "equalto" | "sameas", Some(other)) => subject.is_strictly(&other)?,
            ("ne", Some(other)) => !subject.is_strictly(&other)?,
            _ => return undecided(format!("the test \"{name}\" is not imitated")),
        }))
    }
}

/// One text after another.
fn joined(left: &Js, right: &Js) -> Computed<Js> {
    let (left, right) = (left.to_text()?, right.to_text()?);
    within_limits(left.len().saturating_add(right.len()))?;
    Ok(Js::text(&format!("{left}{right}")))
}

/// `value[key]`
fn member(value: &Js, key: &Js) -> Computed<Js> {
    match (value, key) {
        (Js::Undefined | Js::Null, _) => Ok(Js::Undefined),
        (Js::Unknown(reason), _) | (_, Js::Unknown(reason)) => undecided(&**reason),
        (_, Js::Text(key)) if INHERITED.contains(&&**key) => undecided("a member that JavaScript itself knows"),
        (Js::Map(map), Js::Text(key)) => Ok(map.get(key).cloned().unwrap_or(Js::Undefined)),
        (Js::List(items), Js::Text(key)) if &**key == "length" => Ok(count(items.len())),
        (Js::Text(text), Js::Text(key)) if &**key == "length" && is_basic(text) => Ok(count(text.chars().count())),
        (Js::List(items), Js::Number(index)) => {
            let found = items.iter().enumerate().find(|(at, _)| count(*at) == Js::Number(*index));
            Ok(found.map_or(Js::Undefined, |(_, item)| item.clone()))
        }
        _ => undecided("an unusual member"),
    }
}

/// `value.method(arguments)`
fn method_of(value: &Js, method: &str, arguments: &[Js]) -> Computed<Js> {
    match (value, method, arguments) {
        (Js::Undefined | Js::Null, ..) => fails(format!("\"{method}\" of nothing is called")),
        (Js::Text(text), "toLowerCase", []) if text.is_ascii() => Ok(Js::text(&text.to_ascii_lowercase())),
        (Js::Text(text), "toUpperCase", []) if text.is_ascii() => Ok(Js::text(&text.to_ascii_uppercase())),
        (Js::Text(text), "trim", []) => Ok(Js::text(text.trim_matches(super::blocks::is_space))),
        (Js::Text(text), "includes", [Js::Text(part)]) => Ok(Js::Bool(text.contains(&**part))),
        (Js::Text(text), "startsWith", [Js::Text(part)]) => Ok(Js::Bool(text.starts_with(&**part))),
        (Js::Text(text), "endsWith", [Js::Text(part)]) => Ok(Js::Bool(text.ends_with(&**part))),
        (Js::Text(text), "split", [Js::Text(separator)]) if !separator.is_empty() => {
            within_items(text.matches(&**separator).count())?;
            Ok(Js::List(Arc::new(text.split(&**separator).map(Js::text).collect())))
        }
        (Js::Text(text), "replace", [Js::Text(old), Js::Text(new)]) if !new.contains('$') => {
            within_limits(text.len().saturating_add(new.len()))?;
            Ok(Js::text(&text.replacen(&**old, new, 1)))
        }
        (Js::List(_), "join", [Js::Text(_)]) => filters::apply("join", value.clone(), arguments),
        (Js::List(_), "includes", [_]) => contains(arguments.first().unwrap_or(&Js::Undefined), value),
        _ => undecided(format!("the method \"{method}\" is not imitated")),
    }
}

/// `key in container`
fn contains(key: &Js, container: &Js) -> Computed<Js> {
    match (key, container) {
        (Js::Unknown(reason), _) | (_, Js::Unknown(reason)) => undecided(&**reason),
        (_, Js::List(items)) => {
            for item in items.iter() {
                if item.is_strictly(key)? {
                    return Ok(Js::Bool(true));
                }
            }
            Ok(Js::Bool(false))
        }
        (Js::Text(key), Js::Text(text)) => Ok(Js::Bool(text.contains(&**key))),
        (Js::Text(key), Js::Map(map)) if !INHERITED.contains(&&**key) => Ok(Js::Bool(map.contains_key(key))),
        (_, Js::Undefined | Js::Null | Js::Bool(_) | Js::Number(_)) => fails("\"in\" something that holds nothing"),
        _ => undecided("an unusual \"in\""),
    }
}

fn compare(comparison: Comparison, left: &Js, right: &Js) -> Computed<Js> {
    let order = || left.order(right);
    Ok(Js::Bool(match comparison {
        Comparison::Equal => left.is_loosely(right)?,
        Comparison::NotEqual => !left.is_loosely(right)?,
        Comparison::StrictlyEqual => left.is_strictly(right)?,
        Comparison::StrictlyNotEqual => !left.is_strictly(right)?,
        Comparison::Less => order()?.is_some_and(std::cmp::Ordering::is_lt),
        Comparison::Greater => order()?.is_some_and(std::cmp::Ordering::is_gt),
        Comparison::AtMost => order()?.is_some_and(std::cmp::Ordering::is_le),
        Comparison::AtLeast => order()?.is_some_and(std::cmp::Ordering::is_ge),
    }))
}
