//! What is kept of one registry: its connections, how many requests are in flight, and how it has been failing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::address::Place;
use crate::breaker::{Admission, Breaker};
use crate::connect::{Connector, Network};
use crate::limits::{IDLE_CONNECTIONS, IDLE_TIME, MAX_HEADER_BYTES, MAX_HEADER_FIELDS};
use crate::repository::endpoint;
use crate::{FetchError, HostSettings};

/// Credentials of one registry whose limits are remembered.
const MAX_LIMITED: usize = 256;

/// Connections that are kept and used again.
pub(crate) type Connections = Pool<Connector, Full<Bytes>>;

/// One registry or mirror.
#[derive(Debug)]
pub(crate) struct Host {
    /// In normal form.
    pub(crate) name: Arc<str>,
    /// Host and port that are talked to.
    pub(crate) authority: String,
    /// Without TLS; then it may point to others without TLS too.
    pub(crate) plain: bool,
    /// To the registry itself.
    pub(crate) own: Connections,
    /// To where it points. Not shared with any other registry, because each may point to other addresses.
    pub(crate) pointed: Connections,
    pub(crate) in_flight: Semaphore,
    /// Where the registry stands, known after the first answer.
    pub(crate) home: Arc<Home>,
    breaker: Arc<Breaker>,
    /// 429 is said to one credential: another one's limit is not used up.
    limited: Mutex<HashMap<[u8; 32], Arc<Breaker>>>,
}

/// Another place of a registry's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mirror {
    /// Host in normal form.
    pub(crate) host: String,
    /// Path before the repository's, without slashes at its ends; may be empty.
    pub(crate) prefix: String,
}

/// The place of the registry itself, as last connected to.
#[derive(Debug, Default)]
pub(crate) struct Home(AtomicU8);

impl Home {
    pub(crate) fn place(&self) -> Place {
        match self.0.load(Ordering::Relaxed) {
            1 => Place::Private,
            2 => Place::Loopback,
            _ => Place::Public,
        }
    }

    pub(crate) fn set(&self, place: Place) {
        let number = match place {
            Place::Private => 1,
            Place::Loopback => 2,
            Place::Public | Place::Forbidden => 0,
        };
        self.0.store(number, Ordering::Relaxed);
    }
}

/// One request that may be sent; takes its outcome.
#[derive(Debug)]
pub(crate) struct Permit {
    host: Admission,
    credential: Admission,
}

/// How a request ended, for the registry's sake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It answers.
    Works,
    /// It does not, or with 5xx; perhaps saying when it will.
    Fails(Option<Duration>),
    /// Too many requests.
    Limits(Option<Duration>),
    /// Nothing was learnt of it.
    Unclear,
}

impl Host {
    pub(crate) fn new(name: &str, settings: &HostSettings, network: &Arc<Network>, concurrency: usize) -> Self {
        let name: Arc<str> = name.into();
        let home = Arc::new(Home::default());
        let connections = |pointed_from| {
            let connector = Connector { network: network.clone(), registry: name.clone(), pointed_from };
            Pool::builder(TokioExecutor::new())
                .pool_idle_timeout(IDLE_TIME)
                .pool_max_idle_per_host(IDLE_CONNECTIONS)
                .pool_timer(TokioTimer::new())
                .http1_max_buf_size(MAX_HEADER_BYTES)
                .http1_max_headers(MAX_HEADER_FIELDS)
                .build(connector)
        };
        Self {
            authority: endpoint(&name).to_owned(),
            plain: settings.plain_http,
            own: connections(None),
            pointed: connections(Some(home.clone())),
            in_flight: Semaphore::new(concurrency.max(1)),
            home,
            breaker: Arc::default(),
            limited: Mutex::default(),
            name,
        }
    }

    pub(crate) fn scheme(&self) -> &'static str {
        if self.plain { "http" } else { "https" }
    }

    /// Lets a request through, unless the registry is being left alone.
    pub(crate) fn admit(&self, credential: &[u8; 32], now: Instant) -> Result<Permit, FetchError> {
        let host = self.breaker.admit(now).map_err(|wait| {
            let seconds = wait.as_secs().max(1);
            FetchError::Unreachable(format!("{} failed repeatedly; not asked again for {seconds} s", self.name))
        })?;
        let limit = self.limit_of(credential);
        let credential = limit.admit(now).map_err(|wait| FetchError::Limited { retry_after: Some(wait) })?;
        Ok(Permit { host, credential })
    }

    fn limit_of(&self, credential: &[u8; 32]) -> Arc<Breaker> {
        let mut limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        if limited.len() >= MAX_LIMITED && !limited.contains_key(credential) {
            limited.retain(|_, breaker| Arc::strong_count(breaker) > 1 || !breaker.is_idle());
            if limited.len() >= MAX_LIMITED {
                limited.clear();
            }
        }
        limited.entry(*credential).or_default().clone()
    }

    /// Whether it is asked nothing now, since it failed.
    pub(crate) fn is_left_alone(&self, now: Instant) -> bool {
        self.breaker.is_open(now)
    }

    /// Whether nothing would be forgotten with it but idle connections.
    pub(crate) fn is_idle(&self) -> bool {
        self.breaker.is_idle()
            && self.limited.lock().unwrap_or_else(PoisonError::into_inner).values().all(|breaker| breaker.is_idle())
    }
}

impl Permit {
    pub(crate) fn ended(self, outcome: Outcome) {
        let now = Instant::now();
        match outcome {
            Outcome::Works => {
                self.host.succeeded();
                self.credential.succeeded();
            }
            Outcome::Fails(retry_after) => self.host.failed(now, retry_after),
            Outcome::Limits(retry_after) => {
                self.host.succeeded();
                self.credential.failed(now, retry_after);
            }
            Outcome::Unclear => {}
        }
    }
}
