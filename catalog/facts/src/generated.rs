//! Documents that nobody wrote: what a template, a chart or a generator would make of what somebody wrote. They are judged
//! like any other, and what is found in them is told where the user can mend it.

use std::sync::Arc;

use platlint_engine::Pointer;

use crate::{DocId, Maker};

/// Where a line of generated text comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineOrigin {
    /// A line, from 1, of a file as the user would name it.
    Line {
        /// The file.
        file: Arc<str>,
        /// Its line, from 1.
        line: u32,
    },
    /// A field of an object.
    Field {
        /// The object.
        doc: DocId,
        /// The field.
        path: Pointer,
    },
}

/// Text that would come into being, whole as a file.
#[derive(Debug, Clone)]
pub struct Generated {
    /// A name that tells generated texts apart and puts them in order: `skeleton/catalog-info.yaml (template service)`.
    pub name: Arc<str>,
    /// Who makes it.
    pub maker: Arc<Maker>,
    /// YAML, with `---` between documents.
    pub text: Arc<str>,
    /// For each line of `text`, from the first, where it comes from; `None`, or no entry, where that is not known.
    pub lines: Vec<Option<LineOrigin>>,
    /// Where to point when a line's origin is not known.
    pub fallback: LineOrigin,
    /// The namespace in which its objects land where they name none; `None` where unknown.
    pub namespace: Option<Arc<str>>,
}
