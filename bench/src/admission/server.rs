//! A webhook process under measurement: started with a configuration and a certificate of our making, and stopped.

use anyhow::{Context, Result, bail, ensure};
use platlint_e2e::authority::Authority;
use platlint_e2e::https::Client;
use platlint_e2e::ports;
use platlint_e2e::process::Running;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The name the certificates are for.
pub(crate) const NAME: &str = "platlint-webhook.platlint.svc";

/// What a webhook is started with.
pub(crate) struct Start<'s> {
    /// The binary.
    pub(crate) binary: &'s Path,
    /// A platlint.yaml or a bundle.
    pub(crate) config: &'s Path,
    /// A folder of its own: `tls.crt`, `tls.key`, `log`.
    pub(crate) folder: &'s Path,
    /// Pinned to this processor by `taskset`.
    pub(crate) processor: Option<u32>,
    /// Threads that evaluate.
    pub(crate) workers: Option<u32>,
}

/// A running webhook.
pub(crate) struct Server {
    process: Running,
    /// HTTPS.
    pub(crate) port: u16,
    /// `/readyz` and `/metrics`.
    pub(crate) observe: u16,
}

/// A certificate and key in the folder, in place of earlier ones: each by rename, the key first.
pub(crate) fn write_certificate(authority: &Authority, folder: &Path, names: &[&str]) -> Result<()> {
    let identity = authority.server(names);
    for (name, text) in [("tls.key", &identity.key), ("tls.crt", &identity.certificate)] {
        let fresh = folder.join(format!("{name}.new"));
        fs::write(&fresh, text)?;
        fs::rename(&fresh, folder.join(name))?;
    }
    Ok(())
}

impl Server {
    /// Starts a webhook and waits until it is ready.
    pub(crate) fn start(start: &Start<'_>) -> Result<Self> {
        let (port, observe) = (ports::free(), ports::free());
        let mut command = match start.processor {
            Some(processor) => {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", &processor.to_string()]).arg(start.binary);
                command
            }
            None => Command::new(start.binary),
        };
        let file = |name: &str| -> PathBuf { start.folder.join(name) };
        command.env_remove("RUST_BACKTRACE").arg("--config").arg(start.config);
        command.arg("--tls-cert").arg(file("tls.crt")).arg("--tls-key").arg(file("tls.key"));
        command.args(["--no-cluster", "--log-decisions", "off"]);
        command.args(["--listen", &format!("127.0.0.1:{port}"), "--observe", &format!("127.0.0.1:{observe}")]);
        if let Some(workers) = start.workers {
            command.args(["--threads", &workers.to_string()]);
        }
        let process = Running::start(&mut command, &file("log"));
        let mut server = Self { process, port, observe };
        let began = Instant::now();
        while !server.get("/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
            if let Some(status) = server.process.ended() {
                bail!("the webhook ended with {status}: {}", server.process.last_words());
            }
            ensure!(began.elapsed() < Duration::from_secs(20), "the webhook is not ready after 20 s");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// A client with connections of its own.
    pub(crate) fn client(&self, authority: &Authority) -> Client {
        Client::new(self.port, NAME, authority.pem(), None)
    }

    /// `/metrics`, the text.
    pub(crate) fn metrics(&self) -> Result<String> {
        self.get("/metrics")
    }

    fn get(&self, path: &str) -> Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.observe));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Peak resident memory so far in MiB.
    pub(crate) fn peak(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// SIGTERM, and the time until it ended; an error where it did not end well.
    pub(crate) fn drain(mut self) -> Result<Duration> {
        let began = Instant::now();
        let status = self.process.stop(Duration::from_mins(1));
        ensure!(status.success(), "after SIGTERM the webhook ended with {status}: {}", self.process.last_words());
        Ok(began.elapsed())
    }
}
