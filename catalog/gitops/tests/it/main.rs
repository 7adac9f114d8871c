//! Tests of `platlint-gitops` as its users call it: documents in, notes, generated documents, deployments and edges out.

mod applications;
mod expansion;
mod flux;
mod input;
