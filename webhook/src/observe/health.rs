//! Whether this replica can answer, and if not, why. Readiness can turn off again.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::SystemTime;

use crate::cluster::Knowledge;
use crate::policies::Policies;
use crate::serve::{Drain, Stage};
use crate::tls::Certificates;

/// Everything readiness depends on.
#[derive(Debug, Clone)]
pub struct Health {
    /// The policies in force.
    pub policies: Arc<Policies>,
    /// The watch caches.
    pub knowledge: Knowledge,
    /// The serving certificate.
    pub certificates: Arc<Certificates>,
    /// Whether it is on its way out.
    pub drain: Drain,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// Why it does not hold.
    pub reason: Option<String>,
    /// What else is worth knowing.
    pub note: Option<String>,
}

impl Health {
    /// All conditions.
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        let active = self.policies.current();
        let mut note = format!("revision {}", active.set.revision());
        // The last good policies serve well: no reason to take the replica out, but to look.
        if let Some(refused) = self.policies.refused() {
            let _ = write!(note, "; newer ones were refused: {refused}");
        }
        let leaving = (self.drain.stage() != Stage::Serving).then(|| "the server is stopping".to_owned());
        vec![
            Check { name: "policies", reason: None, note: Some(note) },
            Check { name: "caches", reason: self.knowledge.unready(), note: None },
            Check {
                name: "cluster",
                reason: None,
                note: Some(self.knowledge.warnings().join("; ")).filter(|all| !all.is_empty()),
            },
            Check {
                name: "certificate",
                reason: self.certificates.unready(SystemTime::now()).map(ToOwned::to_owned),
                note: None,
            },
            Check { name: "drain", reason: leaving, note: None },
        ]
    }

    /// Whether all conditions hold.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.checks().iter().all(|check| check.reason.is_none())
    }

    /// The answer of `/readyz`: whether it is ready, and the text.
    #[must_use]
    pub fn answer(&self, verbose: bool) -> (bool, String) {
        let checks = self.checks();
        let ready = checks.iter().all(|check| check.reason.is_none());
        let mut text = String::new();
        for check in checks.iter().filter(|check| verbose || check.reason.is_some()) {
            // Writing to a string cannot fail.
            let _ = match (&check.reason, &check.note) {
                (Some(reason), _) => writeln!(text, "[-]{} failed: {reason}", check.name),
                (None, Some(note)) => writeln!(text, "[+]{} ok: {note}", check.name),
                (None, None) => writeln!(text, "[+]{} ok", check.name),
            };
        }
        text.push_str(if ready { "ready\n" } else { "not ready\n" });
        (ready, text)
    }
}
