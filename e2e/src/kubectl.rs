//! kubectl, as a user runs it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// kubectl with one kubeconfig.
#[derive(Clone, Debug)]
pub struct Kubectl {
    pub(crate) program: PathBuf,
    pub(crate) kubeconfig: PathBuf,
    /// Holds the cache of discovery.
    pub(crate) home: PathBuf,
    pub(crate) namespace: Option<String>,
    pub(crate) user: Option<String>,
}

/// What kubectl printed, and whether it succeeded.
#[derive(Clone, Debug)]
pub struct Said {
    /// Whether it exited with 0.
    pub succeeded: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Said {
    /// The output of a success; panics otherwise.
    pub fn expect_success(self) -> String {
        assert!(self.succeeded, "kubectl failed: {}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The errors of a failure; panics otherwise.
    pub fn expect_failure(self) -> String {
        assert!(!self.succeeded, "kubectl succeeded: {}{}", self.stdout, self.stderr);
        self.stderr
    }
}

impl Kubectl {
    /// The same kubectl with another default namespace.
    #[must_use]
    pub fn namespace(&self, namespace: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..self.clone() }
    }

    /// The same kubectl acting as another user (`--as`), who may do everything.
    #[must_use]
    pub fn acting_as(&self, user: &str) -> Self {
        Self { user: Some(user.to_owned()), ..self.clone() }
    }

    /// Runs it.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, "")
    }

    /// Runs it with that standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = Command::new(&self.program);
        command.env_clear().env("HOME", &self.home).env("KUBECONFIG", &self.kubeconfig);
        // `kubectl diff` calls `diff`.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        if let Some(namespace) = &self.namespace {
            command.args(["--namespace", namespace]);
        }
        if let Some(user) = &self.user {
            command.args(["--as", user, "--as-group", "system:masters"]);
        }
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("kubectl starts");
        let mut stdin = child.stdin.take().expect("kubectl has a standard input");
        // kubectl may end without reading it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("kubectl ends");
        Said {
            succeeded: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// `kubectl apply` of a manifest.
    pub fn apply(&self, manifest: &str) -> Said {
        self.run_with(&["apply", "-f", "-"], manifest)
    }

    /// `kubectl apply --server-side` of a manifest.
    pub fn apply_server_side(&self, manifest: &str) -> Said {
        self.run_with(&["apply", "--server-side", "-f", "-"], manifest)
    }
}
