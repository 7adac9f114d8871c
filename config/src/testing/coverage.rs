//! Which lines of policies the tests evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::policies::rego::RegoFile;

/// The lines of one policy file that can be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCoverage {
    /// The file, as users know it.
    pub file: Arc<str>,
    /// Lines that some test evaluated, from 1.
    pub covered: BTreeSet<u32>,
    /// Lines that none did.
    pub missed: BTreeSet<u32>,
}

impl FileCoverage {
    /// Covered lines of a hundred, rounded down; 100 where there is nothing to evaluate.
    #[must_use]
    pub fn percent(&self) -> usize {
        let all = self.covered.len().saturating_add(self.missed.len());
        self.covered.len().saturating_mul(100).checked_div(all).unwrap_or(100)
    }
}

/// Lines gathered over many evaluations.
#[derive(Debug, Default)]
pub(super) struct Lines {
    files: BTreeMap<String, (BTreeSet<u32>, BTreeSet<u32>)>,
}

impl Lines {
    pub(super) fn add(&mut self, report: &regorus::coverage::Report) {
        for file in &report.files {
            let (covered, missed) = self.files.entry(file.path.clone()).or_default();
            covered.extend(&file.covered);
            missed.extend(&file.not_covered);
        }
    }

    /// The coverage of these files.
    pub(super) fn of(&self, files: &[&RegoFile]) -> Vec<FileCoverage> {
        let lines = |file: &&RegoFile| {
            let (covered, missed) = self.files.get(&*file.path)?;
            let missed = missed.difference(covered).copied().collect();
            Some(FileCoverage { file: file.path.clone(), covered: covered.clone(), missed })
        };
        files.iter().filter_map(lines).collect()
    }
}
