//! Runs the steps of a composite action as a runner does: expressions become environment variables, each `run` is a
//! script of its own, outputs and summary are files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::definition::{Step, action};
use crate::sandbox::{NOW, Sandbox, root};

/// What a job has seen of the action.
pub struct Job {
    /// Exit status of the last step that ran.
    pub code: i32,
    /// What all steps wrote to both streams, in that order.
    pub log: String,
    /// Outputs of all steps; the steps of this action have no name twice but `exit-code`.
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
}

impl Job {
    /// For snapshots.
    pub fn shown(&self) -> String {
        let mut text = format!("exit {}\n--- log\n{}--- outputs\n", self.code, self.log);
        for (name, value) in &self.outputs {
            let _ = writeln!(text, "{name}={value}");
        }
        // The token is another one each time.
        if let Some(token) = self.log.lines().find_map(|line| line.strip_prefix("::stop-commands::")) {
            text = text.replace(token, "TOKEN");
        }
        text + "--- summary\n" + &self.summary
    }

    /// The lines of the log that the runner takes for commands.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        let mut until: Option<String> = None;
        self.log.lines().filter(move |line| {
            if let Some(end) = &until {
                if line == end {
                    until = None;
                }
                return false;
            }
            until = line.strip_prefix("::stop-commands::").map(|token| format!("::{token}::"));
            line.trim_start().starts_with("::")
        })
    }
}

/// Runs the action in the folder. Later values of one input replace earlier ones.
pub fn run(sandbox: &Sandbox, inputs: &[(&str, &str)]) -> Job {
    let action = action();
    let mut values: BTreeMap<String, String> =
        action.inputs.iter().map(|(name, input)| (format!("inputs.{name}"), input.default.clone())).collect();
    for (name, value) in inputs {
        let before = values.insert(format!("inputs.{name}"), (*value).to_owned());
        assert!(before.is_some(), "the action has no input `{name}`");
    }
    values.insert("github.action_path".to_owned(), root().to_str().unwrap().to_owned());

    let runner = tempfile::tempdir().unwrap();
    let mut job = Job { code: 0, log: String::new(), outputs: BTreeMap::new(), summary: String::new() };
    for step in &action.runs.steps {
        if !step.condition.as_deref().is_none_or(|condition| holds(condition, &values)) {
            continue;
        }
        let files = runner.path().join(&step.id);
        std::fs::create_dir(&files).unwrap();
        run_step(step, sandbox.path(), &files, runner.path(), &values, &mut job);
        for (name, value) in outputs(&std::fs::read_to_string(files.join("output")).unwrap()) {
            values.insert(format!("steps.{}.outputs.{name}", step.id), value.clone());
            job.outputs.insert(name, value);
        }
        job.summary += &std::fs::read_to_string(files.join("summary")).unwrap();
        if job.code != 0 {
            break;
        }
    }
    job
}

fn run_step(
    step: &Step,
    folder: &Path,
    files: &Path,
    temporary: &Path,
    values: &BTreeMap<String, String>,
    job: &mut Job,
) {
    for name in ["output", "summary"] {
        std::fs::write(files.join(name), "").unwrap();
    }
    let script = files.join("script.sh");
    std::fs::write(&script, &step.run).unwrap();
    let path = std::env::var("PATH").unwrap();
    let out = Command::new("bash")
        .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
        .arg(&script)
        .current_dir(folder)
        .env_clear()
        // Programs of the test stand before those of the system.
        .env("PATH", format!("{}:{path}", folder.join("bin").display()))
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", files.join("output"))
        .env("GITHUB_STEP_SUMMARY", files.join("summary"))
        .env("RUNNER_TEMP", temporary)
        .env("PLATLINT_NOW", NOW)
        .envs(step.env.iter().map(|(name, text)| (name, expanded(text, values))))
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("bash is needed to try the action: {error}"));
    job.code = out.status.code().unwrap_or(-1);
    job.log += &String::from_utf8(out.stdout).unwrap();
    job.log += &String::from_utf8(out.stderr).unwrap();
}

/// `${{ a || b }}`, alone or not, with the first value that is not empty.
fn expanded(text: &str, values: &BTreeMap<String, String>) -> String {
    let Some(expression) = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")) else {
        assert!(!text.contains("${{"), "`{text}` mixes text and expressions, which this test does not read");
        return text.to_owned();
    };
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    expression.split("||").map(|name| value(name.trim())).find(|value| !value.is_empty()).unwrap_or_default()
}

/// `name == ''`, the only condition there is.
fn holds(condition: &str, values: &BTreeMap<String, String>) -> bool {
    let name = condition.strip_suffix(" == ''");
    let value = name.and_then(|name| values.get(name)).unwrap_or_else(|| panic!("`{condition}` is not understood"));
    value.is_empty()
}

/// The file of outputs, one `name=value` a line. The form with a delimiter is not used by this action.
fn outputs(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("`{line}` is no output"));
        (name.to_owned(), value.to_owned())
    };
    text.lines().map(pair).collect()
}
