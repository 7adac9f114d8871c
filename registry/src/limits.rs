//! How much is read and waited for. The figures of sizes are measured or derived in the design of signatures; none can
//! be raised by what a registry says.

use std::time::Duration;

/// A manifest, in bytes: what registries accept at most when pushing.
pub const MAX_MANIFEST_BYTES: u64 = 4 << 20;
/// A list of referrers, all its pages together, or the index of the tag schema, in bytes: some two thousand referrers.
pub const MAX_INDEX_BYTES: u64 = 1 << 20;
/// Referrers that callers should read at most, once those that cannot matter to them are left out; whether more is an
/// error is theirs to say.
pub const MAX_REFERRERS: usize = 32;
/// A Sigstore bundle or attestation, in bytes, for callers of [`crate::Session::blob`].
pub const MAX_BUNDLE_BYTES: u64 = 8 << 20;

/// Requests of one session that wait for their turn or are in flight, so that whoever has much to read from a registry
/// stands in its queue no more than so many times.
pub(crate) const SESSION_REQUESTS: usize = 8;
/// Names of hosts that are looked up at a time, for each kind of name. The system's lookup cannot be ended: what nobody
/// waits for any more still holds a thread of the pool that verification needs too.
pub(crate) const LOOKUPS: usize = 32;
/// Pages of referrers that are followed.
pub(crate) const MAX_PAGES: usize = 8;
/// The answer of a token service, in bytes.
pub(crate) const MAX_TOKEN_BYTES: u64 = 256 << 10;
/// Redirects of one blob.
pub(crate) const MAX_REDIRECTS: usize = 3;
/// The header of an answer, in bytes, and its fields.
pub(crate) const MAX_HEADER_BYTES: usize = 64 << 10;
/// Fields of a header.
pub(crate) const MAX_HEADER_FIELDS: usize = 100;
/// Registries that are remembered (connections, breakers, counters).
pub(crate) const MAX_HOSTS: usize = 1024;
/// Tokens that are remembered, over all registries.
pub(crate) const MAX_TOKENS: usize = 4096;
/// Idle connections to one host, and for how long.
pub(crate) const IDLE_CONNECTIONS: usize = 8;
/// How long an idle connection is kept.
pub(crate) const IDLE_TIME: Duration = Duration::from_secs(30);
