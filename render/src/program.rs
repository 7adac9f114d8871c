//! One run of a program on input of strangers: what it sees of the machine, and how long and how much it may say.
//!
//! It gets no environment but what is set here, an empty home folder and nothing on standard input. Unless connections
//! are allowed, those over HTTP to other machines go to a port where nobody listens; programs written in Go send those to
//! this machine past any proxy. So whoever asks must see to it that the input names no URL. What the program is asked to
//! do, others decide.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Most bytes that a program may write.
const MOST_OUTPUT: u64 = 16 << 20;

/// Most lines that a program may write: what is known of a line costs more than the line.
const MOST_LINES: usize = 500_000;

/// What a program says of an error is cut off here.
const MOST_COMPLAINT: u64 = 64 << 10;

/// Nobody listens there, and no other port is asked instead.
const NOWHERE: &str = "http://127.0.0.1:9";

/// What is handed on to a program that may use the network, so that it can.
const NETWORK: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// How a program is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    /// The program, absolute.
    pub(crate) program: &'a Path,
    /// An empty folder of its own, where it runs and keeps what it likes.
    pub(crate) home: &'a Path,
    /// How long it may run.
    pub(crate) deadline: Duration,
    /// Whether it may use the network.
    pub(crate) network: bool,
    /// Whether it may find other programs.
    pub(crate) programs: bool,
}

/// Why there is no output.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The program cannot be started, or not be spoken to.
    #[error("it cannot be started: {0}")]
    Start(std::io::Error),
    /// It ran too long and was ended with all that it had started.
    #[error("it was ended after {} s", .0.as_secs_f32())]
    TooLong(Duration),
    /// It wrote too much and was ended.
    #[error("it wrote more than the {} MiB that are read", MOST_OUTPUT >> 20)]
    TooMuch,
    /// It wrote too many lines.
    #[error("it wrote more than the {MOST_LINES} lines that are read")]
    TooManyLines,
    /// The program was not started: it was ended for the same chart or kustomization before.
    #[error("it was ended before, with other values, because it took too long")]
    TooLongBefore,
    /// The program was not started: nothing is left of the time of all renderings.
    #[error("the {} s that all renderings of a run may take together are used up", .0.as_secs_f32())]
    NoTimeLeft(Duration),
    /// What all programs wrote is too much: lines, MiB.
    #[error("with what was rendered before it is more than the {0} lines or {1} MiB that are kept")]
    TooMuchInAll(usize, usize),
    /// It wrote something else than text.
    #[error("what it wrote is no UTF-8 text")]
    NoText,
    /// It said no.
    #[error("{0}")]
    Refused(String),
}

/// Runs the program to its end and returns what it wrote.
pub(crate) fn run(run: &Run<'_>, arguments: &[OsString]) -> Result<String, RunError> {
    let mut command = Command::new(run.program);
    command.args(arguments).current_dir(run.home).env_clear();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    environment(&mut command, run);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(RunError::Start)?;
    let outcome = attend(&mut child, run.deadline);
    if !matches!(outcome, Ok(_) | Err(RunError::Refused(_))) {
        end(&mut child);
    }
    outcome
}

fn environment(command: &mut Command, run: &Run<'_>) {
    for name in ["HOME", "TMPDIR", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "XDG_CACHE_HOME"] {
        command.env(name, run.home);
    }
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "KUSTOMIZE_PLUGIN_HOME", "HELM_PLUGINS"] {
        command.env(name, run.home.join("none"));
    }
    // A file that is not there is an empty configuration: no cluster.
    command.env("KUBECONFIG", run.home.join("kubeconfig"));
    // Without this variable a Windows program finds no libraries.
    let handed_on = if run.network { NETWORK } else { &[] };
    for name in handed_on.iter().copied().chain(run.programs.then_some("PATH")).chain(["SystemRoot"]) {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    if !run.network {
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
            command.env(name, NOWHERE);
        }
    }
}

/// What one pipe came to.
enum Heard {
    Output(Result<Vec<u8>, RunError>),
    Complaint(Vec<u8>),
}

