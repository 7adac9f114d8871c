//! Which parameters a template names, found without filling it in.

use super::super::Failure;
use super::functions;
use super::parse::{Node, Operand, Pipeline, parse};

/// A parameter that a template names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    /// Its keys from the root.
    pub(crate) keys: Vec<String>,
    /// Whether the template provides for its absence.
    pub(crate) guarded: bool,
}

/// All parameters that a template names, in order and once each.
pub(crate) fn references(text: &str) -> Result<Vec<Reference>, Failure> {
    let nodes = parse(text)?;
    functions::check(&nodes)?;
    let mut search = Search::default();
    search.nodes(&nodes, true);
    let guards: Vec<Vec<String>> = search.found.iter().filter(|found| found.guarded).map(|f| f.keys.clone()).collect();
    for found in &mut search.found {
        found.guarded |= guards.iter().any(|guard| found.keys.starts_with(guard));
    }
    search.found.sort();
    search.found.dedup();
    Ok(search.found)
}

#[derive(Default)]
struct Search {
    found: Vec<Reference>,
}

impl Search {
    fn nodes(&mut self, nodes: &[Node], at_root: bool) {
        for node in nodes {
            match node {
                Node::Text(_) | Node::Break | Node::Continue => {}
                Node::Action(pipeline) => self.pipeline(pipeline, at_root, false),
                Node::If(branches) => {
                    for (condition, body) in branches {
                        condition.iter().for_each(|condition| self.pipeline(condition, at_root, true));
                        self.nodes(body, at_root);
                    }
                }
                Node::With(branches) => {
                    for (condition, body) in branches {
                        condition.iter().for_each(|condition| self.pipeline(condition, at_root, true));
                        self.nodes(body, at_root && condition.is_none());
                    }
                }
                Node::Range(pipeline, body, otherwise) => {
                    self.pipeline(pipeline, at_root, false);
                    self.nodes(body, false);
                    self.nodes(otherwise, at_root);
                }
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, at_root: bool, guarded: bool) {
        let provides =
            |operand: &Operand| matches!(operand, Operand::Function(name) if functions::accepts_absence(name));
        let guarded = guarded || pipeline.commands.iter().flatten().any(provides);
        for operand in pipeline.commands.iter().flatten() {
            match operand {
                Operand::Field(keys) if at_root && !keys.is_empty() => {
                    self.found.push(Reference { keys: keys.clone(), guarded });
                }
                Operand::Variable(name, keys) if name.is_empty() && !keys.is_empty() => {
                    self.found.push(Reference { keys: keys.clone(), guarded });
                }
                Operand::Group(inner, _) => self.pipeline(inner, at_root, guarded),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_named_and_what_is_provided_for() {
        let names = |text: &str| -> Vec<(String, bool)> {
            references(text).unwrap().into_iter().map(|found| (found.keys.join("."), found.guarded)).collect()
        };
        assert_eq!(
            names(r#"{{ .a.b | upper }}{{ .c | default "x" }}{{ range .d }}{{ .inner }}{{ $.e }}{{ end }}"#),
            [("a.b".into(), false), ("c".into(), true), ("d".into(), false), ("e".into(), false)]
        );
        assert_eq!(names("{{ if .a }}{{ .a.b }}{{ end }}"), [("a".into(), true), ("a.b".into(), true)]);
    }
}
