//! Tests of `platlint-catalog` as its users call it.
