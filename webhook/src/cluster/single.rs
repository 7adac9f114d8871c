//! Follows one object by its name.

use std::sync::Arc;
use std::time::Duration;

use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::health::KindHealth;
use super::watch::{Item, Sink, Source, WatchError, follow};

/// What is known of it; a channel holds `None` until it was looked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Single<T> {
    /// It is there.
    Present(Box<T>),
    /// It is not.
    Absent,
}

impl<T> Single<T> {
    pub(super) fn present(&self) -> Option<&T> {
        match self {
            Self::Present(object) => Some(object),
            Self::Absent => None,
        }
    }
}

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(transparent)]
struct Typed<T>(T);

impl<T: Resource + DeserializeOwned + Clone + Send + 'static> Item for Typed<T> {
    fn version(&self) -> &str {
        self.0.meta().resource_version.as_deref().unwrap_or_default()
    }
}

struct SingleSink<T> {
    channel: watch::Sender<Option<Single<T>>>,
    health: Arc<KindHealth>,
    listed: Option<T>,
}

/// Follows the object of this name in the collection at `path`, for ever.
pub(super) async fn follow_one<T>(
    client: Client,
    path: String,
    name: &str,
    channel: watch::Sender<Option<Single<T>>>,
    health: Arc<KindHealth>,
) where
    T: Resource + DeserializeOwned + Clone + Send + Sync + 'static,
{
    let source = Source { path, fields: Some(format!("metadata.name={name}")), metadata_only: false };
    let mut sink = SingleSink { channel, health, listed: None };
    loop {
        follow::<Typed<T>>(&client, &source, &mut sink).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

impl<T: Resource + DeserializeOwned + Clone + Send + Sync + 'static> Sink<Typed<T>> for SingleSink<T> {
    fn begin(&mut self) {
        self.listed = None;
    }

    fn listed(&mut self, item: Typed<T>) {
        self.listed = Some(item.0);
    }

    fn complete(&mut self) {
        let found = self.listed.take().map_or(Single::Absent, |object| Single::Present(Box::new(object)));
        self.channel.send_replace(Some(found));
        self.health.synced();
    }

    fn applied(&mut self, item: Typed<T>) {
        self.channel.send_replace(Some(Single::Present(Box::new(item.0))));
    }

    fn deleted(&mut self, _item: Typed<T>) {
        self.channel.send_replace(Some(Single::Absent));
    }

    fn settle(&mut self) {}

    fn heard(&mut self) {
        self.health.heard();
    }

    fn failed(&mut self, error: &WatchError) {
        self.health.failed(error);
    }
}
