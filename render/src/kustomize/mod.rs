//! Building a kustomization: all that it names is checked first, then a copy is built through an overlay that makes
//! kustomize tell where objects come from.

mod complaint;
pub(crate) mod file;
pub(crate) mod fragments;
mod keys;
mod origins;
mod output;
mod patches;
mod setters;
mod texts;
mod walk;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use platlint_facts::Files;
use serde_json::{Map, Value, json};

use self::texts::Built;
use self::walk::{Stop, Walk};
use crate::budget::Budget;
use crate::program::{Run, RunError};
use crate::stage::{Refused, Stage};
use crate::tools::Installed;
use crate::{Image, KustomizeRequest, Outcome, Settings, told};

/// Where the copy of the checkout's files is, and where the overlay.
const TREE: &str = "tree";
const OVERLAY: &str = "overlay";

/// One build.
pub(crate) struct Kustomize<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) budget: &'a Budget,
    pub(crate) files: &'a dyn Files,
    pub(crate) program: &'a Installed,
    pub(crate) request: &'a KustomizeRequest,
}

impl Kustomize<'_> {
    /// Builds the kustomization.
    pub(crate) fn render(&self) -> Outcome {
        self.attempt().unwrap_or_else(|outcome| outcome)
    }

    fn attempt(&self) -> Result<Outcome, Outcome> {
        let allow = self.settings.allow;
        let folder = self.request.folder.as_path();
        let mut walk = walk::walk(self.files, folder, allow).map_err(|stop| self.stopped(&stop))?;
        for component in &self.request.components {
            let component = walk::walk(self.files, component, allow).map_err(|stop| self.stopped(&stop))?;
            walk.extend(component);
        }
        let root = root_of(&walk);
        let mut stage = Stage::new().map_err(|refused| self.refused(&refused))?;
        self.copy(&mut stage, &walk, &root).map_err(|refused| self.refused(&refused))?;
        let overlay = self.overlay(&root)?;
        stage
            .write(Path::new(OVERLAY).join(file::NAMES[0]), &overlay.to_string())
            .map_err(|refused| self.refused(&refused))?;
        let output = self.run(&stage).and_then(|output| self.budget.keep(&output).map(|()| output));
        let output = output.map_err(|error| self.complaint(&stage, &walk, &root, &error))?;
        let built = Built { files: self.files, request: self.request, walk: &walk, stage: &stage };
        Ok(Outcome::Rendered(built.texts(&output)))
    }

    fn copy(&self, stage: &mut Stage, walk: &Walk, root: &Path) -> Result<(), Refused> {
        for file in &walk.files {
            if let Ok(inside) = file.strip_prefix(root) {
                stage.file(self.files, file, Path::new(TREE).join(inside))?;
            }
        }
        if self.settings.allow.plugins || self.settings.allow.exec {
            // Plugins and charts read what no kustomization names.
            for folder in walk.kustomizations.iter().map(|kustomization| kustomization.folder.as_path()) {
                if let Ok(inside) = folder.strip_prefix(root) {
                    stage.tree(self.files, folder, Path::new(TREE).join(inside))?;
                }
            }
        }
        // Last, over their copies: nothing else than what was checked is read.
        for (file, text) in &walk.checked {
            if let Ok(inside) = file.strip_prefix(root) {
                stage.write(Path::new(TREE).join(inside), text)?;
            }
        }
        Ok(())
    }

    /// The kustomization that is built: it includes the copy of the one that is asked for.
    fn overlay(&self, root: &Path) -> Result<Value, Outcome> {
        let request = self.request;
        let path = |folder: &Path| {
            let inside = folder.strip_prefix(root).unwrap_or(Path::new("")).to_string_lossy().replace('\\', "/");
            let path = format!("../{TREE}/{inside}").trim_end_matches('/').to_owned();
            let is_plain = !walk::looks_remote(&path);
            is_plain.then_some(path).ok_or_else(|| {
                self.not_rendered(folder, 1, "kustomize would take the name of its folder for a repository")
            })
        };
        let mut overlay = Map::new();
        let mut set = |key: &str, value: Value| {
            if !matches!(&value, Value::Null) && value.as_array().is_none_or(|list| !list.is_empty()) {
                overlay.insert(key.to_owned(), value);
            }
        };
        set("resources", json!([path(&request.folder)?]));
        set("buildMetadata", json!(["originAnnotations"]));
        set("namespace", json!(request.namespace));
        set("namePrefix", json!(request.name_prefix));
        set("nameSuffix", json!(request.name_suffix));
        let pairs = |pairs: &[(String, String)]| pairs.iter().cloned().collect::<std::collections::BTreeMap<_, _>>();
        if !request.labels.is_empty() {
            set("labels", json!([{"pairs": pairs(&request.labels), "includeTemplates": true}]));
        }
        if !request.annotations.is_empty() {
            set("commonAnnotations", json!(pairs(&request.annotations)));
        }
        set("images", request.images.iter().map(image).collect());
        set("replicas", request.replicas.iter().map(|(name, count)| json!({"name": name, "count": count})).collect());
        set("patches", self.patches()?);
        set("components", request.components.iter().map(|folder| path(folder)).collect::<Result<Value, _>>()?);
        Ok(overlay.into())
    }

    /// Patches of the request stand in it, so they cannot name files.
    fn patches(&self) -> Result<Value, Outcome> {
        let read = |text: &std::sync::Arc<str>| {
            let patch = crate::yaml::Yaml::read(text).map(|yaml| platlint_engine::to_json(&yaml.value));
            match patch {
                Some(patch) if patch.get("patch").is_some() && patch.get("path").is_none() => Ok(patch),
                _ => Err(self.not_rendered(&self.request.folder, 1, "a patch that is laid over it cannot be read")),
            }
        };
        self.request.patches.iter().map(read).collect()
    }

    fn run(&self, stage: &Stage) -> Result<String, RunError> {
        let allow = self.settings.allow;
        let mut arguments: Vec<OsString> =
            vec![if self.program.is_kubectl { "kustomize".into() } else { "build".into() }];
        if allow.plugins {
            arguments.extend(["--enable-helm".into(), "--enable-alpha-plugins".into()]);
        }
        if allow.exec && !self.program.is_kubectl {
            arguments.extend(["--enable-exec".into(), "--enable-alpha-plugins".into()]);
        }
        arguments.push(stage.path(OVERLAY).into());
        let home = stage.home();
        let run = Run {
            program: &self.program.program,
            home: &home,
            deadline: self.settings.deadline,
            network: allow.remote_bases || allow.plugins,
            // git, helm and what a kustomization names; nothing of it can be found unless it is allowed.
            programs: allow.remote_bases || allow.plugins || allow.exec,
        };
        self.budget.run(&self.request.folder, &run, &arguments)
    }

    fn complaint(&self, stage: &Stage, walk: &Walk, root: &Path, error: &RunError) -> Outcome {
        let RunError::Refused(complaint) = error else {
            return self.not_rendered(&self.request.folder, 1, &format!("kustomize: {error}"));
        };
        let complaint = &complaint::without_log_header(complaint);
        let tree = stage.path(TREE);
        let accused = origins::accused(complaint, &tree, root, walk);
        let said = complaint
            .rsplit_once("recursed accumulation of path '")
            .map_or(complaint.as_str(), |(_, last)| last.split_once("': ").map_or(last, |(_, said)| said));
        let said = stage.in_words_of_the_user(said, self.files);
        let shown = self.files.shown(root);
        let said = said.replace(&format!("../{TREE}"), &shown).replace(&format!("{TREE}/"), "");
        let message = crate::helm::in_short(&said);
        let file = accused.unwrap_or_else(|| self.own_file(&self.request.folder));
        told::failed(self.files, &self.request.folder, &file, None, &message)
    }

    fn stopped(&self, stop: &Stop) -> Outcome {
        let target = &self.request.folder;
        if stop.is_fault {
            return told::failed(self.files, target, &stop.file, Some(stop.line), &stop.text);
        }
        told::not_rendered(self.files, target, &stop.file, stop.line, &stop.text)
    }

    fn refused(&self, refused: &Refused) -> Outcome {
        self.not_rendered(&self.request.folder, 1, &refused.to_string())
    }

    fn not_rendered(&self, folder: &Path, line: u32, reason: &str) -> Outcome {
        told::not_rendered(self.files, &self.request.folder, &self.own_file(folder), line, reason)
    }

    fn own_file(&self, folder: &Path) -> PathBuf {
        folder.join(file::name(self.files, folder).unwrap_or(file::NAMES[0]))
    }
}

/// The folder that all files of a walk are below.
fn root_of(walk: &Walk) -> PathBuf {
    let mut folders = walk.files.iter().filter_map(|file| file.parent());
    let first = folders.next().unwrap_or(Path::new("/")).to_owned();
    folders.fold(first, |root, folder| {
        root.ancestors().find(|above| folder.starts_with(above)).unwrap_or(Path::new("/")).to_owned()
    })
}

fn image(image: &Image) -> Value {
    let mut entry = Map::new();
    entry.insert("name".to_owned(), json!(image.name));
    for (key, value) in [("newName", &image.new_name), ("newTag", &image.new_tag), ("digest", &image.digest)] {
        if let Some(value) = value {
            entry.insert(key.to_owned(), json!(value));
        }
    }
    entry.into()
}
