//! `platlint images verify-bundle`.

use crate::args::VerifyBundleArgs;
use crate::exit::{ExitStatus, Failure};

pub(super) fn run(_args: &VerifyBundleArgs) -> Result<ExitStatus, Failure> {
    Err(Failure::Usage("this part is not built yet".to_owned()))
}
