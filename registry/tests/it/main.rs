//! The client against a registry on loopback.

fn main() {}
