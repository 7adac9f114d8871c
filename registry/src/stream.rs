//! One open connection as hyper wants to see it, with where it leads.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection as Described};
use hyper_util::rt::TokioIo;

use crate::address::Place;
use crate::connect::Stream;

/// TCP, or TLS over it.
pub(crate) struct Connection {
    stream: TokioIo<Box<dyn Stream>>,
    place: Place,
    /// Whether a proxy reads the requests, which then name the host.
    proxied: bool,
}

impl Connection {
    pub(crate) fn new(stream: impl Stream + 'static, place: Place, proxied: bool) -> Self {
        Self { stream: TokioIo::new(Box::new(stream)), place, proxied }
    }
}

impl Described for Connection {
    /// Every answer carries the [`Place`] of its connection.
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.proxied).extra(self.place)
    }
}

impl Read for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, to)
    }
}

impl Write for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
