//! Tests of the reader as a whole: against Go, against itself cut to pieces, against hostile input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail")]

mod canonical;
mod edits;
mod generator;
mod hostile;
mod masked;
mod meaning;
mod messages;
mod oracle;
mod places;
mod read_alone;
mod vocabulary;
