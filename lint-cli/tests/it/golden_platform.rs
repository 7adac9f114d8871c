//! The repository of a platform team: nothing is found in it as it stands, and each mistake of the list beside it is found
//! at its place, and nothing else is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;

use crate::sandbox::{Ran, Sandbox, root, run_in};

/// `fixtures/golden-path-platform-breaks.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Breaks {
    /// What cannot be decided in the repository as it stands.
    undecided: Vec<Undecided>,
    breaks: Vec<Break>,
}

/// A rule that cannot decide, at a line of a file.
#[derive(Deserialize, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct Undecided {
    rule: String,
    file: String,
    line: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Break {
    name: String,
    edit: OneOrMany,
    #[serde(default)]
    needs: Vec<Tool>,
    expect: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Edit),
    Many(Vec<Edit>),
}

/// One change of one file: exactly one of `replace` (and `with`), `create`, `delete` and `rename`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    file: String,
    replace: Option<String>,
    with: Option<String>,
    create: Option<String>,
    #[serde(default)]
    delete: bool,
    rename: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Tool {
    Helm,
    Kustomize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    rule: String,
    file: Option<String>,
    /// Where the finding stands: the line on which this text ends, which the file holds once.
    at: String,
    /// Part of the message.
    message: Option<String>,
}

/// A rule and where it says something.
type Place = (String, String, u64);

fn repository() -> PathBuf {
    root().join("fixtures/golden-path-platform")
}

fn breaks() -> Breaks {
    let text = std::fs::read_to_string(root().join("fixtures/golden-path-platform-breaks.yaml")).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Edit {
    /// Makes the change in a copy of the repository, or says why it is none.
    fn apply(&self, folder: &Path) -> Result<(), String> {
        let path = folder.join(&self.file);
        match (&self.replace, &self.with, &self.create, self.delete, &self.rename) {
            (Some(old), Some(new), None, false, None) => {
                let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", self.file))?;
                let count = text.matches(old.as_str()).count();
                if count != 1 {
                    return Err(format!("{} holds the text to replace {count} times", self.file));
                }
                std::fs::write(&path, text.replacen(old.as_str(), new, 1)).unwrap();
            }
            (None, None, Some(_), false, None) if path.exists() => return Err(format!("{} exists already", self.file)),
            (None, None, Some(text), false, None) => {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, text).unwrap();
            }
            (None, None, None, true, None) => {
                std::fs::remove_file(&path).map_err(|error| format!("{}: {error}", self.file))?;
            }
            (None, None, None, false, Some(new)) => {
                std::fs::rename(&path, folder.join(new)).map_err(|error| format!("{}: {error}", self.file))?;
            }
            _ => return Err(format!("the edit of {} must say one thing", self.file)),
        }
        Ok(())
    }
}

