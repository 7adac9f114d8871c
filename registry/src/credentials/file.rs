//! The form of docker's config.json, which containers' auth.json and pull secrets share.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::pattern::Pattern;
use super::{CredentialError, Helpers, program};
use crate::content::null_is_empty;
use crate::repository::normal_host;
use crate::{Credential, Repository};

/// Largest file, in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// Base64 as tools write it, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// The user name by which docker and its helpers mark an identity token.
pub(super) const TOKEN_USER: &str = "<token>";

/// One file or pull secret.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    entries: Vec<(Pattern, Credential)>,
    /// Helpers by host in normal form.
    helpers: BTreeMap<String, String>,
    /// The helper for all other hosts.
    store: Option<String>,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default, deserialize_with = "null_is_empty")]
    auths: BTreeMap<String, Entry>,
    #[serde(default, rename = "credHelpers", deserialize_with = "null_is_empty")]
    helpers: BTreeMap<String, String>,
    #[serde(default, rename = "credsStore", deserialize_with = "null_is_empty")]
    store: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, deserialize_with = "null_is_empty")]
    auth: Zeroizing<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    username: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    password: Zeroizing<String>,
    #[serde(default, rename = "identitytoken", deserialize_with = "null_is_empty")]
    identity_token: Zeroizing<String>,
}

/// Reads a file; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Source>, CredentialError> {
    let wrong = |reason: String| CredentialError::File { path: path.to_owned(), reason };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    if u64::try_from(bytes.len()).map_or(true, |size| size > MAX_BYTES) {
        return Err(wrong(format!("larger than {MAX_BYTES} bytes")));
    }
    Source::parse(&bytes).map(Some).map_err(|error| wrong(error.to_string()))
}

impl Source {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, CredentialError> {
        let config: Config = serde_json::from_slice(bytes).map_err(|error| content(&error))?;
        let helpers = config.helpers.into_iter().map(|(key, name)| (host_of(&key), name)).collect();
        let store = (!config.store.is_empty()).then_some(config.store);
        Ok(Self { entries: entries(config.auths)?, helpers, store })
    }

    /// The old form of pull secrets: the entries alone.
    pub(super) fn parse_entries(bytes: &[u8]) -> Result<Self, CredentialError> {
        let auths = serde_json::from_slice(bytes).map_err(|error| content(&error))?;
        Ok(Self { entries: entries(auths)?, ..Self::default() })
    }

    pub(super) fn without_helpers(self) -> Self {
        Self { entries: self.entries, ..Self::default() }
    }

    pub(super) async fn credential(
        &self,
        repository: &Repository,
        helpers: Helpers,
        search: &OsStr,
    ) -> Result<Option<Credential>, CredentialError> {
        let host = normal_host(&repository.registry);
        let own = self.helpers.get(&host);
        match (own.or(self.store.as_ref()), helpers) {
            (Some(name), Helpers::Run) => {
                if let Some(credential) = program::get(name, &host, search).await? {
                    return Ok(Some(credential));
                }
            }
            (Some(name), Helpers::Never) if own.is_some() => {
                let reason = "programs are not started here".to_owned();
                return Err(CredentialError::Helper { name: crate::error::shown(name), reason });
            }
            _ => {}
        }
        let fitting = self.entries.iter().filter_map(|(pattern, credential)| {
            let fit = pattern.fit(&host, &repository.repository)?;
            Some((fit, credential))
        });
        Ok(fitting.max_by_key(|(fit, _)| *fit).map(|(_, credential)| credential.clone()))
    }
}

fn entries(auths: BTreeMap<String, Entry>) -> Result<Vec<(Pattern, Credential)>, CredentialError> {
    let mut entries = Vec::new();
    for (key, entry) in auths {
        // Docker writes empty entries for registries whose credential a helper keeps.
        if let Some(credential) = entry.credential()? {
            entries.push((Pattern::parse(&key), credential));
        }
    }
    Ok(entries)
}

impl Entry {
    fn credential(self) -> Result<Option<Credential>, CredentialError> {
        if !self.identity_token.is_empty() {
            return Ok(Some(Credential::IdentityToken(self.identity_token.as_str().into())));
        }
        if self.auth.is_empty() {
            return Ok((!self.username.is_empty()).then(|| named(&self.username, &self.password)));
        }
        let wrong = || CredentialError::Content("an `auth` is not base64 of `name:password`".into());
        let bytes = Zeroizing::new(BASE64.decode(self.auth.trim()).map_err(|_| wrong())?);
        let text = std::str::from_utf8(&bytes).map_err(|_| wrong())?;
        let (username, password) = text.split_once(':').ok_or_else(wrong)?;
        // Old versions of docker padded it.
        Ok(Some(named(username, password.trim_end_matches('\0'))))
    }
}

/// A name and password, or the identity token that is marked by its name.
pub(super) fn named(username: &str, password: &str) -> Credential {
    if username == TOKEN_USER {
        Credential::IdentityToken(password.into())
    } else {
        Credential::Basic { username: username.to_owned(), password: password.into() }
    }
}

fn host_of(key: &str) -> String {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    normal_host(bare.split('/').next().unwrap_or(bare))
}

/// Only the place: the parser's own text may repeat a value.
fn content(error: &serde_json::Error) -> CredentialError {
    CredentialError::Content(format!("line {}, column {} is not as expected", error.line(), error.column()))
}
