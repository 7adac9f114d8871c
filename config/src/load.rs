//! From options to a policy set: the one loader of both front ends.

use std::collections::BTreeSet;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use platlint_engine::{PolicySet, Rule, RuleSettings, Value as EngineValue, suggest};
use serde::Deserialize as _;
use serde_json::Value;

use crate::bundle::{self, BundleInfo, Located};
use crate::discover::discover;
use crate::exceptions::{self, ConfigFinding, Exceptions};
use crate::files::Files;
use crate::images::replaced;
use crate::images::{self, ImagePolicy, Section};
use crate::layers::{self, Layer};
use crate::platform::{self, PlatformSettings};
use crate::policies::source::PolicySource;
use crate::policies::{FoundRule, builtin, rego_error};
use crate::problem::{Problem, Problems};
use crate::settings::{self, Wanted};
use crate::sources::{self, Found};
use crate::{effective, locks, parameters, revision};

/// What a run asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The configuration (a file, or a folder with one) or a bundle (a folder or a tarball, told by its content); where
    /// `None`, the configuration is searched for from `start` upwards, which never finds a bundle.
    pub config: Option<PathBuf>,
    /// Where platlint runs.
    pub start: PathBuf,
    /// Policies beside the configured ones (`--policy`).
    pub policies: Vec<PolicySource>,
    /// Whether the built-in policies may be loaded; `false` is `--no-builtin`.
    pub builtin: bool,
    /// Only these rules (`--rule`); all where empty.
    pub only: Vec<String>,
    /// What time it is, for exemptions that ended.
    pub now: DateTime<Utc>,
}

impl Options {
    /// The built-in policies and whatever configuration is found from `start` upwards.
    #[must_use]
    pub const fn new(start: PathBuf, now: DateTime<Utc>) -> Self {
        Self { config: None, start, policies: Vec::new(), builtin: true, only: Vec::new(), now }
    }
}

/// Which namespace the documents of some files have where they name none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceRule {
    /// A glob, relative to [`Loaded::root`].
    pub files: String,
    /// The namespace.
    pub namespace: String,
}

/// Which files are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilesSettings {
    /// Globs of files that are not read, relative to [`Loaded::root`].
    pub exclude: Vec<String>,
}

/// A configuration, ready to be used.
#[derive(Debug)]
pub struct Loaded {
    /// The rules and everything that decides about them, sorted by id.
    pub set: PolicySet,
    /// The configuration file or the bundle, as users know it; `None` where there is none.
    pub path: Option<PathBuf>,
    /// What the bundle says of itself, verified; `None` where the configuration comes from no bundle.
    pub bundle: Option<BundleInfo>,
    /// The folder that globs are relative to: that of the configuration, or where platlint runs where there is none or
    /// it comes from a bundle.
    pub root: PathBuf,
    /// Which files are read.
    pub files: FilesSettings,
    /// Namespaces by file; the first that matches decides.
    pub namespaces: Vec<NamespaceRule>,
    /// Who may sign which images; `None` where the configuration has no section `images`.
    pub images: Option<Arc<ImagePolicy>>,
    /// What is known of the platform beyond the files that are judged.
    pub platform: PlatformSettings,
    /// What users should know of the configuration, once per run. Why a rule is inactive is said in its settings.
    pub notices: Vec<String>,
    /// What should be reported as a finding of level warn.
    pub findings: Vec<ConfigFinding>,
    /// The configuration as it counts, for `config show`.
    pub effective: Value,
}

/// Loads configuration and policies. The problems are everything that is wrong at one stage: first the shape of the
/// files, then policies, then what the configuration says of the rules.
pub fn load(options: &Options) -> Result<Loaded, Problems> {
    let path = options.config.clone().or_else(|| discover(&options.start));
    from(options, path.map_or_else(|| Ok(Located::nowhere()), |path| bundle::locate(&path))?)
}

/// Loads what was located; of the options, all but `config` and `start` count.
pub(crate) fn from(options: &Options, located: Located) -> Result<Loaded, Problems> {
    let Located { files, config, bundle } = located;
    let layers = match &config {
        Some(path) => layers::read(&files, path).map_err(checked)?,
        None => Vec::new(),
    };
    let Found { rules, loaded_by, sources } =
        sources::load(&files, &layers, &options.policies, options.builtin).map_err(checked)?;

    let ids: BTreeSet<&str> = rules.iter().map(|rule| &*rule.meta.id).collect();
    let silent = left_out(options.builtin);
    let mut problems = settings::unknown_rules(&layers, &ids, &silent);
    let mut sections = Vec::new();
    for layer in &layers {
        match images::read(&files, layer) {
            Ok(section) => sections.push(section),
            Err(more) => {
                problems.extend(more);
                sections.push(None);
            }
        }
    }
    problems.extend(options.only.iter().filter(|id| !ids.contains(id.as_str())).map(|id| {
        let problem = Problem::of_file("--rule", format!("there is no rule `{id}`"));
        Problem { help: suggest::help(id, ids.iter().copied()), ..problem }
    }));
    let (exceptions, more) = exceptions::gather(&layers, &ids, &silent, options.now.date_naive());
    problems.extend(more);
    for (rule, loaded_by) in rules.iter().zip(&loaded_by) {
        problems.extend(schema_problems(rule));
        problems.extend(locks::weakenings(rule, loaded_by, &layers, &sections));
        problems.extend(settings::cannot_mutate(rule, &layers));
    }

    let root = matches!(files, Files::Bundle(_)).then_some(options.start.as_path());
    let (platform, more) = platform::read(&files, &layers, root);
    problems.extend(more);
    let replaced = replaced(&layers, &sections);
    problems.extend(replaced.problems);
    let section = sections.into_iter().flatten().next_back();
    let mut ready = Vec::new();
    for rule in rules {
        let wanted = settings::wanted(&rule, &layers, 0..layers.len());
        match finish(rule, &wanted, &layers, section.as_ref()) {
            Ok(rule) => ready.push(rule),
            Err(more) => problems.extend(more),
        }
    }
    Problems::check(problems)?;
    ready.sort_by(|a, b| a.meta.id.cmp(&b.meta.id));
    let mut loaded = assemble(options, &layers, ready, exceptions, &sources, section, platform);
    loaded.notices.extend(replaced.notices);
    match bundle {
        Some(info) => bundle::settle(loaded, info, options),
        None => Ok(loaded),
    }
}

