//! The contract between the readers of platform files and everybody else: what a reader is given ([`Doc`], [`Files`]), and
//! what it hands on ([`Notes`] for rules, [`Edge`] for the graph, [`Generated`] documents that are judged like any other).
//!
//! A reader knows one domain (the catalog, software templates, compositions, Argo CD and Flux). It reads and compares; it
//! never decides: a note says what stands where, and a rule in Rego says whether that is wrong and what to do. What cannot be
//! found out from the files at hand is noted as unknown with its reason, never left out.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod access;
mod doc;
mod domain;
mod edge;
mod files;
mod generated;
mod knot;
mod notes;

pub use access::{array_at, entries, items, path_of, str_at, value_at};
pub use doc::{Doc, DocId, Maker};
pub use domain::Domain;
pub use edge::{Edge, Node, NodeKind, Relation, Target};
pub use files::{DiskFiles, Entry, FileKind, Files, MemoryFiles, MissingFile, NoFiles, resolve};
pub use generated::{Generated, LineOrigin};
pub use knot::knots;
pub use notes::{Note, Notes};

/// Text that marks a name as made up: sample values that stand for what a person would fill in begin with it. A reference
/// that contains it leads nowhere by construction and must not be called dangling.
pub const SAMPLE: &str = "platlint-sample";
