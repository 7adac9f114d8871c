//! The command line. Every flag has a twin in the environment, `PLATLINT_` and its name.

mod cluster;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

pub use cluster::{ClusterArgs, OnFailure};

use crate::admission::Mode;
use crate::decision_log::Which;
use crate::limits::{CONNECTIONS, QUEUED_REVIEWS, REVIEW_TIME};

/// platlint's admission webhook: the policies that CI checks, on every write to the cluster.
#[derive(Debug, Parser)]
#[command(name = "platlint-webhook", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; serve where nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    pub serve: Serve,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer the API server (the default).
    Serve(Box<Serve>),
    /// Print the webhook configurations that the policies call for, for those who keep them in Git.
    PrintWebhooks(Box<Serve>),
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// A bundle, as a folder or a tarball.
    #[arg(long, env = "PLATLINT_BUNDLE", value_name = "DIR|FILE", conflicts_with = "config")]
    pub bundle: Option<PathBuf>,
    /// A platlint.yaml, instead of a bundle.
    #[arg(long, env = "PLATLINT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Start only with this revision, and reload no other.
    #[arg(long, env = "PLATLINT_EXPECT_REVISION", value_name = "SHA")]
    pub expect_revision: Option<String>,
    /// Where to answer the API server [default: 0.0.0.0:8443, with --dev 127.0.0.1:8443].
    #[arg(long, env = "PLATLINT_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Where to answer /healthz, /readyz and /metrics [default: 0.0.0.0:8080, with --dev 127.0.0.1:8080].
    #[arg(long, env = "PLATLINT_OBSERVE", value_name = "ADDR")]
    pub observe: Option<SocketAddr>,
    /// The serving certificate with its chain, PEM; taken up again when it changes. Without it certificates are managed
    /// through the cluster.
    #[arg(long, env = "PLATLINT_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key, PEM.
    #[arg(long, env = "PLATLINT_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// How strict to be, whatever the configuration says.
    #[arg(long, env = "PLATLINT_MODE", value_enum, default_value = "enforce")]
    pub mode: Mode,
    /// The cluster's name, by which the configuration's overrides are chosen.
    #[arg(long, env = "PLATLINT_CLUSTER", value_name = "NAME")]
    pub cluster: Option<String>,
    /// A first try: loopback, a certificate made for it, no cluster.
    #[arg(long, env = "PLATLINT_DEV", conflicts_with_all = ["tls_cert", "kubeconfig"])]
    pub dev: bool,
    /// Which decisions to log on standard output: off, denials, sampled=N (denials and every Nth other), all.
    #[arg(long, env = "PLATLINT_LOG_DECISIONS", value_name = "WHICH", default_value = "denials")]
    pub log_decisions: Which,
    /// Threads that evaluate policies [default: one for each core].
    #[arg(long, env = "PLATLINT_THREADS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Reviews that may wait for a thread; more are answered 429.
    #[arg(long, env = "PLATLINT_MAX_QUEUE", value_name = "N", default_value_t = QUEUED_REVIEWS)]
    pub max_queue: usize,
    /// Connections at once; more wait.
    #[arg(long, env = "PLATLINT_MAX_CONNECTIONS", value_name = "N", default_value_t = CONNECTIONS)]
    pub max_connections: usize,
    /// Longest time for one review, in seconds; less where the API server waits less.
    #[arg(long, env = "PLATLINT_MAX_REVIEW_TIME", value_name = "S", default_value_t = REVIEW_TIME.as_secs())]
    pub max_review_time: u64,
    /// A docker configuration with credentials for registries, used for the images of every namespace after what the Pod may
    /// use itself; taken up again when it changes. Programs that it names are not started.
    #[arg(long, env = "PLATLINT_REGISTRY_CONFIG", value_name = "FILE")]
    pub registry_config: Option<PathBuf>,
    /// Seconds between the failing of readiness and the end, on SIGTERM [default: 5, with --dev 0].
    #[arg(long, env = "PLATLINT_DRAIN_DELAY", value_name = "S")]
    pub drain_delay: Option<u64>,
    /// A collector to send traces to by OTLP over HTTP: `http://host:4318`. None are made without it.
    #[arg(long, env = "PLATLINT_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// The part of requests that is traced, 0 to 1, besides those that the API server traces.
    #[arg(long, env = "PLATLINT_OTLP_SAMPLE", value_name = "PART", default_value_t = 0.01)]
    pub otlp_sample: f64,
    /// Messages of the server itself, on standard error: error, warn, info, debug, or a filter as of `RUST_LOG`.
    #[arg(long, env = "PLATLINT_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,
    /// About the cluster.
    #[command(flatten)]
    pub in_cluster: ClusterArgs,
}

impl Serve {
    /// The bundle or configuration; `None` to look for one from here upwards.
    #[must_use]
    pub fn source(&self) -> Option<PathBuf> {
        self.bundle.clone().or_else(|| self.config.clone())
    }

    /// Where to answer the API server.
    #[must_use]
    pub fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or_else(|| SocketAddr::from((self.host(), 8443)))
    }

    /// Where to answer operators.
    #[must_use]
    pub fn observe(&self) -> SocketAddr {
        self.observe.unwrap_or_else(|| SocketAddr::from((self.host(), 8080)))
    }

    /// Time between the failing of readiness and the end.
    #[must_use]
    pub fn drain_delay(&self) -> Duration {
        Duration::from_secs(self.drain_delay.unwrap_or(if self.dev { 0 } else { 5 }))
    }

    const fn host(&self) -> Ipv4Addr {
        if self.dev { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED }
    }
}

impl Cli {
    /// The command, with its arguments wherever they stood.
    #[must_use]
    pub fn into_command(self) -> Command {
        self.command.unwrap_or(Command::Serve(Box::new(self.serve)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn every_flag_has_its_twin_in_the_environment() {
        let command = Cli::command();
        Cli::command().debug_assert();
        for argument in
            command.get_arguments().filter(|one| one.get_long().is_some_and(|long| long != "help" && long != "version"))
        {
            let long = argument.get_long().unwrap();
            let twin = format!("PLATLINT_{}", long.replace('-', "_").to_uppercase());
            assert_eq!(argument.get_env().and_then(|env| env.to_str()), Some(twin.as_str()), "--{long}");
        }
    }

    #[test]
    fn serve_is_the_default_and_dev_stays_on_loopback() {
        let parsed = Cli::try_parse_from(["platlint-webhook", "--dev"]).unwrap();
        let Command::Serve(serve) = parsed.into_command() else { panic!("another command") };
        assert!(serve.listen().ip().is_loopback() && serve.observe().ip().is_loopback());
        assert_eq!(serve.drain_delay(), Duration::ZERO);
        assert!(Cli::try_parse_from(["platlint-webhook", "--tls-cert", "a"]).is_err());
        assert!(Cli::try_parse_from(["platlint-webhook", "print-webhooks", "--bundle", "b"]).is_ok());
        assert!(Cli::try_parse_from(["platlint-webhook", "--bundle", "b", "--config", "c"]).is_err());
    }
}
