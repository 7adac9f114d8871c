//! Evidence as pieces: from a search into files, and from files back into evidence.

use std::collections::BTreeSet;

use platlint_registry::Digest;

use super::entry::LockedPart;
use super::legacy;
use super::store::{Store, StoreFault};
use crate::lookup::SurveyedPart;
use crate::verify::Evidence;

/// Stores what was found about one manifest; the manifest too, where the rule needs it.
pub(super) fn store_part(part: &SurveyedPart, with_manifest: bool, store: &mut Store) -> LockedPart {
    let manifest = part.manifest.as_ref().filter(|_| with_manifest);
    let bundles = part.evidence.bundles.iter().cloned();
    let signatures = part.evidence.legacy.iter().map(legacy::to_bytes);
    LockedPart {
        digest: part.digest.clone(),
        manifest: manifest.map(|(_, bytes)| store.add(bytes.clone())),
        bundles: bundles.chain(signatures).map(|bytes| store.add(bytes)).collect(),
    }
}

/// The stored evidence of one manifest, each piece checked against its name.
pub(super) fn evidence(bundles: &BTreeSet<Digest>, store: &Store) -> Result<Evidence, StoreFault> {
    let mut evidence = Evidence::default();
    for digest in bundles {
        let bytes = store.get(digest)?;
        match legacy::from_bytes(&bytes) {
            Some(signature) => evidence.legacy.push(signature),
            None => evidence.bundles.push(bytes),
        }
    }
    Ok(evidence)
}
