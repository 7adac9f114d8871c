//! The decision as a whole, on evidence of the tests' own making.

mod attestations;
mod authorities;
mod file;
mod identities;
mod lock;
mod logs;
mod lookup;
mod mutations;
mod threats;
mod trial;
mod verdicts;
mod world;
