//! The git generator: one set of parameters for each folder, or for each file and what stands in it.

use std::collections::BTreeSet;
use std::path::Path;

use platlint_engine::{Pointer, Segment};
use serde_json::Value;

use super::generators::{Context, Stop};
use super::world::TooMany;
use crate::globs::Dialect;
use crate::selector;
use crate::template::{Parameters, base, dir, normalize};
use crate::yaml::{self, get, items_at, text_at, with};

/// The sets of a git generator.
pub(crate) fn sets(context: &Context<'_>, git: &Value, path: &Pointer) -> Result<Vec<Parameters>, Stop> {
    let url = text_at(git, &["repoURL"]).unwrap_or_default();
    let at = with(path, "repoURL".into());
    let Some(root) = context.world.repositories.checkout(url) else {
        return Err(Stop::unknown(&at, format!("no checkout of the repository \"{url}\" is at hand (repositories)")));
    };
    let (folders, files) = (items_at(git, &["directories"]), items_at(git, &["files"]));
    let mut sets = if !folders.is_empty() {
        of_folders(context, root, git, folders, path)?
    } else if !files.is_empty() {
        of_files(context, root, git, files, path)?
    } else {
        return Err(Stop::invalid(path, "it needs directories or files"));
    };
    for set in &mut sets {
        context.add_values(git, path, set)?;
    }
    Ok(sets)
}

fn too_many(path: &Pointer) -> impl Fn(TooMany) -> Stop {
    move |TooMany| Stop::unknown(path, "the checkout has more files than are looked at")
}

fn entries<'v>(items: &'v [Value], path: &Pointer, key: &str) -> Vec<(&'v str, bool, Pointer)> {
    let list = with(path, key.into());
    let entry = |(index, item): (usize, &'v Value)| {
        let at = with(&with(&list, Segment::from(index)), "path".into());
        let excludes = get(item, "exclude").and_then(Value::as_bool).unwrap_or(false);
        Some((text_at(item, &["path"])?, excludes, at))
    };
    items.iter().enumerate().filter_map(entry).collect()
}

fn of_folders(
    context: &Context<'_>,
    root: &Path,
    git: &Value,
    folders: &[Value],
    path: &Pointer,
) -> Result<Vec<Parameters>, Stop> {
    let mut included = BTreeSet::new();
    let mut excluded = BTreeSet::new();
    for (glob, excludes, at) in entries(folders, path, "directories") {
        let found = context.world.folders(root, glob).map_err(too_many(&at))?;
        if excludes { excluded.extend(found) } else { included.extend(found) }
    }
    // As folders are walked: names in order, each before what is in it.
    let mut chosen: Vec<String> = included.difference(&excluded).cloned().collect();
    chosen.sort_by(|left, right| left.split('/').cmp(right.split('/')));
    Ok(chosen.into_iter().map(|folder| path_parameters(context, git, &folder, None)).collect())
}

fn of_files(
    context: &Context<'_>,
    root: &Path,
    git: &Value,
    files: &[Value],
    path: &Pointer,
) -> Result<Vec<Parameters>, Stop> {
    let mut chosen = BTreeSet::new();
    let mut excluded = BTreeSet::new();
    for (glob, excludes, at) in entries(files, path, "files") {
        let found = context.world.files(root, glob, Dialect::GitFile).map_err(too_many(&at))?;
        // Controllers can be set to read patterns in the other way; only what both find is certain.
        if found != context.world.files(root, glob, Dialect::DoubleStar).map_err(too_many(&at))? {
            let reason = format!(
                "\"{glob}\" names different files with and without the newer globbing of git files, which is set in the \
                 controller"
            );
            return Err(Stop::unknown(&at, reason));
        }
        if excludes { excluded.extend(found) } else { chosen.extend(found) }
    }
    let mut sets = Vec::new();
    for file in chosen.difference(&excluded) {
        let text = context.world.files.read(&root.join(file));
        let text = text.map_err(|error| Stop::unknown(path, format!("\"{file}\" cannot be read: {error}")))?;
        let unreadable = || Stop::invalid(path, format!("\"{file}\" is neither a map nor a list of maps"));
        let objects = match yaml::read_one(&text) {
            Some(Value::Null) => vec![Parameters::new()],
            Some(Value::Object(map)) => vec![map],
            Some(Value::Array(items)) => {
                let maps = items.into_iter().map(|item| if let Value::Object(map) = item { Some(map) } else { None });
                maps.collect::<Option<Vec<_>>>().ok_or_else(unreadable)?
            }
            _ => return Err(unreadable()),
        };
        for object in objects {
            let mut set = Parameters::new();
            if context.is_go() {
                set.extend(object.into_iter().map(|(key, value)| (key, yaml::with_floats(value))));
            } else {
                let flat = selector::flattened(&yaml::with_floats(Value::Object(object)));
                set.extend(flat.into_iter().map(|(key, value)| (key, value.into())));
            }
            set.extend(path_parameters(context, git, &dir(file), Some(&base(file))));
            sets.push(set);
        }
    }
    Ok(sets)
}

/// Parameters of a folder, and of a file in it.
fn path_parameters(context: &Context<'_>, git: &Value, folder: &str, file: Option<&str>) -> Parameters {
    let prefix = text_at(git, &["pathParamPrefix"]).filter(|prefix| !prefix.is_empty());
    let name = base(folder);
    let mut set = Parameters::new();
    if context.is_go() {
        let mut path = Parameters::new();
        path.insert("path".into(), folder.into());
        path.insert("basenameNormalized".into(), normalize(&name).into());
        path.insert("basename".into(), name.into());
        path.insert("segments".into(), folder.split('/').collect::<Vec<_>>().into());
        if let Some(file) = file {
            path.insert("filename".into(), file.into());
            path.insert("filenameNormalized".into(), normalize(file).into());
        }
        match prefix {
            Some(prefix) => set.insert(prefix.to_owned(), serde_json::json!({"path": path})),
            None => set.insert("path".to_owned(), path.into()),
        };
        return set;
    }
    let root = prefix.map_or_else(|| "path".to_owned(), |prefix| format!("{prefix}.path"));
    set.insert(root.clone(), folder.into());
    set.insert(format!("{root}.basenameNormalized"), normalize(&name).into());
    set.insert(format!("{root}.basename"), name.into());
    for (index, step) in folder.split('/').enumerate().filter(|(_, step)| !step.is_empty()) {
        set.insert(format!("{root}[{index}]"), step.into());
    }
    if let Some(file) = file {
        set.insert(format!("{root}.filename"), file.into());
        set.insert(format!("{root}.filenameNormalized"), normalize(file).into());
    }
    set
}
