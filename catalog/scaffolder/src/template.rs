//! One template: its forms, its steps and the texts in it that the scaffolder renders.

use std::sync::Arc;

use platlint_engine::{Pointer, Segment, Value, get, get_str};
use platlint_facts::{Doc, array_at, entries, items, path_of, value_at};

use crate::nunjucks::{self, Node, Span, Syntax, SyntaxError, Uses};

/// Values are looked into so deeply.
const DEEPEST: usize = 64;

/// A pointer one step further in.
pub(crate) fn within(path: &Pointer, segment: impl Into<Segment>) -> Pointer {
    path.0.iter().cloned().chain([segment.into()]).collect()
}

/// A template as the checks see it.
pub(crate) struct Template<'d> {
    pub(crate) spec: &'d Value,
    /// Form steps in order, with their places.
    pub(crate) forms: Vec<(Pointer, &'d Value)>,
    pub(crate) steps: Vec<Step<'d>>,
    /// Texts with tags in them, in the order in which they are rendered.
    pub(crate) texts: Vec<Text<'d>>,
}

/// One step.
pub(crate) struct Step<'d> {
    pub(crate) path: Pointer,
    /// As written, or `step-N`.
    pub(crate) id: Arc<str>,
    pub(crate) has_id: bool,
    pub(crate) action: Option<&'d Arc<str>>,
    pub(crate) input: Option<&'d Value>,
    pub(crate) has_each: bool,
}

/// Where a text stands, which decides what is in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The input of a step.
    Input(usize),
    /// `each` of a step.
    Each(usize),
    /// `if` of a step.
    If(usize),
    /// The output of the template.
    Output,
}

impl Place {
    /// The step, from 0.
    pub(crate) const fn step(self) -> Option<usize> {
        match self {
            Self::Input(step) | Self::Each(step) | Self::If(step) => Some(step),
            Self::Output => None,
        }
    }
}

/// A text with tags in it.
pub(crate) struct Text<'d> {
    pub(crate) path: Pointer,
    pub(crate) source: &'d str,
    pub(crate) place: Place,
    pub(crate) nodes: Result<Vec<Node>, SyntaxError>,
    pub(crate) uses: Uses,
}

impl<'d> Template<'d> {
    /// What can be read of a template; what is malformed is left out here.
    pub(crate) fn of(doc: &'d Doc) -> Option<Self> {
        let spec = get(&doc.object, "spec")?;
        let path = path_of(&["spec", "parameters"]);
        let forms = match get(spec, "parameters") {
            Some(form @ Value::Object(_)) => vec![(path, form)],
            Some(list) => items(list).enumerate().map(|(index, form)| (within(&path, index), form)).collect(),
            None => Vec::new(),
        };
        let steps: Vec<Step<'d>> =
            array_at(spec, &["steps"]).enumerate().map(|(index, step)| Step::of(index, step)).collect();
        let mut template = Self { spec, forms, steps, texts: Vec::new() };
        template.find_texts();
        Some(template)
    }

    /// Whether the template is itself part of a skeleton: its fields are for another template to fill in.
    pub(crate) fn is_in_a_skeleton(doc: &Doc) -> bool {
        ["name", "title"].iter().any(|key| {
            value_at(&doc.object, &["metadata", key]).is_some_and(
                |value| matches!(value, Value::String(text) if text.contains("${{") || text.contains("{{")),
            )
        })
    }

    /// Whether something outside of the file adds parameters that are not seen here.
    pub(crate) fn has_decorators(&self) -> bool {
        ["EXPERIMENTAL_formDecorators", "formDecorators"].iter().any(|key| get(self.spec, key).is_some())
    }

    /// The ids of all steps.
    pub(crate) fn step_ids(&self) -> Vec<&str> {
        self.steps.iter().map(|step| &*step.id).collect()
    }

    fn find_texts(&mut self) {
        let mut texts = Vec::new();
        for (index, step) in array_at(self.spec, &["steps"]).enumerate() {
            let path = Pointer([path_of(&["spec", "steps"]).0, vec![index.into()]].concat());
            for (key, place) in [("if", Place::If(index)), ("each", Place::Each(index)), ("input", Place::Input(index))]
            {
                if let Some(value) = get(step, key) {
                    find_texts(value, &within(&path, key), place, 0, &mut texts);
                }
            }
        }
        // Not every backend renders the names of steps. Parameters are what they may show.
        let shows_parameters = |text: &Text<'_>| {
            !text.uses.reads.is_empty() && text.uses.reads.iter().all(|read| read.root == "parameters")
        };
        for (index, step) in array_at(self.spec, &["steps"]).enumerate() {
            if let Some(name @ Value::String(_)) = get(step, "name") {
                let path = path_of(&["spec", "steps"]);
                let mut found = Vec::new();
                find_texts(name, &within(&within(&path, index), "name"), Place::Input(index), 0, &mut found);
                texts.extend(found.into_iter().filter(shows_parameters));
            }
        }
        if let Some(output) = get(self.spec, "output") {
            find_texts(output, &path_of(&["spec", "output"]), Place::Output, 0, &mut texts);
        }
        self.texts = texts;
    }
}

impl<'d> Step<'d> {
    fn of(index: usize, step: &'d Value) -> Self {
        let id = get_str(step, "id").cloned();
        Self {
            path: Pointer([path_of(&["spec", "steps"]).0, vec![index.into()]].concat()),
            has_id: id.is_some(),
            id: id.unwrap_or_else(|| format!("step-{}", index + 1).into()),
            action: get_str(step, "action"),
            input: get(step, "input"),
            has_each: get(step, "each").is_some(),
        }
    }
}

/// Whether a text has anything that Nunjucks would look at, or that looks as if it should.
fn is_templated(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || single_brace(text).is_some()
}

/// `${ parameters.name }`, which should have had two braces: where it begins and ends. What a shell may mean is none.
pub(crate) fn single_brace(text: &str) -> Option<Span> {
    text.match_indices("${").find_map(|(start, _)| {
        let inside = text.get(start + 2..)?;
        let length = inside.find('}')?;
        let name = inside.get(..length)?.trim_start();
        let is_meant = ["parameters.", "parameters[", "steps.", "steps[", "secrets.", "user.", "each."];
        is_meant.iter().any(|root| name.starts_with(root)).then_some(Span { start, end: start + 2 + length + 1 })
    })
}

fn find_texts<'d>(value: &'d Value, path: &Pointer, place: Place, depth: usize, texts: &mut Vec<Text<'d>>) {
    match value {
        Value::String(text) if is_templated(text) => {
            let nodes = nunjucks::parse(text, Syntax::default());
            let uses = nodes.as_deref().map(nunjucks::uses).unwrap_or_default();
            texts.push(Text { path: path.clone(), source: text, place, nodes, uses });
        }
        _ if depth >= DEEPEST => {}
        Value::Array(_) => {
            for (index, item) in items(value).enumerate() {
                find_texts(item, &within(path, index), place, depth + 1, texts);
            }
        }
        Value::Object(_) => {
            for (key, value) in entries(value) {
                find_texts(value, &within(path, key), place, depth + 1, texts);
            }
        }
        _ => {}
    }
}
