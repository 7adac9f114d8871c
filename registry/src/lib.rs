//! A bounded reader of OCI registries: manifests, referrers and blobs, each checked against its digest.
//!
//! [`Client`] holds connections, tokens and what is known of failing registries; a [`Session`] asks one repository with
//! one [`Credential`] under one deadline. Every answer is bounded in bytes and time, and every failure is told apart from
//! absence ([`FetchError`]). What the content means is left to the caller; nothing here knows signatures or policies.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
// Tests may fail loudly.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod address;
mod breaker;
mod challenge;
mod client;
mod connect;
mod content;
mod credential;
pub mod credentials;
mod digest;
mod error;
mod exchange;
mod host;
mod limits;
mod manifest;
mod place;
mod redirect;
mod referrers;
mod repository;
mod session;
mod settings;
mod stream;
#[cfg(feature = "testing")]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a registry for tests may fail loudly"
)]
pub mod testing;
mod tls;
mod token;
mod tokens;

pub use client::Client;
pub use content::{Descriptor, Manifest};
pub use credential::{Credential, Secret};
pub use digest::{Digest, DigestError};
pub use error::FetchError;
pub use limits::{MAX_BUNDLE_BYTES, MAX_INDEX_BYTES, MAX_MANIFEST_BYTES, MAX_REFERRERS};
pub use repository::{Repository, Target};
pub use session::Session;
pub use settings::{HostSettings, Proxy, Settings, SettingsError};
