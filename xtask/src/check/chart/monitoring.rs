//! Alert rules and dashboard: each metric they ask for is one that the webhook documents, and Prometheus' own code says
//! which alert fires when (tools/alert-rules).

use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The page that is compared with what the webhook exposes, by the webhook's own tests.
const DOCUMENTED: &str = "docs/metrics.md";

/// Where metrics are asked for, below the chart.
const ASKING: &[&str] = &["files/alerts.yaml", "files/dashboard.json"];

/// What Prometheus adds to the name of a histogram.
const SERIES: &[&str] = &["_bucket", "_count", "_sum"];

/// Metrics of the webhook that are asked for and not documented.
pub(super) fn unknown_metrics(workspace: &Workspace, chart: &Path) -> Result<Vec<String>> {
    let documented = fs::read_to_string(workspace.root.join(DOCUMENTED)).with_context(|| DOCUMENTED.to_owned())?;
    let documented = names(&documented);
    let mut faults = Vec::new();
    for file in ASKING {
        let asked = names(&fs::read_to_string(chart.join(file))?);
        ensure!(asked.len() > 5, "{file} asks for hardly any metric: is it read rightly?");
        let unknown = |name: &&String| {
            let base = SERIES.iter().find_map(|series| name.strip_suffix(series));
            !documented.contains(*name) && !base.is_some_and(|base| documented.contains(base))
        };
        faults.extend(asked.iter().filter(unknown).map(|name| format!("{file}: {DOCUMENTED} has no {name}")));
    }
    Ok(faults)
}

/// All words that are names of the webhook's metrics. Recording rules have a colon in theirs and are no such words.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != ':');
    words.filter(|word| word.starts_with("platlint_") && !word.contains(':')).map(str::to_owned).collect()
}

/// Whether the test of the alert rules fails; it has said how.
pub(super) fn wrong_alerts(workspace: &Workspace) -> Result<Option<String>> {
    let mut go = Command::new("go");
    go.current_dir(workspace.root.join("tools").join("alert-rules")).args(["test", "./..."]);
    // The rules are no input that Go knows of, so a result of an earlier run would be taken for this one's.
    go.args(["-count", "1"]).env_remove("GOFLAGS");
    // Prometheus' test engine leaves half a gigabyte of storage behind for each situation.
    let scratch = workspace.target.join("alert-rules");
    std::fs::create_dir_all(&scratch)?;
    go.env("TMPDIR", scratch.canonicalize()?);
    let passed = process::succeeds(&mut go)?;
    std::fs::remove_dir_all(&scratch)?;
    Ok((!passed).then(|| "the alert rules do not do what their test says".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_names_of_metrics_and_not_of_recording_rules() {
        let text = r#"rate(platlint_shed_total{reason="x"}[5m]) > platlint:slow:ratio_rate5m or up"#;
        assert_eq!(names(text).into_iter().collect::<Vec<_>>(), ["platlint_shed_total"]);
    }
}
