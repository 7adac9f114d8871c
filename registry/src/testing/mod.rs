//! A registry on loopback for tests: content in memory, accounts, faults on demand, and a record of what was asked.
//!
//! It runs on a thread of its own, so that tests of any runtime, or of none, can use it, and paused clocks do not touch
//! it. It speaks as much of the distribution specification as is read here.
//!
//! ```
//! use platlint_registry::testing::{Answer, TestRegistry};
//! let registry = TestRegistry::start();
//! let digest = registry.put_image("team/app", "v1");
//! registry.put_referrer("team/app", &digest, "application/vnd.example", b"a signature");
//! registry.fault("/blobs/", Answer::status(500));
//! assert_eq!(registry.requests().len(), 0);
//! ```

mod accounts;
mod content;
mod http;
mod server;
mod tls;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

pub use accounts::{Access, Account};
pub use http::Request;

use crate::{Client, Digest, HostSettings, Repository, Settings};
use content::Content;

/// Media type of an image manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of an image index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A running registry; it stops when dropped.
#[derive(Debug)]
pub struct TestRegistry {
    shared: Arc<Shared>,
    server: server::Running,
    /// The certificate authority of a registry with TLS, PEM.
    ca_pem: Option<Arc<[u8]>>,
}

/// What the server and the test both see.
#[derive(Debug, Default)]
struct Shared {
    content: Mutex<Content>,
    access: Mutex<Access>,
    faults: Mutex<Vec<Fault>>,
    delay: Mutex<Duration>,
    requests: Mutex<Vec<Request>>,
    sent: AtomicU64,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

#[derive(Debug)]
struct Fault {
    contains: String,
    times: usize,
    answer: Answer,
}

/// What is answered instead of the truth.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This answer, its `Content-Length` added.
    Full {
        /// HTTP status.
        status: u16,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// Any bytes.
        body: Bytes,
    },
    /// The true answer with these headers put in the place of its own.
    Headers(Vec<(String, String)>),
    /// None at all; the connection stays open.
    Hang,
    /// The connection is closed without an answer.
    Close,
    /// A header that announces more than is sent before the connection is closed.
    Truncated,
    /// A header that announces so many bytes, of which a few are sent; the connection stays open.
    Announces(u64),
    /// A byte of the body at a time, with this pause between them, for ever.
    Drip(Duration),
    /// A body without end, as fast as it is read.
    Endless,
    /// Bytes that are no HTTP.
    Garbage,
}

