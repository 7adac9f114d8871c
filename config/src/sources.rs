//! All policies of a run: those of each configuration file, those of the command line, each once.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::bundle;
use crate::discover::discover;
use crate::files::Files;
use crate::layers::{self, Layer};
use crate::load::Options;
use crate::placed::{At, Issue, Path};
use crate::policies::builtin;
use crate::policies::source::{self, PolicySource, SourceDialect, shown};
use crate::policies::{FoundRule, built_in, conftest, duplicates, native, syntax};
use crate::problem::{Problem, Problems};
use crate::wire::{DialectName, PolicyEntry};

/// The rules of a run with the layers that brought each of them.
pub(crate) struct Found {
    pub rules: Vec<FoundRule>,
    /// For each rule, the layers that name its policies; none for the command line's.
    pub loaded_by: Vec<BTreeSet<usize>>,
    /// As users know them, for `config show`.
    pub sources: Vec<String>,
}

/// One place that policies come from.
struct Origin {
    source: Option<PolicySource>,
    /// Where the source lies. What the command line names lies on the disk, also beside a bundle.
    files: Files,
    layers: BTreeSet<usize>,
    /// Where it is named, for what is wrong with the folder as a whole.
    named_at: Option<(usize, Path)>,
}

/// The folders of policies that a configuration names, and those of the command line: what `platlint test` tests. The
/// built-in policies are not among them, since their tests are not shipped.
pub fn test_sources(options: &Options) -> Result<Vec<PolicySource>, Problems> {
    let path = options.config.clone().or_else(|| discover(&options.start));
    if let Some(path) = path.as_deref().filter(|path| bundle::is_bundle(path)) {
        return Err(Problem::of_file(shown(path), "a bundle holds no tests; name the folder it was made of").into());
    }
    let mut problems = Vec::new();
    let layers = match path.map(|path| layers::read(&Files::Disk, &path)) {
        Some(Ok(layers)) => layers,
        Some(Err(found)) => {
            problems = found;
            Vec::new()
        }
        None => Vec::new(),
    };
    let origins = origins(&Files::Disk, &layers, &options.policies, false, &mut problems);
    Problems::check(problems)?;
    Ok(origins.into_iter().filter_map(|origin| origin.source).collect())
}

/// Loads all policies; all problems at once.
pub(crate) fn load(
    files: &Files,
    layers: &[Layer],
    extra: &[PolicySource],
    with_builtin: bool,
) -> Result<Found, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut found = Found { rules: Vec::new(), loaded_by: Vec::new(), sources: Vec::new() };
    for origin in origins(files, layers, extra, with_builtin, &mut problems) {
        let (rules, more) = rules(&origin, layers);
        problems.extend(more);
        found.sources.push(name(&origin));
        found.loaded_by.extend(rules.iter().map(|_| origin.layers.clone()));
        found.rules.extend(rules);
    }
    problems.extend(duplicates(&found.rules));
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn origins(
    configured: &Files,
    layers: &[Layer],
    extra: &[PolicySource],
    with_builtin: bool,
    problems: &mut Vec<Problem>,
) -> Vec<Origin> {
    let mut origins: Vec<Origin> = Vec::new();
    let mut add = |source: Option<PolicySource>, layer: Option<usize>, named_at: Option<(usize, Path)>| {
        let files = if layer.is_some() { configured.clone() } else { Files::Disk };
        let same = |origin: &&mut Origin| match (&origin.source, &source) {
            (None, None) => true,
            (Some(a), Some(b)) => {
                real(&origin.files, a) == real(&files, b) && a.dialect == b.dialect && a.namespaces == b.namespaces
            }
            _ => false,
        };
        if let Some(known) = origins.iter_mut().find(same) {
            known.layers.extend(layer);
        } else {
            origins.push(Origin { source, files, layers: layer.into_iter().collect(), named_at });
        }
    };
    if layers.is_empty() && with_builtin {
        add(None, None, None);
    }
    for (position, layer) in layers.iter().enumerate() {
        let Some(entries) = &layer.config.policies else {
            if with_builtin && layer.bases.is_empty() {
                add(None, Some(position), None);
            }
            continue;
        };
        for (index, entry) in entries.iter().enumerate() {
            match entry {
                PolicyEntry::Builtin(_) if with_builtin => add(None, Some(position), None),
                PolicyEntry::Builtin(_) => {}
                PolicyEntry::Folder(folder) => {
                    let dialect = match folder.dialect {
                        DialectName::Native => SourceDialect::Native,
                        DialectName::Conftest => SourceDialect::Conftest,
                        DialectName::Gatekeeper => SourceDialect::Gatekeeper,
                    };
                    let path = Path::of(["policies"]).index(index);
                    if folder.namespaces.is_some() && dialect != SourceDialect::Conftest {
                        let message =
                            "`namespaces` belongs to `dialect: conftest`; native rules say what they match themselves";
                        problems.push(layer.problem(Issue::new(&path.key("namespaces"), At::Key, message)));
                    }
                    let namespaces = folder.namespaces.clone().unwrap_or_default();
                    let source = PolicySource { path: layer.folder.join(&folder.path), dialect, namespaces };
                    add(Some(source), Some(position), Some((position, path.key("path"))));
                }
            }
        }
    }
    extra.iter().for_each(|source| add(Some(source.clone()), None, None));
    origins
}

