//! What scalars can be, and which reading decides.

use std::borrow::Cow;

use crate::arena::{Arena, Shape, Style, Tag};
use crate::{core_schema, kubernetes};

/// How plain scalars and keys are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// As `sigs.k8s.io/yaml` reads: YAML 1.1 booleans and octal numbers, merge keys, keys converted to JSON text.
    Kubernetes,
    /// The core schema of YAML 1.2, without merge keys (Backstage, GitHub Actions).
    Yaml12,
}

/// The value of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'d> {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer that fits 64 bits with sign.
    Int(i64),
    /// A larger integer that fits 64 bits.
    Uint(u64),
    /// Any other number; always finite.
    Float(f64),
    /// Text.
    Str(Cow<'d, str>),
}

/// Why a scalar has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScalarError {
    /// `.inf` or `.nan`.
    #[error("`{0}` has no JSON value: Kubernetes refuses the document")]
    NotFinite(String),
    /// A text that is not of the type its tag names.
    #[error("`{text}` is no {tag}, as its tag says")]
    TagMismatch {
        /// The scalar's text.
        text: String,
        /// The type, without `!!`.
        tag: &'static str,
    },
    /// The node is a list or a map.
    #[error("a scalar is expected here")]
    NotScalar,
}

/// The value of scalar `id`; aliases must have been followed.
pub(crate) fn resolve<'d>(arena: &'d Arena<'_>, id: u32, reading: Reading) -> Result<Scalar<'d>, ScalarError> {
    let data = arena.data(id);
    if data.shape != Shape::Scalar {
        return Err(ScalarError::NotScalar);
    }
    let text = arena.scalar_text(id);
    if data.tag == Tag::None && data.style != Style::Plain {
        return Ok(Scalar::Str(Cow::Borrowed(text)));
    }
    match reading {
        Reading::Kubernetes => kubernetes::resolve(data.tag, text),
        Reading::Yaml12 => core_schema::resolve(data.tag, text),
    }
}

/// The error for a scalar that contradicts its tag.
pub(crate) fn mismatch(text: &str, tag: Tag) -> ScalarError {
    let tag = match tag {
        Tag::Int => "int",
        Tag::Float => "float",
        Tag::Bool => "bool",
        Tag::Null => "null",
        Tag::Timestamp => "timestamp",
        Tag::Binary => "base64 (binary)",
        Tag::None | Tag::Str | Tag::Merge | Tag::NonSpecific | Tag::Other => "value",
    };
    ScalarError::TagMismatch { text: text.to_owned(), tag }
}
