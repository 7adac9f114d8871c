//! A domain whose documents have been read.

use crate::{Doc, Edge, Generated, Notes};

/// What one domain knows of a whole run: made once from all documents and from what the configuration adds, then only read,
/// by many threads at once. Everything it says depends on its documents alone, not on the order in which they came.
pub trait Domain: Send + Sync {
    /// Notes what there is to say of one object. Called for every object that rules ask about, whether or not it was among
    /// those that the index was made of (rendered documents and objects in the cluster are not).
    fn note(&self, doc: &Doc, notes: &mut Notes);

    /// How its documents hang together.
    fn edges(&self) -> Vec<Edge> {
        Vec::new()
    }

    /// Documents that its documents would make.
    fn generated(&self) -> Vec<Generated> {
        Vec::new()
    }
}
