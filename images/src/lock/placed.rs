//! The nodes of the lock file with their places: every fault is told where it stands.

use std::collections::BTreeMap;

use platlint_source::{Kind, Node, Reading, SourceText, Span};

use super::read::LockProblem;

/// The text of a lock file, to which nodes belong.
pub(super) struct Places<'t> {
    pub file: &'t str,
    pub text: &'t SourceText,
}

/// A map with its entries, from which fields are taken one by one.
pub(super) struct Fields<'d, 't> {
    places: &'t Places<'t>,
    span: Span,
    left: BTreeMap<String, (Span, Node<'d>)>,
}

impl Places<'_> {
    pub(super) fn problem(&self, span: Span, message: impl Into<String>) -> LockProblem {
        let position = self.text.position(span.range().start);
        LockProblem {
            file: self.file.to_owned(),
            line: position.line,
            column: position.column,
            message: message.into(),
        }
    }

    /// The text of a scalar.
    pub(super) fn text<'d>(&self, node: Node<'d>) -> Result<&'d str, LockProblem> {
        if node.kind() == Kind::Scalar && !node.is_left_out() {
            Ok(node.text())
        } else {
            Err(self.problem(node.span(), "must be a text"))
        }
    }

    /// A scalar read as something else.
    pub(super) fn parsed<T>(
        &self,
        node: Node<'_>,
        what: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, LockProblem> {
        parse(self.text(node)?).ok_or_else(|| self.problem(node.span(), format!("must be {what}")))
    }

    /// The items of a list.
    pub(super) fn items<'d>(&self, node: Node<'d>) -> Result<Vec<Node<'d>>, LockProblem> {
        match node.kind() {
            Kind::Sequence => Ok(node.items().collect()),
            _ => Err(self.problem(node.span(), "must be a list")),
        }
    }
}

impl<'d, 't> Fields<'d, 't> {
    pub(super) fn of(places: &'t Places<'t>, node: Node<'d>) -> Result<Self, LockProblem> {
        if node.kind() != Kind::Mapping {
            return Err(places.problem(node.span(), "must be a map"));
        }
        let entries =
            node.entries(Reading::Yaml12).map_err(|error| places.problem(error.span, error.message().to_owned()))?;
        let left = entries.into_iter().map(|entry| (entry.key.into_owned(), (entry.key_span, entry.value))).collect();
        Ok(Self { places, span: node.span(), left })
    }

    /// Takes a field that may be missing.
    pub(super) fn optional(&mut self, key: &str) -> Option<Node<'d>> {
        self.left.remove(key).map(|(_, value)| value)
    }

    /// Takes a field that must be there.
    pub(super) fn required(&mut self, key: &str) -> Result<Node<'d>, LockProblem> {
        self.optional(key).ok_or_else(|| self.places.problem(self.span, format!("`{key}` is missing")))
    }

    /// Nothing may be left: what is not understood could be taken for a proof.
    pub(super) fn end(self) -> Result<(), LockProblem> {
        match self.left.into_iter().next() {
            None => Ok(()),
            Some((key, (span, _))) => Err(self.places.problem(span, format!("key `{key}` is not known"))),
        }
    }
}
