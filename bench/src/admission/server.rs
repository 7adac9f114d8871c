//! A webhook process under measurement: started with a configuration and a certificate of our making, and stopped.

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The name the certificates are for.
pub(crate) const NAME: &str = "platlint-webhook.platlint.svc";

/// A CA and what it signed, as files.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    /// A new CA; its certificate stands in `folder/ca.crt`.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        fs::write(folder.join("ca.crt"), issuer.pem())?;
        Ok(Self { issuer, folder: folder.to_owned() })
    }

    /// The CA's certificate.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    /// A certificate and key for [`NAME`], written in place of earlier ones: key first, each by rename.
    pub(crate) fn issue(&self, name: &str) -> Result<(PathBuf, PathBuf)> {
        let mut params = CertificateParams::new(vec![NAME.to_owned(), "localhost".to_owned()])?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let paths = (self.folder.join(format!("{name}.crt")), self.folder.join(format!("{name}.key")));
        for (path, text) in [(&paths.1, key.serialize_pem()), (&paths.0, certificate.pem())] {
            let fresh = path.with_extension("new");
            fs::write(&fresh, text)?;
            fs::rename(&fresh, path)?;
        }
        Ok(paths)
    }
}

/// A running webhook.
pub(crate) struct Server {
    child: Child,
    /// HTTPS.
    pub(crate) address: SocketAddr,
    observe: SocketAddr,
}

/// What a webhook is started with.
pub(crate) struct Start<'s> {
    /// The binary.
    pub(crate) binary: &'s Path,
    /// A platlint.yaml or a bundle.
    pub(crate) config: &'s Path,
    /// Certificate and key.
    pub(crate) pair: &'s (PathBuf, PathBuf),
    /// Pinned to this processor by `taskset`.
    pub(crate) processor: Option<u32>,
    /// Threads that evaluate.
    pub(crate) workers: Option<u32>,
    /// Where its output goes.
    pub(crate) log: &'s Path,
}

/// A port that nobody had a moment ago.
fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Server {
    /// Starts a webhook and waits until it is ready.
    pub(crate) fn start(start: &Start<'_>) -> Result<Self> {
        let (address, observe) = (free_port()?, free_port()?);
        let mut command = match start.processor {
            Some(processor) => {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", &processor.to_string()]).arg(start.binary);
                command
            }
            None => Command::new(start.binary),
        };
        command.arg("--config").arg(start.config).arg("--tls-cert").arg(&start.pair.0).arg("--tls-key");
        command.arg(&start.pair.1).args(["--no-cluster", "--log-decisions", "off"]);
        command.args(["--listen", &address.to_string(), "--observe", &observe.to_string()]);
        if let Some(workers) = start.workers {
            command.args(["--workers", &workers.to_string()]);
        }
        let log = fs::File::create(start.log)?;
        let child = command
            .env_remove("RUST_BACKTRACE")
            .stdout(log.try_clone()?)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", start.binary.display()))?;
        let mut server = Self { child, address, observe };
        let began = Instant::now();
        while !server.get("/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
            if let Some(status) = server.child.try_wait()? {
                bail!("the webhook ended with {status}: {}", fs::read_to_string(start.log)?);
            }
            ensure!(began.elapsed() < Duration::from_secs(20), "the webhook is not ready after 20 s");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// `/metrics`, the text.
    pub(crate) fn metrics(&self) -> Result<String> {
        self.get("/metrics")
    }

    fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect_timeout(&self.observe, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Peak resident memory so far in MiB.
    pub(crate) fn peak(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// SIGTERM, and the time until it ended; an error where it did not end well.
    pub(crate) fn drain(mut self) -> Result<Duration> {
        let began = Instant::now();
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGTERM)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "after SIGTERM the webhook ended with {status}");
        Ok(began.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing of a measurement may stay behind; it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
