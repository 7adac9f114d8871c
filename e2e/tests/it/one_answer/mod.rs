//! One question, one answer: what `platlint check` says of a file, the webhook says of its objects, and the API server
//! does to them.

mod apply;
mod complete;
mod exceptions;
mod fix;

mod fixtures;
mod https;
mod patch;
mod verdict;
