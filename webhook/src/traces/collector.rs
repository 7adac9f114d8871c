//! One POST to the collector by plain HTTP, on the exporter's own thread, where waiting harms nobody.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};

use crate::limits::{TRACES_ANSWER_BYTES, TRACES_TIME};

/// A collector.
#[derive(Debug)]
pub(super) struct Collector {
    /// `host:port`.
    authority: String,
}

impl Collector {
    /// Of `http://host:port`; `None` for anything else.
    pub(super) fn new(endpoint: &str) -> Option<Self> {
        let rest = endpoint.strip_prefix("http://")?;
        let authority = rest.split('/').next().filter(|authority| !authority.is_empty())?;
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if has_port { authority.to_owned() } else { format!("{authority}:80") };
        Some(Self { authority })
    }

    fn post(&self, request: &Request<Bytes>) -> io::Result<Response<Bytes>> {
        let address = self.authority.to_socket_addrs()?.next();
        let address = address.ok_or_else(|| io::Error::other("the collector's name has no address"))?;
        let mut stream = TcpStream::connect_timeout(&address, TRACES_TIME)?;
        stream.set_read_timeout(Some(TRACES_TIME))?;
        stream.set_write_timeout(Some(TRACES_TIME))?;
        let target = request.uri().path_and_query().map_or("/v1/traces", |path| path.as_str());
        let mut head = format!(
            "POST {target} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\nconnection: close\r\n",
            self.authority,
            request.body().len()
        )
        .into_bytes();
        for (name, value) in request.headers() {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        stream.write_all(&head)?;
        stream.write_all(request.body())?;
        let mut answer = Vec::new();
        stream.take(TRACES_ANSWER_BYTES).read_to_end(&mut answer)?;
        Response::builder().status(status(&answer)?).body(Bytes::new()).map_err(io::Error::other)
    }
}

/// The code of `HTTP/1.1 200 OK`.
fn status(answer: &[u8]) -> io::Result<u16> {
    let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let code = std::str::from_utf8(line).ok().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    code.ok_or_else(|| io::Error::other("the collector does not speak HTTP"))
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        Ok(self.post(&request)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_plain_http() {
        let authority = |endpoint| Collector::new(endpoint).map(|collector| collector.authority);
        assert_eq!(authority("http://collector:4318").as_deref(), Some("collector:4318"));
        assert_eq!(authority("http://collector/").as_deref(), Some("collector:80"));
        for wrong in ["https://collector:4318", "collector:4318", "http://", ""] {
            assert_eq!(authority(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn answers_are_read_as_far_as_they_matter() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\n\r\n").unwrap(), 200);
        assert_eq!(status(b"HTTP/1.1 503 \r\n").unwrap(), 503);
        assert!(status(b"SSH-2.0").is_err());
        assert!(status(b"").is_err());
    }
}
