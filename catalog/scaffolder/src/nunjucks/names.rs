//! What a text reads of the outer world: names that nothing in the text binds, with the members that are named literally,
//! and filters.

use std::collections::BTreeMap;

use super::ast::{Arguments, Expr, ExprKind, Node, Operator, Span};

/// A name that is read, and the members of it as far as they are literal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Read {
    /// `parameters` in `parameters.owner.name`.
    pub(crate) root: String,
    /// `owner`, `name`.
    pub(crate) members: Vec<Member>,
    pub(crate) root_span: Span,
    /// From the root to the last literal member.
    pub(crate) span: Span,
    /// Whether a member follows that is computed.
    pub(crate) is_computed: bool,
    /// Whether the name itself is called.
    pub(crate) is_called: bool,
    pub(crate) manner: Manner,
}

/// How surely a name has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It is read.
    Plain,
    /// It is asked for where it may well be missing: in a condition, or before a default.
    Guarded,
    /// A condition decides whether it is read at all.
    Conditional,
}

/// A member that is named literally.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// The key; in brackets, its quotes included.
    pub(crate) span: Span,
}

/// What is read and which filters are used, in order of the text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Uses {
    pub(crate) reads: Vec<Read>,
    pub(crate) filters: Vec<(String, Span)>,
}

/// What the parts of a text use.
pub(crate) fn uses(nodes: &[Node]) -> Uses {
    let mut finder = Finder::default();
    finder.nodes(nodes);
    finder.uses
}

#[derive(Default)]
struct Finder {
    uses: Uses,
    /// In the order in which they were bound.
    bound: Vec<String>,
    /// How often each is bound.
    counts: BTreeMap<String, usize>,
    is_guarded: bool,
    is_conditional: bool,
}

