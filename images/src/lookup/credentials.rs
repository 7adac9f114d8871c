//! Whose rights a lookup uses. Where credentials come from (files, helpers, pull secrets) is the front ends' business.

use std::future::Future;
use std::pin::Pin;

use platlint_registry::{Credential, Repository};

/// Credentials on their way.
pub type CredentialsFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<Credential>, CredentialFault>> + Send + 'a>>;

/// The credentials of those who asked: of a Pod and its ServiceAccount, or of the user who runs the program.
pub trait Credentials: Send + Sync {
    /// The credentials for a repository in the order in which they are tried, as a node would try them; none at all
    /// means anonymously. Asked once for each image, and for each mirror that it may come from.
    fn credentials<'a>(&'a self, repository: &'a Repository) -> CredentialsFuture<'a>;
}

/// A credential that should be there could not be had. The text names no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CredentialFault(pub String);

/// No credentials: what registries show to everybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anonymous;

impl Credentials for Anonymous {
    fn credentials<'a>(&'a self, _: &'a Repository) -> CredentialsFuture<'a> {
        Box::pin(async { Ok(Vec::new()) })
    }
}
