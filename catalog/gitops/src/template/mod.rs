//! Templates of `ApplicationSet`s, in both engines: `{{ name }}` looked up in a flat map, and the part of Go's templates
//! that people use there.
//!
//! A template is filled in exactly as the controller would, or not at all: whatever lies outside the part that is known here
//! fails with the name of what is not known, and then nothing is said of the result.

mod fast;
mod go;

pub(crate) use go::{base, dir, normalize, references, shown, size};

use serde_json::{Map, Value};

/// Parameters of one Application.
pub(crate) type Parameters = Map<String, Value>;

/// How templates are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// `{{ name }}` is looked up; names that are not known stay as they are.
    Fast,
    /// Go's text/template with Sprig.
    Go {
        /// Whether a missing key ends the rendering (`missingkey=error`) or prints as `<no value>`.
        strict: bool,
    },
}

/// Text that came out, and the names for which there was nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// The text.
    pub(crate) text: String,
    /// Names without a value, in the order in which they were met.
    pub(crate) unresolved: Vec<Unresolved>,
}

/// A name without a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unresolved {
    /// The name, as parameters are spoken of in this engine: `path.basename`, `.path.basename`.
    pub(crate) name: String,
    /// How it stands in the template.
    pub(crate) text: String,
}

/// Why a template has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// A name has no value, and that ends the rendering.
    #[error("\"{}\" has no value", .0.name)]
    Missing(Unresolved),
    /// Something that exists but is not known here.
    #[error("{0} is not evaluated by platlint")]
    Unsupported(String),
    /// The template cannot be parsed. `undefined` is a function that does not exist.
    #[error("{message}")]
    Malformed {
        /// What is wrong.
        message: String,
        /// The name that was taken for a function.
        undefined: Option<String>,
    },
    /// It ended with an error.
    #[error("{0}")]
    Failed(String),
}

impl Engine {
    /// Fills in one text.
    pub(crate) fn render(self, text: &str, parameters: &Parameters) -> Result<Rendered, Failure> {
        match self {
            Self::Fast => Ok(fast::render(text, parameters)),
            Self::Go { strict } => go::render(text, parameters, strict),
        }
    }
}

/// Whether a text holds anything that is filled in.
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{")
}

/// The names in `{{ name }}`, each with its tag as it stands in the text.
pub(crate) fn tags(text: &str) -> Vec<(String, String)> {
    fast::tags(text).map(|(name, tag)| (name.to_owned(), tag.to_owned())).collect()
}
