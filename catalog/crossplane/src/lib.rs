//! Crossplane: composite resource definitions, Compositions with their patches, claims and other custom resources, and the
//! structural schemas that they are held against.
//!
//! Schemas come from the definitions (`CustomResourceDefinition`, `CompositeResourceDefinition`,
//! `ManagedResourceDefinition`) in the input and in the configuration, never from the network. What needs a schema that is
//! not at hand is noted as unknown. A definition costs next to nothing until an object of its kind is asked about.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod builder;
mod composition;
mod custom_resource;
mod edges;
mod field_path;
mod field_types;
mod go_regex;
mod index;
mod migration;
mod note;
mod plain_secret;
mod provider_config;
mod resolve;
mod schemas;
mod xrd;

pub use builder::{Builder, Settings, concerns};
pub use index::Index;
