//! Looks up what runs already, one image after another, so that after a restart the Pods of a cluster do not all ask their
//! registries at once. Nobody waits for it, and it gives way to whoever waits for a registry.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::keychain::Keychain;
use super::wanted::Rights;
use crate::cluster::RunningImage;
use crate::policies::Policies;

/// Until the list ends.
pub async fn run(mut running: mpsc::Receiver<RunningImage>, policies: Arc<Policies>, keychain: Arc<Keychain>) {
    let (mut verified, mut others, mut skipped) = (0_usize, 0_usize, 0_usize);
    while let Some(RunningImage { image, namespace, pull_secrets, account }) = running.recv().await {
        let active = policies.current();
        let Some(images) = &active.images else { continue };
        let credentials = keychain.of(&Rights { namespace, pull_secrets, account });
        let done = images.lookup().prefill(&[image], &credentials).await;
        verified = verified.saturating_add(done.verified);
        others = others.saturating_add(done.others);
        skipped = skipped.saturating_add(done.skipped);
        if done.left_out > 0 {
            tracing::info!(verified, others, skipped, "the cache is half full: further running images are left out");
            return;
        }
    }
    if verified.saturating_add(others).saturating_add(skipped) > 0 {
        tracing::info!(verified, others, skipped, "signatures of running images looked up");
    }
}
