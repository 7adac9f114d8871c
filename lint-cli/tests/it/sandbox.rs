//! A folder of its own for each test, and `platlint` run in it with a scrubbed environment.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The day on which all tests run.
pub const NOW: &str = "2026-11-21T12:00:00Z";

pub struct Sandbox(TempDir);

pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Exit status, standard output and standard error in one text, for snapshots.
    pub fn shown(&self) -> String {
        format!("exit {}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.shown()))
    }

    /// `(rule, line, column)` of every finding.
    pub fn findings(&self) -> Vec<(String, u64, u64)> {
        let json = self.json();
        let findings = json["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|one| {
                (
                    one["rule"].as_str().unwrap().to_owned(),
                    one["line"].as_u64().unwrap(),
                    one["column"].as_u64().unwrap(),
                )
            })
            .collect()
    }
}

impl Sandbox {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With these files.
    pub fn with<C: AsRef<[u8]>>(files: &[(&str, C)]) -> Self {
        let sandbox = Self::new();
        for (name, content) in files {
            sandbox.write(name, content.as_ref());
        }
        sandbox
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        run_in(self.path(), arguments, &[], b"")
    }

    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)], stdin: &[u8]) -> Ran {
        run_in(self.path(), arguments, environment, stdin)
    }
}

/// Runs platlint in a folder, with nothing in its environment but what is given.
pub fn run_in(folder: &Path, arguments: &[&str], environment: &[(&str, &str)], stdin: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_platlint"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PLATLINT_NOW", NOW)
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = stdin.to_owned();
    // In a thread: a child that writes before it reads must not meet a parent that waits.
    let writer = std::thread::spawn(move || {
        // A child that does not read its input closes it, which is no fault.
        let _ = input.write_all(&bytes);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The YAML examples of a page of the guide.
pub fn yaml_blocks(page: &str) -> Vec<&str> {
    page.split("```yaml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

/// A Pod that breaks two rules and keeps two.
pub const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
  annotations:
    owner: team-cart
spec:
  containers:
    - name: app
      image: nginx:1.27
      resources:
        limits:
          memory: 64Mi
";
