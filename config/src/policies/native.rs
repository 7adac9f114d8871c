//! Rules in platlint's own form: one folder each, metadata above the package, libraries beside them.

use std::collections::BTreeMap;

use platlint_engine::policy::{Code, Dialect, NativePolicy};

use crate::metadata::Annotations;
use crate::policies::FoundRule;
use crate::policies::builtin;
use crate::policies::closure::with_libraries;
use crate::policies::rego::RegoFile;
use crate::problem::Problem;

/// The built-in rules, as they were made when platlint was built. Not decoded to be run: that is done on first need.
pub(crate) fn built_in() -> Result<Vec<FoundRule>, Vec<Problem>> {
    let files = builtin::files()?;
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    for file in files.iter().filter(|file| !builtin::is_library(file)) {
        let made = builtin::made(file).and_then(|made| Some((made.meta()?, made.modules(&files)?, made.programs)));
        let Some((meta, modules, programs)) = made else {
            // A test holds that it is so for none: then platlint itself is broken, and a rule less would look like a pass.
            problems.push(Problem::of_file(&*file.path, "what was made of this built-in rule cannot be read"));
            continue;
        };
        let code = Code::Native(NativePolicy::prepared(modules, programs));
        let (file, line) = (file.path.clone(), file.package_line);
        rules.push(FoundRule { meta, code, file, line, annotations: None, builtin: true });
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

/// The rules of a user's folder. A package is a rule if its metadata speak to platlint or it defines what platlint asks
/// rules for; all others are libraries. The built-in libraries can be imported, too.
pub(crate) fn native(root: &str, files: &[RegoFile]) -> (Vec<FoundRule>, Vec<Problem>) {
    let files: Vec<&RegoFile> = files.iter().filter(|file| !file.is_test()).collect();
    let shipped = match builtin::files() {
        Ok(shipped) => shipped,
        Err(problems) => return (Vec::new(), problems),
    };
    let libraries = shipped.iter().filter(|file| builtin::is_library(file));
    let mut pool = files.clone();
    pool.extend(libraries.filter(|library| files.iter().all(|file| file.package != library.package)));

    let mut found = Found::default();
    let mut packages: BTreeMap<&str, &RegoFile> = BTreeMap::new();
    for file in &files {
        let annotations = Annotations::of(file);
        let is_rule = match &annotations {
            Ok(Some(annotations)) => annotations.are_for_platlint() || file.has_entry_point(),
            Ok(None) => file.has_entry_point(),
            Err(_) => true,
        };
        if is_rule && let Some(other) = packages.insert(&file.package, file) {
            let message = format!("package {} is that of the rule in {} already", file.package, other.path);
            let (path, line) = (file.path.clone(), file.package_line);
            found.problems.push(Problem { file: path, line, column: 1, message, help: None });
        } else if is_rule {
            found.add(file, annotations, &pool);
        }
    }
    if found.rules.is_empty() && found.problems.is_empty() {
        let problem = Problem::of_file(root, "no rules in this folder");
        let help = "a rule is a package with `# METADATA` that defines `deny`; name another form with `dialect`";
        found.problems.push(problem.with_help(help));
    }
    (found.rules, found.problems)
}

#[derive(Default)]
struct Found {
    rules: Vec<FoundRule>,
    problems: Vec<Problem>,
}

impl Found {
    fn add(&mut self, file: &RegoFile, annotations: Result<Option<Annotations>, Vec<Problem>>, pool: &[&RegoFile]) {
        match rule(file, annotations, pool) {
            Ok(rule) => self.rules.push(rule),
            Err(problems) => self.problems.extend(problems),
        }
    }
}

fn rule(
    file: &RegoFile,
    annotations: Result<Option<Annotations>, Vec<Problem>>,
    pool: &[&RegoFile],
) -> Result<FoundRule, Vec<Problem>> {
    let at_package =
        |message: String| Problem { file: file.path.clone(), line: file.package_line, column: 1, message, help: None };
    let Some(annotations) = annotations? else {
        let problem = at_package(format!("package {} is a rule without `# METADATA`", file.package));
        return Err(vec![problem.with_help("write `# METADATA` and `# title: …` directly above the package")]);
    };
    let [.., category, id] = file.folders.as_slice() else {
        let problem = at_package("a rule stands in a folder of its own, whose name is the rule's id".to_owned());
        return Err(vec![problem.with_help(format!("move it to <category>/<rule-name>/{}.rego", file.stem))]);
    };
    if let Some(problem) = bad_id(id, &at_package) {
        return Err(vec![problem]);
    }
    let meta = annotations.rule(category, id, &file.path)?;
    let modules = with_libraries(file, pool);
    let code = Code::Native(NativePolicy::new(modules, Dialect::Any));
    let is_about_others = !meta.problems.is_empty() || meta.matches.custom_resources;
    if is_about_others && code.patches() {
        let problem = at_package("a rule with `problems` or `match.custom-resources` cannot define `patch`".to_owned());
        return Err(vec![problem.with_help("move what changes objects to a rule of its own that names its kinds")]);
    }
    let (path, line) = (file.path.clone(), file.package_line);
    Ok(FoundRule { meta, code, file: path, line, annotations: Some(annotations), builtin: false })
}

/// Ids stand in comments, annotations, patterns and URLs.
fn bad_id(id: &str, at_package: &dyn Fn(String) -> Problem) -> Option<Problem> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_' || c == '.';
    let good = id.chars().all(fine) && id.starts_with(|c: char| c.is_ascii_alphanumeric());
    (!good).then(|| {
        at_package(format!("the folder's name `{id}` is the rule's id and may hold only a-z, 0-9, `-`, `_` and `.`"))
    })
}
