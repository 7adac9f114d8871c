//! Argo CD and Flux, as far as files can tell: what an Application draws from where and whether its project lets it, what an
//! `ApplicationSet` would generate, and which folder is deployed into which namespace.
//!
//! Read here: `Application`, `ApplicationSet`, `AppProject` (argoproj.io) and the kinds of Flux. Applications that an
//! `ApplicationSet` would make are handed on as generated documents and then judged like written ones. What asks the world
//! (pull requests, other repositories, clusters without a file) is noted as unknown.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod application;
mod appset;
mod base64;
mod deployment;
mod edges;
mod flux;
mod generated;
mod globs;
mod index;
mod paths;
mod permission;
mod project;
mod repositories;
mod selector;
mod settings;
mod shape;
mod spelling;
mod template;
mod yaml;

pub use deployment::{Deployment, Directory, Helm, Kustomize, Tool};
pub use index::{Builder, Index};
pub use settings::Settings;

use platlint_engine::Gvk;

/// Groups of Flux whose kinds are read.
pub(crate) const FLUX_GROUPS: [&str; 3] =
    ["kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"];

/// The group of Argo's kinds.
pub(crate) const ARGO: &str = "argoproj.io";

/// Whether documents of this kind must be given to [`Builder::add`].
#[must_use]
pub fn concerns(kind: &Gvk) -> bool {
    match &*kind.group {
        ARGO => matches!(&*kind.kind, "Application" | "ApplicationSet" | "AppProject"),
        group => FLUX_GROUPS.contains(&group),
    }
}