fn attend(child: &mut Child, deadline: Duration) -> Result<String, RunError> {
    let until = Instant::now() + deadline;
    let (Some(output), Some(complaint)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(RunError::Start(std::io::ErrorKind::BrokenPipe.into()));
    };
    let (to_us, heard) = mpsc::channel();
    let other = to_us.clone();
    std::thread::spawn(move || to_us.send(Heard::Output(all(output))));
    std::thread::spawn(move || other.send(Heard::Complaint(beginning(complaint))));
    let (mut text, mut complaint) = (None, None);
    while text.is_none() || complaint.is_none() {
        match heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Heard::Output(output)) => text = Some(output?),
            Ok(Heard::Complaint(bytes)) => complaint = Some(bytes),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Err(RunError::TooLong(deadline)),
        }
    }
    let status = loop {
        if let Some(status) = child.try_wait().map_err(RunError::Start)? {
            break status;
        }
        if Instant::now() >= until {
            return Err(RunError::TooLong(deadline));
        }
        // It has closed its pipes, so it is about to end.
        std::thread::sleep(Duration::from_millis(1));
    };
    if !status.success() {
        let complaint = String::from_utf8_lossy(&complaint.unwrap_or_default()).trim().to_owned();
        return Err(RunError::Refused(complaint));
    }
    String::from_utf8(text.unwrap_or_default()).map_err(|_| RunError::NoText)
}

fn all(pipe: impl Read) -> Result<Vec<u8>, RunError> {
    let mut bytes = Vec::new();
    pipe.take(MOST_OUTPUT + 1).read_to_end(&mut bytes).map_err(RunError::Start)?;
    if bytes.len() as u64 > MOST_OUTPUT {
        return Err(RunError::TooMuch);
    }
    let lines = bytes.split(|byte| *byte == b'\n').skip(1).count();
    if lines > MOST_LINES { Err(RunError::TooManyLines) } else { Ok(bytes) }
}

/// The beginning is kept, the rest is read, so that the program can end.
fn beginning(mut pipe: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let kept = pipe.by_ref().take(MOST_COMPLAINT).read_to_end(&mut bytes);
    if kept.is_ok() {
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    }
    bytes
}

/// Ends the program and all that it started in its group.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(group) = i32::try_from(child.id()) {
        let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), nix::sys::signal::Signal::SIGKILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, deadline: Duration) -> Result<String, RunError> {
        let home = tempfile::tempdir().unwrap();
        let how = Run { program: Path::new("/bin/sh"), home: home.path(), deadline, network: false, programs: false };
        run(&how, &["-c".into(), script.into()])
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn shows_a_program_nothing_of_the_environment() {
        let seen = shell("/usr/bin/env || env", LONG).unwrap();
        let names: Vec<&str> = seen.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        let own = [
            "HELM_",
            "XDG_",
            "KUSTOMIZE_PLUGIN_HOME",
            "KUBECONFIG",
            "HOME",
            "TMPDIR",
            "HTTP",
            "http",
            "PWD",
            "_",
            "SHLVL",
            "OLDPWD",
        ];
        assert!(names.contains(&"KUBECONFIG") && !names.is_empty(), "{seen}");
        for name in names {
            assert!(own.iter().any(|own| name.starts_with(own)), "{name} is handed on");
        }
        assert!(seen.contains("HTTPS_PROXY=http://127.0.0.1:9"), "{seen}");
    }

    #[test]
    fn ends_a_program_and_its_children_at_the_deadline() {
        let started = Instant::now();
        // The grandchild holds the pipes open.
        let outcome = shell("/bin/sleep 60 & /bin/sleep 60", Duration::from_millis(200));
        assert!(matches!(outcome, Err(RunError::TooLong(_))), "{outcome:?}");
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn ends_a_program_that_writes_without_end() {
        let outcome = shell(
            "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done | /bin/cat /dev/zero",
            LONG,
        );
        assert!(matches!(outcome, Err(RunError::TooMuch)), "{outcome:?}");
    }

    #[test]
    fn takes_no_more_lines_than_are_kept() {
        let outcome = shell("i=0; while [ $i -lt 501 ]; do echo; i=$((i+1)); done", LONG);
        assert_eq!(outcome.unwrap().len(), 501);
        let outcome = shell("/usr/bin/yes '' | /usr/bin/head -n 500001", LONG);
        assert!(matches!(outcome, Err(RunError::TooManyLines)), "{outcome:?}");
    }

    #[test]
    fn tells_what_a_program_complained_about() {
        let outcome = shell("echo out; echo no >&2; exit 3", LONG);
        assert!(matches!(&outcome, Err(RunError::Refused(text)) if text == "no"), "{outcome:?}");
        assert_eq!(shell("echo out; echo warned >&2", LONG).unwrap(), "out\n");
    }
}
