//! Routes and status codes, testable without a socket.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::routing::post;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::failure::{Failure, Shed};
use crate::images::{Gatherer, Keychain};
use crate::limits::{BODIES_KIB, BODY_BYTES, BODY_TIME, DISCARDED_BYTES, REVIEW_TIME};
use crate::observe::Metrics;
use crate::serve::drain::{Drain, Stage};
use crate::traces::Traces;
use crate::workers::{Answered, Hook, Question, Reply, Workers, deadline};

/// What the routes need.
pub struct App {
    workers: Workers,
    metrics: Arc<Metrics>,
    drain: Drain,
    /// KiB of bodies that may be held at once.
    memory: Arc<Semaphore>,
    /// Longest time for one review.
    review_time: Duration,
    traces: Traces,
    images: Gatherer,
}

impl App {
    /// Answers by these workers.
    #[must_use]
    pub fn new(workers: Workers, metrics: Arc<Metrics>, drain: Drain) -> Self {
        let memory = Arc::new(Semaphore::new(usize::try_from(BODIES_KIB).unwrap_or(Semaphore::MAX_PERMITS)));
        let images = Gatherer { keychain: Arc::default(), metrics: metrics.clone() };
        Self { workers, metrics, drain, memory, review_time: REVIEW_TIME, traces: Traces::off(), images }
    }

    /// With credentials for looking images up.
    #[must_use]
    pub fn with_keychain(mut self, keychain: Arc<Keychain>) -> Self {
        self.images.keychain = keychain;
        self
    }

    /// With another longest time for one review.
    #[must_use]
    pub fn with_review_time(mut self, time: Duration) -> Self {
        self.review_time = time;
        self
    }

    /// With traces.
    #[must_use]
    pub fn with_traces(mut self, traces: Traces) -> Self {
        self.traces = traces;
        self
    }

    /// With so many KiB for bodies.
    #[must_use]
    pub fn with_memory(mut self, kib: usize) -> Self {
        self.memory = Arc::new(Semaphore::new(kib));
        self
    }
}

/// The routes: `POST /validate` and `POST /mutate`.
pub fn app(state: Arc<App>) -> Router {
    let refused = |failure: Failure| move |State(app): State<Arc<App>>| async move { respond(&app, Err(failure)) };
    let validate = |State(app): State<Arc<App>>, request: Request| answer(app, Hook::Validate, request);
    let mutate = |State(app): State<Arc<App>>, request: Request| answer(app, Hook::Mutate, request);
    Router::new()
        .route("/validate", post(validate).fallback(refused(Failure::Method)))
        .route("/mutate", post(mutate).fallback(refused(Failure::Method)))
        .fallback(refused(Failure::NotFound))
        .with_state(state)
}

async fn answer(app: Arc<App>, hook: Hook, request: Request) -> Response<Body> {
    let received = Instant::now();
    app.metrics.in_flight.inc();
    let counted = Counted(&app.metrics);
    let mut span = app.traces.begin(hook, request.headers());
    let answer = judge(&app, hook, request, received, span.is_recording()).await;
    drop(counted);
    let (code, outcome, subject) = match &answer {
        Ok(answered) => (200, answered.outcome, answered.subject.as_deref()),
        Err(failure) => (failure.code(), failure.outcome(), None),
    };
    span.answered(code, outcome, subject);
    if let Err(Failure::Overload(shed)) = &answer {
        app.metrics.shed(shed.as_str());
    }
    app.metrics.answered(hook.as_str(), outcome, received.elapsed());
    respond(&app, answer.map(|answered| answered.body))
}

/// One more in flight, until dropped: also when the client goes away.
struct Counted<'m>(&'m Metrics);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}

