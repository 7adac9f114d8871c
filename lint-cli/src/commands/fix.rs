//! `platlint fix`: the same run as `check`, then what rules repair is written into the files, and everything is judged
//! once more.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use platlint_engine::{Evaluator, FixSafety, MutationScope};

use super::check::{images_of, is_above, lacks_images, say_allowed, say_faults};
use super::complain;
use super::prepare::{Prepared, prepare};
use crate::args::FixArgs;
use crate::exit::{ExitStatus, Failure};
use crate::fix::{FileFix, Fixer, lines, replace, unified};
use crate::input::{Content, InputFile, real};
use crate::judge::InFile;
use crate::output::one_line;
use crate::report::Fault;
use crate::run::{Gathered, Run};

pub(super) fn run(args: &FixArgs) -> Result<ExitStatus, Failure> {
    let Prepared { loaded, files, mut run, .. } = prepare(&args.run, args.images.mode)?;
    run.images = images_of(&loaded, &run, &args.images)?;
    let stdin = args.run.paths.iter().any(|path| path.as_os_str() == "-").then(|| files.len().saturating_sub(1));
    let (before, gathered) = run.with_facts(&files)?;
    let scope = MutationScope::Fix { unsafe_too: args.unsafe_too };
    let mut fixes = fix_all(&run, &files, &gathered, scope);
    let written = args.diff || write_all(&files, &mut fixes, stdin)?;
    let changed = fixes.values().any(|fix| fix.changed.is_some());
    let mut after = if changed { run.over(&contents(&files, &fixes))? } else { before.clone() };
    for (position, fix) in &fixes {
        let Some(file) = files.get(*position) else { continue };
        after.faults.extend(fix.faults.iter().map(|(fault, document)| Fault {
            rule: fault.rule.clone(),
            kind: fault.kind.as_str(),
            message: fault.message.clone(),
            file: file.name.clone(),
            document: *document,
        }));
    }
    let mut told = lines(&files, &fixes, &before, &after, args.diff);
    if !args.unsafe_too && after.findings.iter().any(|finding| has_unsafe_fix(&run, &finding.rule)) {
        told.push("`--unsafe` may fix more: what runs can behave differently afterwards".to_owned());
    }
    if args.diff {
        say(diffs(&files, &fixes).as_bytes())?;
    } else if let Some(position) = stdin {
        let fixed = fixes.get(&position).and_then(|fix| fix.changed.as_ref()).map(|changed| changed.after.clone());
        let bytes = match (fixed, files.get(position).map(|file| &file.content)) {
            (Some(fixed), _) => fixed,
            (None, Some(Content::Bytes(bytes))) => bytes.to_vec(),
            (None, _) => Vec::new(),
        };
        say(&bytes)?;
    }
    // Where standard output holds a diff or a file, people are told on the other one.
    if args.diff || stdin.is_some() {
        told.iter().for_each(|line| complain(line));
    } else {
        told.push(String::new());
        say(told.join("\n").as_bytes())?;
    }
    if after.summary.documents == 0 {
        complain("no manifest was found to fix");
    }
    say_faults(&after);
    say_allowed(&after);
    let fails = lacks_images(&run, args.images.mode, &after) || is_above(&after, args.fail_on);
    Ok(if !after.faults.is_empty() || !written {
        ExitStatus::Fault
    } else if (args.diff && changed) || (fails && !args.exit_zero) {
        ExitStatus::Findings
    } else {
        ExitStatus::Clean
    })
}

/// To standard output. A reader that has seen enough does not make another answer of this run.
fn say(bytes: &[u8]) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Failure::io("standard output")),
    }
}

fn has_unsafe_fix(run: &Run, id: &str) -> bool {
    let mut rules = run.set.rules().iter();
    rules.any(|rule| *rule.meta.id == *id && rule.meta.fix == Some(FixSafety::Unsafe) && rule.patches())
}

/// The fixes of every file that has any or lacks some, by position.
fn fix_all(run: &Run, files: &[InputFile], gathered: &Gathered, scope: MutationScope) -> BTreeMap<usize, FileFix> {
    let next = AtomicUsize::new(0);
    let fixes = Mutex::new(BTreeMap::new());
    std::thread::scope(|threads| {
        for _ in 0..run.threads.get() {
            threads.spawn(|| {
                let evaluator = Evaluator::new(run.set.clone());
                let mut fixer = Fixer::new(evaluator, run.situation.clone(), &gathered.facts, &run.images, scope);
                while let Some((position, file)) = {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    files.get(position).map(|file| (position, file))
                } {
                    // What tools make manifests of is none: what would be right there is not right in every rendering.
                    if gathered.sources.contains(&position) {
                        continue;
                    }
                    // What cannot be read is a finding already.
                    let Ok((bytes, text)) = file.read_with_bytes() else { continue };
                    let in_file = InFile {
                        name: &file.name,
                        text: &text,
                        namespace: run.namespace_of(file),
                        folder: None,
                        made: None,
                    };
                    let fix = fixer.fix(&in_file, &bytes);
                    if fix.changed.is_some() || !fix.left.is_empty() || !fix.faults.is_empty() {
                        fixes.lock().unwrap_or_else(PoisonError::into_inner).insert(position, fix);
                    }
                }
            });
        }
    });
    fixes.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Writes the files; false where one could not be written. It keeps its findings.
fn write_all(files: &[InputFile], fixes: &mut BTreeMap<usize, FileFix>, stdin: Option<usize>) -> Result<bool, Failure> {
    let here = std::env::current_dir().map_err(Failure::io("the working directory"))?;
    let here = real(&here);
    let mut all_written = true;
    for (position, fix) in fixes.iter_mut().filter(|(position, _)| Some(**position) != stdin) {
        let (Some(file), Some(changed)) = (files.get(*position), &fix.changed) else { continue };
        let written = match &file.content {
            Content::Path(path) => replace(path, &changed.before, &changed.after, &here),
            Content::Bytes(_) | Content::Edited { .. } => Err(std::io::Error::other("a pipe cannot be written to")),
        };
        if let Err(error) = written {
            complain(&format!("{} is not fixed: {error}", file.name));
            all_written = false;
            fix.changed = None;
            fix.made.clear();
        }
    }
    Ok(all_written)
}

/// The files as they are now, or would be.
fn contents(files: &[InputFile], fixes: &BTreeMap<usize, FileFix>) -> Vec<InputFile> {
    let content =
        |(position, file): (usize, &InputFile)| match fixes.get(&position).and_then(|fix| fix.changed.as_ref()) {
            Some(changed) => file.with_bytes(&changed.after),
            None => file.clone(),
        };
    files.iter().enumerate().map(content).collect()
}

fn diffs(files: &[InputFile], fixes: &BTreeMap<usize, FileFix>) -> String {
    let diff = |(position, fix): (&usize, &FileFix)| {
        let (file, changed) = (files.get(*position)?, fix.changed.as_ref()?);
        Some(unified(&one_line(&file.name), &changed.text, &changed.edits))
    };
    fixes.iter().filter_map(diff).collect()
}
