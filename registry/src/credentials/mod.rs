//! Credentials as people keep them: docker's and containers' configuration files, credential helpers, and Kubernetes
//! pull secrets. Which of several sources is asked first is left to the caller.

mod file;
mod pattern;
mod program;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::{Credential, Repository};
use file::Source;

/// Credentials of configuration files or a pull secret. `Debug` shows no secrets.
#[derive(Debug, Clone, Default)]
pub struct DockerConfig {
    /// The first one that has something for a repository decides.
    sources: Vec<Source>,
}

/// Whether programs named by the configuration may be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Helpers {
    /// `docker-credential-*` in an absolute folder of the PATH, for 5 s each.
    Run,
    /// None: for a server, where a configuration must not start programs. A helper for all registries (`credsStore`) is
    /// then passed over; one that is named for the very registry is an error.
    Never,
}

/// A configuration or helper that gave no credential though it should have. Texts never repeat what was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The file is there and cannot be read, or was named and is not there.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The content is no docker configuration.
    #[error("not a docker configuration: {0}")]
    Content(String),
    /// A Secret of a type that holds no docker configuration.
    #[error("`{0}` is not a type of pull secret")]
    SecretType(String),
    /// A credential helper failed, took too long or may not be started.
    #[error("credential helper `docker-credential-{name}`: {reason}")]
    Helper {
        /// The helper's name without the prefix.
        name: String,
        /// Why.
        reason: String,
    },
}

impl DockerConfig {
    /// Reads one file of docker's or containers' form.
    pub fn from_path(path: &Path) -> Result<Self, CredentialError> {
        Ok(Self { sources: vec![file::read(path)?.ok_or_else(|| absent(path))?] })
    }

    /// Reads what the environment names, in this order, and the first file with something for a repository decides:
    /// `REGISTRY_AUTH_FILE`; config.json in `DOCKER_CONFIG`, else in ~/.docker; `$XDG_RUNTIME_DIR/containers/auth.json`;
    /// ~/.config/containers/auth.json. Files that are not there are skipped, except for `REGISTRY_AUTH_FILE`.
    pub fn from_env() -> Result<Self, CredentialError> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// Reads the payload of a Kubernetes Secret: `kubernetes.io/dockerconfigjson` (the value of `.dockerconfigjson`) or
    /// `kubernetes.io/dockercfg` (the value of `.dockercfg`). Helpers in it are ignored, as the kubelet ignores them.
    ///
    /// ```
    /// use platlint_registry::credentials::DockerConfig;
    /// let payload = br#"{"auths": {"registry.example": {"auth": "cm9ib3Q6c2VjcmV0"}}}"#;
    /// assert!(DockerConfig::from_pull_secret("kubernetes.io/dockerconfigjson", payload).is_ok());
    /// assert!(DockerConfig::from_pull_secret("Opaque", payload).is_err());
    /// ```
    pub fn from_pull_secret(kind: &str, payload: &[u8]) -> Result<Self, CredentialError> {
        let source = match kind {
            "kubernetes.io/dockerconfigjson" => Source::parse(payload)?.without_helpers(),
            "kubernetes.io/dockercfg" => Source::parse_entries(payload)?,
            other => return Err(CredentialError::SecretType(crate::error::shown(other))),
        };
        Ok(Self { sources: vec![source] })
    }

    /// The credential for a repository, `None` where nothing is configured for it.
    ///
    /// Entries are chosen as Kubernetes does it: `*` and other globs stand for parts of a host's name, a path must be a
    /// prefix of the repository, and the longest path decides.
    pub async fn credential(
        &self,
        repository: &Repository,
        helpers: Helpers,
    ) -> Result<Option<Credential>, CredentialError> {
        let search = std::env::var_os("PATH").unwrap_or_default();
        for source in &self.sources {
            if let Some(credential) = source.credential(repository, helpers, &search).await? {
                return Ok(Some(credential));
            }
        }
        Ok(None)
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, CredentialError> {
        let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = path("HOME").or_else(|| path("USERPROFILE"));
        let in_home = |rest: &str| home.as_ref().map(|home| home.join(rest));
        let mut sources = Vec::new();
        if let Some(named) = path("REGISTRY_AUTH_FILE") {
            sources.push(file::read(&named)?.ok_or_else(|| absent(&named))?);
        }
        let docker = path("DOCKER_CONFIG").or_else(|| in_home(".docker")).map(|folder| folder.join("config.json"));
        let runtime = path("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json"));
        for file in [docker, runtime, in_home(".config/containers/auth.json")].into_iter().flatten() {
            sources.extend(file::read(&file)?);
        }
        Ok(Self { sources })
    }
}

fn absent(path: &Path) -> CredentialError {
    CredentialError::File { path: path.to_owned(), reason: "there is no such file".into() }
}

#[cfg(test)]
mod tests;
