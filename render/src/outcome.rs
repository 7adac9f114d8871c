//! What rendering came to.

use std::sync::Arc;

use platlint_facts::{Generated, LineOrigin};

/// What became of one request.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It was rendered: a text for each file that objects come from, in the order of the program's output.
    Rendered(Vec<Traced>),
    /// It was not rendered, and that is no fault of the files: nobody knows whether there is something to find.
    NotRendered(NotRendered),
    /// It cannot be rendered, here or anywhere.
    Failed(Failure),
}

/// Something that was not rendered. Equal ones are one point for the user, however many values files there are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NotRendered {
    /// The chart's or kustomization's folder as the user would name it.
    pub target: Arc<str>,
    /// The file to point to.
    pub file: Arc<str>,
    /// Its line, from 1.
    pub line: u32,
    /// A sentence without its full stop: `helm is not installed; its templates were not judged`.
    pub reason: String,
}

/// Something that the program refuses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Failure {
    /// The chart's or kustomization's folder as the user would name it.
    pub target: Arc<str>,
    /// The file to point to.
    pub file: Arc<str>,
    /// Its line, from 1, where it is known.
    pub line: Option<u32>,
    /// What the program said, without paths of the copy.
    pub message: String,
}

/// Rendered text with the origins of its lines.
#[derive(Debug, Clone)]
pub struct Traced {
    /// The text. Its fallback is the file that its objects come from.
    pub generated: Generated,
    /// For each line of the text, where the value in it is set: a line of a values file, a field of an Application; `None`,
    /// or no entry, where that is not known.
    pub values: Vec<Option<LineOrigin>>,
    /// How many lines of the text are traced, and how many there are, blank lines and markers left out.
    pub traced: (usize, usize),
}
