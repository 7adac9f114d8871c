//! `action.yml` as data: which inputs, outputs and steps there are, and that text of users stays out of scripts.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::sandbox::root;

#[derive(Deserialize)]
pub struct Action {
    pub inputs: BTreeMap<String, Input>,
    pub outputs: BTreeMap<String, Output>,
    pub runs: Runs,
}

#[derive(Deserialize)]
pub struct Input {
    pub description: String,
    pub default: String,
}

#[derive(Deserialize)]
pub struct Output {
    pub description: String,
    pub value: String,
}

#[derive(Deserialize)]
pub struct Runs {
    pub using: String,
    pub steps: Vec<Step>,
}

/// A step. A key that is not known here fails the test: [`super::steps`] would not honour it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub name: String,
    pub id: String,
    #[serde(rename = "if")]
    pub condition: Option<String>,
    pub shell: String,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    pub run: String,
}

fn text() -> String {
    std::fs::read_to_string(root().join("action.yml")).unwrap()
}

pub fn action() -> Action {
    serde_yaml::from_str(&text()).unwrap()
}

/// The script that a step runs, found by its name in the step's one line.
fn script(step: &Step) -> String {
    let path = step.run.strip_prefix("bash \"$ACTION_PATH/").and_then(|rest| rest.strip_suffix('"'));
    let path = path.unwrap_or_else(|| panic!("`{}` is not a call of one script", step.run));
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Variables that a script takes from its environment: in capitals and not assigned by itself.
fn variables(script: &str) -> BTreeSet<String> {
    let code: String = script
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .fold(String::new(), |all, line| all + line + "\n");
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let mut found = BTreeSet::new();
    for part in code.split('$').skip(1) {
        let part = part.strip_prefix('{').unwrap_or(part);
        let name: String = part.chars().take_while(|c| is_name(*c)).collect();
        let assigned = code.lines().any(|line| line.trim_start().starts_with(&format!("{name}=")));
        if name.starts_with(|c: char| c.is_ascii_uppercase()) && !assigned {
            found.insert(name);
        }
    }
    found
}

#[test]
fn expressions_stand_only_in_environments_and_conditions() {
    let action = action();
    assert_eq!(action.runs.using, "composite");
    for step in &action.runs.steps {
        assert!(!step.run.contains("${{"), "{}: `{}`", step.name, step.run);
        assert_eq!(step.shell, "bash", "{}", step.name);
        assert!(!script(step).contains("${{"), "{}", step.name);
    }
}

#[test]
fn every_input_is_used_and_every_used_one_exists() {
    let action = action();
    let text = text();
    let used: BTreeSet<&str> = text
        .split("inputs.")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap())
        .collect();
    assert_eq!(used, action.inputs.keys().map(String::as_str).collect());
}

#[test]
fn scripts_use_what_their_step_hands_over_and_no_more() {
    // What a runner always sets.
    let runner = ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "RUNNER_TEMP"];
    for step in &action().runs.steps {
        let wanted: BTreeSet<String> = variables(&script(step)).union(&variables(&step.run)).cloned().collect();
        let given: BTreeSet<String> = step.env.keys().cloned().collect();
        let wanted: BTreeSet<String> = wanted.into_iter().filter(|name| !runner.contains(&name.as_str())).collect();
        assert_eq!(wanted, given, "{}", step.name);
    }
}

#[test]
fn every_output_comes_from_a_step_that_writes_it() {
    let action = action();
    for (name, output) in &action.outputs {
        assert!(!output.description.is_empty(), "{name}");
        assert_eq!(output.value, format!("${{{{ steps.check.outputs.{name} }}}}"));
        let check = action.runs.steps.iter().find(|step| step.id == "check").unwrap();
        assert!(script(check).contains(&format!("echo \"{name}=")), "{name} is not written");
    }
}
