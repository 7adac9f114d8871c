//! Starts everything that has to do with the cluster, on a thread of its own, and ends it.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use kube::{Client, Config};
use tokio::sync::{mpsc, watch};

use super::authority::Lifetimes;
use super::certificates::{self, Issuing};
use super::connection::ConnectionError;
use super::controllers::Controllers;
use super::keeping::{self, Keeping};
use super::knowledge::{Knowledge, Live};
use super::pull_secrets::{Opened, PullSecrets, PullStore};
use super::running::RunningImage;
use super::webhooks::Parameters;
use super::{following, lease, pulling, running};
use crate::tls::Certificates;

/// Images listed ahead of whoever looks them up.
const RUNNING: usize = 64;

/// Where `caBundle` of the webhook configurations comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaBundle {
    /// From the authority that we keep; we serve certificates of it.
    BuiltIn,
    /// From this file, read again at every look: PEM.
    File(PathBuf),
    /// Somebody else writes it, such as cert-manager; we leave the field alone.
    Elsewhere,
}

/// How we stand in the cluster.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the API server finds us and how it shall treat us.
    pub webhooks: Parameters,
    /// Whether the elected replica writes the webhook configurations.
    pub manages_webhooks: bool,
    /// Where their caBundle comes from.
    pub ca: CaBundle,
    /// For [`CaBundle::BuiltIn`].
    pub lifetimes: Lifetimes,
    /// This replica: the Pod's name.
    pub identity: String,
    /// Which controllers are believed.
    pub controllers: Controllers,
    /// Whether objects are watched at all; without, rules that need others' are not decided.
    pub knows: bool,
    /// Whose pull secrets are read.
    pub pull_secrets: Opened,
    /// Whether the images of running Pods are listed at the start.
    pub lists_images: bool,
}

/// What runs for the cluster.
#[derive(Debug)]
pub struct Cluster {
    knowledge: Knowledge,
    running: Option<mpsc::Receiver<RunningImage>>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Cluster {
    /// Starts; returns at once, before anything was heard of the API server. `serving` is given certificates where they
    /// are [`CaBundle::BuiltIn`].
    pub fn start(config: Config, settings: Settings, serving: Arc<Certificates>) -> Result<Self, ConnectionError> {
        let live = Live::new(settings.controllers.clone(), settings.knows);
        let live = Arc::new(Live { pulls: Arc::new(PullStore::of(&settings.pull_secrets)), ..live });
        let (send_images, running) = mpsc::channel(RUNNING);
        let knowledge = Knowledge::of(live.clone());
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = {
            let _guard = runtime.enter();
            Client::try_from(config).map_err(|error| ConnectionError::Client(Box::new(error)))?
        };
        let thread = std::thread::Builder::new().name("cluster".to_owned()).spawn(move || {
            runtime.block_on(run(client, live, settings, serving, send_images, stopped));
        })?;
        Ok(Self { knowledge, running: Some(running), stop, thread: Some(thread) })
    }

    /// The images of running Pods as they are listed, where that is asked for; can be taken once.
    pub const fn take_running(&mut self) -> Option<mpsc::Receiver<RunningImage>> {
        self.running.take()
    }

    /// What is known.
    #[must_use]
    pub fn knowledge(&self) -> Knowledge {
        self.knowledge.clone()
    }

    /// Ends it, after giving the lead to another replica. Blocks for two seconds at most.
    pub fn stop(mut self) {
        self.stop.send_replace(true);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the cluster's thread had panicked");
        }
    }
}

impl Settings {
    /// Names and addresses that our certificate must hold.
    fn names(&self) -> Vec<String> {
        let Parameters { service, namespace, url, .. } = &self.webhooks;
        let of_service = [format!("{service}.{namespace}.svc"), format!("{service}.{namespace}.svc.cluster.local")];
        let host = url.as_deref().and_then(|url| {
            let (_, rest) = url.split_once("://")?;
            let authority = rest.split('/').next()?;
            let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
            Some(host.trim_matches(['[', ']']).to_owned())
        });
        of_service.into_iter().chain(host).collect()
    }
}

async fn run(
    client: Client,
    live: Arc<Live>,
    settings: Settings,
    serving: Arc<Certificates>,
    images: mpsc::Sender<RunningImage>,
    mut stopped: watch::Receiver<bool>,
) {
    pulling::start(&client, &settings.pull_secrets, &live.pulls);
    let is_built_in = settings.ca == CaBundle::BuiltIn;
    let leads = watch::Sender::new(false);
    let authorities = watch::Sender::new(None);
    let live_bundle = watch::Sender::new(None);
    let election = lease::run(
        client.clone(),
        settings.webhooks.namespace.clone(),
        settings.identity.clone(),
        leads.clone(),
        live.counting.clone(),
        stopped.clone(),
    );
    let issuing = Issuing {
        client: client.clone(),
        namespace: settings.webhooks.namespace.clone(),
        names: settings.names(),
        lifetimes: settings.lifetimes,
        serving,
        counting: live.counting.clone(),
        authorities: authorities.clone(),
        leads: leads.subscribe(),
        live_bundle: live_bundle.subscribe(),
    };
    let keeping = Keeping {
        client: client.clone(),
        live: live.clone(),
        parameters: settings.webhooks,
        manages: settings.manages_webhooks,
        ca: settings.ca,
        authorities: authorities.subscribe(),
        leads: leads.subscribe(),
        live_bundle: live_bundle.clone(),
    };
    let mut tasks = tokio::task::JoinSet::new();
    if settings.lists_images {
        tasks.spawn(running::list(client.clone(), PullSecrets::of(live.pulls.clone()), images));
    }
    if settings.knows {
        tasks.spawn(following::run(client, live));
    }
    tasks.spawn(keeping::run(keeping));
    if is_built_in {
        tasks.spawn(certificates::run(issuing));
    }
    if settings.manages_webhooks || is_built_in {
        // Ends when it has given the lease back.
        election.await;
    } else {
        // An error means that nobody is left to stop us.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    }
}
