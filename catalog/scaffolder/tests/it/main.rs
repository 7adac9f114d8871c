//! Tests of `platlint-scaffolder` as its users call it.

mod fixtures;
mod platform;
mod templates;
