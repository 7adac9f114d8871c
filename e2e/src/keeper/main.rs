//! `platlint-e2e-keeper`: reads what a test run starts, line by line, and ends all of it when the run is gone. The lines
//! are those of `keeper/mod.rs`: `kill PID`, `forget PID`, `remove FOLDER`.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::PathBuf;
use std::time::Duration;

fn main() {
    let mut processes = BTreeSet::new();
    let mut folders = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        match line.split_once(' ') {
            Some(("kill", id)) => processes.extend(id.parse::<i32>()),
            Some(("forget", id)) => {
                id.parse::<i32>().iter().for_each(|id| {
                    processes.remove(id);
                });
            }
            Some(("remove", folder)) => folders.push(PathBuf::from(folder)),
            _ => {}
        }
    }
    // Nobody needs an orderly end: the data goes with the processes.
    for id in &processes {
        let _ = kill(Pid::from_raw(*id), Signal::SIGKILL);
    }
    for folder in folders {
        // A process on its way out may still make a file.
        for _ in 0..50 {
            if std::fs::remove_dir_all(&folder).is_ok() || !folder.exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
