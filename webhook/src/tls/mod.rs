//! TLS as the API server uses it: HTTP/1.1, ECDSA P-256, no session tickets, and a certificate that can be replaced
//! while connections are served.

mod certificates;
pub mod dev;
pub mod files;

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::NoServerSessionStorage;

pub use certificates::{CertificateError, Certificates};

/// The one provider of cryptography.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The server's side of TLS 1.2 and 1.3. The API server keeps no TLS sessions, so tickets would only cost; it speaks
/// HTTP/1.1 to a Service, so nothing else is offered, and tests see what production sees.
pub fn server_config(certificates: Arc<Certificates>) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}
