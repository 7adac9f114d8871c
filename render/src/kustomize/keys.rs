//! Which keys a kustomization and the configuration of a builtin generator or transformer have.
//!
//! Kustomize reads these keys in any case, `Resources` like `resources`. What is checked must be what is read, so a key
//! that is not spelled as it stands here is refused, and the copy is written from the value that was checked.

use platlint_engine::Value;
use platlint_facts::{entries, items, str_at, value_at};

/// Keys of a kustomization.
const KUSTOMIZATION: &[&str] = &[
    "apiVersion",
    "bases",
    "buildMetadata",
    "commonAnnotations",
    "commonLabels",
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generatorOptions",
    "generators",
    "helmChartInflationGenerator",
    "helmCharts",
    "helmGlobals",
    "images",
    "kind",
    "labels",
    "metadata",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "openapi",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "resources",
    "secretGenerator",
    "sortOptions",
    "transformers",
    "validators",
    "vars",
];

const PATCH: &[&str] = &["path", "patch", "target", "options"];
const REPLACEMENT: &[&str] = &["path", "source", "sourceValue", "targets"];
const GENERATOR: &[&str] = &["name", "namespace", "behavior", "type", "literals", "files", "envs", "env", "options"];

/// Keys of the maps in lists that name files.
const ENTRIES: &[(&str, &[&str])] = &[
    ("patches", PATCH),
    ("patchesJson6902", PATCH),
    ("replacements", REPLACEMENT),
    ("configMapGenerator", GENERATOR),
    ("secretGenerator", GENERATOR),
];

/// Kinds of builtin generators and transformers, with their keys.
const BUILTIN: &[(&str, &[&str])] = &[
    ("AnnotationsTransformer", &["annotations", "fieldSpecs"]),
    ("ConfigMapGenerator", GENERATOR),
    ("HashTransformer", &[]),
    ("ImageTagTransformer", &["imageTag", "fieldSpecs"]),
    ("LabelTransformer", &["labels", "fieldSpecs"]),
    ("NamespaceTransformer", &["namespace", "fieldSpecs", "unsetOnly", "setRoleBindingSubjects"]),
    ("PatchJson6902Transformer", &["target", "path", "jsonOp"]),
    ("PatchStrategicMergeTransformer", &["paths", "patches"]),
    ("PatchTransformer", PATCH),
    ("PrefixTransformer", &["prefix", "fieldSpecs"]),
    ("PrefixSuffixTransformer", &["prefix", "suffix", "fieldSpecs"]),
    ("ReplacementTransformer", &["replacements"]),
    ("ReplicaCountTransformer", &["replica", "fieldSpecs"]),
    ("SecretGenerator", GENERATOR),
    ("SortOrderTransformer", &["sortOptions"]),
    ("SuffixTransformer", &["suffix", "fieldSpecs"]),
    ("ValueAddTransformer", &["value", "targets", "targetFilePath"]),
];

/// A key that stands where it is not known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// As written.
    pub(crate) key: String,
    /// The list and the number of its entry that has the key, where it is not the kustomization itself.
    pub(crate) within: Option<(&'static str, usize)>,
}

/// The first key of a kustomization that is not known, or an entry that is no map.
pub(crate) fn unknown(kustomization: &Value) -> Option<Unknown> {
    if let Some(key) = other_than(kustomization, KUSTOMIZATION) {
        return Some(Unknown { key, within: None });
    }
    if let Some(key) = value_at(kustomization, &["openapi"]).and_then(|map| other_than(map, &["path", "version"])) {
        return Some(Unknown { key, within: Some(("openapi", 0)) });
    }
    ENTRIES.iter().find_map(|(list, keys)| {
        let mut entries = value_at(kustomization, &[list]).into_iter().flat_map(items).enumerate();
        entries.find_map(|(index, entry)| Some(Unknown { key: other_than(entry, keys)?, within: Some((list, index)) }))
    })
}

/// A key of a map that is none of these; of something else than a map what it is.
fn other_than(map: &Value, keys: &[&str]) -> Option<String> {
    let Value::Object(entries) = map else {
        // Patches once were texts, which kustomize still reads.
        return (!matches!(map, Value::Null)).then(|| platlint_engine::to_json(map).to_string());
    };
    let other = entries.iter().find(|(key, _)| !matches!(key, Value::String(key) if keys.contains(&&**key)));
    other.map(|(key, _)| match key {
        Value::String(key) => key.to_string(),
        key => platlint_engine::to_json(key).to_string(),
    })
}

