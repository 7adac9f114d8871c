//! `platlint fix`: what rules change in an object, written into the file it came from.
//!
//! The engine says what an object becomes, the `source` crate how its text is edited and that the edited text is read as
//! that object. Here the two are brought together: which changes are left out (a comment excuses them, or the text offers
//! no place), and that a rule's change of one place is made wholly or not at all.

mod diff;
mod document;
mod file;
mod propose;
mod told;
mod value;
mod write;

pub(crate) use diff::unified;
pub(crate) use file::{FileFix, Fixer};
pub(crate) use propose::propose;
pub(crate) use told::lines;
pub(crate) use write::replace;
