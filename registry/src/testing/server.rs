//! The thread that serves, and how faults look on the wire.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::http::{self, Response};
use super::{Answer, Shared};

/// A server that stops when dropped.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(super) fn start(shared: Arc<Shared>, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let serving = serve(TcpListener::from_std(listener).unwrap(), shared, address, tls);
                tokio::select! { () = serving => {}, _ = stopped => {} }
            });
        });
        Self { address, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server was printed; a second one here would end the test's process.
            let _ = thread.join();
        }
    }
}

async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    address: SocketAddr,
    tls: Option<Arc<rustls::ServerConfig>>,
) {
    let url = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
    while let Ok((stream, _)) = listener.accept().await {
        let (shared, url, tls) = (shared.clone(), url.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => connection(stream, &shared, &url).await,
                Some(config) => {
                    if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                        connection(stream, &shared, &url).await;
                    }
                }
            }
        });
    }
}

/// Answers one request after another until either side ends it.
async fn connection(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: &Shared, url: &str) {
    let mut buffer = Vec::new();
    while let Some(request) = http::read(&mut stream, &mut buffer).await {
        shared.requests.lock().unwrap().push(request.clone());
        let at_once = shared.at_once.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        shared.most_at_once.fetch_max(at_once, Ordering::Relaxed);
        let delay = *shared.delay.lock().unwrap();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let fault = shared.fault_for(&request.target);
        let goes_on = match fault {
            None => send(&mut stream, shared, &shared.answer(&request, url)).await,
            Some(Answer::Full { status, headers, body }) => {
                send(&mut stream, shared, &Response { status, headers, body }).await
            }
            Some(Answer::Headers(headers)) => {
                let mut response = shared.answer(&request, url);
                response.headers.retain(|(name, _)| !headers.iter().any(|(other, _)| name.eq_ignore_ascii_case(other)));
                response.headers.extend(headers);
                send(&mut stream, shared, &response).await
            }
            Some(answer) => {
                broken(&mut stream, shared, answer).await;
                None
            }
        };
        shared.at_once.fetch_sub(1, Ordering::Relaxed);
        if goes_on.is_none() {
            return;
        }
    }
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), shared: &Shared, response: &Response) -> Option<()> {
    write(stream, shared, &response.to_bytes()).await
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), shared: &Shared, bytes: &[u8]) -> Option<()> {
    stream.write_all(bytes).await.ok()?;
    stream.flush().await.ok()?;
    shared.sent.fetch_add(u64::try_from(bytes.len()).unwrap(), Ordering::Relaxed);
    Some(())
}

/// What no server should do; ends with the connection.
async fn broken(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), shared: &Shared, answer: Answer) -> Option<()> {
    let head = b"HTTP/1.1 200 Test\r\nContent-Type: application/vnd.oci.image.index.v1+json\r\n";
    match answer {
        Answer::Hang => std::future::pending::<()>().await,
        Answer::Truncated => {
            write(stream, shared, head).await?;
            write(stream, shared, b"Content-Length: 100\r\n\r\n{\"manifests\":").await?;
        }
        Answer::Announces(length) => {
            write(stream, shared, head).await?;
            write(stream, shared, format!("Content-Length: {length}\r\n\r\n{{").as_bytes()).await?;
            std::future::pending::<()>().await;
        }
        Answer::Garbage => write(stream, shared, b"\0\x01\x02 this is no answer\r\n\r\n").await?,
        Answer::Drip(pause) => {
            write(stream, shared, head).await?;
            write(stream, shared, b"Content-Length: 1000\r\n\r\n").await?;
            loop {
                write(stream, shared, b" ").await?;
                tokio::time::sleep(pause.max(Duration::from_millis(1))).await;
            }
        }
        Answer::Endless => {
            write(stream, shared, head).await?;
            write(stream, shared, b"Transfer-Encoding: chunked\r\n\r\n").await?;
            let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x1_0000], b"\r\n".to_vec()].concat();
            loop {
                write(stream, shared, &chunk).await?;
            }
        }
        Answer::Close | Answer::Full { .. } | Answer::Headers(_) => {}
    }
    Some(())
}
