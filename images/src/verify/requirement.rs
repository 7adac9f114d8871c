//! Whether the signers found are as many, and as different, as the rule wants.

use super::accepted::Signer;
use crate::trust::TrustRule;
use platlint_config::images::{Distinct, Require};
use std::collections::BTreeSet;

/// What is missing, in words; `None` where nothing is.
pub(super) fn missing(rule: &TrustRule, signers: &BTreeSet<Signer>) -> Option<String> {
    let signed: BTreeSet<&str> = signers.iter().map(Signer::authority).collect();
    match rule.require() {
        Require::All => {
            let all = rule.settings.authorities.iter().map(|authority| authority.name.as_str());
            let missing: Vec<_> = all.filter(|name| !signed.contains(name)).collect();
            // A rule without authorities wants nobody in particular, and nobody is not enough.
            let is_met = missing.is_empty() && !signed.is_empty();
            (!is_met).then(|| format!("no valid signature of {}", names(&missing)))
        }
        Require::Any => {
            let all: Vec<_> = rule.settings.authorities.iter().map(|authority| authority.name.as_str()).collect();
            signed.is_empty().then(|| format!("no valid signature of {}", names(&all)))
        }
        Require::AtLeast { count, distinct } => {
            let (found, what) = match distinct {
                Distinct::Authority => (signed.len(), "authorities"),
                Distinct::Identity => (
                    signers.iter().map(Signer::principal).collect::<BTreeSet<_>>().len(),
                    "different keys or identities",
                ),
            };
            let wanted = usize::try_from(count).unwrap_or(usize::MAX).max(1);
            (found < wanted).then(|| format!("valid signatures of {found} {what}, where {wanted} are wanted"))
        }
    }
}

fn names(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "anybody trusted".to_owned() } else { quoted.join(", ") }
}