/// The rules of a source, and what is wrong with others.
fn rules(origin: &Origin, layers: &[Layer]) -> (Vec<FoundRule>, Vec<Problem>) {
    let Some(source) = &origin.source else { return split(built_in()) };
    let root = shown(&source.path);
    let (rules, problems) = of_source(&origin.files, source, &root);
    // A problem of the folder as a whole is told where the configuration names it.
    let placed = |problem: Problem| {
        let named = origin.named_at.as_ref().filter(|_| problem.file == root && problem.line == 0);
        match named.and_then(|(layer, path)| Some((layers.get(*layer)?, path))) {
            Some((layer, path)) => {
                let message = format!("{}: {}", problem.file, problem.message);
                layer.problem(Issue::new(path, At::Value, message).with_help(problem.help))
            }
            None => problem,
        }
    };
    (rules, problems.into_iter().map(placed).collect())
}

fn of_source(files: &Files, source: &PolicySource, root: &str) -> (Vec<FoundRule>, Vec<Problem>) {
    if source.dialect == SourceDialect::Gatekeeper {
        let problem = Problem::of_file(root, "this version does not read policies of dialect `gatekeeper` yet");
        return (Vec::new(), vec![problem.with_help("known are: native, conftest")]);
    }
    let mut files = match source::read(files, &source.path) {
        Ok(files) => files,
        Err(problems) => return (Vec::new(), problems),
    };
    files.retain(|file| !file.is_test());
    let broken = syntax(&files);
    let (rules, mut problems) = match source.dialect {
        SourceDialect::Conftest => split(conftest(root, &source.namespaces, &files)),
        _ => native(root, &files),
    };
    problems.extend(broken);
    (rules, problems)
}

fn split(result: Result<Vec<FoundRule>, Vec<Problem>>) -> (Vec<FoundRule>, Vec<Problem>) {
    match result {
        Ok(rules) => (rules, Vec::new()),
        Err(problems) => (Vec::new(), problems),
    }
}

fn real(files: &Files, source: &PolicySource) -> PathBuf {
    files.real(&source.path).unwrap_or_else(|_| source.path.clone())
}

fn name(origin: &Origin) -> String {
    match &origin.source {
        None => builtin::ORIGIN.to_owned(),
        Some(source) if source.dialect == SourceDialect::Native => shown(&source.path).to_string(),
        Some(source) => format!("{}:{}", shown(&source.path), source.dialect.as_str()),
    }
}
