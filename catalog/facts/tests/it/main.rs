//! Tests of `platlint-facts` as its users call it.
