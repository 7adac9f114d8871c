//! A token server, as registries with `auth: token` send their clients to: it asks for a user and a password and hands out
//! a JSON Web Token (ES256) for the repositories that were asked for. A registry knows it by the root of its certificate.

use super::registry::{PASSWORD, USER, basic};
use crate::authority::{Authority, Identity};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

const SERVICE: &str = "registry of the tests";
const ISSUER: &str = "token server of the tests";

/// A token server. Dropping it stops it.
#[derive(Debug)]
pub struct TokenServer {
    realm: String,
    issuer: Issuer,
    root: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

/// One request for a token.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The query as sent: `service=…&scope=…`.
    pub query: String,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// Whether a token was handed out.
    pub granted: bool,
}

/// What signs tokens.
#[derive(Clone, Debug)]
pub struct Issuer {
    key: Arc<EcdsaKeyPair>,
    /// The certificate of that key, DER in Base64.
    certificate: String,
}

impl TokenServer {
    /// A server with keys of its own; over TLS where an authority is given.
    pub fn start(tls: Option<&Authority>) -> Self {
        let authority = Authority::new("platlint tests: tokens");
        let issuer = Issuer::new(&authority.server(&["tokens"]));
        let listener =
            crate::runtime().block_on(TcpListener::bind(("127.0.0.1", 0))).expect("the token server listens");
        let port = listener.local_addr().expect("its address").port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let tls = tls.map(|authority| acceptor(&authority.server(&["localhost"])));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let desk = Desk { issuer: issuer.clone(), asked: Arc::clone(&asked) };
        let serving = crate::runtime().spawn(accept(listener, tls, desk));
        // By name: clients rightly refuse to be sent to a private address.
        let realm = format!("{scheme}://localhost:{port}/token");
        Self { realm, issuer, root: authority.pem().to_owned(), asked, serving }
    }

    /// All requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What signs its tokens.
    pub(super) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The root of its certificate, PEM.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// `auth.token` of a registry's configuration; the root is in that file.
    pub(super) fn registry_settings(&self, root: &Path) -> Value {
        json!({"realm": self.realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": root})
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Issuer {
    fn new(identity: &Identity) -> Self {
        let key = PrivatePkcs8KeyDer::from_pem_slice(identity.key.as_bytes()).expect("a PKCS #8 key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.secret_pkcs8_der()).expect("P-256");
        let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).expect("a certificate");
        Self { key: Arc::new(key), certificate: BASE64_STANDARD.encode(&certificate) }
    }

    /// A token for these actions in that repository, good for five minutes.
    pub(super) fn token(&self, repository: &str, actions: &[&str]) -> String {
        let access = json!([{"type": "repository", "name": repository, "actions": actions}]);
        self.sign(&access)
    }

    fn sign(&self, access: &Value) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970").as_secs();
        let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [self.certificate]});
        let claims = json!({
            "iss": ISSUER, "sub": USER, "aud": SERVICE, "exp": now + 300, "nbf": now - 60, "iat": now,
            "jti": format!("{now}"), "access": access,
        });
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What answers requests.
#[derive(Clone)]
struct Desk {
    issuer: Issuer,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Desk {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let header = request.headers().get("authorization");
        let authorization = header.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let granted = authorization.as_deref() == Some(&basic(USER, PASSWORD));
        let scopes: Vec<Value> = query.split('&').filter_map(|pair| access(pair.strip_prefix("scope=")?)).collect();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(Asked { query, authorization, granted });
        let (status, body) = if granted {
            (200, json!({"token": self.issuer.sign(&json!(scopes)), "expires_in": 300}))
        } else {
            (401, json!({"errors": [{"code": "UNAUTHORIZED", "message": "wrong user or password"}]}))
        };
        let response = Response::builder().status(status).header("content-type", "application/json");
        response.body(Full::new(body.to_string().into())).expect("an answer")
    }
}

/// Reads `repository:team/app:pull,push`, percent-encoded.
fn access(scope: &str) -> Option<Value> {
    let scope = scope.replace("%3A", ":").replace("%2F", "/").replace("%2C", ",");
    let (kind, rest) = scope.split_once(':')?;
    let (name, actions) = rest.rsplit_once(':')?;
    Some(json!({"type": kind, "name": name, "actions": actions.split(',').collect::<Vec<_>>()}))
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, desk: Desk) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (tls, desk) = (tls.clone(), desk.clone());
        tokio::spawn(async move {
            match tls {
                None => serve(stream, desk).await,
                // A client that does not trust us is told so by the handshake.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, desk).await;
                    }
                }
            }
        });
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, desk: Desk) {
    let service = service_fn(|request| {
        let response = desk.answer(&request);
        async move { Ok::<_, Infallible>(response) }
    });
    // How a connection ends is the client's business.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn acceptor(identity: &Identity) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a server's certificate");
    TlsAcceptor::from(Arc::new(config))
}