async fn judge(app: &App, hook: Hook, request: Request, received: Instant, traced: bool) -> Result<Answered, Failure> {
    let deadline = deadline(received, stated_time(request.uri().query()), app.review_time);
    let (head, mut body) = request.into_parts();
    if let Err(failure) = check_type(&head.headers) {
        discard(&mut body, deadline).await;
        return Err(failure);
    }
    let stated = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let length = stated.or_else(|| usize::try_from(body.size_hint().exact()?).ok());
    if length.is_some_and(|length| length > BODY_BYTES) {
        discard(&mut body, deadline).await;
        return Err(Failure::TooLarge(BODY_BYTES));
    }
    let Some(memory) = set_aside(&app.memory, length.unwrap_or(BODY_BYTES)) else {
        discard(&mut body, deadline).await;
        return Err(Failure::Overload(Shed::Memory));
    };
    let body = read(&mut body, length, deadline).await?;
    let memory = Some(Arc::new(memory));
    let question = |images| Question { hook, body: body.clone(), deadline, memory: memory.clone(), images, traced };
    let wanted = match app.workers.ask(question(None)).await? {
        Reply::Answered(answered) => return Ok(answered),
        Reply::Wants(wanted) => wanted,
    };
    let known = app.images.gather(*wanted, deadline).await;
    match app.workers.ask(question(Some(known))).await? {
        Reply::Answered(answered) => Ok(answered),
        Reply::Wants(_) => Err(Failure::Internal("a review asked for its images twice".to_owned())),
    }
}

/// Only JSON is a review; parameters such as a charset do not matter.
fn check_type(headers: &HeaderMap) -> Result<(), Failure> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Err(Failure::ContentType("without a type".to_owned())) };
    let text = value.to_str().unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Failure::ContentType(essence.chars().take(80).collect()))
    }
}

fn set_aside(memory: &Arc<Semaphore>, bytes: usize) -> Option<OwnedSemaphorePermit> {
    let kib = u32::try_from(bytes.div_ceil(1_024).max(1)).ok()?;
    memory.clone().try_acquire_many_owned(kib).ok()
}

async fn read(body: &mut Body, length: Option<usize>, deadline: Instant) -> Result<Bytes, Failure> {
    let by = Instant::now().checked_add(BODY_TIME).map_or(deadline, |by| by.min(deadline));
    let mut bytes = BytesMut::with_capacity(length.unwrap_or_default());
    loop {
        let frame = match timeout_at(by, body.frame()).await {
            Err(_) => return Err(Failure::SlowBody(BODY_TIME)),
            Ok(None) => return Ok(bytes.freeze()),
            Ok(Some(Err(error))) => return Err(Failure::Invalid(format!("the body broke off: {error}"))),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len().saturating_add(data.len()) > BODY_BYTES {
            discard(body, deadline).await;
            return Err(Failure::TooLarge(BODY_BYTES));
        }
        bytes.extend_from_slice(&data);
    }
}

/// Reads what still comes, up to a limit, and keeps nothing: an answer to a client that is still writing may be lost.
async fn discard(body: &mut Body, deadline: Instant) {
    let mut left = DISCARDED_BYTES;
    while let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        if bytes > left {
            return;
        }
        left = left.saturating_sub(bytes);
    }
}

/// `timeout=3s` of the query, as Go writes durations.
fn stated_time(query: Option<&str>) -> Option<Duration> {
    let value = query?.split('&').find_map(|pair| pair.strip_prefix("timeout="))?;
    duration(value)
}

/// `1m30s`, `1.5s`, `300ms`; `None` for anything else.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, unit_and_rest) = rest.split_at(end);
        let end = unit_and_rest.find(|character: char| character.is_ascii_digit()).unwrap_or(unit_and_rest.len());
        let (unit, after) = unit_and_rest.split_at(end);
        let seconds = match unit {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const CLOSE: HeaderValue = HeaderValue::from_static("close");

fn respond(app: &App, answer: Result<Bytes, Failure>) -> Response<Body> {
    let (code, body, retry_after) = match answer {
        Ok(body) => (200, body, None),
        Err(failure) => (failure.code(), failure.body(), failure.retry_after()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    // The client opens its next connection to another replica.
    if app.drain.stage() != Stage::Serving {
        headers.insert(CONNECTION, CLOSE);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_as_go_writes_them() {
        for (text, expected) in [("3s", 3.0), ("1m0s", 60.0), ("1.5s", 1.5), ("300ms", 0.3), ("30s", 30.0)] {
            assert_eq!(duration(text), Some(Duration::from_secs_f64(expected)), "{text}");
        }
        for text in ["", "3", "s", "-3s", "3d", "1e99s", "99999999999999999999h"] {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!(stated_time(Some("a=b&timeout=2s")), Some(Duration::from_secs(2)));
        assert_eq!(stated_time(Some("a=b")), None);
    }
}
