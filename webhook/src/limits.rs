//! Every limit of the server, each with its reason. What an operator may change is a flag whose default stands here.

use std::time::Duration;

/// Largest body. The API server takes objects up to 3 MiB and a review holds two, with the request around them.
pub const BODY_BYTES: usize = 7 << 20;

/// Values of one object. Real ones have one in twelve bytes, so the largest the API server takes (3 MiB) has 262,000. Each
/// takes some 200 bytes of memory: this bounds what an object made of nothing but brackets can cost an evaluation thread
/// to 60 MB.
pub const OBJECT_VALUES: usize = 300_000;

/// So much of a body that is too large is still read and thrown away: a client that is answered while it writes sees a
/// broken connection instead of the 413.
pub const DISCARDED_BYTES: usize = 32 << 20;

/// Bodies held at once, in KiB: 128 MiB are 18 of the largest or 40,000 of the usual 3 KiB. More are shed.
pub const BODIES_KIB: u32 = 128 << 10;

/// Reviews waiting for an evaluation thread. At 0.2 ms each a thousand are done within the shortest deadline; what
/// waits behind them would expire there.
pub const QUEUED_REVIEWS: usize = 1_024;

/// Longest time for one review where the API server states none; its own default is 10 s.
pub const REVIEW_TIME: Duration = Duration::from_secs(9);

/// Longest wait for registries, for all images of a review together.
pub const IMAGE_TIME: Duration = Duration::from_secs(2);

/// Pull secrets that are tried of those that one Pod names, and of those that its account names. Real ones name one or two,
/// and each may cost every image of the Pod another round of requests; an object can name 150,000.
pub const PULL_SECRET_NAMES: usize = 32;

/// Different images of one review that are handed over to be looked up. That is one more than are, so that one tells why the
/// rest is not known: an object of 3 MiB can name 100,000.
pub const IMAGES_OF_A_REVIEW: usize = 257;

/// Kept off a review's time for judging it once its images are looked up.
pub const JUDGING_TIME: Duration = Duration::from_millis(500);

/// Registries in metrics: each is a time series, and image names come from users.
pub const REGISTRIES_IN_METRICS: usize = 100;

/// Kept off the time the API server states, for the way back: the statement is rounded up to whole seconds.
pub const ANSWER_MARGIN: Duration = Duration::from_millis(500);

/// The stated time is shortened by this part at most, so that a statement of one second leaves most of it.
pub const ANSWER_MARGIN_PART: u32 = 5;

/// `Retry-After` of an answer that sheds load, in seconds: the smallest the API server waits.
pub const RETRY_AFTER_SECONDS: u32 = 1;

/// Connections at once. An API server keeps 25 idle ones and opens more under load; with about 60 KiB each (TLS and
/// HTTP buffers) this is some 120 MiB at the very worst. Further ones wait in the listener's backlog.
pub const CONNECTIONS: usize = 2_048;

/// Connections the kernel keeps until they are accepted.
pub const BACKLOG: u32 = 1_024;

/// As long as the API server itself waits for a TLS handshake. One takes a millisecond, a thousand at once on one core a
/// second, and who was kept waiting by others must not be cut for it.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// From the first byte of a request's head to its last. The API server sends it in one segment.
pub const HEAD_TIME: Duration = Duration::from_secs(5);

/// For reading a body: 7 MiB at 1 MiB/s, and never longer than the review's deadline.
pub const BODY_TIME: Duration = Duration::from_secs(7);

/// An idle connection is kept longer than Go's HTTP client keeps it (90 s): were we to close first, a request might be
/// written into the closing connection, and the API server does not repeat it.
pub const IDLE_TIME: Duration = Duration::from_mins(3);

/// A peer that takes no byte of an answer for so long is gone.
pub const WRITE_TIME: Duration = Duration::from_secs(20);

/// TCP asks a silent peer after so long whether it is there, so that half-open connections end.
pub const KEEPALIVE_TIME: Duration = Duration::from_secs(30);

/// Bytes of a request's head: the API server sends about 300.
pub const HEAD_BYTES: usize = 16 << 10;

/// After a failed `accept` (no file descriptors left), before the next.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// For connections that still work when the drain's delay is over: the longest review and its answer.
pub const DRAIN_TIME: Duration = Duration::from_secs(20);

/// For the threads that write the decision log and look for changes, at the very end.
pub const THREADS_TIME: Duration = Duration::from_secs(3);

/// How often the mounted policies and certificates are looked at. Polled, not watched: inotify tells nothing on several
/// of the file systems that are mounted here, and a symlink swap is an event of the folder above; a few `stat` calls in
/// two seconds cost nothing.
pub const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// How long new policies wait for the caches they need: a list of ten thousand objects takes seconds.
pub const CACHE_TIME: Duration = Duration::from_secs(30);

/// How often filling caches are looked at.
pub const CACHE_LOOK: Duration = Duration::from_millis(20);

/// Files looked at for changes. A bundle has some hundreds.
pub const WATCHED_FILES: usize = 20_000;

/// Stack of an evaluation thread: values nest up to 128 levels, the evaluator recurses some frames per level.
pub const WORKER_STACK_BYTES: usize = 8 << 20;

/// Characters of one warning: more is hard to read, and `kubectl` shows them one a line.
pub const WARNING_CHARS: usize = 120;

/// Characters of all warnings of an answer: above it the API server cuts each to 256 and drops the rest.
pub const WARNINGS_CHARS: usize = 4_096;

/// Characters of a line of a denial beyond its first: a message is one sentence.
pub const DENIAL_LINE_CHARS: usize = 600;

/// Findings listed in a denial. The rest is counted.
pub const DENIAL_FINDINGS: usize = 40;

/// Characters of one audit annotation; the audit log keeps every one of every request.
pub const ANNOTATION_CHARS: usize = 1_024;

/// Decisions waiting to be written. A burst of denials passes; a blocked standard output must not cost memory.
pub const LOGGED_DECISIONS: usize = 1_024;

/// Bytes of an object's text in the decision log. What is larger is left out, and its size is said.
pub const LOGGED_OBJECT_BYTES: usize = 32 << 10;

/// A rule's fault is told in the server's own log so often at most; metrics and audit annotations count every one.
pub const FAULT_PAUSE: Duration = Duration::from_secs(10);

/// Different rules in metrics. Rules come and go by reload, and each is a time series.
pub const RULES_IN_METRICS: usize = 1_000;

/// For sending traces, each step of it.
pub const TRACES_TIME: Duration = Duration::from_secs(5);

/// Of a collector's answer only the status matters.
pub const TRACES_ANSWER_BYTES: u64 = 64 << 10;

/// Connections to the port for metrics and health.
pub const OBSERVERS: usize = 64;

/// Time for one answer on the port for metrics and health.
pub const OBSERVE_TIME: Duration = Duration::from_secs(10);
