//! Questions to a registry as boxed futures: a search is a task of its own, and the compiler can tell that a future may
//! move between threads only where its type is written down.

use bytes::Bytes;
use futures::future::BoxFuture;
use platlint_registry::{Descriptor, Digest, FetchError, Manifest, Session, Target};

/// What a registry answers, or why it does not.
type Asked<'a, T> = BoxFuture<'a, Result<T, FetchError>>;

pub(super) fn manifest<'a>(session: &'a Session<'a>, target: &'a Target) -> Asked<'a, Manifest> {
    Box::pin(session.manifest(target))
}

pub(super) fn referrers<'a>(session: &'a Session<'a>, subject: &'a Digest) -> Asked<'a, Vec<Descriptor>> {
    Box::pin(session.referrers(subject))
}

pub(super) fn blob<'a>(session: &'a Session<'a>, digest: &'a Digest, limit: u64) -> Asked<'a, Bytes> {
    Box::pin(session.blob(digest, limit))
}
