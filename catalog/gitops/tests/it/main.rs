//! Tests of `platlint-gitops` as its users call it.
