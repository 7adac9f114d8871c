//! `platlint images lock`: writes what registries say into the lock file, or compares the lock file with the files, the
//! configuration and its own evidence. What an entry must say and how it is verified is decided by platlint-images.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use platlint_engine::ImageUse;
use platlint_images::Trust;
use platlint_images::lock::{Lock, Scope, Updated};

use super::super::check::answer;
use super::super::complain;
use super::super::load::now;
use super::super::prepare::{Prepared, prepare};
use super::found::Found;
use crate::args::{ImageMode, ImagesLockArgs};
use crate::exit::{ExitStatus, Failure};
use crate::images::{Online, compile, is_unknown, lock_path, no_section, read_lock, status};
use crate::input::real;
use crate::output::one_line;

pub(super) fn run(args: &ImagesLockArgs) -> Result<ExitStatus, Failure> {
    let Prepared { loaded, files, run, .. } = prepare(&args.run, ImageMode::Lock)?;
    let trust = compile(&loaded)?.ok_or_else(no_section)?;
    let found = Found::of(&run, &files);
    let path = lock_path(&loaded);
    let is_good = if args.check {
        check(&path, &found, &trust)?
    } else if args.check_tags {
        check_tags(&existing(&path)?, &Online::new(trust, args.patience))?
    } else {
        // What could not be read may name what is in the lock.
        let scope = if found.is_partial { Scope::Part } else { scope(args, &loaded.root) };
        write(&path, &found, trust, scope, args)?
    };
    Ok(if is_good && !found.is_partial { ExitStatus::Clean } else { ExitStatus::Findings })
}

/// A run over everything below the configuration also takes out entries of images that are there no more.
fn scope(args: &ImagesLockArgs, root: &Path) -> Scope {
    let here = std::env::current_dir().map(|here| real(&here));
    let is_whole = args.run.paths.is_empty() && here.is_ok_and(|here| here == real(&here.join(root)));
    if is_whole { Scope::Whole } else { Scope::Part }
}

fn existing(path: &Path) -> Result<Lock, Failure> {
    read_lock(path)?.ok_or_else(|| {
        Failure::Usage(format!("{}: there is no lock file; `platlint images lock` writes it", path.display()))
    })
}

fn write(path: &Path, found: &Found, trust: Arc<Trust>, scope: Scope, args: &ImagesLockArgs) -> Result<bool, Failure> {
    let before = read_lock(path)?.unwrap_or_else(|| Lock::new(path));
    let mut lock = read_lock(path)?.unwrap_or_else(|| Lock::new(path));
    let uses = found.uses();
    let unpinned = lock.drift(&uses, &trust).unpinned;
    let surveys = Online::new(trust, args.patience).surveys(uses.into_iter().map(|image| image.value).collect())?;
    let Updated { changed, removed, refused } = lock.update(&surveys, scope, now()?.date_naive());
    lock.write(path).map_err(|error| Failure::Io { what: error.path.display().to_string(), error: error.source })?;

    let mut told = Told::default();
    for name in &changed {
        let signers = lock.images().get(name).map(|image| &image.signers);
        let signers: Vec<String> = signers.into_iter().flatten().map(ToString::to_string).collect();
        told.say(&format!("locked {name}: signed by {}", signers.join(", ")));
    }
    removed.iter().for_each(|name| told.say(&format!("removed {name}: nothing here uses it, or it is signed no more")));
    for change in before.signer_changes(&lock) {
        let list = |signers: &BTreeSet<platlint_images::lock::LockedSigner>| {
            signers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let (earlier, now) = (list(&change.before), list(&change.now));
        told.say(&format!(
            "other signers of {}: {now}; images of this repository were signed by {earlier}",
            change.image
        ));
    }
    for refused in &refused {
        let (status, reason) = (refused.answer.status().as_str(), refused.answer.reason().unwrap_or_default());
        let kept = if refused.kept { "; the old entry stays" } else { "" };
        told.fault(&format!("not locked: {} is {status}: {reason}{kept}", refused.image));
    }
    unpinned.iter().for_each(|image| told.unpinned(image));
    let count = lock.images().len();
    let images = if count == 1 { "1 image".to_owned() } else { format!("{count} images") };
    told.say(&format!("{}: {images}, {} changed, {} removed", path.display(), changed.len(), removed.len()));
    told.end()
}

fn check(path: &Path, found: &Found, trust: &Arc<Trust>) -> Result<bool, Failure> {
    let lock = existing(path)?;
    let uses = found.uses();
    let drift = lock.drift(&uses, trust);
    let mut told = Told::default();
    drift.missing.iter().for_each(|name| told.fault(&format!("missing: {name} is used and not in the lock")));
    let stale = |name: &String| format!("stale: {name} was locked under another image policy");
    drift.stale.iter().for_each(|name| told.fault(&stale(name)));
    drift.unpinned.iter().for_each(|image| told.unpinned(image));
    drift
        .unused
        .iter()
        .for_each(|name| told.say(&format!("unused: {name} is in the lock, and no file looked at names it")));
    // Entries that no file names are verified, too: what is in the lock is shown to reviewers.
    let stated =
        |name: &String| ImageUse { value: name.as_str().into(), path: platlint_engine::Pointer::root(), in_pod: false };
    for (name, facts) in lock.facts(&lock.images().keys().map(stated).collect::<Vec<_>>(), trust) {
        let is_known_already = is_unknown(&facts) && drift.stale.iter().any(|stale| **stale == *name);
        if status(&facts) != "verified" && !is_known_already {
            let reason = platlint_engine::get_str(&facts.signature, "reason").map_or("", |reason| &**reason);
            told.fault(&format!("{}: {name}: {reason}", status(&facts)));
        }
    }
    if told.is_good {
        let count = lock.images().len();
        let images = if count == 1 { "1 image".to_owned() } else { format!("{count} images") };
        told.say(&format!("{}: {images}, verified from the stored evidence", path.display()));
    } else {
        complain("`platlint images lock` brings the lock up to date");
    }
    told.end()
}

fn check_tags(lock: &Lock, online: &Online) -> Result<bool, Failure> {
    let mut told = Told::default();
    for tag in online.moved_tags(lock)? {
        let (name, locked) = (format!("{}:{}", tag.repository, tag.tag), tag.locked);
        match tag.now {
            Ok(now) => told.fault(&format!("moved: {name} names {now} now; locked is {locked}")),
            Err(cause) => told.fault(&format!("unknown: what {name} names now: {cause}; locked is {locked}")),
        }
    }
    if told.is_good {
        told.say("every locked tag still names its digest");
    }
    told.end()
}

/// Lines for standard output, and whether one of them is a fault.
struct Told {
    text: String,
    is_good: bool,
}

impl Default for Told {
    fn default() -> Self {
        Self { text: String::new(), is_good: true }
    }
}

impl Told {
    fn say(&mut self, line: &str) {
        self.text.push_str(&one_line(line));
        self.text.push('\n');
    }

    fn fault(&mut self, line: &str) {
        self.say(line);
        self.is_good = false;
    }

    fn unpinned(&mut self, image: &str) {
        self.fault(&format!("not locked: {image} is named by a tag; `platlint fix --images online` pins it"));
    }

    fn end(self) -> Result<bool, Failure> {
        answer(&self.text)?;
        Ok(self.is_good)
    }
}
