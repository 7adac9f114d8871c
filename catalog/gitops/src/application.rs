//! What is wrong with an Application by itself: its sources and its options of syncing.

use platlint_engine::{Pointer, Segment, suggest};
use platlint_facts::{Note, Notes};
use serde_json::Value;

use crate::shape::{argo, misfits_of_fields};
use crate::yaml::{get, items_at, text_at, with};

/// The source types that exclude each other.
const TOOLS: [&str; 4] = ["helm", "kustomize", "directory", "plugin"];

/// Options of syncing with the values they take.
const OPTIONS: [(&str, &[&str]); 14] = [
    ("ApplyOutOfSyncOnly", &["true", "false"]),
    ("ClientSideApplyMigration", &["true", "false"]),
    ("CreateNamespace", &["true", "false"]),
    ("Delete", &["true", "false", "confirm"]),
    ("FailOnSharedResource", &["true", "false"]),
    ("Force", &["true", "false"]),
    ("Prune", &["true", "false", "confirm"]),
    ("PruneLast", &["true", "false"]),
    ("PrunePropagationPolicy", &["foreground", "background", "orphan"]),
    ("Replace", &["true", "false"]),
    ("RespectIgnoreDifferences", &["true", "false"]),
    ("ServerSideApply", &["true", "false"]),
    ("SkipDryRunOnMissingResource", &["true", "false"]),
    ("Validate", &["true", "false"]),
];

/// The sources of an Application with their fields: those of `sources` where there are any.
pub(crate) fn sources(object: &Value, spec_path: &Pointer) -> Vec<(Value, Pointer)> {
    let list = items_at(object, &["spec", "sources"]);
    if !list.is_empty() {
        let at = with(spec_path, "sources".into());
        return list
            .iter()
            .enumerate()
            .map(|(index, source)| (source.clone(), with(&at, Segment::from(index))))
            .collect();
    }
    let source = object.get("spec").and_then(|spec| get(spec, "source"));
    source.map(|source| (source.clone(), with(spec_path, "source".into()))).into_iter().collect()
}

/// Notes what is wrong with an Application, or with the template of one that stands at `root` in another object.
pub(crate) fn note(object: &Value, root: &Pointer, notes: &mut Notes) {
    let spec_path = with(root, "spec".into());
    let Some(spec) = get(object, "spec") else { return invalid(notes, &spec_path, "no-spec", "") };
    for misfit in misfits_of_fields(spec, argo::APPLICATION, &spec_path) {
        notes.problem("invalid-source", misfit);
    }
    if !spec.is_object() {
        return;
    }
    let list = items_at(spec, &["sources"]);
    let hydrated = get(spec, "sourceHydrator").is_some();
    let has_list = get(spec, "sources").is_some_and(|list| !list.is_array()) || !list.is_empty();
    match (get(spec, "source").is_some(), has_list) {
        (true, true) => invalid(notes, &with(&spec_path, "source".into()), "source-beside-sources", ""),
        (false, false) if !hydrated => invalid(notes, &with(&spec_path, "source".into()), "no-source", ""),
        _ => {}
    }
    let references: Vec<&str> = list.iter().filter_map(|source| text_at(source, &["ref"])).collect();
    for (source, path) in sources(object, &spec_path).into_iter().filter(|(source, _)| source.is_object()) {
        note_source(&source, &path, !list.is_empty(), &references, notes);
    }
    note_options(spec, &spec_path, notes);
}

fn invalid(notes: &mut Notes, path: &Pointer, problem: &str, value: &str) {
    notes.problem("invalid-source", Note::at(path.clone()).with("problem", problem).with("value", value));
}

