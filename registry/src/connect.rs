//! Connections: names are looked up here, every address is checked, and the checked address is the one connected to.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::address::{Named, Place};
use crate::error::shown;
use crate::limits::LOOKUPS;
use crate::repository::normal_host;
use crate::stream::Connection;
use crate::tls::Trust;

/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 4;

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The address is none to connect to.
    #[error("{0}")]
    Refused(String),
    /// As many names as may be are being looked up.
    #[error("too many names of hosts are being looked up")]
    Busy,
    /// The time for connecting passed.
    #[error("no connection within {} ms", .0.as_millis())]
    Slow(Duration),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) trust: Trust,
    /// Hosts of the settings, in their normal form.
    pub(crate) listed: BTreeSet<String>,
    pub(crate) timeout: Duration,
    pub(crate) proxy: Option<Matcher>,
    pub(crate) lookups: Lookups,
}

/// Turns to look names up. Hosts that an operator named have their own, which no other names can take.
#[derive(Debug, Clone)]
pub(crate) struct Lookups {
    listed: Arc<Semaphore>,
    others: Arc<Semaphore>,
}

impl Lookups {
    /// Those of this process: all clients share one pool of threads.
    pub(crate) fn shared() -> Self {
        static SHARED: LazyLock<Lookups> = LazyLock::new(|| {
            let turns = || Arc::new(Semaphore::new(LOOKUPS));
            Lookups { listed: turns(), others: turns() }
        });
        SHARED.clone()
    }
}

/// Connects for one registry: to itself, or to where it points.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    pub(crate) network: Arc<Network>,
    /// The registry, in normal form.
    pub(crate) registry: Arc<str>,
    /// Where the registry itself was found to stand, for a connection to which it points; else `None`.
    pub(crate) pointed_from: Option<Arc<crate::host::Home>>,
}

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let limit = connector.network.timeout;
            tokio::time::timeout(limit, connector.connect(&uri)).await.unwrap_or(Err(ConnectError::Slow(limit)))
        })
    }
}

impl Connector {
    async fn connect(&self, uri: &Uri) -> Result<Connection, ConnectError> {
        let host = uri.host().ok_or_else(|| ConnectError::Failed("an address without a host".into()))?;
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let normal = normal_host(&format!("{host}:{port}"));
        let named = match &self.pointed_from {
            _ if self.network.listed.contains(&normal) => Named::Settings,
            Some(home) => Named::Registry(home.place()),
            None => Named::Reference,
        };
        let proxy = self.network.proxy.as_ref().and_then(|proxy| proxy.intercept(uri));
        let (place, proxied, stream) = match proxy {
            None => {
                let (place, stream) = self.direct(named, host, port).await?;
                (place, false, stream)
            }
            Some(proxy) => {
                check_literal(named, host)?;
                // Where a proxy ends up is not known; what the registry points to then counts as seen from the Internet.
                (Place::Public, !secure, self.through(&proxy, uri, secure).await?)
            }
        };
        if !secure {
            return Ok(Connection::new(stream, place, proxied));
        }
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|_| ConnectError::Failed(format!("`{}` is no name for TLS", shown(host))))?;
        let tls = TlsConnector::from(self.network.trust.for_host(&normal, &self.registry));
        let stream = tls.connect(name, stream).await.map_err(|error| {
            let speaks_something_else = error
                .get_ref()
                .and_then(|error| error.downcast_ref())
                .is_some_and(|error| matches!(error, rustls::Error::InvalidMessage(_)));
            if speaks_something_else { ConnectError::Failed(without_tls(host)) } else { failed(host, &error) }
        })?;
        Ok(Connection::new(stream, place, false))
    }

    async fn direct(&self, named: Named, host: &str, port: u16) -> Result<(Place, TcpStream), ConnectError> {
        let limit = self.network.timeout;
        let turns = match named {
            Named::Settings => &self.network.lookups.listed,
            Named::Registry(_) | Named::Reference => &self.network.lookups.others,
        };
        let mut refused = None;
        let mut allowed = Vec::new();
        for address in look_up(turns, limit / 2, host, port).await?.into_iter().take(MAX_ADDRESSES) {
            match named.check(address.ip()) {
                Ok(place) => allowed.push((place, address)),
                Err(reason) => refused = Some(ConnectError::Refused(format!("{}: {reason}", shown(host)))),
            }
        }
        // An address that swallows packets must leave time for the next one.
        let share = limit / u32::try_from(allowed.len().max(1)).unwrap_or(1);
        let mut last = refused.unwrap_or_else(|| ConnectError::Failed(format!("{} has no address", shown(host))));
        for (place, address) in allowed {
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Requests are one packet each; waiting for more only delays them. A stream without it works too.
                    let _ = stream.set_nodelay(true);
                    return Ok((place, stream));
                }
                Ok(Err(error)) => last = failed(host, &error),
                Err(_) => last = ConnectError::Slow(share),
            }
        }
        Err(last)
    }

    /// A connection to the proxy, with a tunnel through it where TLS follows.
    async fn through(&self, proxy: &Intercept, uri: &Uri, secure: bool) -> Result<TcpStream, ConnectError> {
        if proxy.uri().scheme_str() != Some("http") {
            return Err(ConnectError::Failed("only proxies spoken to by plain HTTP are supported".into()));
        }
        let Network { lookups, timeout, .. } = &*self.network;
        let mut to_proxy = ToProxy { turns: lookups.listed.clone(), patience: *timeout / 2 };
        if !secure {
            return to_proxy.call(proxy.uri().clone()).await.map(TokioIo::into_inner);
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
        if let Some(credential) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credential.clone());
        }
        let stream = tunnel.call(uri.clone()).await.map_err(|error| failed("proxy", &error))?;
        Ok(stream.into_inner())
    }
}

