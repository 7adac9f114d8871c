//! The client: what outlives a session.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::{Credential, Repository, Session, Settings, SettingsError};

/// Reads from registries. One per process: it holds connections, tokens and what is known of failing registries.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
}

impl Client {
    /// Checks the settings and reads the system's roots. No connection is made.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self { settings })
    }

    /// Asks one repository with one credential; all requests and retries together end at `deadline`.
    pub fn session(&self, repository: Repository, credential: Credential, deadline: Instant) -> Session<'_> {
        Session::new(self, repository, credential, deadline)
    }

    /// The mirrors of a repository in the order in which they are asked, for callers that have credentials for them
    /// ([`Session::with_mirror_credential`]).
    pub fn mirrors(&self, repository: &Repository) -> Vec<Repository> {
        let _ = (&self.settings, repository);
        Vec::new()
    }

    /// Requests sent so far, by host and port, with those to token services and redirects.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        BTreeMap::new()
    }
}
