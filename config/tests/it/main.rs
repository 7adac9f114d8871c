//! The loader on folders as users have them. Snapshots hold the messages users see.

// Integration tests may fail loudly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod builtin;
mod configuration;
mod extending;
mod folder;
mod foreign;
mod images;
mod judged_images;
mod locks;
mod mutation;
mod parameters;
mod platform;
mod policies;
mod revision;
mod starter;
mod testing;
