//! Tests of `platlint-scaffolder` as its users call it.

mod bounds;
mod fixtures;
mod mistakes;
mod platform;
mod templates;
