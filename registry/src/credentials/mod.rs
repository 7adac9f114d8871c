//! Credentials as people keep them: docker's and containers' configuration files, credential helpers, and Kubernetes
//! pull secrets. Which of several sources is asked first is left to the caller.

use std::path::{Path, PathBuf};

use crate::{Credential, Repository};

/// Credentials of one configuration file or pull secret.
#[derive(Debug, Clone, Default)]
pub struct DockerConfig {}

/// Whether programs named by the configuration may be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Helpers {
    /// `docker-credential-*` on the PATH.
    Run,
    /// None: for a server, where a configuration must not start programs.
    Never,
}

/// A configuration or helper that gave no credential though it should have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The file is there and cannot be read.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The content is not a docker configuration; says nothing of its values.
    #[error("not a docker configuration: {0}")]
    Content(String),
    /// A pull secret of another type.
    #[error("`{0}` is not a type of pull secret")]
    SecretType(String),
    /// A credential helper failed, took too long or may not be started.
    #[error("credential helper `docker-credential-{name}`: {reason}")]
    Helper {
        /// The helper's name without the prefix.
        name: String,
        /// Why; never what it printed.
        reason: String,
    },
}

impl DockerConfig {
    /// Reads a file of docker's or containers' form.
    pub fn from_path(path: &Path) -> Result<Self, CredentialError> {
        let _ = path;
        Ok(Self::default())
    }

    /// Reads what the environment names, first found first asked: `REGISTRY_AUTH_FILE`; `DOCKER_CONFIG`/config.json,
    /// else ~/.docker/config.json; `$XDG_RUNTIME_DIR/containers/auth.json`. Files that are absent are skipped.
    pub fn from_env() -> Result<Self, CredentialError> {
        Ok(Self::default())
    }

    /// Reads the payload of a Kubernetes Secret: `kubernetes.io/dockerconfigjson` (the value of `.dockerconfigjson`) or
    /// `kubernetes.io/dockercfg` (the value of `.dockercfg`).
    pub fn from_pull_secret(kind: &str, payload: &[u8]) -> Result<Self, CredentialError> {
        let _ = (kind, payload);
        Ok(Self::default())
    }

    /// The credential for a repository, `None` where the configuration has none for it.
    pub async fn credential(
        &self,
        repository: &Repository,
        helpers: Helpers,
    ) -> Result<Option<Credential>, CredentialError> {
        let _ = (repository, helpers);
        Ok(None)
    }
}
