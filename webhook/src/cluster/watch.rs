//! One list and the watch that follows it, for ever. What is done with the objects is the [`Sink`]'s business.
//!
//! kube's own watcher swallows bookmarks, and they are what tells a quiet kind from a dead connection; hence this loop
//! over kube's requests. It keeps the client-go contract: list in pages, watch from the list's version, go on from the
//! last version seen when a watch ends, list again when that version is gone (410). After an error it waits, longer each
//! time, and the sink keeps what it has.

use std::time::Duration;

use futures::StreamExt as _;
use kube::Client;
use kube::core::params::{ListParams, WatchParams};
use kube::core::{Request, WatchEvent};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::backoff::Backoff;

/// What a list or a watch yields.
pub(super) trait Item: DeserializeOwned + Clone + Send + 'static {
    /// `metadata.resourceVersion`.
    fn version(&self) -> &str;
}

/// Which objects are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Path of the collection, such as `/apis/apps/v1/replicasets`.
    pub path: String,
    /// Only the objects that this field selector names, such as `metadata.name=a`.
    pub fields: Option<String>,
    /// Metadata is enough: the API server leaves the rest out.
    pub metadata_only: bool,
}

/// Takes in what is followed.
pub(super) trait Sink<T>: Send {
    /// A complete list begins.
    fn begin(&mut self);
    /// One object of the list that has begun.
    fn listed(&mut self, item: T);
    /// The list is complete: what was not in it does not exist.
    fn complete(&mut self);
    /// An object was made or changed.
    fn applied(&mut self, item: T);
    /// An object was removed.
    fn deleted(&mut self, item: T);
    /// The events so far are all there are at the moment.
    fn settle(&mut self);
    /// Something was heard from the API server.
    fn heard(&mut self);
    /// It could not be listed or watched; it is tried again.
    fn failed(&mut self, error: &WatchError);
}

/// Why nothing can be listed or watched for the moment.
#[derive(Debug, thiserror::Error)]
pub(super) enum WatchError {
    /// The API server has no such resource: its CRD is not installed.
    #[error("the API server has no such resource")]
    Absent,
    /// Our ServiceAccount may not read it.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// The API server answered with another error.
    #[error("{0}")]
    Refused(String),
    /// No answer, or one that is none.
    #[error("{0}")]
    Unreachable(#[source] Box<kube::Error>),
}

impl From<kube::Error> for WatchError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => match status.code {
                404 => Self::Absent,
                401 | 403 => Self::Forbidden(status.message.clone()),
                _ => Self::Refused(status.message.clone()),
            },
            other => Self::Unreachable(Box::new(other)),
        }
    }
}

/// Objects of one page of a list.
const PAGE: u32 = 500;
/// The API server ends a watch after so long, and it is resumed.
const WATCH: Duration = Duration::from_mins(4);
/// Bookmarks come about every minute: a connection that is silent for longer is taken for dead.
const SILENCE: Duration = Duration::from_secs(150);
/// So many events are taken in before they are made visible together.
const BATCH: usize = 256;

#[derive(Deserialize)]
struct Page<T> {
    metadata: PageMetadata,
    // An empty list may be null.
    items: Option<Vec<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageMetadata {
    #[serde(default)]
    resource_version: String,
    #[serde(default, rename = "continue")]
    more: Option<String>,
}

/// Follows the source until the API server has no such resource.
pub(super) async fn follow<T: Item>(client: &Client, source: &Source, sink: &mut impl Sink<T>) {
    let mut backoff = Backoff::default();
    let mut version: Option<String> = None;
    loop {
        let progress = match &version {
            None => list(client, source, sink).await.map(Some),
            Some(from) => watch(client, source, from, sink).await,
        };
        match progress {
            Ok(next) => {
                // An immediate end of a watch that brought nothing must not become a hot loop.
                let moved = next.is_none() || next != version;
                version = next;
                if moved {
                    backoff.reset();
                } else {
                    backoff.wait().await;
                }
            }
            Err(error) => {
                sink.failed(&error);
                if matches!(error, WatchError::Absent) {
                    return;
                }
                backoff.wait().await;
            }
        }
    }
}

/// Lists everything; the version to watch from.
async fn list<T: Item>(client: &Client, source: &Source, sink: &mut impl Sink<T>) -> Result<String, WatchError> {
    sink.begin();
    let fields = source.fields.clone();
    let mut parameters = ListParams { field_selector: fields, limit: Some(PAGE), ..ListParams::default() };
    loop {
        let request = Request::new(&source.path);
        let request = if source.metadata_only { request.list_metadata(&parameters) } else { request.list(&parameters) };
        let request = request.map_err(kube::Error::BuildRequest)?;
        let page = tokio::time::timeout(SILENCE, client.request::<Page<T>>(request)).await;
        let page = page.map_err(|_| WatchError::Refused("no answer in time".to_owned()))??;
        page.items.into_iter().flatten().for_each(|item| sink.listed(item));
        sink.heard();
        parameters.continue_token = page.metadata.more.filter(|token| !token.is_empty());
        if parameters.continue_token.is_none() {
            sink.complete();
            return Ok(page.metadata.resource_version);
        }
    }
}

/// Watches until the API server ends it; the version to go on from, or `None` where it must be listed again.
async fn watch<T: Item>(
    client: &Client,
    source: &Source,
    from: &str,
    sink: &mut impl Sink<T>,
) -> Result<Option<String>, WatchError> {
    let timeout = u32::try_from(WATCH.as_secs()).unwrap_or(u32::MAX);
    let parameters = WatchParams { field_selector: source.fields.clone(), ..WatchParams::default() }.timeout(timeout);
    let request = Request::new(&source.path);
    let request =
        if source.metadata_only { request.watch_metadata(&parameters, from) } else { request.watch(&parameters, from) };
    let request = request.map_err(kube::Error::BuildRequest)?;
    let events = tokio::time::timeout(SILENCE, client.request_events::<T>(request)).await;
    let events = match events.map_err(|_| WatchError::Refused("no answer in time".to_owned()))? {
        Err(kube::Error::Api(status)) if status.code == 410 => return Ok(None),
        other => other?,
    };
    // What the watch began with is heard as well: the API server accepted it.
    tracing::debug!(path = source.path, from, "a watch begins");
    sink.heard();
    let mut events = std::pin::pin!(events.ready_chunks(BATCH));
    let mut version = from.to_owned();
    while let Ok(Some(batch)) = tokio::time::timeout(SILENCE, events.next()).await {
        sink.heard();
        for event in batch {
            match event? {
                WatchEvent::Added(item) | WatchEvent::Modified(item) => {
                    item.version().clone_into(&mut version);
                    sink.applied(item);
                }
                WatchEvent::Deleted(item) => {
                    item.version().clone_into(&mut version);
                    sink.deleted(item);
                }
                WatchEvent::Bookmark(bookmark) => version = bookmark.metadata.resource_version,
                WatchEvent::Error(status) if status.code == 410 => {
                    sink.settle();
                    return Ok(None);
                }
                WatchEvent::Error(status) => {
                    sink.settle();
                    return Err(kube::Error::Api(status).into());
                }
            }
        }
        sink.settle();
    }
    tracing::debug!(path = source.path, version, "a watch ends");
    Ok(Some(version))
}
