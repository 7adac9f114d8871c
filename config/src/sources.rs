//! All policies of a run: those of each configuration file, those of the command line, each once.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::layers::Layer;
use crate::placed::{At, Issue, Path};
use crate::policies::builtin;
use crate::policies::source::{self, PolicySource, SourceDialect, shown};
use crate::policies::{FoundRule, built_in, conftest, duplicates, native, syntax};
use crate::problem::Problem;
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
    layers: BTreeSet<usize>,
    /// Where it is named, for what is wrong with the folder as a whole.
    named_at: Option<(usize, Path)>,
}

/// Loads all policies; all problems at once.
pub(crate) fn load(layers: &[Layer], extra: &[PolicySource], with_builtin: bool) -> Result<Found, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut found = Found { rules: Vec::new(), loaded_by: Vec::new(), sources: Vec::new() };
    for origin in origins(layers, extra, with_builtin, &mut problems) {
        match rules(&origin, layers) {
            Ok(rules) => {
                found.sources.push(name(&origin));
                found.loaded_by.extend(rules.iter().map(|_| origin.layers.clone()));
                found.rules.extend(rules);
            }
            Err(more) => problems.extend(more),
        }
    }
    problems.extend(duplicates(&found.rules));
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn origins(layers: &[Layer], extra: &[PolicySource], with_builtin: bool, problems: &mut Vec<Problem>) -> Vec<Origin> {
    let mut origins: Vec<Origin> = Vec::new();
    let mut add = |source: Option<PolicySource>, layer: Option<usize>, named_at: Option<(usize, Path)>| {
        let same = |origin: &&mut Origin| match (&origin.source, &source) {
            (None, None) => true,
            (Some(a), Some(b)) => real(a) == real(b) && a.dialect == b.dialect && a.namespaces == b.namespaces,
            _ => false,
        };
        if let Some(known) = origins.iter_mut().find(same) {
            known.layers.extend(layer);
        } else {
            origins.push(Origin { source, layers: layer.into_iter().collect(), named_at });
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

fn rules(origin: &Origin, layers: &[Layer]) -> Result<Vec<FoundRule>, Vec<Problem>> {
    let Some(source) = &origin.source else { return built_in() };
    let root = shown(&source.path);
    let result = of_source(source, &root);
    // A problem of the folder as a whole is told where the configuration names it.
    result.map_err(|problems| {
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
        problems.into_iter().map(placed).collect()
    })
}

fn of_source(source: &PolicySource, root: &str) -> Result<Vec<FoundRule>, Vec<Problem>> {
    if source.dialect == SourceDialect::Gatekeeper {
        let problem = Problem::of_file(root, "this version does not read policies of dialect `gatekeeper` yet");
        return Err(vec![problem.with_help("known are: native, conftest")]);
    }
    let files = source::read(&source.path)?;
    let (tests, policies): (Vec<_>, Vec<_>) = files.into_iter().partition(crate::policies::rego::RegoFile::is_test);
    drop(tests);
    let mut problems = syntax(&policies);
    let found = match source.dialect {
        SourceDialect::Conftest => conftest(root, &source.namespaces, &policies),
        _ => native(root, &policies),
    };
    match found {
        Ok(rules) if problems.is_empty() => Ok(rules),
        Ok(_) => Err(problems),
        Err(more) => {
            problems.extend(more);
            Err(problems)
        }
    }
}

fn real(source: &PolicySource) -> PathBuf {
    source.path.canonicalize().unwrap_or_else(|_| source.path.clone())
}

fn name(origin: &Origin) -> String {
    match &origin.source {
        None => builtin::ORIGIN.to_owned(),
        Some(source) if source.dialect == SourceDialect::Native => shown(&source.path).to_string(),
        Some(source) => format!("{}:{}", shown(&source.path), source.dialect.as_str()),
    }
}
