//! The fixtures of the rules (`fixtures/policies`), with the objects in them and the configuration of each.

use platlint_e2e::assets::root;
use platlint_engine::{ValueBuilder, expand_list, to_json};
use platlint_source::{Document, Limits, Reading, SourceText};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Fixture {
    pub(super) path: PathBuf,
    /// Below `fixtures/policies`, as lists of exceptions name it.
    pub(super) name: String,
    /// The text of its platlint.yaml.
    pub(super) config: String,
}

/// One object of a file; an item of a list is one of its own.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) document: u64,
    /// The pointer to it where the document is a list, `/items/0`; else empty.
    pub(super) item: String,
    pub(super) value: Value,
}

impl Object {
    /// Document and item, as lists of exceptions name it: `2`, `0/items/1`.
    pub(super) fn place(&self) -> String {
        format!("{}{}", self.document, self.item)
    }
}

/// Rules that look at the documents around an object, which a cluster is not shown: catalog files never reach one, and
/// objects of Crossplane, Argo CD and Flux are compared alone ([`alone`]).
const OF_FILES: [&str; 4] = ["catalog", "crossplane", "gitops", "templates"];

/// All fixtures of rules about single objects by configuration: those of one group can be judged by one server.
pub(super) fn by_config() -> BTreeMap<String, Vec<Fixture>> {
    let mut groups = all();
    for fixtures in groups.values_mut() {
        fixtures.retain(|fixture| !OF_FILES.iter().any(|category| fixture.name.starts_with(category)));
    }
    groups.retain(|_, fixtures| !fixtures.is_empty());
    groups
}

/// The fixtures about objects of Crossplane, Argo CD and Flux, each document in a file of its own below `folder`, so that
/// neither side knows of another one.
pub(super) fn alone(folder: &Path) -> BTreeMap<String, Vec<Fixture>> {
    let mut groups: BTreeMap<String, Vec<Fixture>> = BTreeMap::new();
    let mut count = 0;
    for fixture in all().into_values().flatten() {
        if !["crossplane", "gitops"].iter().any(|category| fixture.name.starts_with(category)) {
            continue;
        }
        let text = SourceText::decode(fs::read(&fixture.path).expect("a fixture")).expect("text");
        for chunk in text.split() {
            count += 1;
            let own = folder.join(format!("alone-{count}"));
            fs::create_dir_all(&own).expect("a folder");
            let path = own.join("object.yaml");
            fs::write(&path, &text.as_str()[chunk.span.range()]).expect("a file");
            let name = format!("{}#{}", fixture.name, chunk.index);
            groups.entry(fixture.config.clone()).or_default().push(Fixture { path, name, ..fixture.clone() });
        }
    }
    assert!(count > 100, "only {count} objects were found");
    groups
}

fn all() -> BTreeMap<String, Vec<Fixture>> {
    let mut groups: BTreeMap<String, Vec<Fixture>> = BTreeMap::new();
    let mut open = vec![root().join("fixtures/policies")];
    let mut paths = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of fixtures") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let is_yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "json");
            if path.is_dir() {
                open.push(path);
            } else if is_yaml && !name.ends_with(".config.yaml") && !name.starts_with("catalog-snapshot") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    assert!(paths.len() > 50, "only {} fixtures were found", paths.len());
    for path in paths {
        let config = config_of(&path).map_or_else(
            || "version: 1\n".to_owned(),
            |config| fs::read_to_string(config).expect("the configuration of a fixture"),
        );
        let name = path.strip_prefix(root().join("fixtures/policies")).expect("a fixture").display().to_string();
        groups.entry(config.clone()).or_default().push(Fixture { path, name, config });
    }
    groups
}

/// Its own configuration, else that of its folder.
fn config_of(fixture: &Path) -> Option<PathBuf> {
    let own = fixture.with_extension("config.yaml");
    let shared = fixture.with_file_name("default.config.yaml");
    [own, shared].into_iter().find(|config| config.exists())
}

/// The objects of a file, read as Kubernetes reads them. Documents that are no objects are left out, as `check` does.
pub(super) fn objects(path: &Path) -> Vec<Object> {
    let text = SourceText::decode(fs::read(path).expect("a fixture")).expect("text");
    let mut objects = Vec::new();
    for (document, chunk) in text.split().into_iter().enumerate() {
        let parsed = Document::parse(text.as_str(), chunk, &Limits::default()).expect("a document");
        let value = parsed.build(Reading::Kubernetes, &mut ValueBuilder::default()).expect("a value");
        let document = document as u64;
        match expand_list(&value) {
            Some(items) => objects.extend(items.into_iter().map(|(pointer, item)| Object {
                document,
                item: pointer.to_string(),
                value: to_json(&item),
            })),
            None => objects.push(Object { document, item: String::new(), value: to_json(&value) }),
        }
    }
    objects.retain(|object| object.value["kind"].is_string() && object.value["apiVersion"].is_string());
    objects
}
