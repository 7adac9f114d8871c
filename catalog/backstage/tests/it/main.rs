//! Tests of `platlint-backstage` as its users call it.
