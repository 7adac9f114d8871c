//! What a client proves itself with. Secrets are shown by nothing here and wiped when dropped.

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A text that must not be seen: `Debug` is masked and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that sends it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// A credential for one registry. `Debug` shows the user name, never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// None: what the registry gives to everybody.
    Anonymous,
    /// A name with a password or an access token, for HTTP Basic or for the token service.
    Basic {
        /// The user name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A refresh token of OAuth 2, exchanged at the token service.
    IdentityToken(Secret),
}

impl Credential {
    /// A fingerprint: equal credentials have equal ones. It keeps caches of different credentials apart; do not write
    /// it anywhere, because a weak password could be guessed from it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(bytes);
        };
        match self {
            Self::Anonymous => part(b"anonymous"),
            Self::Basic { username, password } => {
                part(b"basic");
                part(username.as_bytes());
                part(password.reveal().as_bytes());
            }
            Self::IdentityToken(token) => {
                part(b"identity token");
                part(token.reveal().as_bytes());
            }
        }
        hasher.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(username: &str, password: &str) -> Credential {
        Credential::Basic { username: username.into(), password: password.into() }
    }

    #[test]
    fn shows_no_secret() {
        let all = [basic("robot", "hunter2"), Credential::IdentityToken("hunter2".into())];
        for credential in all {
            assert!(!format!("{credential:?} {credential:#?}").contains("hunter2"));
        }
        assert!(format!("{:?}", basic("robot", "hunter2")).contains("robot"));
    }

    #[test]
    fn tells_credentials_apart() {
        assert_eq!(basic("a", "b").hash(), basic("a", "b").hash());
        assert_ne!(basic("a", "bc").hash(), basic("ab", "c").hash());
        assert_ne!(basic("", "").hash(), Credential::Anonymous.hash());
        assert_ne!(Credential::IdentityToken("".into()).hash(), Credential::Anonymous.hash());
    }
}