fn note_source(source: &Value, path: &Pointer, is_one_of_several: bool, references: &[&str], notes: &mut Notes) {
    // A value of a wrong type is told as such.
    let has = |key: &str| get(source, key).is_some_and(|value| value.as_str() != Some(""));
    if !has("repoURL") {
        invalid(notes, &with(path, "repoURL".into()), "no-repo-url", "");
    }
    if !has("path") && !has("chart") {
        match (is_one_of_several, has("ref")) {
            (true, true) => {}
            (true, false) => invalid(notes, path, "no-path-chart-or-ref", ""),
            (false, _) => invalid(notes, path, "no-path-or-chart", ""),
        }
    }
    if has("chart") && !has("targetRevision") {
        invalid(notes, &with(path, "targetRevision".into()), "chart-without-revision", "");
    }
    let tools: Vec<&str> = TOOLS.into_iter().filter(|tool| get(source, tool).is_some()).collect();
    if let [first, second, ..] = tools.as_slice() {
        let note = Note::at(with(path, (*second).into())).with("problem", "several-tools");
        notes.problem("invalid-source", note.with("value", format!("{first} and {second}")));
    }
    for tool in ["helm", "kustomize"] {
        if let Some(version) = text_at(source, &[tool, "kubeVersion"]).filter(|version| version.starts_with('v')) {
            let at = with(&with(path, tool.into()), "kubeVersion".into());
            let note = Note::at(at).with("problem", "version-prefix").with("value", version);
            notes.problem("invalid-source", note.suggestion(Some(version.trim_start_matches('v'))));
        }
    }
    for (index, file) in items_at(source, &["helm", "valueFiles"]).iter().enumerate() {
        let Some(name) = file.as_str().and_then(reference) else { continue };
        if !references.contains(&name) && !name.contains("{{") {
            let list = with(&with(path, "helm".into()), "valueFiles".into());
            let note = Note::at(with(&list, Segment::from(index))).with("problem", "unknown-ref").with("value", name);
            let nearest = suggest::nearest(name, references);
            notes.problem("invalid-source", note.text(format!("${name}")).suggestion(nearest));
        }
    }
}

/// The name in `$name/path`, which means the root of the source that has this `ref`. Names that servers fill in are none.
pub(crate) fn reference(file: &str) -> Option<&str> {
    let name = file.strip_prefix('$')?.split('/').next()?;
    let is_name =
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    (is_name && !name.starts_with("ARGOCD_")).then_some(name)
}

