//! Which parameters a generator offers, found without running it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::generators::KINDS;
use crate::selector;
use crate::template::Parameters;
use crate::yaml::{get, items_at, map_at, text_at};

/// Names of parameters, joined by dots.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Names {
    /// Those that are there for certain.
    pub(crate) known: BTreeSet<String>,
    /// Beginnings under which anything may stand.
    prefixes: BTreeSet<String>,
    /// Whether there may be others.
    pub(crate) open: bool,
}

impl Names {
    /// The names of a set of parameters.
    pub(crate) fn of_set(set: &Parameters) -> Self {
        let mut names = Self::default();
        names.known.extend(selector::flattened(&Value::Object(set.clone())).into_keys());
        names.known.extend(set.keys().cloned());
        names
    }

    /// Whether a name has, or may have, a value: itself, or what stands below it.
    pub(crate) fn offers(&self, name: &str) -> bool {
        let is_below = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        self.open
            || self.known.iter().any(|known| known == name || is_below(name, known))
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()) || is_below(name, prefix))
    }

    /// Whether a name is certainly one of these.
    pub(crate) fn holds(&self, name: &str) -> bool {
        let is_below = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        self.known.iter().any(|known| known == name || is_below(name, known))
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }

    /// Both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.known.extend(other.known);
        self.prefixes.extend(other.prefixes);
        self.open |= other.open;
        self
    }

    fn add(&mut self, names: &[&str]) {
        self.known.extend(names.iter().map(|name| (*name).to_owned()));
    }
}

/// What a generator offers, with those within it.
pub(crate) fn of_generator(generator: &Value, is_go: bool) -> Names {
    let mut names = Names::default();
    for kind in KINDS {
        let Some(inner) = get(generator, kind) else { continue };
        match kind {
            "list" => of_list(inner, is_go, &mut names),
            "git" => of_git(inner, is_go, &mut names),
            "clusters" if get(inner, "flatList") == Some(&Value::Bool(true)) => names.add(&["clusters"]),
            "clusters" => {
                names.add(&["name", "nameNormalized", "server", "project"]);
                names.prefixes.extend(["metadata.labels.".to_owned(), "metadata.annotations.".to_owned()]);
            }
            "scmProvider" => names.add(&[
                "organization",
                "repository",
                "repository_id",
                "url",
                "branch",
                "branchNormalized",
                "sha",
                "short_sha",
                "short_sha_7",
                "labels",
            ]),
            "pullRequest" => {
                names.add(&[
                    "number",
                    "title",
                    "branch",
                    "branch_slug",
                    "target_branch",
                    "target_branch_slug",
                    "head_sha",
                    "head_short_sha",
                    "head_short_sha_7",
                    "author",
                    "labels",
                    "namespace",
                    "repository",
                ]);
            }
            "matrix" | "merge" => {
                for child in items_at(inner, &["generators"]) {
                    names = names.and(of_generator(child, is_go));
                }
            }
            _ => names.open = true,
        }
        let values = map_at(inner, &["values"]).into_iter().flatten();
        names.known.extend(values.map(|(key, _)| format!("values.{key}")));
    }
    names
}

fn of_list(list: &Value, is_go: bool, names: &mut Names) {
    names.open |= text_at(list, &["elementsYaml"]).is_some();
    for element in items_at(list, &["elements"]) {
        names.known.extend(selector::flattened(element).into_keys());
        if let (true, Value::Object(map)) = (is_go, element) {
            names.known.extend(map.keys().cloned());
        }
    }
}

fn of_git(git: &Value, is_go: bool, names: &mut Names) {
    let prefix = text_at(git, &["pathParamPrefix"]).filter(|prefix| !prefix.is_empty());
    let root = prefix.map_or_else(|| "path".to_owned(), |prefix| format!("{prefix}.path"));
    let has_files = items_at(git, &["directories"]).is_empty();
    names.open |= has_files;
    if is_go {
        names.known.extend(["path", "basename", "basenameNormalized", "segments"].map(|key| format!("{root}.{key}")));
    } else {
        names.known.extend([root.clone(), format!("{root}.basename"), format!("{root}.basenameNormalized")]);
        names.prefixes.insert(format!("{root}["));
    }
    if has_files {
        names.known.extend(["filename", "filenameNormalized"].map(|key| format!("{root}.{key}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn generators_offer_what_they_are_known_to() {
        let folders = json!({"git": {"repoURL": "x", "directories": [{"path": "*"}], "values": {"a": "b"}}});
        let fast = of_generator(&folders, false);
        assert!(["path", "path.basename", "path[0]", "values.a"].iter().all(|name| fast.offers(name)));
        assert!(["path.path", "name", "values.b"].iter().all(|name| !fast.offers(name)));
        let go = of_generator(&folders, true);
        assert!(go.offers("path") && go.offers("path.segments") && !go.offers("path.filename"));
        let both = of_generator(&json!({"matrix": {"generators": [folders, {"clusters": {}}]}}), false);
        assert!(both.offers("path") && both.offers("metadata.labels.env") && !both.offers("metadat.labels.env"));
    }
}
