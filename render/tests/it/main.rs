//! Tests of `platlint-render` as its users call it.
