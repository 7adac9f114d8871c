//! `platlint config`: show, make and check the configuration.

use std::path::Path;

use super::check::answer;
use super::load::{load, now};
use crate::args::ConfigCommand;
use crate::exit::{ExitStatus, Failure};

/// The file that `config init` writes.
const FILE: &str = "platlint.yaml";

pub(super) fn run(command: &ConfigCommand) -> Result<ExitStatus, Failure> {
    match command {
        ConfigCommand::Show(args) => answer(&format!("{:#}\n", load(args, now()?)?.effective))?,
        ConfigCommand::Schema => answer(&format!("{:#}\n", platlint_config::schema()))?,
        ConfigCommand::Init => init()?,
        ConfigCommand::Check(args) => {
            let loaded = load(args, now()?)?;
            for rule in loaded.set.rules() {
                rule.compile().map_err(|error| Failure::Usage(format!("{}: {error}", rule.meta.id)))?;
            }
            crate::images::compile(&loaded)?;
            let name = loaded
                .path
                .as_deref()
                .map_or_else(|| "no platlint.yaml; built-in rules".to_owned(), |path| path.display().to_string());
            answer(&format!("{name}: {} rules, revision {}\n", loaded.set.rules().len(), loaded.set.revision()))?;
        }
    }
    Ok(ExitStatus::Clean)
}

fn init() -> Result<(), Failure> {
    if Path::new(FILE).exists() {
        return Err(Failure::Usage(format!("{FILE} is there already; it was not touched")));
    }
    std::fs::write(FILE, platlint_config::init_template()).map_err(Failure::io(FILE))?;
    super::complain(&format!("wrote {FILE}"));
    Ok(())
}
