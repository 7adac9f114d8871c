//! Tests of `platlint-crossplane` as its users call it.

mod any_input;
mod composition;
mod custom_resources;
mod definitions;
mod references;
mod support;
