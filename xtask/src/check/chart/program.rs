//! What the project's own programs say of the rendered chart: the webhook of the flags and variables it is started with,
//! the linter of the objects.

use super::values::ValueSet;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_yaml::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Prefix of the environment variables that the webhook reads.
const VARIABLES: &str = "PLATLINT_";

/// Flags, values of flags and variables that the webhook does not know, by its own command line.
pub(super) fn unknown_arguments(webhook: &Path, set: &ValueSet) -> Result<Vec<String>> {
    let (arguments, variables) = started(&fs::read_to_string(&set.rendered)?)?;
    ensure!(!arguments.is_empty(), "{}: the webhook gets no arguments", set.rendered.display());
    let mut faults = Vec::new();
    // Arguments are read one by one, and help is printed when its turn comes: all before it were understood.
    let output = quiet(webhook).args(&arguments).arg("--help").output().context("cannot start the webhook")?;
    if !output.status.success() {
        faults.push(format!("{}: {}", set.name, String::from_utf8_lossy(&output.stderr)));
    }
    let output = quiet(webhook).arg("--help").output().context("cannot start the webhook")?;
    let help = String::from_utf8_lossy(&output.stdout);
    for variable in variables.iter().filter(|variable| variable.starts_with(VARIABLES)) {
        if !help.contains(&format!("[env: {variable}=")) {
            faults.push(format!("{}: the webhook does not read {variable}", set.name));
        }
    }
    Ok(faults)
}

fn quiet(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).env_clear();
    command
}

/// Arguments and names of variables of the container `webhook`.
fn started(rendered: &str) -> Result<(Vec<String>, Vec<String>)> {
    for document in serde_yaml::Deserializer::from_str(rendered) {
        let document = Value::deserialize(document).context("the rendered chart is no YAML")?;
        if document["kind"] != "Deployment" {
            continue;
        }
        let containers = document["spec"]["template"]["spec"]["containers"].as_sequence();
        let webhook = containers.into_iter().flatten().find(|container| container["name"] == "webhook");
        let webhook = webhook.context("the Deployment has no container `webhook`")?;
        let texts = |list: &Value, text: fn(&Value) -> &Value| -> Vec<String> {
            list.as_sequence().into_iter().flatten().filter_map(|item| text(item).as_str().map(str::to_owned)).collect()
        };
        return Ok((texts(&webhook["args"], |item| item), texts(&webhook["env"], |item| &item["name"])));
    }
    anyhow::bail!("the rendered chart has no Deployment")
}

/// What platlint finds in the rendered objects with every built-in rule switched on; nothing may be left undecided.
pub(super) fn violations(platlint: &Path, chart: &Path) -> Result<Option<String>> {
    let mut command = quiet(platlint);
    command.current_dir(chart).args(["check", "--config", "ci/platlint.yaml", "--fail-on", "undecided"]);
    let output = command.args(["--require-documents", "--color", "never", "rendered"]).output();
    let output = output.with_context(|| format!("cannot start {}", platlint.display()))?;
    let said = [output.stdout, output.stderr].concat();
    Ok((!output.status.success()).then(|| String::from_utf8_lossy(&said).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_how_the_webhook_is_started() {
        let rendered = "kind: Service\n---\nkind: Deployment\nspec: {template: {spec: {containers: [\
            {name: other, args: [--no]}, {name: webhook, args: [--mode=warn], env: [{name: PLATLINT_POD}]}]}}}\n";
        let (arguments, variables) = started(rendered).unwrap();
        assert_eq!(arguments, ["--mode=warn"]);
        assert_eq!(variables, ["PLATLINT_POD"]);
        assert!(started("kind: Service\n").is_err());
    }
}
