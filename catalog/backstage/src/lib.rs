//! The Backstage catalog: what stands in entity files, and whether what they name exists.
//!
//! An entity is judged by what Backstage does with it: its schema and formats, the references it makes
//! over all entities of the input and of a snapshot of the catalog, the files it points
//! to, and its annotations. What Backstage would fetch from elsewhere is never fetched.
//!
//! Values that are filled in later, by a software template (`${{ … }}`) or from another file (`$text: …`), are never called
//! wrong; where they decide, that is noted as unknown.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod index;
mod kind;
mod reference;

use platlint_engine::Gvk;

pub use index::{Builder, Index, Settings};
pub use reference::{EntityRef, RefError, canonical};

/// Whether documents of this kind are entities of the catalog.
pub fn concerns(kind: &Gvk) -> bool {
    matches!(&*kind.group, kind::CATALOG | kind::SCAFFOLDER)
}
