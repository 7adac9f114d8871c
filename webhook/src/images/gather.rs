//! Looks up what a review wants to know of its images, within the time that is left for it. On the threads that serve:
//! no evaluation thread waits for a network.

use std::sync::Arc;

use tokio::time::Instant;

use super::discretion::discreet;
use super::keychain::Keychain;
use super::wanted::{Known, Wanted};
use crate::limits::{IMAGE_TIME, JUDGING_TIME};
use crate::observe::Metrics;

/// Looks images up.
#[derive(Debug, Clone)]
pub struct Gatherer {
    /// Whose credentials are used.
    pub keychain: Arc<Keychain>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

impl Gatherer {
    /// What could be found out before the review must be judged. An image that could not is there as `unknown`, with the
    /// reason; what follows is said by the rules.
    pub async fn gather(&self, wanted: Wanted, deadline: Instant) -> Known {
        let Wanted { active, uses, moment, mut known, rights } = wanted;
        let began = Instant::now();
        if let Some(images) = &active.images {
            let credentials = self.keychain.of(&rights);
            let facts = images.lookup().facts(&uses, moment, &credentials, until(began, deadline)).await;
            facts.values().for_each(|facts| self.metrics.image_looked_up(status(&facts.signature)));
            known.extend(facts.into_iter().map(|(image, facts)| {
                let facts = discreet(&image, facts);
                (image, facts)
            }));
        }
        self.metrics.images_gathered(began.elapsed());
        Known { active, facts: known }
    }
}

/// Until when registries are waited for: long enough before the review's own deadline that it can still be judged.
fn until(now: Instant, deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(now);
    let time = left.saturating_sub(JUDGING_TIME.min(left / 2)).min(IMAGE_TIME);
    now.checked_add(time).unwrap_or(now)
}

/// The four answers, as metrics name them.
fn status(signature: &platlint_engine::Value) -> &'static str {
    match platlint_engine::get_str(signature, "status").map(|text| &**text) {
        Some("verified") => "verified",
        Some("unsigned") => "unsigned",
        Some("invalid") => "invalid",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn leaves_time_to_judge() {
        let now = Instant::now();
        let time = |left: u64| until(now, now + Duration::from_millis(left)) - now;
        assert_eq!(time(4_500), Duration::from_secs(2));
        assert_eq!(time(2_500), Duration::from_secs(2));
        assert_eq!(time(1_800), Duration::from_millis(1_300));
        assert_eq!(time(800), Duration::from_millis(400));
        assert_eq!(time(0), Duration::ZERO);
    }
}
