//! Leaving in order: first readiness fails, then answers ask clients to connect elsewhere, then work under way ends.

use tokio::sync::watch;

/// How far a server is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It serves.
    Serving,
    /// It serves, but is not ready, and its answers close their connections. Endpoints and load balancers notice.
    Leaving,
    /// It takes no new connection; what is under way ends.
    Ending,
}

/// The stage, shared by all that act on it.
#[derive(Debug, Clone)]
pub struct Drain {
    stage: watch::Sender<Stage>,
}

impl Default for Drain {
    fn default() -> Self {
        Self { stage: watch::Sender::new(Stage::Serving) }
    }
}

impl Drain {
    /// The stage now.
    #[must_use]
    pub fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Goes on to a later stage; there is no way back.
    pub fn advance(&self, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let later = to > *stage;
            *stage = (*stage).max(to);
            later
        });
    }

    /// Waits for a stage.
    pub async fn reached(&self, stage: Stage) {
        let mut changes = self.stage.subscribe();
        // The sender is held by `self`, so it cannot be gone.
        let _ = changes.wait_for(|now| *now >= stage).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stages_only_go_forward() {
        let drain = Drain::default();
        drain.advance(Stage::Ending);
        drain.advance(Stage::Leaving);
        assert_eq!(drain.stage(), Stage::Ending);
        drain.reached(Stage::Leaving).await;
    }
}
