//! What is known of the cluster: watch caches, controllers of Pods, and our own objects in it. No request path calls the
//! API server; whoever judges reads [`Knowledge`].

mod knowledge;

pub use knowledge::{CacheReport, Knowledge};
