//! What is known of the cluster, and what we keep in it: watch caches, controllers of Pods, and our own objects. No request
//! path calls the API server; whoever judges reads [`Knowledge`].
//!
//! Everything here runs on a thread and a runtime of its own, so that a list of ten thousand objects delays no answer.
//! What it may read and write is listed in docs/rbac.md.

mod ancestry;
mod authority;
mod backoff;
mod certificates;
mod connection;
mod controllers;
mod counters;
mod coverage;
mod demand;
mod following;
mod health;
mod inventory;
mod item;
mod keeping;
mod knowledge;
mod lease;
mod owners;
mod pull_secrets;
mod pulling;
mod resources;
mod running;
mod scope;
mod single;
mod start;
mod watch;
pub mod webhooks;
mod yaml;

pub use authority::Lifetimes;
pub use certificates::{ROTATE, SECRET};
pub use connection::{ConnectionError, client_config};
pub use controllers::{ControllerError, Controllers};
pub use counters::Counters;
pub use demand::Demand;
pub use health::CacheReport;
pub use knowledge::{Knowledge, Preparing};
pub use lease::LEASE;
pub(crate) use pull_secrets::names;
pub use pull_secrets::{Opened, PullSecret, PullSecrets};
pub use resources::Discovered;
pub use running::RunningImage;
pub use start::{CaBundle, Cluster, Settings};
