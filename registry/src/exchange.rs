//! One question and its whole answer: bounded in bytes and by the deadline, asked a second time at most, and counted.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_util::client::legacy;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use crate::FetchError;
use crate::address::Place;
use crate::client::Client;
use crate::connect::ConnectError;
use crate::error::shown;
use crate::host::{Host, Outcome};

/// A time-out after less patience says more of the caller than of the registry.
const FAIR_PATIENCE: Duration = Duration::from_millis(500);
/// The body of an answer without content is read up to here, so that its connection can be used again.
const DRAINED_BYTES: u64 = 16 << 10;
/// And for so long.
const DRAINED_TIME: Duration = Duration::from_millis(100);
/// How we introduce ourselves.
const USER_AGENT: &str = concat!("platlint/", env!("CARGO_PKG_VERSION"));

/// To whom a question goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    /// The registry itself.
    Registry,
    /// Where it points: a blob's place or its token service.
    Pointed,
}

/// A question.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) to: To,
    pub(crate) uri: Uri,
    pub(crate) accept: &'static str,
    pub(crate) authorization: Option<HeaderValue>,
    /// A form to be posted; without one it is a GET.
    pub(crate) form: Option<Bytes>,
    /// What is read, for errors, and at most how many bytes of it.
    pub(crate) limit: (&'static str, u64),
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The whole body of a 200; empty otherwise.
    pub(crate) bytes: Bytes,
}

/// On whose behalf, and until when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) client: &'a Client,
    pub(crate) host: &'a Arc<Host>,
    /// Fingerprint of the credential.
    pub(crate) credential: &'a [u8; 32],
    pub(crate) deadline: Instant,
    /// How many requests of its session may wait or be in flight: one session cannot fill the queue of a registry.
    pub(crate) share: &'a Semaphore,
}

/// Why there is no answer.
enum Failure {
    /// Before any byte of one: asking again can do no harm.
    NotSent(FetchError),
    /// The registry's doing.
    Theirs(FetchError),
    /// It says more of this process or its caller than of the registry: no turn, no time, or an answer that had begun.
    Ours(FetchError),
}

impl Caller<'_> {
    /// Asks. 429, 5xx and everything without a complete answer are errors; other statuses are the caller's to judge.
    pub(crate) async fn ask(&self, question: &Question) -> Result<Reply, FetchError> {
        let mut again = true;
        loop {
            let permit = self.host.admit(self.credential, Instant::now())?;
            let result = self.ask_once(question).await;
            match result {
                Ok(reply) if reply.status == StatusCode::TOO_MANY_REQUESTS || reply.status.is_server_error() => {
                    let wait = retry_after(&reply);
                    let pausing = matches!(reply.status.as_u16(), 429 | 503);
                    if let (true, true, Some(wait)) = (again, pausing, wait)
                        && self.deadline.saturating_duration_since(Instant::now()) > wait
                    {
                        again = false;
                        drop(permit);
                        tokio::time::sleep(wait).await;
                        continue;
                    }
                    let limited = reply.status == StatusCode::TOO_MANY_REQUESTS;
                    permit.ended(if limited { Outcome::Limits(wait) } else { Outcome::Fails(wait) });
                    return Err(match wait {
                        _ if limited => FetchError::Limited { retry_after: wait },
                        Some(_) if pausing => FetchError::Limited { retry_after: wait },
                        _ => FetchError::Server { status: reply.status.as_u16() },
                    });
                }
                Ok(reply) => {
                    permit.ended(Outcome::Works);
                    return Ok(reply);
                }
                Err(Failure::NotSent(_)) if again => {
                    again = false;
                    drop(permit);
                }
                Err(Failure::Ours(error)) => {
                    permit.ended(Outcome::Unclear);
                    return Err(error);
                }
                Err(Failure::NotSent(error) | Failure::Theirs(error)) => {
                    permit.ended(match &error {
                        FetchError::Unreachable(_) | FetchError::Timeout => Outcome::Fails(None),
                        FetchError::TooLarge { .. } | FetchError::Protocol(_) => Outcome::Works,
                        _ => Outcome::Unclear,
                    });
                    return Err(error);
                }
            }
        }
    }

    async fn ask_once(&self, question: &Question) -> Result<Reply, Failure> {
        let ours = |_| Failure::Ours(FetchError::Timeout);
        let _share = timeout_at(self.deadline, self.share.acquire()).await.map_err(ours)?;
        let _turn = timeout_at(self.deadline, self.host.in_flight.acquire()).await.map_err(ours)?;
        // Only now does the registry's time begin: the wait before was for other requests of ours.
        let started = Instant::now();
        let late = |_| {
            let was_patient = started.elapsed() >= FAIR_PATIENCE;
            if was_patient { Failure::Theirs(FetchError::Timeout) } else { Failure::Ours(FetchError::Timeout) }
        };
        let connections = match question.to {
            To::Registry => &self.host.own,
            To::Pointed => &self.host.pointed,
        };
        self.client.count(&question.uri);
        let sent = connections.request(request(question)?);
        let response = timeout_at(self.deadline, sent).await.map_err(late)?.map_err(|error| failure(&error))?;
        if let (To::Registry, Some(place)) = (question.to, response.extensions().get::<Place>()) {
            self.host.home.set(*place);
        }
        let (parts, body) = response.into_parts();
        let (what, limit) = question.limit;
        if parts.status != StatusCode::OK {
            // What it says does not matter, nor whether it is complete.
            let patience = DRAINED_TIME.min(self.deadline.saturating_duration_since(Instant::now()));
            let _ = timeout(patience, read(body, what, DRAINED_BYTES)).await;
            return Ok(Reply { status: parts.status, headers: parts.headers, bytes: Bytes::new() });
        }
        if let Some(encoding) = parts.headers.get(header::CONTENT_ENCODING)
            && encoding != "identity"
        {
            let text = "a compressed answer, which was not asked for";
            return Err(Failure::Theirs(FetchError::Protocol(text.into())));
        }
        // Whoever answers with a status works, however slowly the rest comes.
        let bytes = timeout_at(self.deadline, read(body, what, limit)).await.map_err(ours)?.map_err(Failure::Theirs)?;
        Ok(Reply { status: parts.status, headers: parts.headers, bytes })
    }
}

