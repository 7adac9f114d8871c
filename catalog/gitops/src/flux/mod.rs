//! Flux: its kinds by themselves, and which source each release draws from.

mod definition;
mod releases;

pub(crate) use releases::{Releases, note_step, target_namespace};

use platlint_facts::Notes;
use serde_json::Value;

/// Notes what is wrong with an object by itself.
pub(crate) fn note(kind: &str, object: &Value, notes: &mut Notes) {
    definition::note(kind, object, notes);
}