impl Answer {
    /// An empty answer with a status.
    pub fn status(status: u16) -> Self {
        Self::Full { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// An answer with status 200.
    pub fn body(media_type: &str, body: impl Into<Bytes>) -> Self {
        Self::Full { status: 200, headers: vec![("Content-Type".into(), media_type.into())], body: body.into() }
    }

    /// A redirect with status 307.
    pub fn redirect(location: &str) -> Self {
        Self::status(307).with("Location", location)
    }

    /// With one header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Full { headers, .. } | Self::Headers(headers) = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

impl TestRegistry {
    /// Without TLS, on a free port of 127.0.0.1.
    pub fn start() -> Self {
        Self::run(None, None)
    }

    /// With TLS by a certificate authority of its own ([`TestRegistry::settings`] has it).
    pub fn start_with_tls() -> Self {
        let identity = tls::Identity::new();
        Self::run(Some(identity.server), Some(identity.ca_pem))
    }

    fn run(tls: Option<Arc<rustls::ServerConfig>>, ca_pem: Option<Arc<[u8]>>) -> Self {
        let shared = Arc::new(Shared::default());
        let server = server::Running::start(shared.clone(), tls);
        Self { shared, server, ca_pem }
    }

    /// `127.0.0.1:port`.
    pub fn host(&self) -> String {
        self.server.address.to_string()
    }

    /// `http://127.0.0.1:port` or `https://…`.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.ca_pem.is_some() { "https" } else { "http" }, self.host())
    }

    /// How a client must speak to it.
    pub fn host_settings(&self) -> HostSettings {
        HostSettings { plain_http: self.ca_pem.is_none(), ca_pem: self.ca_pem.clone(), mirrors: Vec::new() }
    }

    /// Settings with this registry alone.
    pub fn settings(&self) -> Settings {
        Settings { hosts: [(self.host(), self.host_settings())].into(), ..Settings::default() }
    }

    /// A client for this registry alone.
    pub fn client(&self) -> Client {
        Client::new(self.settings()).unwrap()
    }

    /// A repository of this registry.
    pub fn repository(&self, name: &str) -> Repository {
        Repository { registry: self.host().into(), repository: name.into() }
    }

    /// Keeps a blob.
    pub fn put_blob(&self, repository: &str, bytes: impl Into<Bytes>) -> Digest {
        self.shared.content.lock().unwrap().put_blob(repository, bytes.into())
    }

    /// Keeps a manifest. One with a `subject` becomes its referrer.
    pub fn put_manifest(&self, repository: &str, media_type: &str, bytes: impl Into<Bytes>) -> Digest {
        self.shared.content.lock().unwrap().put_manifest(repository, media_type, bytes.into())
    }

    /// Lets a tag name a manifest, whatever it named before.
    pub fn tag(&self, repository: &str, tag: &str, digest: &Digest) {
        self.shared.content.lock().unwrap().tag(repository, tag, digest);
    }

    /// Keeps a small image; images of different tags differ.
    pub fn put_image(&self, repository: &str, tag: &str) -> Digest {
        let mut content = self.shared.content.lock().unwrap();
        let digest = content.put_artifact(repository, &format!("image {tag}"), b"layer", None);
        content.tag(repository, tag, &digest);
        digest
    }

    /// Keeps a manifest with one layer that refers to `subject`, and gives its digest.
    pub fn put_referrer(&self, repository: &str, subject: &Digest, media_type: &str, layer: &[u8]) -> Digest {
        self.shared.content.lock().unwrap().put_artifact(repository, media_type, layer, Some(subject))
    }

    /// Forgets a manifest or blob.
    pub fn remove(&self, repository: &str, digest: &Digest) {
        self.shared.content.lock().unwrap().remove(repository, digest);
    }

    /// Whether it has the referrers API, as at first, or keeps an index under a tag per subject.
    pub fn referrers_api(&self, has_it: bool) {
        self.shared.content.lock().unwrap().referrers_api = has_it;
    }

    /// Referrers in one answer; the rest follows by `Link`.
    pub fn referrers_page(&self, size: usize) {
        self.shared.content.lock().unwrap().page = size;
    }

    /// Who may read what; everybody everything at first.
    pub fn access(&self, access: Access) {
        *self.shared.access.lock().unwrap() = access;
    }

    /// From now on answers requests whose path and query contain the text with this.
    pub fn fault(&self, contains: &str, answer: Answer) {
        self.fault_times(contains, usize::MAX, answer);
    }

    /// Like [`TestRegistry::fault`], so many times.
    pub fn fault_times(&self, contains: &str, times: usize, answer: Answer) {
        self.shared.faults.lock().unwrap().push(Fault { contains: contains.to_owned(), times, answer });
    }

    /// Answers truly again.
    pub fn clear_faults(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// Waits so long before each answer.
    pub fn delay(&self, delay: Duration) {
        *self.shared.delay.lock().unwrap() = delay;
    }

    /// What was asked so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// How much was asked so far.
    pub fn count(&self) -> usize {
        self.shared.requests.lock().unwrap().len()
    }

    /// Requests that were being answered at the same time, at most.
    pub fn most_at_once(&self) -> usize {
        self.shared.most_at_once.load(Ordering::Relaxed)
    }

    /// Bytes handed to the system for sending so far.
    pub fn bytes_sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }
}

impl Shared {
    /// The first fault that fits and is not used up.
    fn fault_for(&self, target: &str) -> Option<Answer> {
        let mut faults = self.faults.lock().unwrap();
        let fault = faults.iter_mut().find(|fault| fault.times > 0 && target.contains(&fault.contains))?;
        fault.times = fault.times.saturating_sub(1);
        Some(fault.answer.clone())
    }

    /// The true answer.
    fn answer(&self, request: &Request, url: &str) -> http::Response {
        if let Some(refused) = self.access.lock().unwrap().check(request, url) {
            return refused;
        }
        self.content.lock().unwrap().answer(&request.target)
    }
}
