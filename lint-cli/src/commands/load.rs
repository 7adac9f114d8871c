//! Loading the configuration for a command.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use platlint_config::{Loaded, Options, PolicySource, Problem, Problems};

use crate::args::PolicyArgs;
use crate::exit::Failure;
use crate::output::one_line;

/// The moment of this run: now, or `PLATLINT_NOW` (RFC 3339), by which tests and audits ask what was true on a day.
pub(super) fn now() -> Result<DateTime<Utc>, Failure> {
    match std::env::var("PLATLINT_NOW") {
        Ok(text) => text.parse().map_err(|_| {
            Failure::Usage(format!("PLATLINT_NOW=`{text}` is no date and time; write 2027-01-31T12:00:00Z"))
        }),
        Err(_) => Ok(DateTime::<Utc>::from(std::time::SystemTime::now())),
    }
}

/// The configuration and rules that the arguments ask for. Notices go to standard error.
pub(super) fn load(args: &PolicyArgs, now: DateTime<Utc>) -> Result<Loaded, Failure> {
    let start = std::env::current_dir().map_err(Failure::io("the working directory"))?;
    // Named as from here: places in messages and reports should not depend on where a checkout lies.
    let named = |path: PathBuf| path.strip_prefix(&start).map(Path::to_path_buf).unwrap_or(path);
    let options = Options {
        config: args.config.clone().or_else(|| platlint_config::discover(&start).map(named)),
        start: start.clone(),
        policies: args
            .policy
            .iter()
            .map(|text| text.parse().map_err(|error| Failure::Usage(format!("--policy {text}: {error}"))))
            .collect::<Result<Vec<PolicySource>, Failure>>()?,
        builtin: !args.no_builtin,
        only: args.rule.clone(),
        now,
    };
    let loaded = platlint_config::load(&options).map_err(|problems| in_lines(&problems))?;
    expect(&loaded, args.expect_revision.as_deref())?;
    for notice in &loaded.notices {
        super::complain(notice);
    }
    Ok(loaded)
}

/// Fails where the rules are not those that were expected: they would give other answers.
fn expect(loaded: &Loaded, expected: Option<&str>) -> Result<(), Failure> {
    let revision = loaded.set.revision();
    match expected {
        Some(expected) if expected != revision => {
            Err(Failure::Usage(format!("the rules have revision {revision}, expected was {expected}")))
        }
        _ => Ok(()),
    }
}

/// Every problem on a line of its own, whatever text of a file it quotes.
pub(super) fn in_lines(problems: &Problems) -> Failure {
    let mut lines = Vec::new();
    for problem in problems.all() {
        let told = Problem { help: None, ..problem.clone() };
        lines.push(one_line(&told.to_string()).into_owned());
        lines.extend(problem.help.iter().map(|help| format!("  help: {}", one_line(help))));
    }
    Failure::Usage(lines.join("\n"))
}
