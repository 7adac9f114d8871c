//! `/healthz`, `/readyz` and `/metrics` by plain HTTP, on a thread and runtime of their own: they answer while the
//! admission port has its hands full.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::{Semaphore, oneshot};

use crate::limits::{ACCEPT_PAUSE, OBSERVE_TIME, OBSERVERS};
use crate::observe::{Health, Metrics};

#[derive(Clone)]
struct Seen {
    health: Health,
    metrics: Arc<Metrics>,
}

/// The routes, testable without a socket.
pub fn routes(health: Health, metrics: Arc<Metrics>) -> Router {
    Router::new()
        // That the thread answers is all there is to know: nothing a restart would mend is asked for here.
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics_text))
        .with_state(Seen { health, metrics })
}

async fn ready(State(seen): State<Seen>, RawQuery(query): RawQuery) -> impl IntoResponse {
    let verbose =
        query.is_some_and(|query| query.split('&').any(|part| part == "verbose" || part.starts_with("verbose=")));
    let (ready, text) = seen.health.answer(verbose);
    (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, text)
}

async fn metrics_text(State(seen): State<Seen>) -> impl IntoResponse {
    let knowledge = &seen.health.knowledge;
    seen.metrics.refresh(seen.health.certificates.expiry(), &knowledge.report(), &knowledge.counters());
    seen.metrics.refresh_images(&seen.health.policies.image_counts());
    seen.metrics.ready.set(i64::from(seen.health.is_ready()));
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], seen.metrics.text())
}

/// The running server. It answers until it is dropped.
#[derive(Debug)]
pub struct Observer {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Observer {
    /// Listens and answers by these routes.
    pub fn start(address: SocketAddr, routes: Router) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("observe".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = answer(listener, routes) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It panicked, if at all, in its own log.
            let _ = thread.join();
        }
    }
}

async fn answer(listener: TcpListener, routes: Router) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!("the port for metrics and health: {error}");
            return;
        }
    };
    let places = Arc::new(Semaphore::new(OBSERVERS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(routes.clone());
        tokio::spawn(async move {
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(OBSERVE_TIME);
            // A peer that breaks off is its own affair.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}
