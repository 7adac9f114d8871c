//! `platlint images lock`.

use crate::args::ImagesLockArgs;
use crate::exit::{ExitStatus, Failure};

pub(super) fn run(_args: &ImagesLockArgs) -> Result<ExitStatus, Failure> {
    Err(Failure::Usage("this part is not built yet".to_owned()))
}
