//! `platlint`, the linter: discovers files, builds reviews, runs the engine in parallel and prints.
//!
//! Data flows one way: [`input`] finds and reads files, [`judge`] turns each document into located findings, [`run`]
//! does that for all documents on all cores and settles the order, [`output`] prints the [`report`]. [`fix`] turns what
//! rules change into edits of the files.

pub mod args;
mod commands;
mod exit;
mod fix;
mod graph;
mod images;
pub mod input;
mod judge;
mod locate;
pub mod output;
mod own_rules;
mod platform;
pub mod report;
mod run;
mod suppress;

pub use commands::run;
pub use exit::{ExitStatus, Failure};
