//! Accepting connections, TLS, HTTP/1.1, and the end of it all.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::limits::{ACCEPT_PAUSE, BACKLOG, CONNECTIONS, DRAIN_TIME, HANDSHAKE_TIME, HEAD_BYTES, KEEPALIVE_TIME};
use crate::observe::Metrics;
use crate::serve::connection::{Guarded, Patience, Phase};
use crate::serve::drain::{Drain, Stage};

/// Everything a port serves with.
pub struct Port {
    /// Where connections come from.
    pub listener: TcpListener,
    /// How they are secured.
    pub tls: Arc<ServerConfig>,
    /// What answers.
    pub app: Router,
    /// When to stop.
    pub drain: Drain,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Connections at once; further ones wait in the backlog.
    pub connections: usize,
}

impl Port {
    /// With the usual limit.
    #[must_use]
    pub fn new(
        listener: TcpListener,
        tls: Arc<ServerConfig>,
        app: Router,
        drain: Drain,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { listener, tls, app, drain, metrics, connections: CONNECTIONS }
    }
}

/// Listens. A server that was just restarted gets its port back at once.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until the drain's last stage, then lets what is under way end; whether all of it did.
pub async fn serve(port: Port) -> bool {
    let Port { listener, tls, app, drain, metrics, connections } = port;
    let acceptor = TlsAcceptor::from(tls);
    let places = Arc::new(Semaphore::new(connections));
    let ending = drain.reached(Stage::Ending);
    tokio::pin!(ending);
    loop {
        let accepted = tokio::select! {
            () = &mut ending => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else { continue };
        let connection = Connection { metrics: metrics.clone(), drain: drain.clone(), place };
        tokio::spawn(connection.run(stream, acceptor.clone(), app.clone()));
    }
    drop(listener);
    let all = u32::try_from(connections).unwrap_or(u32::MAX);
    timeout(DRAIN_TIME, places.acquire_many(all)).await.is_ok()
}

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    // Never closed.
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            // Such as no file descriptors left; trying at once would spin.
            tracing::warn!("accepting a connection: {error}");
            sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

struct Connection {
    metrics: Arc<Metrics>,
    drain: Drain,
    /// Given back when the connection ends.
    place: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(self, stream: TcpStream, acceptor: TlsAcceptor, app: Router) {
        // Without these it works too, only slower and for longer.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE_TIME));
        self.metrics.connections.inc();
        match timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                self.metrics.handshake("ok");
                self.http(stream, app).await;
            }
            Ok(Err(error)) => {
                self.metrics.handshake("failed");
                tracing::debug!("TLS handshake: {error}");
            }
            Err(_) => self.metrics.handshake("timeout"),
        }
        self.metrics.connections.dec();
        drop(self.place);
    }

    async fn http(&self, stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin, app: Router) {
        let phase = Phase::default();
        let io = TokioIo::new(Guarded::new(stream, phase.clone(), Patience::default()));
        let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            phase.busy();
            let (app, phase) = (app.clone(), phase.clone());
            async move {
                let response = app.oneshot(request.map(axum::body::Body::new)).await;
                phase.idle();
                response
            }
        });
        let mut builder = http1::Builder::new();
        // Times are kept by the stream.
        builder.timer(TokioTimer::new()).header_read_timeout(None::<Duration>).max_buf_size(HEAD_BYTES);
        let connection = builder.serve_connection(io, service);
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = self.drain.reached(Stage::Ending) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!("connection: {error}");
        }
    }
}
