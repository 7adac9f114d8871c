//! Tests of `platlint-scaffolder` as its users call it.

mod bounds;
mod fixtures;
mod platform;
mod templates;
