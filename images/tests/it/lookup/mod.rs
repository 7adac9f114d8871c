//! Facts about images over a real client and a registry on loopback.

mod answers;
mod memory;
mod recursive;
mod rights;
mod tags;
mod together;
mod trouble;