/// Addresses of a host, waiting no longer than `patience` for a turn to look it up.
async fn look_up(
    turns: &Arc<Semaphore>,
    patience: Duration,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, ConnectError> {
    if let Some(address) = literal(host) {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    // The trailing dot keeps search domains out of it, but is no part of a name for TLS.
    let name = host.to_owned();
    let resolve = move || (name.as_str(), port).to_socket_addrs().map(Iterator::collect);
    in_turn(turns, patience, resolve).await?.map_err(|error| failed(host, &error))
}

/// Runs what blocks on a thread for that. It holds its turn until it ends, also when nobody waits for it any more.
async fn in_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    patience: Duration,
    blocking: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ConnectError> {
    let waited = tokio::time::timeout(patience, turns.clone().acquire_owned()).await;
    let turn = waited.ok().and_then(Result::ok).ok_or(ConnectError::Busy)?;
    let run = move || {
        let done = blocking();
        drop(turn);
        done
    };
    tokio::task::spawn_blocking(run).await.map_err(|error| ConnectError::Failed(error.to_string()))
}

fn literal(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

/// What can be checked where a proxy looks names up: addresses written as numbers, and names of this machine.
fn check_literal(named: Named, host: &str) -> Result<(), ConnectError> {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let is_here = name == "localhost" || name.ends_with(".localhost");
    let address = literal(host).or_else(|| is_here.then_some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)));
    match address {
        Some(address) => {
            named.check(address).map(drop).map_err(|reason| ConnectError::Refused(format!("{}: {reason}", shown(host))))
        }
        None => Ok(()),
    }
}

/// Connects to a proxy, which stands wherever the environment says.
#[derive(Debug, Clone)]
struct ToProxy {
    turns: Arc<Semaphore>,
    patience: Duration,
}

impl Service<Uri> for ToProxy {
    type Response = TokioIo<TcpStream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<TcpStream>, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let ToProxy { turns, patience } = self.clone();
        Box::pin(async move {
            let host = uri.host().unwrap_or_default();
            let addresses = look_up(&turns, patience, host, uri.port_u16().unwrap_or(80)).await?;
            let stream = TcpStream::connect(&*addresses).await;
            stream.map(TokioIo::new).map_err(|error| failed("proxy", &error))
        })
    }
}

