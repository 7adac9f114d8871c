//! Configuration and policies as people write them become the engine's policy set: the one loader of both front ends.
//!
//! [`load`] reads platlint.yaml with all it extends, finds and reads policies with their `# METADATA`, checks
//! everything against everything, and gives a [`platlint_engine::PolicySet`] with its revision; or [`Problems`], each
//! with file, line and column. What the rules decide is the engine's business, which documents they judge that of the
//! front ends.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
// Tests may fail loudly.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod bundle;
mod discover;
mod effective;
mod exceptions;
mod files;
pub mod images;
mod layers;
mod load;
mod locks;
mod metadata;
mod parameters;
mod placed;
mod platform;
mod policies;
mod problem;
mod revision;
mod schema;
mod settings;
mod shown;
mod sources;
mod template;
mod testing;
mod validate;
mod walk;
mod wire;

pub use bundle::{Bundle, BundleInfo, build_bundle, is_bundle};
pub use discover::discover;
pub use exceptions::ConfigFinding;
pub use images::ImagePolicy;
pub use load::{FilesSettings, Loaded, NamespaceRule, Options, load};
pub use metadata::read_metadata;
pub use platform::{
    Allow, ArgocdSettings, ChartEntry, KnownFile, PlatformSettings, RenderSettings, TemplateSettings, Tool,
};
pub use policies::builtin::BUILTIN_VERSION;
pub use policies::source::{PolicySource, SourceDialect, UnknownDialect};
pub use problem::{Problem, Problems};
pub use schema::schema;
pub use sources::test_sources;
pub use template::init_template;
pub use testing::{FileCoverage, TestOutcome, TestReport, TestResult, run_tests};
