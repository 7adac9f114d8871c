//! From arguments to a running server, and its end. Every part is started here, in the order in which they need each
//! other, and nothing is decided.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use platlint_registry::credentials::CredentialError;
use tokio::runtime::Runtime;

use crate::args::Serve;
use crate::cluster::{self, Cluster, ConnectionError, ControllerError, Demand, Discovered, Knowledge};
use crate::decide::Court;
use crate::decision_log::{DecisionLog, Labels};
use crate::dev;
use crate::images::{ImageSettings, Keychain, MountedConfig, prefill};
use crate::limits::{POLL_INTERVAL, THREADS_TIME};
use crate::observe::{Health, Metrics, Observer, routes};
use crate::policies::{self, LoadError, Policies, Reload, Source, Watch, wall_clock};
use crate::serve::{App, Drain, Port, Stage, app, bind, serve};
use crate::tls::files::CertificateFiles;
use crate::tls::{CertificateError, Certificates, server_config};
use crate::traces::{Traces, TracesError};
use crate::workers::Workers;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The policies cannot be used. The operator's or the policies' fault.
    #[error("{0}")]
    Policies(#[from] LoadError),
    /// There is no certificate to start with.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// The flags ask for what does not go together.
    #[error("{0}")]
    Usage(&'static str),
    /// The API server cannot be reached.
    #[error("the cluster: {0}; --no-cluster serves without one")]
    Cluster(#[from] ConnectionError),
    /// A flag cannot be read.
    #[error("--controller: {0}")]
    Controller(#[from] ControllerError),
    /// The file with credentials for registries cannot be used.
    #[error("--registry-config: {0}")]
    Registries(#[from] CredentialError),
    /// Traces cannot be sent.
    #[error("{0}")]
    Traces(#[from] TracesError),
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The system refuses something: a port, a thread, a file.
    #[error("{what}: {error}")]
    System {
        /// What was to be done.
        what: String,
        /// What the system says.
        error: io::Error,
    },
}

impl StartError {
    /// As the command line of platlint has it: 2 where another configuration mends it, 3 else.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Policies(_)
            | Self::Certificate(_)
            | Self::Usage(_)
            | Self::Controller(_)
            | Self::Registries(_)
            | Self::Traces(_) => ExitCode::from(2),
            Self::Cluster(_) | Self::Tls(_) | Self::System { .. } => ExitCode::from(3),
        }
    }
}

/// Says what was to be done when the system refused.
pub(crate) fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> StartError {
    let what = what.into();
    move |error| StartError::System { what, error }
}

/// Messages of the server itself, as JSON lines on standard error; standard output is the decision log's.
pub fn log_to_stderr(filter: &str) {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_else(|_| "info".into());
    // Only a test has one already.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(io::stderr).try_init();
}

/// Serves until SIGTERM or SIGINT.
pub fn run(args: &Serve) -> Result<(), StartError> {
    let metrics = Arc::new(Metrics::default());
    let source = source(args)?;
    let watch = Watch::new(source.clone());
    let loaded = policies::load(&source, wall_clock())?;
    loaded.notices.iter().for_each(|notice| tracing::warn!("{notice}"));
    tracing::info!(revision = loaded.set.revision(), rules = loaded.set.rules().len(), "policies loaded");
    let registries = Arc::new(MountedConfig::read(args.registry_config.clone())?);

    let certificates = Arc::new(Certificates::default());
    let mut files = certificate_files(args, &certificates, &metrics)?;
    if let Some(files) = &mut files {
        files.poll()?;
    }
    let dev = args.dev.then(|| dev::certificates(&certificates)).transpose()?;
    let runtime = runtime()?;
    let mut cluster = join(args, &runtime, &certificates)?;
    let knowledge = cluster.as_ref().map_or_else(Knowledge::none, Cluster::knowledge);
    let policies = Arc::new(Policies::new(loaded, ImageSettings::default(), knowledge.clone(), metrics.clone()));
    let keychain = Arc::new(Keychain::new(knowledge.pull_secrets(), registries.clone()));
    if let Some(running) = cluster.as_mut().and_then(Cluster::take_running) {
        runtime.spawn(prefill::run(running, policies.clone(), keychain.clone()));
    }

    let labels = Labels { cluster: args.cluster.clone() };
    let (log, writer) = DecisionLog::start(args.log_decisions, labels, Box::new(io::stdout()), metrics.clone())
        .map_err(system("a thread"))?;
    let drain = Drain::default();
    let court = Court {
        policies: policies.clone(),
        knowledge: knowledge.clone(),
        mode: args.mode,
        cluster: args.cluster.as_deref().map(Into::into),
        clock: wall_clock,
        metrics: metrics.clone(),
        log,
    };
    let traces = args.otlp_endpoint.as_ref().map(|endpoint| Traces::start(endpoint, args.otlp_sample)).transpose()?;
    let traces = traces.unwrap_or_default();
    let workers =
        Workers::start(threads(args), args.max_queue, &court.judges(), &metrics).map_err(system("a thread"))?;
    let health =
        Health { policies: policies.clone(), knowledge, certificates: certificates.clone(), drain: drain.clone() };
    let observer = Observer::start(args.observe(), routes(health, metrics.clone()))
        .map_err(system(format!("listening on {}", args.observe())))?;
    let (stop_watching, watcher) =
        watching(watch_all(policies, watch, files, registries)).map_err(system("a thread"))?;

    let ended = runtime.block_on(async {
        let listener = bind(args.listen()).map_err(system(format!("listening on {}", args.listen())))?;
        let address = listener.local_addr().map_err(system("the port"))?;
        tracing::info!(%address, observe = %observer.address, mode = args.mode.as_str(), "serving");
        if let Some(dev) = &dev {
            eprintln!("{}", dev.greeting(address));
        }
        let app = app(Arc::new(
            App::new(workers, metrics.clone(), drain.clone())
                .with_traces(traces.clone())
                .with_keychain(keychain)
                .with_review_time(Duration::from_secs(args.max_review_time)),
        ));
        let tls = Arc::new(server_config(certificates)?);
        let port = Port { connections: args.max_connections, ..Port::new(listener, tls, app, drain.clone(), metrics) };
        tokio::spawn(leave_on_signal(drain, args.drain_delay()));
        Ok::<_, StartError>(serve(port).await)
    })?;
    if !ended {
        tracing::warn!("connections were cut that did not end in time");
    }
    // Whoever still holds a place is gone with the runtime; then the threads end, and the log's last line is written.
    runtime.shutdown_timeout(Duration::from_secs(1));
    drop(stop_watching);
    traces.end();
    if let Some(cluster) = cluster {
        cluster.stop();
    }
    wait_for([Some(watcher), writer].into_iter().flatten());
    drop((observer, dev));
    tracing::info!("stopped");
    Ok(())
}

/// Starts what has to do with the cluster.
fn join(args: &Serve, runtime: &Runtime, certificates: &Arc<Certificates>) -> Result<Option<Cluster>, StartError> {
    if args.dev || args.in_cluster.no_cluster {
        return Ok(None);
    }
    let settings = args.in_cluster.settings(args.mode, args.tls_cert.is_some())?;
    let config = runtime.block_on(cluster::client_config(args.in_cluster.kubeconfig.as_deref()))?;
    Ok(Some(Cluster::start(config, settings, certificates.clone())?))
}

/// Prints the webhook configurations that the policies call for. What could not be put into them goes to standard error.
pub fn print_webhooks(args: &Serve) -> Result<String, StartError> {
    let policies::Loaded { set, platform, .. } = policies::load(&source(args)?, wall_clock())?;
    let ca = args
        .in_cluster
        .tls_ca
        .as_ref()
        .map(|file| std::fs::read_to_string(file).map_err(system(file.display().to_string())));
    let parameters = args.in_cluster.parameters(args.mode);
    let ca = ca.transpose()?;
    let demand = Demand::of(&set, platform.as_deref());
    let printed = cluster::webhooks::configurations(&demand, &Discovered::default(), &parameters, ca.as_deref());
    printed.notes.iter().for_each(|note| tracing::warn!("{note}"));
    Ok(printed.to_yaml())
}

fn source(args: &Serve) -> Result<Source, StartError> {
    let start = std::env::current_dir().map_err(system("the working directory"))?;
    // Found once: a file that goes away later is a failed reload, not a reason to judge by something else.
    let path = args.source().or_else(|| platlint_config::discover(&start));
    Ok(Source { path, start, expect_revision: args.expect_revision.clone() })
}

fn certificate_files(
    args: &Serve,
    certificates: &Arc<Certificates>,
    metrics: &Arc<Metrics>,
) -> Result<Option<CertificateFiles>, StartError> {
    let file = |path: &Path| PathBuf::from(path);
    match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => {
            Ok(Some(CertificateFiles::new(file(certificate), file(key), certificates.clone(), metrics.clone())))
        }
        _ if args.in_cluster.no_cluster && !args.dev => Err(StartError::Usage(
            "--no-cluster needs --tls-cert and --tls-key: without a cluster nothing makes certificates",
        )),
        _ => Ok(None),
    }
}

fn threads(args: &Serve) -> usize {
    let cores = || thread::available_parallelism().map_or(1, Into::into);
    args.threads.map_or_else(cores, usize::from)
}

/// Reading, writing and TLS; judging has threads of its own.
fn runtime() -> Result<Runtime, StartError> {
    tokio::runtime::Builder::new_multi_thread().thread_name("serve").enable_all().build().map_err(system("the runtime"))
}

/// What is looked at again and again.
type Look = Box<dyn FnMut() + Send>;

/// Looks every few seconds until the sender is dropped.
fn watching(mut look: Look) -> io::Result<(Sender<()>, JoinHandle<()>)> {
    let (stop, stopped) = bounded::<()>(0);
    let thread = thread::Builder::new().name("watch".to_owned()).spawn(move || {
        while stopped.recv_timeout(POLL_INTERVAL) == Err(RecvTimeoutError::Timeout) {
            look();
        }
    })?;
    Ok((stop, thread))
}

fn watch_all(
    policies: Arc<Policies>,
    mut watch: Watch,
    mut files: Option<CertificateFiles>,
    registries: Arc<MountedConfig>,
) -> Look {
    Box::new(move || {
        match watch.poll(&policies, wall_clock()) {
            Reload::Unchanged => {}
            Reload::SameRevision => tracing::info!("policies reloaded; the revision is the same"),
            Reload::Swapped(active) => {
                active.notices.iter().for_each(|notice| tracing::warn!("{notice}"));
                tracing::info!(revision = active.set.revision(), "policies reloaded");
            }
            Reload::Refused(error) => tracing::error!("policies not reloaded, the last good ones stay: {error}"),
        }
        match files.as_mut().map(CertificateFiles::poll) {
            Some(Ok(true)) => tracing::info!("certificate reloaded"),
            Some(Err(error)) => tracing::error!("certificate not reloaded: {error}"),
            Some(Ok(false)) | None => {}
        }
        match registries.poll() {
            Ok(true) => tracing::info!("credentials for registries reloaded"),
            Ok(false) => {}
            Err(error) => tracing::error!("credentials for registries not reloaded, the last good ones stay: {error}"),
        }
    })
}

/// Waits for threads to end, but not for ever: one may wait for caches that never fill, the other for a reader of standard
/// output that is gone.
fn wait_for(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    let by = Instant::now().checked_add(THREADS_TIME);
    for thread in threads {
        while !thread.is_finished() && by.is_some_and(|by| Instant::now() < by) {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// On the first signal leaves in order, on the second at once.
async fn leave_on_signal(drain: Drain, delay: Duration) {
    if let Err(error) = signalled().await {
        tracing::error!("signals cannot be waited for: {error}");
        return;
    }
    tracing::info!(delay = delay.as_secs(), "stopping");
    drain.advance(Stage::Leaving);
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        _ = signalled() => tracing::warn!("stopping at once"),
    }
    drain.advance(Stage::Ending);
}

#[cfg(unix)]
async fn signalled() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn signalled() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
