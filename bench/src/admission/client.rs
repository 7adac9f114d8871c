//! One HTTPS connection as the API server keeps it: HTTP/1.1, keep-alive, the certificate checked against a CA and a name.

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Where the webhook is and how its certificate is checked.
#[derive(Clone)]
pub(crate) struct Target {
    address: SocketAddr,
    name: ServerName<'static>,
    tls: Arc<ClientConfig>,
}

impl Target {
    /// A webhook at `address` whose certificate must be of the CA in `ca` (PEM) and for `name`.
    pub(crate) fn new(address: SocketAddr, name: &str, ca: &Path) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(ca).with_context(|| format!("no {}", ca.display()))? {
            roots.add(certificate?)?;
        }
        ensure!(!roots.is_empty(), "no certificate in {}", ca.display());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { address, name: ServerName::try_from(name.to_owned())?, tls: Arc::new(tls) })
    }

    /// A new connection.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let stream = TlsConnector::from(self.tls.clone()).connect(self.name.clone(), stream).await?;
        let (sender, driver) = handshake(TokioIo::new(stream)).await?;
        // Ends with the connection; its error is seen by whoever sends next.
        tokio::spawn(driver);
        Ok(Connection { sender })
    }
}

/// A connection that is kept.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

/// Status, whether the server ends the connection after it, and the body.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) closes: bool,
    pub(crate) body: Bytes,
}

impl Connection {
    /// Sends one review and waits for the whole answer.
    pub(crate) async fn post(&mut self, path: &str, body: Bytes) -> Result<Answer> {
        self.sender.ready().await?;
        let request = Request::post(format!("{path}?timeout=5s"))
            .header("host", "platlint-webhook.platlint.svc")
            .header("user-agent", "kube-apiserver-admission")
            .header("content-type", "application/json")
            .header("accept", "application/json, */*")
            .body(Full::new(body))?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let closes = answer.headers().get("connection").is_some_and(|value| value.as_bytes() == b"close");
        let body = answer.into_body().collect().await?.to_bytes();
        Ok(Answer { status, closes, body })
    }
}
