//! The section `images` of platlint.yaml: who may sign which images, which fields hold them, how registries are reached.
//!
//! What is read here is plain data with all its errors placed. Keys are parsed and signatures verified elsewhere.

mod authority;
mod fields;
mod fingerprint;
mod material;
mod name;
mod named;
mod pattern;
mod policy;
mod registries;
mod replaced;
mod section;
#[cfg(test)]
mod tests;

pub(crate) use named::files_of;
pub(crate) use replaced::replaced;
pub(crate) use section::{Section, read};

pub use name::{ImageName, is_registry, registry};
pub use pattern::{ImagePattern, PatternError};
pub use policy::{
    At, Authority, AuthorityTrust, DefaultDecision, Distinct, Formats, ImagePolicy, ImageRule, Matcher,
    RegistrySettings, Require, Transparency, WantedAttestation,
};
