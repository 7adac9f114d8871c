//! Tests of `platlint-backstage` as its users call it.

mod entities;
mod files;
mod made;
mod references;