fn note_options(spec: &Value, spec_path: &Pointer, notes: &mut Notes) {
    let policy = with(spec_path, "syncPolicy".into());
    let options = items_at(spec, &["syncPolicy", "syncOptions"]);
    for (index, option) in options.iter().enumerate() {
        let Some(option) = option.as_str().filter(|option| !option.contains("{{")) else { continue };
        let at = with(&with(&policy, "syncOptions".into()), Segment::from(index));
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let names: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
        let note = Note::at(at).with("option", option);
        match OPTIONS.iter().find(|(known, _)| *known == name) {
            None => {
                let nearest = suggest::nearest(name.trim(), &names);
                let whole = nearest
                    .map(|nearest| format!("{nearest}={}", if value.is_empty() { "true" } else { value.trim() }));
                notes.problem("unknown-sync-option", note.with("problem", "name").suggestion(whole));
            }
            Some((_, values)) if !values.contains(&value) => {
                let nearest = suggest::nearest(value.trim(), values).or((value.is_empty()).then_some("true"));
                let whole = nearest.map(|nearest| format!("{name}={nearest}"));
                notes.problem("unknown-sync-option", note.with("problem", "value").suggestion(whole));
            }
            Some(_) => {}
        }
    }
    let creates = options.iter().any(|option| option.as_str() == Some("CreateNamespace=true"));
    if get(spec, "syncPolicy").is_some_and(|policy| get(policy, "managedNamespaceMetadata").is_some()) && !creates {
        let at = with(&policy, "managedNamespaceMetadata".into());
        notes.problem("namespace-metadata-without-create", Note::at(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_engine::to_json;
    use serde_json::json;

    /// Problems as `code path word suggestion`.
    fn problems(spec: &Value) -> Vec<String> {
        let mut notes = Notes::default();
        note(&json!({"spec": spec}), &Pointer::root(), &mut notes);
        let noted = to_json(&notes.into_value());
        let mut found = Vec::new();
        for (code, list) in noted["problems"].as_object().unwrap() {
            for problem in list.as_array().unwrap() {
                let path: Vec<String> = problem["path"].as_array().unwrap().iter().map(ToString::to_string).collect();
                let word = |key: &str| problem[key].as_str().unwrap_or("-").to_owned();
                found.push(
                    format!("{code} {} {} {}", path.join("."), word("problem"), word("suggestion")).replace('"', ""),
                );
            }
        }
        found
    }

    #[test]
    fn a_whole_source_has_no_problem() {
        let chart = json!({"repoURL": "https://x", "chart": "c", "targetRevision": "1.0.0",
            "helm": {"valueFiles": ["$values/x.yaml", "$ARGOCD_APP_NAME/y.yaml"], "kubeVersion": "1.30.0"}});
        let values = json!({"repoURL": "https://y", "ref": "values"});
        assert_eq!(problems(&json!({"sources": [chart, values]})), Vec::<String>::new());
    }

    #[test]
    fn says_what_a_source_lacks() {
        let source =
            json!({"repoURL": "https://x", "chart": "c", "targetRevison": "1.0.0", "helm": {}, "kustomize": {}});
        assert_eq!(
            problems(&json!({"source": source})),
            [
                "invalid-source spec.source.kustomize several-tools -",
                "invalid-source spec.source.targetRevision chart-without-revision -",
                "invalid-source spec.source.targetRevison unknown-field targetRevision",
            ]
        );
        assert_eq!(problems(&json!({})), ["invalid-source spec.source no-source -"]);
    }

    #[test]
    fn a_value_of_a_wrong_type_is_not_called_missing() {
        let source = json!({"repoURL": "x", "chart": "c", "targetRevision": 1.2,
            "helm": {"parameters": [{"name": "a", "valeu": "b"}]}});
        let policy = json!({"automated": {"prune": "true"}});
        assert_eq!(
            problems(&json!({"source": source, "syncPolicy": policy})),
            [
                "invalid-source spec.source.helm.parameters.0.valeu unknown-field value",
                "invalid-source spec.source.targetRevision shape -",
                "invalid-source spec.syncPolicy.automated.prune shape -",
            ]
        );
        assert_eq!(problems(&json!({"sources": {"path": "x"}})), ["invalid-source spec.sources shape -"]);
        assert_eq!(
            problems(&json!({"source": {"repoURL": "x", "path": true}})),
            ["invalid-source spec.source.path shape -"]
        );
        assert_eq!(problems(&json!("x")), ["invalid-source spec shape -"]);
    }

    #[test]
    fn an_option_with_spaces_is_put_right() {
        let policy = json!({"syncOptions": ["PruneLast = true", "PruneLast= true"]});
        let source = json!({"repoURL": "x", "path": "."});
        assert_eq!(
            problems(&json!({"source": source, "syncPolicy": policy})),
            [
                "unknown-sync-option spec.syncPolicy.syncOptions.0 name PruneLast=true",
                "unknown-sync-option spec.syncPolicy.syncOptions.1 value PruneLast=true",
            ]
        );
    }

    #[test]
    fn names_the_nearest_option() {
        let policy = json!({"syncOptions": ["CreateNamespaces=true", "Prune=flase", "Validate"], "managedNamespaceMetadata": {}});
        let source = json!({"repoURL": "x", "path": "."});
        assert_eq!(
            problems(&json!({"source": source, "syncPolicy": policy})),
            [
                "namespace-metadata-without-create spec.syncPolicy.managedNamespaceMetadata - -",
                "unknown-sync-option spec.syncPolicy.syncOptions.0 name CreateNamespace=true",
                "unknown-sync-option spec.syncPolicy.syncOptions.1 value Prune=false",
                "unknown-sync-option spec.syncPolicy.syncOptions.2 value Validate=true",
            ]
        );
    }
}
