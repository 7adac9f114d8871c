//! Tests of `platlint-scaffolder` as its users call it.
