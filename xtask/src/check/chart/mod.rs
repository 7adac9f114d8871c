//! The Helm chart: what it renders is committed and compared, passes the rules it installs, and speaks the webhook's
//! language. Whether the API server takes the rendered objects is a question of the end-to-end tests.

mod monitoring;
mod program;
mod values;

use super::report::Outcome;
use super::rust::cargo;
use crate::peers::{self, Cache};
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use values::ValueSet;

/// Where platlint is installed in all rendered output.
const NAMESPACE: &str = "platlint";

/// Charts can ask the cluster's version; rendered output must not depend on Helm's own.
const KUBERNETES: &str = "1.36.0";

/// The chart and the program that renders it.
struct Chart {
    folder: PathBuf,
    helm: PathBuf,
}

/// Checks everything about the chart that needs no cluster.
pub(super) fn check(workspace: &Workspace, cache: &Cache) -> Result<Outcome> {
    let chart = match Chart::find(workspace, cache)? {
        Ok(chart) => chart,
        Err(missing) => return Ok(Outcome::Skipped(missing)),
    };
    let mut faults = Vec::new();
    let sets = values::accepted(&chart.folder)?;
    for set in &sets {
        faults.extend(chart.lint(set)?);
        faults.extend(chart.stale(set)?);
    }
    faults.extend(chart.orphans(&sets)?);
    for set in &values::refused(&chart.folder)? {
        faults.extend(chart.wrongly_accepted(set)?);
    }
    // All packages, as in the other steps: features, and with them what is built already, stay the same.
    if !process::succeeds(cargo(workspace).args(["build", "--quiet", "--workspace", "--bins", "--locked"]))? {
        bail!("the programs do not build");
    }
    let programs = workspace.target.join("debug");
    for set in &sets {
        faults.extend(program::unknown_arguments(&programs.join("platlint-webhook"), set)?);
    }
    faults.extend(program::violations(&programs.join("platlint"), &chart.folder)?);
    faults.extend(monitoring::unknown_metrics(workspace, &chart.folder)?);
    faults.extend(monitoring::wrong_alerts(workspace)?);
    for fault in &faults {
        println!("{fault}");
    }
    Ok(if faults.is_empty() {
        println!("{} sets of values are rendered as committed", sets.len());
        Outcome::Passed
    } else {
        Outcome::Failed(format!("{} faults", faults.len()))
    })
}

/// Renders all sets of values anew; says so when Helm is not there.
pub(super) fn write(workspace: &Workspace, cache: &Cache) -> Result<()> {
    let chart = match Chart::find(workspace, cache)? {
        Ok(chart) => chart,
        Err(missing) => {
            println!("SKIPPED charts: {missing}");
            return Ok(());
        }
    };
    for set in &values::accepted(&chart.folder)? {
        fs::write(&set.rendered, chart.render(&set.path)?)?;
        println!("{}", set.rendered.strip_prefix(&workspace.root).unwrap_or(&set.rendered).display());
    }
    Ok(())
}

impl Chart {
    /// The chart, or what is missing to render it.
    fn find(workspace: &Workspace, cache: &Cache) -> Result<Result<Self, String>> {
        let peer = peers::named("helm")?;
        let programs = cache.folder(workspace);
        // Helm could be there without it, but the alert rules are judged by Prometheus' own code.
        if !peers::go_is_there() {
            return Ok(Err(format!("Go is missing, to build helm {} and the test of the alert rules", peer.version)));
        }
        let folder = workspace.root.join("charts").join("platlint");
        Ok(Ok(Self { folder, helm: peers::ensure(peer, &programs)? }))
    }

    fn helm(&self, arguments: &[&str], values: &Path) -> Command {
        let mut helm = Command::new(&self.helm);
        helm.args(arguments).arg(&self.folder).arg("--values").arg(values).stdin(Stdio::null());
        helm
    }

    fn template(&self, values: &Path) -> Command {
        let mut helm = self.helm(&["template", "platlint"], values);
        helm.args(["--namespace", NAMESPACE, "--kube-version", KUBERNETES]);
        helm
    }

    fn render(&self, values: &Path) -> Result<Vec<u8>> {
        process::output(&mut self.template(values))
    }

    fn lint(&self, set: &ValueSet) -> Result<Option<String>> {
        let mut helm = self.helm(&["lint", "--strict", "--quiet"], &set.path);
        Ok((!process::succeeds(&mut helm)?).then(|| format!("{}: `{}`", set.name, process::shown(&helm))))
    }

    fn stale(&self, set: &ValueSet) -> Result<Option<String>> {
        let now = self.render(&set.path)?;
        let same = fs::read(&set.rendered).is_ok_and(|committed| committed == now);
        Ok((!same).then(|| format!("{} is stale (`cargo xtask generate`)", set.rendered.display())))
    }

    /// Rendered files that no set of values makes.
    fn orphans(&self, sets: &[ValueSet]) -> Result<Vec<String>> {
        let folder = self.folder.join("rendered");
        let mut orphans = Vec::new();
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if !sets.iter().any(|set| set.rendered == path) {
                orphans.push(format!("{}: no values under ci/ make it", path.display()));
            }
        }
        Ok(orphans)
    }

    fn wrongly_accepted(&self, set: &values::Refused) -> Result<Option<String>> {
        let mut helm = self.template(&set.path);
        let output = helm.output().with_context(|| format!("cannot start `{}`", process::shown(&helm)))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return Ok(Some(format!("{} is accepted", set.path.display())));
        }
        Ok((!said.contains(&set.says))
            .then(|| format!("{} is refused without saying {:?}:\n{said}", set.path.display(), set.says)))
    }
}