impl Reply {
    /// The error of a status other than 200, from the registry itself.
    pub(crate) fn fault(&self) -> FetchError {
        match self.status.as_u16() {
            404 => FetchError::NotFound,
            status @ (401 | 403) => FetchError::Denied { status },
            status @ 300..=399 => FetchError::Refused(format!("a redirect (status {status}) where none is followed")),
            status => FetchError::Protocol(format!("status {status}")),
        }
    }

    /// A header's text, where it is there once and readable.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

fn request(question: &Question) -> Result<Request<Full<Bytes>>, Failure> {
    let method = if question.form.is_some() { Method::POST } else { Method::GET };
    let mut builder = Request::builder()
        .method(method)
        .uri(question.uri.clone())
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, question.accept)
        // Nothing is ever decompressed: a small answer cannot become a large one.
        .header(header::ACCEPT_ENCODING, "identity");
    if let Some(authorization) = &question.authorization {
        builder = builder.header(header::AUTHORIZATION, authorization);
    }
    if question.form.is_some() {
        builder = builder.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    builder
        .body(Full::new(question.form.clone().unwrap_or_default()))
        .map_err(|error| Failure::Theirs(FetchError::Protocol(error.to_string())))
}

/// Reads at most `limit` bytes, and none of a body that announces more.
async fn read(mut body: Incoming, what: &'static str, limit: u64) -> Result<Bytes, FetchError> {
    let too_large = || FetchError::TooLarge { what, limit };
    let announced = body.size_hint().lower();
    if announced > limit {
        return Err(too_large());
    }
    let mut bytes = BytesMut::with_capacity(usize::try_from(announced).map_err(|_| too_large())?);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| FetchError::Unreachable(innermost(&error)))?;
        if let Ok(data) = frame.into_data() {
            if u64::try_from(bytes.len().saturating_add(data.len())).map_or(true, |size| size > limit) {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.freeze())
}

fn failure(error: &legacy::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(at) = cause {
        if let Some(connect) = at.downcast_ref::<ConnectError>() {
            return match connect {
                ConnectError::Refused(reason) => Failure::Theirs(FetchError::Refused(reason.clone())),
                ConnectError::Busy => Failure::Ours(FetchError::Unreachable(connect.to_string())),
                // Another try would be as slow.
                ConnectError::Slow(_) => Failure::Theirs(FetchError::Unreachable(connect.to_string())),
                ConnectError::Failed(reason) => Failure::NotSent(FetchError::Unreachable(reason.clone())),
            };
        }
        if let Some(http) = at.downcast_ref::<hyper::Error>()
            && http.is_parse()
        {
            return Failure::Theirs(FetchError::Protocol(http.to_string()));
        }
        cause = at.source();
    }
    Failure::NotSent(FetchError::Unreachable(innermost(error)))
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    shown(&cause.to_string())
}

/// Seconds to wait. The form with a date is not read: it would need the registry's clock to be right.
fn retry_after(reply: &Reply) -> Option<Duration> {
    reply.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs)
}
