//! Skeletons: every file of them is rendered as the step would, with sample values, and what comes of it is handed on. What
//! a file reads that the step does not give, and what cannot be rendered, is noted at the step.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_engine::{Value, suggest};
use platlint_facts::{
    Doc, DocId, Edge, Files, Generated, LineOrigin, Maker, Node, NodeKind, Note, Notes, Target, items, str_at,
};
use serde_json::json;

use crate::copied::Patterns;
use crate::expressions::{ROOTS, WORKFLOW_NAMES};
use crate::fetching::{Fetch, Filled, Found, Wanted, fetch};
use crate::filled::{context, filled};
use crate::listing::{LOOK, MOST_FILES, list};
use crate::nunjucks::{self, Js, Manner, Member, OUTPUT_START, Read, Refusal, Stop, Syntax, Work};
use crate::parameters::parameters;
use crate::sample::samples;
use crate::template::Template;

/// What it costs to read a byte of a file, of what [`Work`] counts.
const READ: usize = 4;
/// So many names of one file are told of.
const MOST_NAMES: usize = 50;
/// So many files that are not decided are told of one by one.
const MOST_REASONS: usize = 10;

/// What begins something that the scaffolder fills in.
const MARKS: &[&str] = &[OUTPUT_START, "{%"];
/// The same where cookiecutter may do it.
const ANY_MARKS: &[&str] = &["{{", "{%"];

/// What is known of the skeletons of one template.
#[derive(Debug, Default)]
pub(crate) struct Skeletons {
    problems: Vec<(&'static str, Note)>,
    unknown: Vec<(&'static str, platlint_engine::Pointer, String)>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) generated: Vec<Generated>,
    /// Files of skeletons that are filled in, not those that are copied as they are, each with the marks of its engine.
    pub(crate) files: Vec<(PathBuf, &'static [&'static str])>,
}

impl Skeletons {
    /// Looks at all that a template fetches from beside it.
    pub(crate) fn of(doc: &Doc, files: &dyn Files) -> Self {
        let mut found = Self::default();
        let Some(template) = Template::of(doc).filter(|_| !Template::is_in_a_skeleton(doc)) else { return found };
        let fetches: Vec<Fetch<'_>> = template.steps.iter().filter_map(fetch).collect();
        if fetches.is_empty() {
            return found;
        }
        let context = context(samples(&parameters(&template)));
        let work = Work::default();
        for fetch in &fetches {
            let path = match fetch.find(doc, files) {
                Found::At(path) => path,
                Found::Missing(note) => {
                    found.edge(doc, fetch, files, Target::Missing);
                    found.problems.push(("missing-skeleton", note));
                    continue;
                }
                Found::Unknown(reason) => {
                    found.unknown.push(("missing-skeleton", fetch.at.clone(), reason));
                    continue;
                }
            };
            found.edge(doc, fetch, files, Target::Exists);
            let settings = match fetch.filled {
                Filled::Never => continue,
                Filled::AsNunjucks => Settings::of(fetch, &context, &work),
                Filled::AsCookiecutter => Err("cookiecutter fills it in, which is not rendered here".to_owned()),
            };
            match settings {
                Ok(settings) => {
                    Filling { doc, fetch, files, settings, work: &work, undecided: 0, found: &mut found }.fill(&path);
                }
                Err(reason) => {
                    found.unknown.push(("skeleton-failed", fetch.at.clone(), reason));
                    // What is not decided may be filled in by either engine.
                    found.files.extend(list(fetch, files, path, &work).into_iter().map(|(path, _)| (path, ANY_MARKS)));
                }
            }
        }
        found
    }

    /// Notes what was found.
    pub(crate) fn note(&self, notes: &mut Notes) {
        self.problems.iter().for_each(|(code, note)| notes.problem(code, note.clone()));
        self.unknown.iter().for_each(|(code, path, reason)| notes.unknown(code, path.clone(), reason.clone()));
    }

