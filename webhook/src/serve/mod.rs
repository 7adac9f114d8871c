//! The admission port: HTTP/1.1 over TLS, every limit set on purpose, and a drain that loses no request.

pub mod app;
mod connection;
pub mod drain;
mod listener;

pub use app::{App, app};
pub use drain::{Drain, Stage};
pub use listener::{Port, bind, serve};
