//! The rows M1 to M4: which work, on which corpus, by whom, with which command.

use super::{Places, corpus_files, findings::Counting};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// Names of the rows of this module.
pub(super) const NAMES: &[&str] = &["M1", "M2", "M3", "M4"];

/// One row: everybody does the same work on the same files.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) work: &'static str,
    /// Findings that the four rules have on this corpus, known from several independent counts.
    pub(super) expected: Option<usize>,
    /// Rounds per asked-for run: short work is noisier.
    pub(super) repeat: u32,
    pub(super) subjects: Vec<Subject>,
}

/// One tool with its rules.
pub(super) struct Subject {
    pub(super) name: &'static str,
    /// Program and arguments, started in the corpora folder.
    pub(super) command: Vec<String>,
    pub(super) counting: Counting,
}

/// The name under which conftest's rows stand: the ratios are to it.
pub(super) const REFERENCE: &str = "conftest";

/// The name of platlint with conftest's own rules.
pub(super) const SAME_RULES: &str = "platlint, Conftest rules";

/// All rows, without running anything.
pub(super) fn rows(places: &Places) -> Result<Vec<Row>> {
    let mut pods = four_rules(places, "pods1000")?;
    pods.push(opa(places, &places.corpora.join("pods1000/pods.yaml"))?);
    let mut real = four_rules(places, "real-k8s")?;
    real.push(kubeconform(places, "real-k8s"));
    Ok(vec![
        Row {
            name: "M1",
            work: "four rules on `pods1000`: one stream of 1,000 Pods, 1.6 MB",
            expected: Some(1_500),
            repeat: 1,
            subjects: pods,
        },
        Row {
            name: "M2",
            work: "four rules on `real-k8s`: 626 files, 1,694 documents, 21 MB",
            expected: Some(1_656),
            repeat: 1,
            subjects: real,
        },
        Row {
            name: "M3",
            work: "four rules on `kyverno-k8s`: 5,472 files, 14,849 documents, 9.6 MB",
            expected: Some(55_635),
            repeat: 1,
            subjects: four_rules(places, "kyverno-k8s")?,
        },
        Row {
            name: "M4",
            work: "start-up: one small Deployment; platlint with its built-in policies, the others with the four rules",
            expected: None,
            repeat: 4,
            subjects: start_up(places)?,
        },
    ])
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn subject(name: &'static str, counting: Counting, program: &Path, arguments: &[&str]) -> Subject {
    let command = std::iter::once(text(program)).chain(arguments.iter().map(|argument| (*argument).to_owned()));
    Subject { name, command: command.collect(), counting }
}

/// Everybody who judges the four rules, and kube-score with its own. The corpus is named relative to where they run, so
/// that all print the same file names.
fn four_rules(places: &Places, corpus: &str) -> Result<Vec<Subject>> {
    let rules = places.root.join("bench").join("rules");
    let mut subjects = Vec::new();
    if let Some(platlint) = &places.platlint {
        let native = text(&rules.join("native"));
        let conftest = format!("{}:conftest", text(&rules.join("conftest")));
        for (name, policy) in [("platlint", native), (SAME_RULES, conftest)] {
            // The peers read files as they stand, so platlint does, too.
            let arguments =
                ["check", "--format", "json", "--render", "off", "--no-builtin", "--policy", &policy, corpus];
            subjects.push(subject(name, Counting::Platlint, platlint, &arguments));
        }
    }
    subjects.push(conftest(places, corpus));
    subjects.push(gator(places, corpus));
    let files = corpus_files(&places.corpora, corpus)?;
    subjects.push(kube_score(places, &files));
    Ok(subjects)
}

fn start_up(places: &Places) -> Result<Vec<Subject>> {
    let small = places.root.join("bench/small/deployment.yaml");
    let file = text(&small);
    let mut subjects = Vec::new();
    if let Some(platlint) = &places.platlint {
        subjects.push(subject("platlint", Counting::Platlint, platlint, &["check", "--format", "json", &file]));
    }
    subjects.push(conftest(places, &file));
    subjects.push(gator(places, &file));
    subjects.push(opa(places, &small)?);
    subjects.push(kube_score(places, &[file]));
    Ok(subjects)
}

fn conftest(places: &Places, target: &str) -> Subject {
    let rules = text(&places.root.join("bench/rules/conftest"));
    let arguments = ["test", "--policy", &rules, "--output", "json", "--no-color", target];
    subject(REFERENCE, Counting::Conftest, &places.peers.join("conftest"), &arguments)
}

fn gator(places: &Places, target: &str) -> Subject {
    let rules = text(&places.root.join("bench/rules/gator"));
    let arguments = ["test", "--filename", &rules, "--filename", target, "--output", "json"];
    subject("gator", Counting::Gator, &places.peers.join("gator"), &arguments)
}

/// kube-score takes files, no folders.
fn kube_score(places: &Places, files: &[String]) -> Subject {
    let mut arguments = vec!["score", "--output-format", "json"];
    arguments.extend(files.iter().map(String::as_str));
    subject("kube-score, own rules", Counting::OwnRules, &places.peers.join("kube-score"), &arguments)
}

/// kubeconform without schemas (they would come from the network): it reads, looks for a schema and finds none.
fn kubeconform(places: &Places, corpus: &str) -> Subject {
    let nowhere = text(&places.scratch.join("no-schemas/{{.ResourceKind}}.json"));
    let arguments = ["-output", "json", "-ignore-missing-schemas", "-schema-location", &nowhere, corpus];
    subject("kubeconform, no schemas", Counting::OwnRules, &places.peers.join("kubeconform"), &arguments)
}

/// opa gets the documents as one JSON array, converted before: what it does without reading YAML.
fn opa(places: &Places, stream: &Path) -> Result<Subject> {
    let input = as_json(stream, &places.scratch)?;
    let query = "[m | some d in input; some m in data.main.deny with input as d]";
    let rules = text(&places.root.join("bench/rules/conftest"));
    let arguments = ["eval", "--format", "json", "--data", &rules, "--input", &text(&input), query];
    Ok(subject("opa, from JSON", Counting::Opa, &places.peers.join("opa"), &arguments))
}

fn as_json(yaml: &Path, scratch: &Path) -> Result<PathBuf> {
    let stream = fs::read(yaml).with_context(|| format!("no corpus at {}", yaml.display()))?;
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_slice(&stream) {
        documents.push(serde_json::Value::deserialize(document)?);
    }
    let name = yaml.file_stem().context("no file name")?;
    let json = scratch.join(name).with_extension("json");
    fs::write(&json, serde_json::to_vec(&documents)?)?;
    Ok(json)
}
