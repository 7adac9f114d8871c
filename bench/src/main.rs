//! Row M13: from YAML to the engine's values, alone, on one thread, in memory.
//!
//! This file decides what is timed and how it is told; `readers` what each reader does, `inputs` on which files. The
//! table goes to standard output as Markdown; `cargo xtask bench` keeps it.

mod inputs;
mod readers;

use anyhow::{Result, ensure};
use clap::Parser;
use inputs::Input;
use nix::time::{ClockId, clock_gettime};
use readers::READERS;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Parser)]
struct Args {
    /// Folder that `cargo xtask corpora` made
    corpora: PathBuf,
    /// Timed rounds; the best and the median are told
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let inputs = inputs::all(&args.corpora)?;
    println!("**M13**: YAML to engine values, one thread, in memory; MB/s of CPU time.\n");
    for input in &inputs {
        println!(
            "`{}`: {} files, {:.1} MB, {} left out because some reader refuses them.",
            input.name,
            input.texts.len(),
            megabytes(input),
            input.refused
        );
    }
    println!("\n| reader | {} |", columns(&inputs, |input| format!("{}, best | median | of serde_yaml", input.name)));
    println!("|---|{}", "---:|---:|---:|".repeat(inputs.len()));
    let timed: Vec<Vec<Vec<Duration>>> = inputs.iter().map(|input| rounds(input, args.runs)).collect::<Result<_>>()?;
    for (index, reader) in READERS.iter().enumerate() {
        let cells = inputs.iter().zip(&timed).map(|(input, times)| {
            let speed = |time: Duration| megabytes(input) / time.as_secs_f64();
            let (best, median) = (speed(times[index][0]), speed(middle(&times[index])));
            let reference = speed(middle(&times[readers::REFERENCE]));
            format!("{best:.1} | {median:.1} | {:.2}", median / reference)
        });
        println!("| {} | {} |", reader.name, cells.collect::<Vec<_>>().join(" | "));
    }
    Ok(())
}

/// Times all readers in turn, again and again, so that a slow minute slows them all. Sorted times by reader.
fn rounds(input: &Input, runs: u32) -> Result<Vec<Vec<Duration>>> {
    let mut times = vec![Vec::new(); READERS.len()];
    let mut expected = None;
    for round in 0..=runs {
        for (reader, times) in READERS.iter().zip(&mut times) {
            let start = cpu_time()?;
            let mut documents = 0;
            for text in &input.texts {
                documents += (reader.read)(text)?;
            }
            let time = cpu_time()?.saturating_sub(start);
            ensure!(*expected.get_or_insert(documents) == documents, "{} reads {documents} documents", reader.name);
            // The first round warms caches and the allocator.
            if round > 0 {
                times.push(time);
            }
        }
    }
    times.iter_mut().for_each(|times| times.sort());
    Ok(times)
}

fn cpu_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}

fn middle(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 2]
}

fn columns(inputs: &[Input], cell: impl Fn(&Input) -> String) -> String {
    inputs.iter().map(cell).collect::<Vec<_>>().join(" | ")
}

/// Millions of bytes.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52 bytes")]
fn megabytes(input: &Input) -> f64 {
    input.texts.iter().map(String::len).sum::<usize>() as f64 / 1e6
}