/// Of a server that answers to TLS with bytes that are none, as one for plain HTTP does.
fn without_tls(host: &str) -> String {
    format!("{} does not speak TLS; a registry without it needs `plainHttp` in its settings", shown(host))
}

/// The innermost cause says most: outer ones repeat that connecting failed.
fn failed(host: &str, error: &dyn Error) -> ConnectError {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    ConnectError::Failed(format!("{}: {}", shown(host), shown(&cause.to_string())))
}

/// A stream of bytes in both directions, whatever carries it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lookup_that_nobody_waits_for_keeps_its_turn_until_it_ends() {
        let turns = Arc::new(Semaphore::new(2));
        let brief = Duration::from_millis(20);
        let mut ends = Vec::new();
        for _ in 0..2 {
            let (end, ended) = std::sync::mpsc::channel::<()>();
            let hangs = in_turn(&turns, brief, move || ended.recv());
            assert!(tokio::time::timeout(brief, hangs).await.is_err());
            ends.push(end);
        }
        assert_eq!(in_turn(&turns, brief, || 1).await, Err(ConnectError::Busy));
        drop(ends);
        assert_eq!(in_turn(&turns, Duration::from_secs(20), || 1).await, Ok(1));
    }

    #[tokio::test]
    async fn names_that_hang_leave_the_lookups_of_listed_hosts_free() {
        let turns = |number| Arc::new(Semaphore::new(number));
        let registry = crate::testing::TestRegistry::start();
        let host = format!("localhost:{}", registry.host().rsplit_once(':').unwrap().1);
        let connector = |listed: &[&str]| Connector {
            network: Arc::new(Network {
                trust: Trust::new(std::iter::empty()).unwrap(),
                listed: listed.iter().map(|name| (*name).to_owned()).collect(),
                timeout: Duration::from_secs(2),
                proxy: None,
                lookups: Lookups { listed: turns(1), others: turns(0) },
            }),
            registry: host.as_str().into(),
            pointed_from: None,
        };
        let uri: Uri = format!("http://{host}/").parse().unwrap();
        assert!(connector(&[&host]).call(uri.clone()).await.is_ok());
        assert_eq!(connector(&[]).call(uri).await.err(), Some(ConnectError::Busy));
    }

    #[test]
    fn behind_a_proxy_names_of_this_machine_are_still_refused() {
        let pointed = Named::Registry(Place::Public);
        for host in ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "[::1]", "169.254.169.254"] {
            assert!(matches!(check_literal(pointed, host), Err(ConnectError::Refused(_))), "{host}");
        }
        assert_eq!(check_literal(pointed, "registry.example"), Ok(()));
    }

    #[tokio::test]
    async fn a_proxy_of_the_environment_is_a_tunnel_for_tls() {
        let registry = crate::testing::TestRegistry::start_with_tls();
        let host = registry.host();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://user:word@{}", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let (mut from, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(tokio::io::AsyncReadExt::read_u8(&mut from).await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let target = head.split(' ').nth(1).unwrap().to_owned();
            tokio::io::AsyncWriteExt::write_all(&mut from, b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut to = TcpStream::connect(&target).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut from, &mut to).await });
            head
        });
        let ca = registry.host_settings().ca_pem.unwrap();
        let network = Network {
            trust: Trust::new([(host.as_str(), &*ca)].into_iter()).unwrap(),
            listed: [host.clone()].into(),
            timeout: Duration::from_secs(20),
            proxy: Some(Matcher::builder().https(proxy).build()),
            lookups: Lookups::shared(),
        };
        let mut connector =
            Connector { network: Arc::new(network), registry: host.as_str().into(), pointed_from: None };
        let connected = connector.call(format!("https://{host}/").parse().unwrap()).await;
        assert!(connected.is_ok());
        let head = asked.await.unwrap();
        assert!(head.starts_with(&format!("CONNECT {host} HTTP/1.1\r\n")), "{head}");
        assert!(head.contains("Proxy-Authorization: Basic dXNlcjp3b3Jk\r\n"), "{head}");
    }
}