/// Problems of which there are some.
pub(crate) fn checked(problems: Vec<Problem>) -> Problems {
    match Problems::check(problems) {
        Err(problems) => problems,
        Ok(()) => Problem::of_file("platlint", "loading failed without saying why").into(),
    }
}

/// Ids of built-in rules that this run was told to leave out: a configuration may still name them.
fn left_out(with_builtin: bool) -> BTreeSet<String> {
    if with_builtin { BTreeSet::new() } else { builtin::ids().map(ToOwned::to_owned).collect() }
}

/// What is wrong with the rule's own schema of parameters. Built-in ones are checked by tests, not at each start.
fn schema_problems(rule: &FoundRule) -> Vec<Problem> {
    match (&rule.annotations, &rule.meta.parameters) {
        (Some(annotations), Some(schema)) if !rule.builtin => {
            annotations.parameter_problems(parameters::schema_issues(schema))
        }
        _ => Vec::new(),
    }
}

/// The rule with its settings, compiled now if it is a user's: what cannot run is known before anything is judged.
fn finish(rule: FoundRule, wanted: &Wanted, layers: &[Layer], images: Option<&Section>) -> Result<Rule, Vec<Problem>> {
    let parameters = settings::with_defaults(&rule, wanted, layers)?;
    let parameters = EngineValue::deserialize(parameters).map_err(|error| vec![rule.problem(error.to_string())])?;
    let inactive = settings::inactive(&rule, images);
    let builtin = rule.builtin;
    let at_package = rule.problem("");
    let ready = Rule {
        settings: RuleSettings {
            level: wanted.level,
            undecided: wanted.undecided,
            is_undecided_configured: wanted.undecided_by.is_some(),
            parameters,
            is_given_parameters: !wanted.parameters.is_empty(),
            mutate: wanted.mutate,
            locked: wanted.locked,
            inactive,
        },
        meta: rule.meta,
        code: rule.code,
    };
    if !builtin && let Err(error) = ready.compile() {
        let problem = rego_error::of_compile(&error);
        let vague = problem.line == 0 && problem.file == at_package.file;
        return Err(vec![if vague {
            Problem { message: problem.message, help: problem.help, ..at_package }
        } else {
            problem
        }]);
    }
    Ok(ready)
}

fn assemble(
    options: &Options,
    layers: &[Layer],
    mut rules: Vec<Rule>,
    exceptions: Exceptions,
    sources: &[String],
    images: Option<Section>,
    platform: PlatformSettings,
) -> Loaded {
    let Exceptions { overrides, exemptions, self_service, findings, mut notices } = exceptions;
    if rules.is_empty() {
        notices.push("no rules are loaded, so nothing is judged".to_owned());
    }
    let (policy, fields, shown) = match images {
        Some(section) => {
            notices.extend(section.notices);
            (Some(section.policy), section.fields, Some(section.shown))
        }
        None => (None, Arc::default(), None),
    };
    let hash = policy.as_ref().map(|policy| policy.hash.as_str());
    // Over all rules, also where `only` leaves some out: it tells which configuration answers.
    let revision = revision::of(&rules, &overrides, &exemptions, &self_service, hash, &platform);
    let mut effective = effective::show(layers, &rules, &overrides, &exemptions, &self_service, sources, &revision);
    if let Value::Object(fields) = &mut effective {
        fields.extend(shown.map(|shown| ("images".to_owned(), shown)));
        fields.extend(platform.shown().into_iter().map(|(key, shown)| (key.to_owned(), shown)));
    }
    if !options.only.is_empty() {
        // Left out altogether: an override could turn a rule on again that is only off.
        rules.retain(|rule| options.only.iter().any(|id| **id == *rule.meta.id));
    }
    let last_first = || layers.iter().rev();
    let main = layers.last();
    Loaded {
        path: main.map(|layer| PathBuf::from(&*layer.placed.file)),
        bundle: None,
        root: main.map_or_else(|| options.start.clone(), |layer| or_here(&layer.folder)),
        files: FilesSettings { exclude: last_first().flat_map(|layer| layer.config.files.exclude.clone()).collect() },
        namespaces: last_first()
            .flat_map(|layer| &layer.config.namespaces)
            .map(|entry| NamespaceRule { files: entry.files.clone(), namespace: entry.namespace.clone() })
            .collect(),
        images: policy,
        platform,
        notices,
        findings,
        effective,
        set: PolicySet::new(rules, overrides, exemptions, self_service, revision).with_image_fields(fields),
    }
}

fn or_here(folder: &FilePath) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_path_buf() }
}
