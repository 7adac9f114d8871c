//! How much one evaluation of one rule may cost before it is a policy error.

use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;

/// The budget of one rule on one review.
///
/// Instructions are the policy's budget: they do not depend on the machine's load, so that a verdict does not either.
/// Time is only a backstop, for built-ins that hang and for the interpreter, which counts no instructions; running
/// into it is a fault of the machine or of the policy that cannot be told apart, and has an outcome of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Instructions of the VM.
    pub instructions: usize,
    /// Wall-clock time.
    pub backstop: Duration,
}

impl Default for Budget {
    /// 2,000,000 instructions take about 0.1 s (a realistic rule on a Pod needs 100 to 1,000); the backstop is ten
    /// times that.
    fn default() -> Self {
        Self { instructions: 2_000_000, backstop: Duration::from_secs(1) }
    }
}

/// Instructions between two looks at the clock.
const CHECK_EVERY: NonZeroU32 = NonZeroU32::new(1_024).unwrap();

impl Budget {
    pub(crate) const fn timer(self) -> ExecutionTimerConfig {
        ExecutionTimerConfig { limit: self.backstop, check_interval: CHECK_EVERY }
    }
}
