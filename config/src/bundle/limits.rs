//! What a bundle may be at most. A bundle may come from a registry or a volume that others write to, and the webhook
//! holds all of it in memory while it loads it, beside the rules in use: each limit is checked before the bytes are kept.

/// One file. A configuration has at most 8 MiB and a file of Rego 1 MiB; only data may be larger, such as a catalog of
/// 10,000 entities with 1.6 KiB each.
pub(crate) const MAX_FILE: u64 = 16 << 20;

/// All files together: four of the largest. The chart's memory limit must have room for it once more.
pub(crate) const MAX_TOTAL: u64 = 64 << 20;

/// Files: ten times the rules that anybody maintains, each with a few libraries, and a cluster's custom resources.
pub(crate) const MAX_FILES: usize = 10_000;

/// Folders below folders, as for policies.
pub(crate) const MAX_DEPTH: usize = 32;

/// Bytes of a path below the bundle: what the plainest header of a tarball holds (155 for folders, 100 for the name).
pub(crate) const MAX_NAME: usize = 255;

/// Blocks of a tarball that are no content of files: a header of 512 bytes and as much padding for each file and each
/// of its folders, of which a packer other than ours may write as many again, and the padding at the end.
const MAX_FRAME: u64 = 2 * 1024 * (MAX_FILES as u64) + (64 << 10);

/// A tarball, unpacked. A small file may unpack to a thousand times its size; reading stops here.
pub(crate) const MAX_STREAM: u64 = MAX_TOTAL + MAX_FRAME;