    fn edge(&mut self, doc: &Doc, fetch: &Fetch<'_>, files: &dyn Files, target: Target) {
        let Some(folder) = &doc.folder else { return };
        let namespace = str_at(&doc.object, &["metadata", "namespace"]).unwrap_or("default");
        let name = format!("template:{namespace}/{}", doc.name().unwrap_or_default()).to_lowercase();
        let path = files.shown(&platlint_facts::resolve(folder, fetch.url));
        self.edges.push(Edge {
            from: Node { kind: NodeKind::Template, name: name.into() },
            relation: "generates",
            to: Node { kind: NodeKind::Path, name: path.into() },
            target,
            at: Some((doc.id.clone(), fetch.at.clone())),
        });
    }
}

/// How a step fills in its skeleton.
struct Settings {
    values: BTreeMap<String, Js>,
    /// The names that `values` has; `None` where that is not known.
    names: Option<Vec<Arc<str>>>,
    syntax: Syntax,
    copied: Patterns,
    /// Whether paths are rendered also where contents are not.
    renders_paths: bool,
    /// Only files with this ending are rendered, and lose it.
    extension: Option<String>,
}

impl Settings {
    fn of(fetch: &Fetch<'_>, context: &BTreeMap<String, Js>, work: &Work) -> Result<Self, String> {
        let switch = |key: &str| match fetch.input(key) {
            None | Some(Value::Bool(false)) => Ok(false),
            Some(Value::Bool(true)) => Ok(true),
            Some(_) => Err(format!("\"{key}\" is no plain true or false")),
        };
        if switch("cookiecutterCompat")? {
            return Err("cookiecutterCompat renders by other rules".to_owned());
        }
        let syntax = Syntax { trim_blocks: switch("trimBlocks")?, lstrip_blocks: switch("lstripBlocks")? };
        let old_patterns = fetch.input("copyWithoutRender");
        let patterns = old_patterns.or_else(|| fetch.input("copyWithoutTemplating"));
        let mut texts = Vec::new();
        for pattern in patterns.into_iter().flat_map(items) {
            match pattern {
                Value::String(text) if !text.contains("{{") && !text.contains("{%") => texts.push(&**text),
                _ => return Err("which files are copied as they are depends on parameters".to_owned()),
            }
        }
        let copied = Patterns::of(texts).ok_or("a pattern of files that are copied is not understood")?;
        let extension = match fetch.input("templateFileExtension") {
            None | Some(Value::Bool(false)) => None,
            Some(Value::Bool(true)) => Some(".njk".to_owned()),
            Some(Value::String(text)) if !text.contains("{{") => Some(format!(".{}", text.trim_start_matches('.'))),
            Some(_) => return Err("templateFileExtension depends on parameters".to_owned()),
        };
        let values = fetch.input("values").map_or(Js::Undefined, |values| filled(values, context, work));
        let names = match (fetch.input("values"), &values) {
            (Some(Value::Object(_)), _) => {
                let written = fetch.input("values").into_iter().flat_map(platlint_facts::entries);
                Some(written.map(|(name, _)| name.into()).collect())
            }
            (None, _) => Some(Vec::new()),
            (_, Js::Map(map)) => Some(map.keys().cloned().collect()),
            _ => None,
        };
        let values = BTreeMap::from([("values".to_owned(), values)]);
        Ok(Self { values, names, syntax, copied, renders_paths: old_patterns.is_none(), extension })
    }
}

struct Filling<'f, 'd> {
    doc: &'d Doc,
    fetch: &'f Fetch<'d>,
    files: &'f dyn Files,
    settings: Settings,
    work: &'f Work,
    undecided: usize,
    found: &'f mut Skeletons,
}

impl Filling<'_, '_> {
    fn fill(&mut self, path: &Path) {
        if self.fetch.wanted == Wanted::File {
            self.found.files.push((path.to_owned(), MARKS));
            let target = self.fetch.input("targetPath").and_then(|path| match path {
                Value::String(path) => Some(path.to_string()),
                _ => None,
            });
            self.file(path, &target.unwrap_or_else(|| self.fetch.url.to_string()), true);
            return;
        }
        let paths = list(self.fetch, self.files, path.to_owned(), self.work);
        if paths.len() > MOST_FILES {
            self.undecided(format!("only {MOST_FILES} files of the skeleton are looked at"));
        }
        if self.work.is_done() {
            self.undecided("the skeletons of the template are too large to be looked at".to_owned());
        }
        for (path, relative) in paths.iter().take(MOST_FILES) {
            let is_copied = match &self.settings.extension {
                Some(extension) => !relative.ends_with(extension.as_str()),
                None => self.settings.copied.matches(relative),
            };
            if !is_copied {
                self.found.files.push((path.clone(), MARKS));
            }
            let has_rendered_path = !is_copied || self.settings.renders_paths || self.settings.extension.is_some();
            let stem = match &self.settings.extension {
                Some(extension) => relative.strip_suffix(extension.as_str()).unwrap_or(relative),
                None => relative,
            };
            let target = if has_rendered_path { self.path(path, stem) } else { Some(stem.to_owned()) };
            if let Some(target) =
                target.filter(|target| !(target.is_empty() || target.starts_with('/') || target.contains("//")))
            {
                self.file(path, &target, !is_copied);
            }
        }
    }