/// The files that the configuration of a builtin generator or transformer names; else the key that is not known, or `None`
/// where nothing is known of its kind.
pub(crate) fn files_of_builtin(config: &Value) -> Result<Vec<&str>, Option<String>> {
    let kind = str_at(config, &["kind"]).unwrap_or_default();
    let (_, own) = BUILTIN.iter().find(|(builtin, _)| *builtin == kind).ok_or(None)?;
    let keys: Vec<&str> = own.iter().copied().chain(["apiVersion", "kind", "metadata"]).collect();
    let refused = |map: &Value, keys: &[&str]| other_than(map, keys).map_or(Ok(()), |key| Err(Some(key)));
    refused(config, &keys)?;
    let mut found: Vec<&str> = Vec::new();
    match kind {
        "ConfigMapGenerator" | "SecretGenerator" => found.extend(files_of_generator(config).map(|(_, _, path)| path)),
        "ReplacementTransformer" => {
            for entry in value_at(config, &["replacements"]).into_iter().flat_map(items) {
                refused(entry, REPLACEMENT)?;
                found.extend(str_at(entry, &["path"]));
            }
        }
        _ => {
            found.extend(["path", "targetFilePath"].iter().filter_map(|key| str_at(config, &[key])));
            found.extend(value_at(config, &["paths"]).into_iter().flat_map(items).filter_map(text));
        }
    }
    Ok(found)
}

/// The files that a generator's entry names: the list, the number in it, the path.
pub(crate) fn files_of_generator(generator: &Value) -> impl Iterator<Item = (&'static str, usize, &str)> {
    ["files", "envs", "env"].into_iter().flat_map(move |list| {
        let single = str_at(generator, &[list]).map(|text| (0, text)).into_iter();
        let many = value_at(generator, &[list]).into_iter().flat_map(items).enumerate();
        let many = many.filter_map(|(number, value)| Some((number, text(value)?)));
        single.chain(many).map(move |(number, text)| {
            // Only entries of `files` are `key=path`.
            let path = if list == "files" { text.split_once('=').map_or(text, |(_, path)| path) } else { text };
            (list, number, path)
        })
    })
}

fn text(value: &Value) -> Option<&str> {
    if let Value::String(text) = value { Some(text) } else { None }
}

/// Whether the configuration is that of a function: a container or program.
pub(crate) fn function(config: &Value) -> Option<&Value> {
    let is_function =
        |name: &str| name.starts_with("config.kubernetes.io/function") || name.starts_with("config.k8s.io/function");
    value_at(config, &["metadata", "annotations"])
        .into_iter()
        .flat_map(entries)
        .find_map(|(name, value)| is_function(name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Yaml;

    fn unknown_of(text: &str) -> Option<String> {
        unknown(&Yaml::read(text).unwrap().value).map(|unknown| unknown.key)
    }

    #[test]
    fn knows_keys_only_as_they_are_spelled() {
        assert_eq!(unknown_of("resources: [a]\nopenapi: {path: b}\npatches: [{path: c}]\n"), None);
        for (text, key) in [
            ("Resources: [a]", "Resources"),
            ("re\u{17f}ources: [a]", "re\u{17f}ources"),
            ("openapi: {Path: b}", "Path"),
            ("patches: [{patch: a}, {pAth: b}]", "pAth"),
            ("configMapGenerator: [{name: a, Files: [b]}]", "Files"),
            ("patches: [a.yaml]", "\"a.yaml\""),
            ("1: a", "1"),
        ] {
            assert_eq!(unknown_of(text).as_deref(), Some(key), "{text}");
        }
    }

    #[test]
    fn knows_the_files_of_builtin_plugins() {
        let files = |text: &str| {
            let yaml = Yaml::read(text).unwrap();
            files_of_builtin(&yaml.value).map(|files| files.join(" "))
        };
        assert_eq!(files("kind: PatchTransformer\npath: a"), Ok("a".into()));
        assert_eq!(files("kind: PatchStrategicMergeTransformer\npaths: [a, b]"), Ok("a b".into()));
        assert_eq!(files("kind: SecretGenerator\nfiles: [x=a, b]\nenvs: [c=d]\nenv: e"), Ok("a b c=d e".into()));
        assert_eq!(files("kind: ReplacementTransformer\nreplacements: [{path: a}]"), Ok("a".into()));
        assert_eq!(files("kind: ValueAddTransformer\ntargetFilePath: a"), Ok("a".into()));
        assert_eq!(files("kind: LabelTransformer\nfieldSpecs: [{path: a}]"), Ok(String::new()));
        assert_eq!(files("kind: PatchTransformer\nPath: a"), Err(Some("Path".into())));
        assert_eq!(files("kind: ReplacementTransformer\nreplacements: [{PATH: a}]"), Err(Some("PATH".into())));
        assert_eq!(files("kind: Other\npath: a"), Err(None));
    }
}
