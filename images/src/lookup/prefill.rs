//! Warming the cache from what runs already, behind everything that somebody waits for.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Lookup;
use super::credentials::Credentials;
use super::question::Question;

/// What prefilling did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prefilled {
    /// Images that were looked up and are remembered as verified now.
    pub verified: usize,
    /// Images that were looked up and are not.
    pub others: usize,
    /// Images that are remembered already, or that ask nothing: no digest, or no rule.
    pub skipped: usize,
    /// Images that were left out because the cache is half full.
    pub left_out: usize,
}

/// How long to stand back while somebody waits for a registry, and how often in a row.
const STEP_BACK: Duration = Duration::from_millis(100);
const STEPS_BACK: usize = 50;

impl Lookup {
    /// Looks up the images of Pods that run, one at a time and only while nobody else asks a registry. Takes the texts
    /// of `imageID` too (`docker-pullable://name@sha256:…`). Ends where the cache is half full: the rest of the room is
    /// for images that are asked for.
    pub async fn prefill(&self, images: &[Arc<str>], credentials: &dyn Credentials) -> Prefilled {
        let mut done = Prefilled::default();
        for (position, image) in images.iter().enumerate() {
            if self.search.cache.is_half_full() {
                done.left_out = images.len().saturating_sub(position);
                break;
            }
            let image: Arc<str> = image.split_once("://").map_or_else(|| Arc::clone(image), |(_, name)| name.into());
            let question = self.search.question(&image, false);
            let Question::ByDigest(asked) = &*question else {
                done.skipped = done.skipped.saturating_add(1);
                continue;
            };
            if self.search.cache.get(&asked.key).is_some() {
                done.skipped = done.skipped.saturating_add(1);
                continue;
            }
            self.stand_back().await;
            let now = Instant::now();
            let deadline = now.checked_add(self.search.patience.0).unwrap_or(now);
            if self.search.ask(asked, credentials, deadline).await.is_verified() {
                done.verified = done.verified.saturating_add(1);
            } else {
                done.others = done.others.saturating_add(1);
            }
        }
        done
    }

    /// Waits until no search is in the air, some seconds at most.
    async fn stand_back(&self) {
        for _ in 0..STEPS_BACK {
            if self.search.in_the_air() == 0 {
                return;
            }
            sleep(STEP_BACK).await;
        }
    }
}
