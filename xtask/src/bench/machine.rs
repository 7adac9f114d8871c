//! What a figure depends on besides the code: the machine, the day, the versions.

use super::Places;
use crate::peers::PEERS;
use crate::process;
use anyhow::Result;
use std::fs;
use std::path::Path;
use std::process::Command;

/// One sentence for under a table.
pub(super) fn describe(places: &Places, runs: u32) -> Result<String> {
    let date = String::from_utf8(process::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?)?;
    let cores = std::thread::available_parallelism()?;
    let mut versions: Vec<String> = Vec::new();
    if let Some(platlint) = &places.platlint {
        let version = String::from_utf8(process::output(Command::new(platlint).arg("--version"))?)?;
        versions.push(format!("{} {}", version.trim(), origin(places)?));
    }
    versions.extend(PEERS.iter().map(|peer| format!("{} {}", peer.name, peer.version)));
    Ok(format!("{}, {cores} cores of {}, {runs} runs; {}.", date.trim(), cpu(), versions.join(", ")))
}

/// The commit platlint was built from, as far as this run can know it.
fn origin(places: &Places) -> Result<String> {
    if !places.built_here {
        return Ok("(a given binary)".to_owned());
    }
    commit(&places.root)
}

fn commit(root: &Path) -> Result<String> {
    let git = |arguments: &[&str]| process::output(Command::new("git").arg("-C").arg(root).args(arguments));
    let commit = String::from_utf8(git(&["rev-parse", "--short", "HEAD"])?)?;
    let clean = git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Ok(format!("at {}{}", commit.trim(), if clean { "" } else { " with uncommitted changes" }))
}

/// The same for a measurement of one build of our own: the day, the machine, the commit.
pub(super) fn describe_own(root: &Path) -> Result<String> {
    let date = String::from_utf8(process::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?)?;
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{}, {cores} cores of {}; platlint {}.", date.trim(), cpu(), commit(root)?))
}

fn cpu() -> String {
    let listing = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = listing.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| "an unknown CPU".to_owned(), |(_, name)| name.trim().to_owned())
}
