//! The measurements, and what they share: a scratch folder with a CA and configurations.

pub(crate) mod added;
pub(crate) mod changes;
pub(crate) mod cost;
pub(crate) mod throughput;

use crate::load::Outcome;
use crate::server::{NAME, Server, Start, write_certificate};
use anyhow::Result;
use platlint_e2e::authority::Authority;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// What all rows need.
pub(crate) struct Bench {
    binary: PathBuf,
    /// Length of each load.
    pub(crate) time: Duration,
    /// Signs the certificates.
    pub(crate) authority: Authority,
    folder: TempDir,
}

impl Bench {
    /// Files in a new folder that goes with this value.
    pub(crate) fn new(binary: &Path, seconds: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let authority = Authority::new("bench");
        Ok(Self { binary: binary.canonicalize()?, time: Duration::from_secs(seconds), authority, folder })
    }

    /// The scratch folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A configuration of the five built-in rules and `further` rules that match Pods and find nothing.
    pub(crate) fn config(&self, name: &str, built_in: bool, further: usize) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder)?;
        let mut text = String::from("version: 1\npolicies: [builtin");
        text.push_str(if further > 0 { ", {path: policies/}]\n" } else { "]\n" });
        if !built_in {
            text.push_str("rules:\n");
            for id in
                ["resource-limits", "image-digest", "image-signature", "owner-annotation", "no-public-load-balancer"]
            {
                let _ = writeln!(text, "  {id}: off");
            }
        }
        for index in 0..further {
            let id = format!("further-{index}");
            let rule = folder.join("policies/bench").join(&id);
            fs::create_dir_all(&rule)?;
            let package = id.replace('-', "_");
            fs::write(
                rule.join(format!("{package}.rego")),
                format!(
                    "# METADATA\n# title: Further rule {index}\n# custom:\n#   platlint:\n#     level: error\n#     match:\n\
                     #       kinds:\n#         - {{groups: [\"\"], kinds: [Pod]}}\npackage platlint.bench.{package}\n\n\
                     deny contains {{\"msg\": message, \"path\": path}} if {{\n\tsome container in input.containers\n\
                     \timage = container.spec.image\n\tstartswith(image, \"forbidden-{index}.example/\")\n\
                     \tmessage = sprintf(\"image %s\", [image])\n\tpath = array.concat(container.path, [\"image\"])\n}}\n"
                ),
            )?;
        }
        let path = folder.join("platlint.yaml");
        fs::write(&path, text)?;
        Ok(path)
    }

    /// The folder of a webhook of this name.
    pub(crate) fn of_server(&self, name: &str) -> PathBuf {
        self.folder.path().join("servers").join(name)
    }

    /// A configuration of this text.
    pub(crate) fn config_of(&self, name: &str, text: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder)?;
        let path = folder.join("platlint.yaml");
        fs::write(&path, text)?;
        Ok(path)
    }

    /// A certificate for these names in a new folder.
    pub(crate) fn certify(&self, folder: &Path, names: &[String]) -> Result<()> {
        fs::create_dir_all(folder)?;
        write_certificate(&self.authority, folder, &names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// A webhook with its own certificate.
    pub(crate) fn start(
        &self,
        name: &str,
        config: &Path,
        processor: Option<u32>,
        workers: Option<u32>,
    ) -> Result<Server> {
        let folder = self.of_server(name);
        self.certify(&folder, &[NAME.to_owned()])?;
        self.start_in(&folder, config, processor, workers)
    }

    fn start_in(&self, folder: &Path, config: &Path, processor: Option<u32>, workers: Option<u32>) -> Result<Server> {
        Server::start(&Start { binary: &self.binary, config, folder, processor, workers })
    }
}

/// What of an outcome is a fault, for tables.
pub(crate) fn faults(outcome: &Outcome) -> String {
    let fault = outcome.first_fault.as_deref().map_or_else(String::new, |fault| format!(" ({fault})"));
    format!("{} failed, {} wrong, {} shed{fault}", outcome.failed, outcome.wrong, outcome.shed)
}
