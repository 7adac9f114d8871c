//! Ends what this test run started, however the run ends: normally, by a panic, or killed.
//!
//! A process of its own, `platlint-e2e-keeper`, is told of each process and folder. It holds the reading end of a pipe
//! whose only writing end is ours: when this process is gone, the pipe is at its end, and the keeper kills and removes
//! what it was told of.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// The keeper's program, as set by the test binary: only there cargo tells where it is.
static PROGRAM: OnceLock<&'static str> = OnceLock::new();

static PIPE: OnceLock<Mutex<ChildStdin>> = OnceLock::new();

/// Names the keeper's program, before anything is started.
pub fn program(path: &'static str) {
    let known = PROGRAM.get_or_init(|| path);
    assert_eq!(*known, path, "one keeper for a test run");
}

/// To be killed at the end of this process.
pub fn keep_process(id: u32) {
    tell(&format!("kill {id}"));
}

/// It has ended and was waited for; its id may be another's from now on.
pub fn forget_process(id: u32) {
    tell(&format!("forget {id}"));
}

/// To be removed at the end of this process, after all processes are killed.
pub fn keep_folder(path: &Path) {
    tell(&format!("remove {}", path.display()));
}

fn tell(line: &str) {
    let pipe = PIPE.get_or_init(|| Mutex::new(start()));
    let mut pipe = pipe.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    writeln!(pipe, "{line}").expect("the keeper listens");
}

fn start() -> ChildStdin {
    let program = PROGRAM.get().expect("the test binary names the keeper first");
    let mut command = Command::new(program);
    // Its own process group: what interrupts the tests at a terminal must not end it.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the keeper starts").stdin.take().expect("the keeper has a standard input")
}
