//! A YAML text with its value and its places: what is found wrong with the value is told at its line and column.

use std::fmt;
use std::sync::Arc;
use std::vec::Drain;

use platlint_source::{Build, Chunk, Document, Limits, ProblemKind, ReadError, Reading, Segment, SourceText, Span};
use serde_json::Value;

use crate::problem::Problem;

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// A way into a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Path(pub Vec<Step>);

impl Path {
    pub(crate) fn of<'k>(keys: impl IntoIterator<Item = &'k str>) -> Self {
        Self(keys.into_iter().map(|key| Step::Key(key.to_owned())).collect())
    }

    #[must_use]
    pub(crate) fn key(&self, key: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.to_owned()));
        Self(steps)
    }

    #[must_use]
    pub(crate) fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    #[must_use]
    pub(crate) fn join(&self, below: &Self) -> Self {
        Self(self.0.iter().chain(&below.0).cloned().collect())
    }
}

/// As users write it: `rules.resource-limits.level`, `exemptions[2]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Which part of a field is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Its key; for an item of a list its beginning. Also for what is missing in a field.
    Key,
    /// Its value.
    Value,
}

/// Something wrong at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issue {
    pub path: Path,
    pub at: At,
    pub message: String,
    pub help: Option<String>,
}

impl Issue {
    pub(crate) fn new(path: &Path, at: At, message: impl Into<String>) -> Self {
        Self { path: path.clone(), at, message: message.into(), help: None }
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}

/// A document of YAML, read by YAML 1.2.
#[derive(Debug)]
pub(crate) struct Placed {
    pub file: Arc<str>,
    /// Read as JSON; null for an empty document.
    pub value: Value,
    text: SourceText,
    chunk: Option<Chunk>,
    /// Lines of the file above the text.
    lines_above: u32,
}

impl Placed {
    /// Reads a text that stands in `file` below so many lines.
    pub(crate) fn read(file: Arc<str>, text: SourceText, lines_above: u32) -> Result<Self, Vec<Problem>> {
        let chunks = text.split();
        let mut placed = Self { file, value: Value::Null, chunk: chunks.first().copied(), text, lines_above };
        if let Some(second) = chunks.get(1) {
            let message = "a second document begins here; only one is allowed";
            return Err(vec![placed.problem_at(second.span, message.to_owned(), None)]);
        }
        let Some(chunk) = placed.chunk else { return Ok(placed) };
        let limits = Limits::default();
        let failed = |error: &ReadError| vec![placed.problem_at(error.span, error.message().to_owned(), None)];
        let document = Document::parse(placed.text.as_str(), chunk, &limits).map_err(|error| failed(&error))?;
        let doubled: Vec<Problem> = document
            .problems(Reading::Yaml12)
            .into_iter()
            .map(|problem| placed.problem_at(problem.span, placed.about(&problem.kind), None))
            .collect();
        if !doubled.is_empty() {
            return Err(doubled);
        }
        let value = document.build(Reading::Yaml12, &mut Json).map_err(|error| failed(&error))?;
        drop(document);
        placed.value = value;
        Ok(placed)
    }

    /// The issues with their places.
    pub(crate) fn problems(&self, issues: Vec<Issue>) -> Vec<Problem> {
        let spans = self.spans(&issues.iter().map(|issue| (&issue.path, issue.at)).collect::<Vec<_>>());
        issues.into_iter().zip(spans).map(|(issue, span)| self.problem_at(span, issue.message, issue.help)).collect()
    }

    /// Line and column of each field.
    pub(crate) fn places(&self, targets: &[(&Path, At)]) -> Vec<(u32, u32)> {
        self.spans(targets).into_iter().map(|span| self.position(span)).collect()
    }

    /// One parse for all, since parsing again is cheaper than keeping what good configurations never need.
    fn spans(&self, targets: &[(&Path, At)]) -> Vec<Span> {
        let parsed = self
            .chunk
            .filter(|_| !targets.is_empty())
            .and_then(|chunk| Document::parse(self.text.as_str(), chunk, &Limits::default()).ok());
        let Some(document) = parsed else { return vec![Span::default(); targets.len()] };
        let span = |(path, at): &(&Path, At)| {
            let segments: Vec<Segment<'_>> = path
                .0
                .iter()
                .map(|step| match step {
                    Step::Key(key) => Segment::Key(key),
                    Step::Index(index) => Segment::Index(*index),
                })
                .collect();
            let place = document.find(&segments, Reading::Yaml12);
            let whole = place.found == segments.len();
            match (at, place.key, place.value) {
                (At::Key, Some(key), _) if whole => key,
                (_, _, Some(value)) if whole => value,
                _ => place.span(),
            }
        };
        targets.iter().map(span).collect()
    }

    fn problem_at(&self, span: Span, message: String, help: Option<String>) -> Problem {
        let (line, column) = self.position(span);
        Problem { file: self.file.clone(), line, column, message, help }
    }

    fn about(&self, problem: &ProblemKind) -> String {
        match problem {
            ProblemKind::DuplicateKey { key, first } => {
                format!("key `{key}` stands here a second time; the first is in line {}", self.position(*first).0)
            }
            ProblemKind::KeyReadAs { written, read } => {
                format!("key `{written}` is read as `{read}`; put it in quotes")
            }
            ProblemKind::Unreadable { reason, .. } => reason.clone(),
            other => format!("this cannot be used: {other:?}"),
        }
    }

    fn position(&self, span: Span) -> (u32, u32) {
        let position = self.text.position(span.range().start);
        (position.line.saturating_add(self.lines_above), position.column)
    }
}

/// Builds JSON values.
struct Json;

impl Build for Json {
    type Value = Value;
    type Key = String;

    fn key(&mut self, text: &str) -> String {
        text.to_owned()
    }

    fn null(&mut self) -> Value {
        Value::Null
    }

    fn bool(&mut self, value: bool) -> Value {
        Value::Bool(value)
    }

    fn int(&mut self, value: i64) -> Value {
        Value::from(value)
    }

    fn uint(&mut self, value: u64) -> Value {
        Value::from(value)
    }

    fn float(&mut self, value: f64) -> Value {
        Value::from(value)
    }

    fn string(&mut self, value: &str) -> Value {
        Value::from(value)
    }

    fn sequence(&mut self, items: Drain<'_, Value>) -> Value {
        Value::Array(items.collect())
    }

    fn mapping(&mut self, entries: Drain<'_, (String, Value)>) -> Value {
        Value::Object(entries.collect())
    }
}
