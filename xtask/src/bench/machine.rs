//! What a figure depends on besides the code: the machine, the day, the versions.

use super::Places;
use crate::peers::PEERS;
use crate::process;
use anyhow::Result;
use std::fs;
use std::process::Command;

/// One sentence for under a table.
pub(super) fn describe(places: &Places, runs: u32) -> Result<String> {
    let date = String::from_utf8(process::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?)?;
    let cores = std::thread::available_parallelism()?;
    let mut versions: Vec<String> = Vec::new();
    if let Some(platlint) = &places.platlint {
        let version = String::from_utf8(process::output(Command::new(platlint).arg("--version"))?)?;
        let commit = Command::new("git").arg("-C").arg(&places.root).args(["rev-parse", "--short", "HEAD"]).output()?;
        versions.push(format!("{} at {}", version.trim(), String::from_utf8_lossy(&commit.stdout).trim()));
    }
    versions.extend(PEERS.iter().map(|peer| format!("{} {}", peer.name, peer.version)));
    Ok(format!("{}, {cores} cores of {}, {runs} runs; {}.", date.trim(), cpu(), versions.join(", ")))
}

fn cpu() -> String {
    let listing = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = listing.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| "an unknown CPU".to_owned(), |(_, name)| name.trim().to_owned())
}