impl Break {
    fn edits(&self) -> &[Edit] {
        match &self.edit {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }

    /// Breaks a copy of the repository and compares what is found; the answer tells what differs.
    fn check(&self, tools: &Tools) -> Result<(), String> {
        if self.expect.is_empty() {
            return Err("nothing is expected: that is no mistake".to_owned());
        }
        let sandbox = Sandbox::new();
        copy(&repository(), sandbox.path());
        for edit in self.edits() {
            edit.apply(sandbox.path())?;
        }
        let expected = self.expected(sandbox.path())?;
        let ran = tools.check(sandbox.path());
        if ran.code != 0 && ran.code != 1 {
            return Err(ran.shown());
        }
        let json = ran.json();
        let found = places(&json["findings"]);
        let mut told = String::new();
        for (rule, file, line) in expected.difference(&found) {
            let _ = writeln!(told, "missing: {file}:{line} {rule}");
        }
        for place in found.difference(&expected) {
            let _ = writeln!(told, "unexpected: {}", shown(&json, place));
        }
        for (expected, place) in self.expect.iter().zip(self.places(sandbox.path())?) {
            let Some(message) = &expected.message else { continue };
            let said = messages(&json, &place);
            if !said.is_empty() && !said.iter().any(|said| said.contains(message.as_str())) {
                let _ = writeln!(told, "`{message}` is not said: {}", shown(&json, &place));
            }
        }
        if told.is_empty() { Ok(()) } else { Err(told) }
    }

    fn expected(&self, folder: &Path) -> Result<BTreeSet<Place>, String> {
        Ok(self.places(folder)?.into_iter().collect())
    }

    /// Where the expected findings stand in the broken copy.
    fn places(&self, folder: &Path) -> Result<Vec<Place>, String> {
        let edited = self.edits().first().ok_or("there is no edit")?;
        self.expect
            .iter()
            .map(|expected| {
                let file = expected.file.clone().unwrap_or_else(|| edited.file.clone());
                let text = std::fs::read_to_string(folder.join(&file)).map_err(|error| format!("{file}: {error}"))?;
                let count = text.matches(expected.at.as_str()).count();
                if count != 1 {
                    return Err(format!("{file} holds `{}` {count} times", expected.at));
                }
                let end = text.find(expected.at.as_str()).unwrap() + expected.at.len();
                let line = text[..end].lines().count();
                Ok((expected.rule.clone(), file, line as u64))
            })
            .collect()
    }
}

/// Rules and places of findings or of what is not decided.
fn places(list: &serde_json::Value) -> BTreeSet<Place> {
    let text = |one: &serde_json::Value, key: &str| one[key].as_str().unwrap().to_owned();
    list.as_array()
        .unwrap()
        .iter()
        .map(|one| (text(one, "rule"), text(one, "file"), one["line"].as_u64().unwrap()))
        .collect()
}

/// What is said at a place.
fn messages(json: &serde_json::Value, (rule, file, line): &Place) -> Vec<String> {
    let findings = json["findings"].as_array().unwrap().iter();
    findings
        .filter(|one| one["rule"] == **rule && one["file"] == **file && one["line"] == *line)
        .map(|one| one["message"].as_str().unwrap().to_owned())
        .collect()
}

fn shown(json: &serde_json::Value, place: &Place) -> String {
    let (rule, file, line) = place;
    format!("{file}:{line} {rule}: {}", messages(json, place).join(" | "))
}

/// The programs that render charts and overlays, where they are.
struct Tools {
    /// Folders in which they are looked for, as `PATH`.
    path: String,
    missing: Vec<Tool>,
}

impl Tools {
    /// Those of `PLATLINT_RENDER_TOOLS`, a folder, and of `PATH`.
    fn found() -> Self {
        let given = ["PLATLINT_RENDER_TOOLS", "PATH"];
        let path = given.iter().filter_map(|name| std::env::var(name).ok()).collect::<Vec<_>>().join(":");
        let has = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
        let mut missing = Vec::new();
        if !has("helm") {
            missing.push(Tool::Helm);
        }
        if !has("kustomize") && !has("kubectl") {
            missing.push(Tool::Kustomize);
        }
        let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!is_ci || missing.is_empty(), "CI has helm, and kustomize or kubectl: all mistakes are tried there");
        Self { path, missing }
    }

    /// Without kustomize nothing can be compared: the files that overlays patch with are then judged as they stand.
    fn has(&self, needed: &[Tool]) -> bool {
        !needed.iter().chain([&Tool::Kustomize]).any(|tool| self.missing.contains(tool))
    }

    fn check(&self, folder: &Path) -> Ran {
        run_in(folder, &["check", "--format", "json"], &[("PATH", &self.path)], b"")
    }
}

#[test]
fn nothing_is_found_in_the_repository_of_a_platform_team() {
    let tools = Tools::found();
    if !tools.has(&[]) {
        eprintln!("SKIPPED: the repository of a platform team: kustomize or kubectl is needed");
        return;
    }
    let ran = tools.check(&repository());
    let json = ran.json();
    let findings: Vec<String> = places(&json["findings"]).iter().map(|place| shown(&json, place)).collect();
    assert!(findings.is_empty() && ran.code == 0, "exit {}\n{}\n{}", ran.code, findings.join("\n"), ran.stderr);
    if !tools.missing.is_empty() {
        // What is not rendered is not decided: that is more than the list names.
        eprintln!("SKIPPED: what is not decided in it: helm is needed");
        return;
    }
    let stated: BTreeSet<Place> = breaks().undecided.into_iter().map(|one| (one.rule, one.file, one.line)).collect();
    let undecided = places(&json["undecided"]);
    assert_eq!(undecided, stated, "{}", serde_json::to_string_pretty(&json["undecided"]).unwrap());
}

#[test]
fn each_mistake_in_it_is_found_at_its_place_and_nothing_else_is() {
    let tools = Tools::found();
    let all = breaks().breaks;
    assert!(all.len() >= 40, "only {} mistakes are listed", all.len());
    let names: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names.len(), all.len(), "two mistakes have one name");

    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let skipped = Mutex::new(Vec::new());
    let work = || {
        while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !tools.has(&one.needs) {
                skipped.lock().unwrap().push(one.name.as_str());
            } else if let Err(told) = one.check(&tools) {
                wrong.lock().unwrap().push(format!("{}\n{}", one.name, told.trim_end()));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });

    let skipped = skipped.into_inner().unwrap();
    for name in &skipped {
        eprintln!("SKIPPED: {name}: helm, and kustomize or kubectl, are needed");
    }
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {} mistakes\n\n{}", wrong.len(), all.len(), wrong.join("\n\n"));
}
