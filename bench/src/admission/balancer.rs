//! A TCP balancer as a Service with two replicas is one: new connections go to replicas that are ready, in turn;
//! connections that stand are left alone.

use anyhow::Result;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{TcpListener, TcpStream};

/// The replicas that get new connections.
#[derive(Clone, Default)]
pub(crate) struct Ready(Arc<Mutex<(Vec<SocketAddr>, usize)>>);

impl Ready {
    /// Replaces them.
    pub(crate) fn set(&self, replicas: Vec<SocketAddr>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = replicas;
    }

    fn next(&self) -> Option<SocketAddr> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 = state.1.wrapping_add(1);
        let (replicas, turn) = &*state;
        replicas.get(turn % replicas.len().max(1)).copied()
    }
}

/// Starts to balance; ends with the runtime.
pub(crate) async fn start(ready: Ready) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let Some(replica) = ready.next() else { continue };
            tokio::spawn(async move {
                // A side that goes away ends the connection for the other; the client counts what that costs.
                let Ok(mut server) = TcpStream::connect(replica).await else { return };
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    Ok(address)
}
