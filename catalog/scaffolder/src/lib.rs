//! Software templates (`scaffolder.backstage.io/v1beta3`): what their expressions read, which steps and parameters they
//! name, what their actions take, and what their skeletons become once they are filled in with sample values.
//!
//! Expressions are read as Nunjucks reads them, and skeletons are rendered by an evaluator that keeps to JavaScript's
//! ideas of truth, equality and printing. What it does not know to do byte for byte as Nunjucks does, it leaves undecided; a
//! test holds it against the real one.
//!
//! Whether something found here is wrong, and how to say so, is the business of the rules under `policies/templates`. What
//! is true of every catalog entity (names, owners, annotations) is read by `platlint-backstage`.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod action_table;
mod copied;
mod definition;
mod expressions;
mod facts;
mod fetching;
mod filled;
mod index;
mod inputs;
mod listing;
mod nunjucks;
mod parameters;
mod sample;
mod skeleton;
mod template;
mod usage;

pub use action_table::{ActionSchema, ExportError, read_actions};
pub use index::{Builder, Index};

use std::sync::Arc;

use platlint_engine::Gvk;

/// What an installation adds to the scaffolder.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The actions of the installation, from [`read_actions`]; `None` where it was not exported. They extend those that are
    /// built in, and only an export makes "there is no such action" certain.
    pub actions: Option<Vec<ActionSchema>>,
    /// Names of template filters that the installation adds.
    pub filters: Vec<Arc<str>>,
}

/// Whether documents of this kind must be given to [`Builder::add`].
#[must_use]
pub fn concerns(kind: &Gvk) -> bool {
    &*kind.group == "scaffolder.backstage.io" && &*kind.kind == "Template"
}
