//! Tests of `platlint-crossplane` as its users call it.
