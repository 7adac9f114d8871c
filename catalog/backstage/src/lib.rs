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

mod annotation;
mod cycle;
mod digest;
mod envelope;
mod format;
mod index;
mod judge;
mod keys;
mod kind;
mod location;
mod names;
mod outline;
mod placeholder;
mod reference;
mod resolve;
mod schema;
mod secret;
mod snapshot;

use platlint_engine::Gvk;

pub use digest::Digest;
pub use index::{Builder, Index, Settings};
pub use judge::NOBODY;
pub use reference::{EntityRef, RefError, canonical};

/// What is wrong with an entity as such.
const INVALID: &str = "invalid-entity";
/// A key that is probably misspelt, or that the catalog sets itself.
const UNKNOWN_FIELD: &str = "unknown-entity-field";
/// A text that is no reference.
const MALFORMED: &str = "malformed-reference";
/// A reference to what does not exist.
const DANGLING: &str = "dangling-reference";
/// A reference to a kind that makes no sense there.
const WRONG_KIND: &str = "wrong-kind-reference";
/// An owner that does not exist.
const DANGLING_OWNER: &str = "dangling-owner";
/// An owner that can own nothing.
const WRONG_KIND_OWNER: &str = "wrong-kind-owner";
/// An entity that stands elsewhere too.
const DUPLICATE: &str = "duplicate-entity";
/// An entity that is part of itself, or its own ancestor.
const CYCLE: &str = "entity-cycle";
/// An entity that depends on itself.
const DEPENDENCY_CYCLE: &str = "dependency-cycle";
/// A file that is not there.
const DANGLING_FILE: &str = "missing-placeholder-file";
/// An annotation that no plugin can read.
const ANNOTATION: &str = "malformed-annotation";
/// A secret in an annotation.
const SECRET: &str = "secret-in-annotation";

/// Whether documents of this kind are entities of the catalog.
pub fn concerns(kind: &Gvk) -> bool {
    matches!(&*kind.group, kind::CATALOG | kind::SCAFFOLDER)
}
