//! Keeps the watches of pull secrets: in each opened namespace both types of Secrets that hold credentials for
//! registries, and the accounts. Other Secrets never come over the wire: the API server selects by type.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::Client;
use serde::Deserialize;

use super::health::KindHealth;
use super::pull_secrets::{Key, Opened, PullSecret, PullStore, SecretType, Shelf, names};
use super::watch::{Item, Sink, Source, WatchError, follow};

/// After the API server said that it has no Secrets at all, which is hardly true for long.
const ABSENT: Duration = Duration::from_secs(15);

/// Starts the watches; they run until the runtime ends.
pub(super) fn start(client: &Client, opened: &Opened, store: &Arc<PullStore>) {
    let mut watches = store.watches.iter();
    for (place, _) in opened.places() {
        for kind in SecretType::ALL {
            let Some(health) = watches.next() else { return };
            let source = Source {
                path: format!("/api/v1/{place}secrets"),
                fields: Some(format!("type={}", kind.as_str())),
                metadata_only: false,
            };
            spawn::<SecretItem>(client.clone(), source, ShelfSink::new(kind, store.clone(), health.clone()));
        }
        let Some(health) = watches.next() else { return };
        let source = Source { path: format!("/api/v1/{place}serviceaccounts"), fields: None, metadata_only: false };
        // Of an account no type matters.
        let sink = ShelfSink::new(SecretType::DockerConfigJson, store.clone(), health.clone());
        spawn::<AccountItem>(client.clone(), source, sink);
    }
}

fn spawn<T: Kept>(client: Client, source: Source, mut sink: ShelfSink<T>) {
    tokio::spawn(async move {
        loop {
            follow(&client, &source, &mut sink).await;
            tokio::time::sleep(ABSENT).await;
        }
    });
}

/// A Secret as the API server sends it: only what is needed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SecretItem {
    metadata: ItemMetadata,
    #[serde(default)]
    data: Contents,
}

/// Values of a Secret; shown without them.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
struct Contents(Option<BTreeMap<String, String>>);

impl std::fmt::Debug for Contents {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("…")
    }
}

/// A ServiceAccount.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountItem {
    metadata: ItemMetadata,
    #[serde(default)]
    image_pull_secrets: Option<Vec<NamedSecret>>,
}

#[derive(Debug, Clone, Deserialize)]
struct NamedSecret {
    #[serde(default)]
    name: Arc<str>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemMetadata {
    #[serde(default)]
    name: Arc<str>,
    #[serde(default)]
    namespace: Arc<str>,
    #[serde(default)]
    resource_version: String,
}

/// What is kept of an object.
pub(super) trait Kept: Item {
    type Value: Clone + Send + Sync + 'static;

    fn metadata(&self) -> &ItemMetadata;

    /// Where it is kept.
    fn shelf(store: &PullStore, kind: SecretType) -> &Shelf<Self::Value>;

    /// Its bytes, and what is kept; `None` where it holds nothing of use.
    fn kept(self, kind: SecretType) -> Option<(usize, Self::Value)>;
}

impl Item for SecretItem {
    fn version(&self) -> &str {
        &self.metadata.resource_version
    }
}

impl Kept for SecretItem {
    type Value = Arc<PullSecret>;

    fn metadata(&self) -> &ItemMetadata {
        &self.metadata
    }

    fn shelf(store: &PullStore, kind: SecretType) -> &Shelf<Self::Value> {
        store.shelf(kind)
    }

    fn kept(self, kind: SecretType) -> Option<(usize, Self::Value)> {
        let text = self.data.0?.remove(kind.key())?;
        let bytes = STANDARD.decode(text).ok()?;
        let secret = PullSecret::new(kind, &bytes);
        if let Err(error) = secret.config() {
            let ItemMetadata { namespace, name, .. } = &self.metadata;
            tracing::info!(%namespace, secret = %name, %error, "a pull secret cannot be read and is passed over");
        }
        Some((bytes.len(), Arc::new(secret)))
    }
}

impl Item for AccountItem {
    fn version(&self) -> &str {
        &self.metadata.resource_version
    }
}

impl Kept for AccountItem {
    type Value = Arc<[Arc<str>]>;

    fn metadata(&self) -> &ItemMetadata {
        &self.metadata
    }

    fn shelf(store: &PullStore, _: SecretType) -> &Shelf<Self::Value> {
        &store.accounts
    }

    fn kept(self, _: SecretType) -> Option<(usize, Self::Value)> {
        let names: Arc<[Arc<str>]> = names(self.image_pull_secrets.iter().flatten().map(|one| &one.name)).into();
        (!names.is_empty()).then(|| (names.iter().map(|name| name.len()).sum(), names))
    }
}

/// Writes the objects of one watch onto a shelf.
pub(super) struct ShelfSink<T> {
    pub kind: SecretType,
    pub store: Arc<PullStore>,
    pub health: Arc<KindHealth>,
    held: HashMap<Key, (u64, u32)>,
    round: u32,
    items: std::marker::PhantomData<fn(T)>,
}

impl<T> ShelfSink<T>
where
    T: Kept,
{
    pub(super) fn new(kind: SecretType, store: Arc<PullStore>, health: Arc<KindHealth>) -> Self {
        Self { kind, store, health, held: HashMap::new(), round: 0, items: std::marker::PhantomData }
    }

    fn put(&mut self, item: T) {
        let metadata = item.metadata();
        let key = (metadata.namespace.clone(), metadata.name.clone());
        let Some((bytes, value)) = item.kept(self.kind) else { return self.forget(&key) };
        let bytes = bytes as u64;
        let before = self.held.insert(key.clone(), (bytes, self.round)).map(|(bytes, _)| bytes);
        self.health.replaced(before, Some(bytes));
        T::shelf(&self.store, self.kind).change(|held| drop(held.insert(key, value)));
    }

    fn forget(&mut self, key: &Key) {
        let Some((bytes, _)) = self.held.remove(key) else { return };
        self.health.replaced(Some(bytes), None);
        T::shelf(&self.store, self.kind).change(|held| drop(held.remove(key)));
    }
}

impl<T> Sink<T> for ShelfSink<T>
where
    T: Kept,
{
    fn begin(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    fn listed(&mut self, item: T) {
        self.put(item);
    }

    fn complete(&mut self) {
        let round = self.round;
        let gone: Vec<Key> =
            self.held.iter().filter(|(_, (_, seen))| *seen != round).map(|(key, _)| key.clone()).collect();
        gone.iter().for_each(|key| self.forget(key));
        self.health.synced();
    }

    fn applied(&mut self, item: T) {
        self.put(item);
    }

    fn deleted(&mut self, item: T) {
        let metadata = item.metadata();
        self.forget(&(metadata.namespace.clone(), metadata.name.clone()));
    }

    fn settle(&mut self) {}

    fn heard(&mut self) {
        self.health.heard();
    }

    fn failed(&mut self, error: &WatchError) {
        self.health.failed(error);
    }
}
