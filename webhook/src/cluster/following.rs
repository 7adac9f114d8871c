//! Keeps one watch for each kind in demand, and one for each kind of controller.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use platlint_engine::Gvk;
use tokio::sync::oneshot;

use super::backoff::Backoff;
use super::controllers::Controller;
use super::demand::ApiKind;
use super::health::KindHealth;
use super::inventory::{InventorySink, InventoryStore};
use super::knowledge::Live;
use super::owners::{OwnerSink, OwnerStore};
use super::resources::Collection;
use super::watch::{Sink, Source, WatchError, follow};

/// How often it is looked whether a kind that the API server did not have has come.
const ABSENT: Duration = Duration::from_secs(15);

/// Follows what is in demand, for ever.
pub(super) async fn run(client: Client, live: Arc<Live>) {
    for (controller, health) in live.controllers.known().iter().cloned().zip(live.owner_kinds.iter().cloned()) {
        tokio::spawn(follow_owners(client.clone(), controller, live.owners.clone(), health));
    }
    let mut wanted = live.kinds.subscribe();
    // Dropping the sender ends the watch.
    let mut running: BTreeMap<ApiKind, oneshot::Sender<()>> = BTreeMap::new();
    loop {
        {
            let kinds = wanted.borrow_and_update();
            running.retain(|kind, _| kinds.contains_key(kind));
            for (kind, health) in kinds.iter() {
                running.entry(kind.clone()).or_insert_with(|| {
                    let (keep, stop) = oneshot::channel();
                    let store = live.inventory.clone();
                    tokio::spawn(follow_kind(client.clone(), kind.clone(), store, health.clone(), stop));
                    keep
                });
            }
        }
        if wanted.changed().await.is_err() {
            return;
        }
    }
}

async fn follow_kind(
    client: Client,
    kind: ApiKind,
    store: Arc<InventoryStore>,
    health: Arc<KindHealth>,
    stop: oneshot::Receiver<()>,
) {
    let mut sink = InventorySink::new(kind.clone(), store, health);
    let watching = async {
        loop {
            let (api_version, name) = (&kind.0, &kind.1);
            let path = find(&mut sink, || Collection::find(&client, api_version, name)).await.path;
            let source = Source { path, fields: None, metadata_only: false };
            follow_while_present(&client, &source, &mut sink).await;
        }
    };
    tokio::select! {
        () = watching => {}
        _ = stop => {}
    }
    sink.clear();
}

async fn follow_owners(client: Client, controller: Controller, store: Arc<OwnerStore>, health: Arc<KindHealth>) {
    loop {
        // Which version is watched does not matter to the metadata; the one that the API server prefers always exists.
        let mut waiting = OwnerSink::new(Gvk::new("", &controller.kind), store.clone(), health.clone());
        let version = find(&mut waiting, || preferred(&client, &controller)).await;
        let api_version =
            if controller.group.is_empty() { version.to_string() } else { format!("{}/{version}", controller.group) };
        let path = find(&mut waiting, || Collection::find(&client, &api_version, &controller.kind)).await.path;
        let mut sink = OwnerSink::new(Gvk::new(&api_version, &controller.kind), store.clone(), health.clone());
        let source = Source { path, fields: None, metadata_only: true };
        follow_while_present(&client, &source, &mut sink).await;
    }
}

async fn preferred(client: &Client, controller: &Controller) -> Result<Option<Arc<str>>, kube::Error> {
    if let Some(version) = &controller.version {
        return Ok(Some(version.clone()));
    }
    let groups = client.list_api_groups().await?.groups;
    let group = groups.into_iter().find(|group| group.name == *controller.group);
    let version = group.and_then(|group| {
        let preferred = group.preferred_version.map(|one| one.version);
        preferred.or_else(|| group.versions.into_iter().next().map(|one| one.version))
    });
    Ok(version.map(Into::into))
}

/// Asks until the API server has it.
async fn find<T, I, F>(sink: &mut impl Sink<I>, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<Option<T>, kube::Error>>,
{
    let mut backoff = Backoff::default();
    loop {
        match ask().await {
            Ok(Some(found)) => return found,
            Ok(None) => {
                sink.failed(&WatchError::Absent);
                tokio::time::sleep(ABSENT).await;
            }
            Err(error) => {
                sink.failed(&error.into());
                backoff.wait().await;
            }
        }
    }
}

/// Follows until the API server has the resource no more.
async fn follow_while_present<T: super::watch::Item>(client: &Client, source: &Source, sink: &mut impl Sink<T>) {
    follow(client, source, sink).await;
    tokio::time::sleep(ABSENT).await;
}