impl Finder {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    /// What is only looked at where a condition holds.
    fn conditional(&mut self, look: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.is_conditional, true);
        look(self);
        self.is_conditional = outer;
    }

    fn guarded(&mut self, expr: &Expr) {
        let outer = std::mem::replace(&mut self.is_guarded, true);
        self.expr(expr);
        self.is_guarded = outer;
    }

    /// Parts in which further names are bound, which are forgotten afterwards.
    fn scoped(&mut self, names: impl IntoIterator<Item = String>, nodes: &[Node]) {
        let outer = self.bound.len();
        self.bind(names);
        self.nodes(nodes);
        for name in self.bound.split_off(outer) {
            if let Some(count) = self.counts.get_mut(&name) {
                *count -= 1;
            }
        }
    }

    fn bind(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            *self.counts.entry(name.clone()).or_default() += 1;
            self.bound.push(name);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text(_) => {}
            Node::Output { expr, .. } => self.expr(expr),
            Node::If { branches, otherwise } => {
                for (condition, body) in branches {
                    self.guarded(condition);
                    self.conditional(|finder| finder.nodes(body));
                }
                self.conditional(|finder| finder.nodes(otherwise));
            }
            Node::For { names, list, body, otherwise, .. } => {
                self.expr(list);
                self.scoped(names.iter().cloned().chain(["loop".to_owned()]), body);
                self.nodes(otherwise);
            }
            Node::Set { names, value, .. } => {
                self.expr(value);
                self.bind(names.iter().cloned());
            }
            Node::Capture { names, body, .. } => {
                self.nodes(body);
                self.bind(names.iter().cloned());
            }
            Node::Macro { name, parameters, body, .. } => {
                parameters.iter().filter_map(|(_, value)| value.as_ref()).for_each(|value| self.expr(value));
                self.bind([name.clone()]);
                let inner = parameters.iter().map(|(name, _)| name.clone()).chain(["caller".to_owned()]);
                self.scoped(inner, body);
            }
            Node::Other { tag, names, filters, exprs, body, .. } => {
                self.uses.filters.extend(filters.iter().cloned());
                exprs.iter().for_each(|expr| self.expr(expr));
                let inner: Vec<String> = names.clone();
                self.scoped(inner, body);
                if matches!(tag.as_str(), "import" | "from") {
                    self.bind(names.iter().cloned());
                }
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Regex => {}
            ExprKind::Name(_) | ExprKind::Member { .. } => self.chain(expr, false),
            ExprKind::Call { callee, arguments } => {
                match callee.kind {
                    ExprKind::Name(_) => self.chain(callee, true),
                    _ => self.expr(callee),
                }
                self.arguments(arguments);
            }
            ExprKind::Filter { subject, name, name_span, arguments } => {
                if matches!(name.as_str(), "default" | "d") {
                    self.guarded(subject);
                } else {
                    self.expr(subject);
                }
                self.uses.filters.push((name.clone(), *name_span));
                self.arguments(arguments);
            }
            ExprKind::Not(inner) | ExprKind::Negative(inner) | ExprKind::Positive(inner) => self.expr(inner),
            ExprKind::Binary(Operator::Or | Operator::And, left, right) => {
                self.guarded(left);
                self.conditional(|finder| finder.expr(right));
            }
            ExprKind::Binary(_, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Compare(first, others) => {
                self.expr(first);
                others.iter().for_each(|(_, other)| self.expr(other));
            }
            ExprKind::Is { subject, test } => {
                self.guarded(subject);
                match &test.kind {
                    ExprKind::Name(_) => {}
                    ExprKind::Call { arguments, .. } => self.arguments(arguments),
                    _ => self.expr(test),
                }
            }
            ExprKind::Conditional { then, condition, otherwise } => {
                self.guarded(condition);
                self.conditional(|finder| {
                    finder.expr(then);
                    otherwise.iter().for_each(|otherwise| finder.expr(otherwise));
                });
            }
            ExprKind::Group(items) | ExprKind::List(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Dict(pairs) => pairs.iter().for_each(|(key, value)| {
                // A bare word as a key is a text.
                if !matches!(key.kind, ExprKind::Name(_)) {
                    self.expr(key);
                }
                self.expr(value);
            }),
        }
    }

    fn arguments(&mut self, arguments: &Arguments) {
        arguments.positional.iter().for_each(|argument| self.expr(argument));
        arguments.named.iter().for_each(|(_, argument)| self.expr(argument));
    }

    /// A name with its members.
    fn chain(&mut self, expr: &Expr, is_called: bool) {
        let mut keys = Vec::new();
        let mut root = expr;
        while let ExprKind::Member { object, key } = &root.kind {
            keys.push((key, root.span.end));
            root = object;
        }
        keys.reverse();
        for (key, _) in &keys {
            self.expr(key);
        }
        let ExprKind::Name(name) = &root.kind else { return self.expr(root) };
        if self.counts.get(name).is_some_and(|count| *count > 0) {
            return;
        }
        let literal = keys.iter().map_while(|(key, end)| match &key.kind {
            ExprKind::Text(name) => Some((name.clone(), key.span, *end)),
            ExprKind::Number(index) => Some((index.to_string(), key.span, *end)),
            _ => None,
        });
        let mut end = root.span.end;
        let mut members = Vec::new();
        for (name, span, member_end) in literal {
            end = member_end;
            members.push(Member { name, span });
        }
        self.uses.reads.push(Read {
            root: name.clone(),
            is_computed: members.len() < keys.len(),
            members,
            root_span: root.span,
            span: Span { start: root.span.start, end },
            is_called,
            manner: match (self.is_guarded, self.is_conditional) {
                (true, _) => Manner::Guarded,
                (false, true) => Manner::Conditional,
                (false, false) => Manner::Plain,
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nunjucks::{Syntax, parse};

    fn reads(text: &str) -> Vec<String> {
        let nodes = parse(text, Syntax::default()).unwrap();
        uses(&nodes).reads.into_iter().map(|read| read.span.of(text).to_owned()).collect()
    }

    #[test]
    fn reads_names_with_their_literal_members() {
        assert_eq!(reads("${{ parameters.owner.name }}"), ["parameters.owner.name"]);
        assert_eq!(reads("${{ steps['a-b'].output[parameters.key].x }}"), ["parameters.key", "steps['a-b'].output"]);
        assert_eq!(reads("${{ (a.b | pick('c')).d }}"), ["a.b"]);
    }

    #[test]
    fn names_bound_in_the_text_are_not_read() {
        assert_eq!(reads("{% for x in list %}${{ x.a ~ loop.index }}{% endfor %}${{ x }}"), ["list", "x"]);
        assert_eq!(reads("{% set y = a %}${{ y }}"), ["a"]);
        assert_eq!(reads("{% macro m(p, q=d) %}${{ p ~ q ~ r }}{% endmacro %}${{ m(s) }}"), ["d", "r", "s"]);
        assert_eq!(reads("${{ a is defined and b is divisibleby(c) }}"), ["a", "b", "c"]);
        assert_eq!(reads("${{ {k: v, 'w': x} }}"), ["v", "x"]);
    }
}