    /// A path once it is rendered; `None` where that failed, which is noted.
    fn path(&mut self, path: &Path, relative: &str) -> Option<String> {
        let shown = self.files.shown(path);
        let nodes = match nunjucks::parse(relative, Syntax::default()) {
            Ok(nodes) => nodes,
            Err(error) => {
                self.failed(&shown, None, &format!("in its path, {error}"));
                return None;
            }
        };
        self.note_reads(&nunjucks::uses(&nodes).reads, relative, &shown);
        match nunjucks::render(relative, &nodes, &self.settings.values, self.work) {
            Ok(rendered) => Some(rendered.text),
            Err(Stop { refusal: Refusal::Fails(reason), .. }) => {
                self.failed(&shown, None, &format!("in its path, {reason}"));
                None
            }
            Err(Stop { refusal: Refusal::Undecided(reason), .. }) => {
                self.undecided(format!("the path {shown}: {reason}"));
                None
            }
        }
    }

    fn file(&mut self, path: &Path, target: &str, is_rendered: bool) {
        // Those that are copied are read where they stand.
        if !is_rendered {
            return;
        }
        let shown = self.files.shown(path);
        if !self.spends(LOOK, &shown) {
            return;
        }
        // Binary and unreadable files are copied.
        let Ok(text) = self.files.read(path) else { return };
        if text.contains('\0') || !self.spends(text.len().saturating_mul(READ), &shown) {
            return;
        }
        let nodes = match nunjucks::parse(&text, self.settings.syntax) {
            Ok(nodes) => nodes,
            Err(error) => return self.failed(&shown, Some(line_of(&text, error.at)), &error.to_string()),
        };
        if nodes.iter().all(|node| matches!(node, nunjucks::Node::Text(_))) {
            return;
        }
        self.note_reads(&nunjucks::uses(&nodes).reads, &text, &shown);
        match nunjucks::render(&text, &nodes, &self.settings.values, self.work) {
            Ok(rendered) => self.hand_on(&shown, target, rendered),
            Err(Stop { at, refusal: Refusal::Fails(reason) }) => self.failed(&shown, Some(line_of(&text, at)), &reason),
            Err(Stop { at, refusal: Refusal::Undecided(reason) }) => {
                self.undecided(format!("{shown}:{}: {reason}", line_of(&text, at)));
            }
        }
    }

    /// Whether there is so much work left, which it then takes.
    fn spends(&mut self, bytes: usize, shown: &str) -> bool {
        let Err(Refusal::Fails(reason) | Refusal::Undecided(reason)) = self.work.spend(bytes) else { return true };
        self.undecided(format!("{shown}: {reason}"));
        false
    }

