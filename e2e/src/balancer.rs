//! A TCP balancer on the loopback interface that stands for a Service: new connections go to replicas that say they are
//! ready, in turn; connections that exist stay where they are.
//!
//! As with a Service, readiness is learnt by asking now and then, and a connection that is refused is not tried again
//! elsewhere: that is the client's loss.

use crate::ports;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How often each replica is asked. A kubelet asks every second at most; tests wait less.
const PERIOD: Duration = Duration::from_millis(100);

/// A replica that does not answer in this time is not ready.
const PATIENCE: Duration = Duration::from_millis(500);

/// The balancer. Dropping it stops it.
#[derive(Debug)]
pub struct Balancer {
    port: u16,
    replicas: Arc<Mutex<Vec<Arc<Replica>>>>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Replica {
    port: u16,
    ready: AtomicBool,
    connections: AtomicUsize,
    asking: Mutex<Option<JoinHandle<()>>>,
}

impl Balancer {
    /// A balancer without replicas.
    pub fn start() -> Self {
        let port = ports::free();
        let replicas: Arc<Mutex<Vec<Arc<Replica>>>> = Arc::default();
        let listener = crate::runtime().block_on(TcpListener::bind(("127.0.0.1", port))).expect("the balancer listens");
        let accepting = crate::runtime().spawn(accept(listener, Arc::clone(&replicas)));
        Self { port, replicas, accepting }
    }

    /// Where clients connect.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Adds a replica by the port it serves at and the one it answers `/readyz` at.
    pub fn add(&self, port: u16, observe: u16) {
        let replica =
            Replica { port, ready: AtomicBool::new(false), connections: AtomicUsize::new(0), asking: Mutex::default() };
        let replica = Arc::new(replica);
        let asking = crate::runtime().spawn(ask(Arc::clone(&replica), observe));
        *replica.asking.lock().unwrap_or_else(PoisonError::into_inner) = Some(asking);
        self.lock().push(replica);
    }

    /// Forgets the replica at that port; its connections stay.
    pub fn remove(&self, port: u16) {
        self.lock().retain(|replica| {
            let other = replica.port != port;
            if !other {
                replica.stop_asking();
            }
            other
        });
    }

    /// The ports of the replicas that are ready.
    pub fn ready(&self) -> Vec<u16> {
        self.lock().iter().filter(|replica| replica.ready.load(Ordering::Relaxed)).map(|one| one.port).collect()
    }

    /// How many connections the replica at that port has been given.
    pub fn connections(&self, port: u16) -> usize {
        let replicas = self.lock();
        replicas.iter().find(|one| one.port == port).map_or(0, |one| one.connections.load(Ordering::Relaxed))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Replica>>> {
        self.replicas.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
        self.lock().iter().for_each(|replica| replica.stop_asking());
    }
}

impl Replica {
    fn stop_asking(&self) {
        if let Some(asking) = self.asking.lock().unwrap_or_else(PoisonError::into_inner).take() {
            asking.abort();
        }
    }
}

async fn accept(listener: TcpListener, replicas: Arc<Mutex<Vec<Arc<Replica>>>>) {
    let mut turn = 0_usize;
    loop {
        let Ok((mut client, _)) = listener.accept().await else { continue };
        turn = turn.wrapping_add(1);
        let chosen = {
            let replicas = replicas.lock().unwrap_or_else(PoisonError::into_inner);
            let ready: Vec<_> = replicas.iter().filter(|one| one.ready.load(Ordering::Relaxed)).collect();
            ready.get(turn % ready.len().max(1)).map(|one| Arc::clone(one))
        };
        // Without a ready replica the connection is closed, which a Service does by refusing it.
        let Some(replica) = chosen else { continue };
        tokio::spawn(async move {
            let Ok(mut server) = TcpStream::connect(("127.0.0.1", replica.port)).await else { return };
            replica.connections.fetch_add(1, Ordering::Relaxed);
            let _ = client.set_nodelay(true);
            let _ = server.set_nodelay(true);
            // How a connection ends is between its two ends.
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

async fn ask(replica: Arc<Replica>, observe: u16) {
    loop {
        let ready = tokio::time::timeout(PATIENCE, is_ready(observe)).await.unwrap_or(false);
        replica.ready.store(ready, Ordering::Relaxed);
        tokio::time::sleep(PERIOD).await;
    }
}

async fn is_ready(observe: u16) -> bool {
    plain_get(observe, "/readyz").await.is_some_and(|(status, _)| status == 200)
}

/// A plain HTTP request to a port of the loopback interface: status and body.
pub(crate) async fn plain_get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}
