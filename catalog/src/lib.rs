//! All that platform files say of each other: the readers of every domain behind one door.
//!
//! A front end gives every document of a kind that [`concerns`] a reader to [`PlatformBuilder::add`], and gets a [`Platform`]:
//! what rules see of an object as `input.platform` ([`Platform::facts`]), the catalog for `data.catalog`
//! ([`Platform::entities`]), documents that would come into being ([`Platform::generated`]), and the [`Graph`].
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod graph;
mod known;
mod platform;
mod running;

/// What is deployed from where.
pub mod deployment {
    pub use platlint_gitops::{Deployment, Directory, Helm, Kustomize, Tool};
}

pub use graph::Graph;
pub use known::UnreadableFile;
pub use platform::{Digested, Platform, PlatformBuilder, Settings, asks, concerns};
pub use platlint_backstage::NOBODY;
pub use platlint_gitops::Settings as GitopsSettings;
pub use platlint_gitops::concerns as deploys;