    /// Names that the step does not give are printed as nothing. Where the file asks whether they are there, that is meant, and
    /// what stands behind a condition may never be reached.
    fn note_reads(&mut self, reads: &[Read], text: &str, shown: &str) {
        let Some(names) = self.settings.names.clone() else { return };
        let key = |read: &Read| match (read.root.as_str(), read.members.first()) {
            ("values", member) => member.map(|member| member.name.clone()),
            (root, _) => Some(format!("{root} ")),
        };
        let guarded: BTreeSet<String> =
            reads.iter().filter(|read| read.manner == Manner::Guarded).filter_map(key).collect();
        let known: Vec<&str> = names.iter().map(|name| &**name).collect();
        let mut said = BTreeSet::new();
        let told = |found: &Skeletons| found.problems.len() + found.unknown.len();
        let most = told(self.found) + MOST_NAMES;
        for read in reads.iter().filter(|read| !read.is_called && read.manner == Manner::Plain) {
            let Some(name) = key(read).filter(|name| !guarded.contains(name) && !said.contains(name)) else { continue };
            said.insert(name.clone());
            if told(self.found) >= most {
                let reason = format!("{shown}: only the first {MOST_NAMES} names are told of");
                self.found.unknown.push(("undeclared-value", self.fetch.at.clone(), reason));
                break;
            }
            let written = read.span.of(text);
            let note = Note::at(self.fetch.input_at("values"))
                .with("name", written)
                .with("file", shown)
                .with("line", line_of(text, read.span.start))
                .with("related", vec![place(shown, line_of(text, read.span.start))]);
            if read.root == "values" {
                if !known.contains(&name.as_str()) {
                    let near = suggest::nearest(&name, &known).map(|near| format!("values.{near}"));
                    self.found.problems.push(("undeclared-value", note.suggestion(near)));
                }
            } else if ROOTS.contains(&read.root.as_str()) || WORKFLOW_NAMES.contains(&read.root.as_str()) {
                let is_meant = |member: &&Member| read.root == "parameters" && known.contains(&member.name.as_str());
                let meant = read.members.first().filter(is_meant).map(|member| format!("values.{}", member.name));
                self.found.problems.push(("undeclared-value", note.with("is-other-root", true).suggestion(meant)));
            } else if !matches!(read.root.as_str(), "range" | "cycler" | "joiner") {
                let reason = format!("{shown}: the installation may add the value \"{}\"", read.root);
                self.found.unknown.push(("undeclared-value", self.fetch.at.clone(), reason));
            }
        }
    }

    fn failed(&mut self, shown: &str, line: Option<u32>, problem: &str) {
        let note = Note::at(self.fetch.at.clone()).with("file", shown).maybe("line", line).with("problem", problem);
        self.found.problems.push(("skeleton-failed", note.with("related", vec![place(shown, line.unwrap_or(1))])));
    }

    fn undecided(&mut self, reason: String) {
        self.undecided += 1;
        if self.undecided <= MOST_REASONS {
            self.found.unknown.push(("skeleton-failed", self.fetch.at.clone(), reason));
        }
    }

    /// YAML files, and JSON files with an object of a kind in them, are judged. Those that are templates again are not.
    fn hand_on(&mut self, shown: &str, target: &str, rendered: nunjucks::Rendered) {
        let extension = Path::new(target).extension().and_then(std::ffi::OsStr::to_str);
        let is_yaml = matches!(extension, Some("yaml" | "yml"));
        let is_manifest = extension == Some("json") && rendered.text.contains("\"apiVersion\"");
        if !(is_yaml || is_manifest) {
            return;
        }
        if is_template_again(&rendered.text) {
            if rendered.text.lines().any(|line| line.starts_with("apiVersion:")) {
                self.undecided(format!("{shown}: once it is filled in, it is a template again"));
            }
            return;
        }
        let file: Arc<str> = shown.into();
        let origin = |line: &u32| Some(LineOrigin::Line { file: Arc::clone(&file), line: *line });
        let DocId { file: template, .. } = &self.doc.id;
        self.found.generated.push(Generated {
            name: format!("{shown} (template {})", self.doc.name().unwrap_or(template)).into(),
            maker: Arc::new(Maker { tool: "template".into(), from: Arc::clone(template) }),
            lines: rendered.lines.iter().map(origin).collect(),
            text: rendered.text.into(),
            fallback: LineOrigin::Line { file: Arc::clone(&file), line: 1 },
            namespace: None,
        });
    }
}

/// Whether what was rendered has tags of the scaffolder in it, or braces where YAML reads no text. In quotes and in the middle
/// of a text, braces are text.
fn is_template_again(text: &str) -> bool {
    let is_structure = |line: &str, at: usize| {
        let before = line.get(..at).unwrap_or_default();
        let begins_value = before.ends_with([' ', '\t']) && before.trim_end().ends_with([':', '-', ',', '?']);
        before.trim().is_empty() || begins_value || before.trim_end().ends_with(['[', '{'])
    };
    let has_structure = |line: &str| line.match_indices("{{").any(|(at, _)| is_structure(line, at));
    text.contains(OUTPUT_START) || text.contains("{%") || text.lines().any(has_structure)
}

/// A line of a file as rules hand it on.
fn place(shown: &str, line: u32) -> serde_json::Value {
    json!({"file": shown, "line": line})
}

fn line_of(text: &str, at: usize) -> u32 {
    let breaks = text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}
