//! The configuration's authorities, ready to judge by.

use std::sync::Arc;

use platlint_config::Loaded;
use platlint_images::Trust;

use crate::exit::Failure;
use crate::output::one_line;

/// Keys, roots and patterns of the `images` section; `None` where there is none. A problem tells its place.
pub(crate) fn compile(loaded: &Loaded) -> Result<Option<Arc<Trust>>, Failure> {
    let Some(policy) = &loaded.images else { return Ok(None) };
    Trust::compile(policy).map(|trust| Some(Arc::new(trust))).map_err(|problems| {
        let lines = problems.iter().map(|problem| one_line(&problem.to_string()).into_owned());
        Failure::Usage(lines.collect::<Vec<_>>().join("\n"))
    })
}
