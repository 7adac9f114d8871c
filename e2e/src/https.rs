//! An HTTP client of one server, over TLS with one trusted authority or plain, that keeps its connections: HTTP/1.1 only,
//! as the API server speaks to a webhook behind a Service.

use crate::authority::Identity;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A client of one server on the loopback interface.
#[derive(Clone)]
pub struct Client {
    port: u16,
    host: Arc<str>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    idle: Arc<Mutex<Vec<SendRequest<Full<Bytes>>>>>,
    patience: Duration,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("port", &self.port).finish_non_exhaustive()
    }
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// A request that got no answer, as text: which step failed and how.
#[derive(Clone, Debug)]
pub struct NoAnswer(pub String);

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoAnswer {}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Client {
    /// A client of the server at that port of 127.0.0.1, which must show a certificate for `name` by the authority (PEM).
    pub fn new(port: u16, name: &str, authority: &str, identity: Option<&Identity>) -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
            roots.add(certificate.expect("a PEM certificate")).expect("an authority");
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.expect("protocol versions").with_root_certificates(roots);
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let certificate =
                    CertificateDer::from_pem_slice(identity.certificate.as_bytes()).expect("a certificate");
                let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("a key");
                builder.with_client_auth_cert(vec![certificate], key).expect("a client certificate")
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let server = ServerName::try_from(name.to_owned()).expect("a server name");
        Self::with(port, name, Some((TlsConnector::from(Arc::new(config)), server)))
    }

    /// A client of the server at that port of 127.0.0.1, without TLS.
    pub fn plain(port: u16) -> Self {
        Self::with(port, &format!("127.0.0.1:{port}"), None)
    }

    fn with(port: u16, host: &str, tls: Option<(TlsConnector, ServerName<'static>)>) -> Self {
        Self { port, host: host.into(), tls, idle: Arc::default(), patience: Duration::from_secs(35) }
    }

    /// The same client, giving up after that time.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends a request with a JSON body and waits for the answer.
    pub fn send(&self, method: &str, path: &str, body: impl Into<Bytes>) -> Result<Answer, NoAnswer> {
        self.send_with(method, path, &[("content-type", "application/json")], body)
    }

    /// Sends a request with these headers and waits for the answer.
    pub fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, NoAnswer> {
        let body = body.into();
        crate::runtime().block_on(self.exchange(method, path, headers, body))
    }

    /// As [`Self::send_with`], for callers on a runtime.
    pub async fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, NoAnswer> {
        match tokio::time::timeout(self.patience, self.try_exchange(method, path, headers, body)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(NoAnswer(format!("no answer within {:?}", self.patience))),
        }
    }

    async fn try_exchange(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, NoAnswer> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reused = idle.is_some();
            let mut connection = match idle {
                Some(connection) if connection.is_closed() => continue,
                Some(connection) => connection,
                None => self.connect().await?,
            };
            let mut request = Request::builder().method(method).uri(path).header("host", &*self.host);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let request =
                request.body(Full::new(body.clone())).map_err(|error| NoAnswer(format!("request: {error}")))?;
            let fault = match connection.try_send_request(request).await {
                Ok(response) => {
                    let (parts, body) = response.into_parts();
                    let body = body.collect().await.map_err(|error| NoAnswer(format!("body: {error}")))?.to_bytes();
                    if parts.headers.get("connection").is_none_or(|value| value.as_bytes() != b"close") {
                        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                    }
                    return Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body });
                }
                Err(fault) => fault,
            };
            // As Go's client does: an idle connection that the server had closed is no failure of the request, as long as
            // nothing of it was sent.
            if reused && fault.message().is_some() {
                continue;
            }
            return Err(NoAnswer(format!("request: {}", fault.error())));
        }
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, NoAnswer> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await;
        let stream = stream.map_err(|error| NoAnswer(format!("connect: {error}")))?;
        stream.set_nodelay(true).map_err(|error| NoAnswer(format!("connect: {error}")))?;
        let Some((tls, name)) = &self.tls else { return handshake(stream).await };
        let stream = tls.connect(name.clone(), stream).await;
        handshake(stream.map_err(|error| NoAnswer(format!("TLS: {error}")))?).await
    }
}

async fn handshake<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, NoAnswer>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| NoAnswer(format!("handshake: {error}")))?;
    tokio::spawn(connection);
    Ok(sender)
}
