//! Keeps the watches of pull secrets: in each opened namespace both types of Secrets that hold credentials for
//! registries, and the accounts. Other Secrets never come over the wire: the API server selects by type.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;

use super::pull_secrets::{AccountItem, Kept, Opened, PullStore, SecretItem, SecretType, ShelfSink};
use super::watch::{Source, follow};

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
