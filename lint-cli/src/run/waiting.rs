//! Documents that waited for what others say: most of them are right, and of these nothing needs to be read again. Only
//! where rules have something to say is the document parsed once more, for places.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use platlint_engine::{Evaluator, Verdict};

use super::{Gathered, Results, Run};
use crate::judge::{KindSet, Waiting};

/// Documents that one thread takes at a time.
const SHARE: usize = 64;

impl Run {
    /// The documents that waited and of which no rule has anything to say. Takes what waited out of the results.
    pub(super) fn at_rest(
        &self,
        results: &mut Results,
        gathered: &Gathered,
        turned_up: KindSet,
    ) -> BTreeSet<(usize, u32)> {
        let mut waiting: Vec<((usize, u32), Vec<Waiting>)> = Vec::new();
        for (key, judged) in results {
            let objects = std::mem::take(&mut judged.waiting);
            // Others in the same List may ask for what turned up, or for images, so all of it is judged again.
            if !objects.is_empty() && !judged.awaits_images && !judged.wants.meets(turned_up) {
                waiting.push((*key, objects));
            }
        }
        if waiting.is_empty() {
            return BTreeSet::new();
        }
        let workers = self.threads.get().min(waiting.len().div_ceil(SHARE));
        let shares = Mutex::new(waiting.chunks(SHARE));
        let at_rest = Mutex::new(BTreeSet::new());
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    let mut evaluator = Evaluator::new(self.set.clone());
                    loop {
                        let share = shares.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(share) = share else { break };
                        let mut quiet = Vec::new();
                        for (key, objects) in share {
                            if objects.iter().all(|object| self.says_nothing(&mut evaluator, gathered, object)) {
                                quiet.push(*key);
                            }
                        }
                        at_rest.lock().unwrap_or_else(PoisonError::into_inner).extend(quiet);
                    }
                });
            }
        });
        at_rest.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn says_nothing(&self, evaluator: &mut Evaluator, gathered: &Gathered, object: &Waiting) -> bool {
        let Waiting { review, doc } = object;
        let known = self.images.facts(&self.set, review, &gathered.facts);
        if !known.missing.is_empty() || !known.allowed.is_empty() {
            return false;
        }
        // Of most entities nothing was noted that any rule minds.
        if gathered.around().is_at_rest(evaluator, &known.facts, review, doc) {
            return true;
        }
        let facts = gathered.around().tell(&self.set, known.facts, review, || doc.clone());
        evaluator.decide(review, &facts) == Verdict::default()
    }
}
