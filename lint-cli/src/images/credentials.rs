//! The credentials of whoever runs platlint: as docker and its relatives keep them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use platlint_images::{CredentialFault, Credentials, CredentialsFuture};
use platlint_registry::credentials::{DockerConfig, Helpers};
use platlint_registry::{Credential, Repository};
use tokio::sync::OnceCell;

use crate::exit::Failure;

/// Docker's configuration, with what its helpers have answered: starting one for every image would take seconds.
pub(super) struct Docker {
    config: DockerConfig,
    answers: Mutex<HashMap<Repository, Arc<OnceCell<Answer>>>>,
}

type Answer = Result<Vec<Credential>, CredentialFault>;

impl Docker {
    pub(super) fn from_environment() -> Result<Self, Failure> {
        let config = DockerConfig::from_env().map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Self { config, answers: Mutex::default() })
    }
}

impl Credentials for Docker {
    fn credentials<'a>(&'a self, repository: &'a Repository) -> CredentialsFuture<'a> {
        Box::pin(async move {
            let cell = self
                .answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(repository.clone())
                .or_default()
                .clone();
            let ask = async || {
                let asked = self.config.credential(repository, Helpers::Run).await;
                asked.map(Vec::from_iter).map_err(|error| CredentialFault(error.to_string()))
            };
            cell.get_or_init(ask).await.clone()
        })
    }
}
