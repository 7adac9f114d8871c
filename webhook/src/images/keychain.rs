//! Which credentials an image is looked up with, in the order in which a node would try them: the Secrets that the Pod
//! names, those of its ServiceAccount, then the docker configuration mounted beside the server, else none.
//!
//! Helper programs that a configuration names are never started.

use std::sync::Arc;

use platlint_images::lookup::{CredentialFault, Credentials, CredentialsFuture};
use platlint_registry::credentials::{DockerConfig, Helpers};
use platlint_registry::{Credential, Repository};

use super::mounted::MountedConfig;
use super::wanted::Rights;
use crate::cluster::PullSecrets;

/// Everything that credentials come from.
#[derive(Debug, Default)]
pub struct Keychain {
    secrets: PullSecrets,
    mounted: Arc<MountedConfig>,
}

impl Keychain {
    /// From the pull secrets of the cluster, and the mounted configuration.
    #[must_use]
    pub const fn new(secrets: PullSecrets, mounted: Arc<MountedConfig>) -> Self {
        Self { secrets, mounted }
    }

    /// What a Pod with these rights may use. A Secret that cannot be read is passed over, as a node does: what is public is
    /// found without it, and what is not is denied by the registry, which is no answer about signatures.
    #[must_use]
    pub fn of(&self, rights: &Rights) -> PodCredentials {
        let secrets = self.secrets.usable(&rights.namespace, &rights.pull_secrets, &rights.account);
        let mut configs: Vec<Arc<DockerConfig>> =
            secrets.iter().filter_map(|secret| secret.config().ok().cloned()).collect();
        configs.extend(self.mounted.newest());
        PodCredentials { configs }
    }
}

/// The credentials of one Pod.
#[derive(Debug)]
pub struct PodCredentials {
    configs: Vec<Arc<DockerConfig>>,
}

impl Credentials for PodCredentials {
    fn credentials<'a>(&'a self, repository: &'a Repository) -> CredentialsFuture<'a> {
        Box::pin(async move {
            let mut found: Vec<Credential> = Vec::new();
            let mut fault = None;
            for config in &self.configs {
                match config.credential(repository, Helpers::Never).await {
                    Ok(Some(credential)) if !found.contains(&credential) => found.push(credential),
                    Ok(_) => {}
                    Err(error) => fault = Some(error),
                }
            }
            match fault {
                // The operator's own configuration keeps this registry's credential where it cannot be had.
                Some(fault) if found.is_empty() => Err(CredentialFault(fault.to_string())),
                _ => Ok(found),
            }
        })
    }
}
