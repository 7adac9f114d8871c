//! What is known of images when a review is judged. An evaluation thread asks memory alone ([`wanted`]); what must be
//! fetched is fetched by the threads that serve ([`gather`]), by the rights of the Pod that names the image
//! ([`keychain`]), and the review is judged again with it.
//!
//! How registries are asked and signatures verified is the business of `platlint-images`; what follows for the object that
//! of the rules. No annotation and no header says anything here: only the policy, the registry and the Secrets do.

mod active;
mod discretion;
pub mod gather;
mod keychain;
mod mounted;
pub mod prefill;
pub mod wanted;

pub use active::{ActiveImages, Counted, ImageCounts, ImageSettings, Material};
pub use gather::Gatherer;
pub use keychain::Keychain;
pub use mounted::MountedConfig;
pub use wanted::{Known, Wanted};
