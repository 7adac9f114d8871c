//! Reading YAML and JSON the way people write them and the way Kubernetes reads them.
//!
//! Bytes become a [`SourceText`], which is split into [`Chunk`]s (one per document, so that one broken document hides
//! no other). [`Document::parse`] turns a chunk into nodes that know their exact byte ranges; what a scalar *means* is
//! decided only when it is asked for, by a [`Reading`]. [`Document::build`] makes values of any type through [`Build`],
//! [`Document::find`] leads from a pointer back to the place in the file.
//!
//! The crate knows nothing of policies, Kubernetes objects or output.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod arena;
mod block;
mod build;
mod comments;
mod core_schema;
mod document;
pub mod edit;
mod encoding;
mod error;
mod explain;
mod find;
mod go_number;
mod index;
mod json;
mod key;
mod kubernetes;
mod limits;
mod lines;
mod mask;
mod merge;
mod node;
mod plant;
mod problems;
mod refusals;
mod scalar;
mod span;
mod split;
mod survey;
mod template;
mod text;
mod timestamp;
mod yaml;

pub use arena::Style;
pub use build::Build;
pub use document::Document;
pub use error::{ReadError, ReadErrorKind};
pub use find::{Place, Segment};
pub use limits::Limits;
pub use node::{Entry, Kind, Node};
pub use problems::{Problem, ProblemKind};
pub use scalar::{Reading, Scalar, ScalarError};
pub use span::{Position, Span};
pub use split::Chunk;
pub use text::SourceText;
