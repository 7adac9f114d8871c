//! The lock: written from a registry, judged again without one.

mod edited;
mod lifecycle;

use chrono::NaiveDate;
use platlint_images::lock::{Scope, Updated};
use platlint_images::lookup::Survey;
use platlint_images::{Anonymous, Lock, Lookup, Trust};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

use crate::world::{World, said, soon, used};

/// A folder with a lock.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("platlint-images.lock")
    }

    fn read(&self) -> Lock {
        Lock::read(&self.path()).unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn edit(&self, from: &str, to: &str) {
        let text = self.text();
        assert!(text.contains(from), "{from} in {text}");
        fs::write(self.path(), text.replace(from, to)).unwrap();
    }

    /// The files of evidence.
    fn evidence(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.0.path().join(".platlint/bundles")).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        files
    }
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

async fn survey(lookup: &Lookup, images: &[&Arc<str>]) -> Vec<Survey> {
    let mut surveys = Vec::new();
    for image in images {
        surveys.extend(lookup.survey(image, &Anonymous, soon()).await);
    }
    surveys
}

/// Locks these images in a new folder.
async fn locked(world: &World, lookup: &Lookup, images: &[&Arc<str>]) -> (Folder, Updated) {
    let folder = Folder::new();
    let mut lock = Lock::new(&folder.path());
    let updated = lock.update(&survey(lookup, images).await, Scope::Whole, day(1));
    lock.write(&folder.path()).unwrap();
    // From here on nobody can be asked.
    world.registry.fault("/", platlint_registry::testing::Answer::status(500));
    (folder, updated)
}

/// `status` and `reason` by the lock.
fn verdict(lock: &Lock, trust: &Trust, image: &Arc<str>) -> (String, String) {
    said(&lock.facts(&[used(image)], trust)[image])
}
