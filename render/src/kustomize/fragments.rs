//! Files that kustomizations use without their being manifests: patches, replacements, configuration of generators,
//! transformers and plugins, values of charts.
//!
//! Told without any program, and of kustomizations that cannot be built too: what is wrong with these files as manifests is
//! wrong with no object.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use platlint_engine::Value;
use platlint_facts::{FileKind, Files, items, resolve, str_at, value_at};

use super::file::Kustomization;

/// Most kustomizations that are looked into beyond those that were asked for; links can lead in circles.
const MOST: usize = 5_000;

/// Lists of files that configure something.
const CONFIGURATION: [&str; 4] = ["generators", "transformers", "validators", "configurations"];

/// Files that the kustomizations in these folders, and those of the checkouts that they include, use as fragments; without
/// those that one of them has among its resources.
pub(crate) fn fragments(files: &dyn Files, folders: BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let most = folders.len().saturating_add(MOST);
    let mut seen = folders.clone();
    let mut open: Vec<PathBuf> = folders.into_iter().collect();
    let (mut fragments, mut manifests) = (BTreeSet::new(), BTreeSet::new());
    while let Some(folder) = open.pop() {
        let Some(kustomization) = Kustomization::read(files, &folder) else { continue };
        let path = |text: &str| resolve(&folder, text);
        fragments.extend(named(&kustomization).into_iter().map(path));
        for path in kustomization.folders().iter().map(|text| path(text)) {
            match files.kind(&path) {
                FileKind::File => {
                    manifests.insert(path);
                }
                FileKind::Folder if seen.len() < most && seen.insert(path.clone()) => open.push(path),
                _ => {}
            }
        }
    }
    fragments.retain(|path| !manifests.contains(path) && files.kind(path) == FileKind::File);
    fragments
}

/// What a kustomization uses as fragments, as it names it.
fn named(kustomization: &Kustomization) -> Vec<&str> {
    let value = &kustomization.yaml.value;
    let listed = |key: &'static str| value_at(value, &[key]).into_iter().flat_map(items);
    let patches = ["patches", "patchesJson6902", "replacements"].into_iter().flat_map(listed);
    let patches = patches.filter_map(|entry| str_at(entry, &["path"]));
    let merged = ["patchesStrategicMerge"].iter().chain(&CONFIGURATION).flat_map(|key| kustomization.texts(key));
    // What is written in place has lines.
    let merged = merged.map(|(_, text)| text).filter(|text| !text.contains('\n'));
    let values = listed("helmCharts").flat_map(|chart| {
        let more = value_at(chart, &["additionalValuesFiles"]).into_iter().flat_map(items).filter_map(text);
        str_at(chart, &["valuesFile"]).into_iter().chain(more)
    });
    let older = listed("helmChartInflationGenerator").filter_map(|chart| str_at(chart, &["values"]));
    patches.chain(merged).chain(values).chain(older).collect()
}

fn text(value: &Value) -> Option<&str> {
    if let Value::String(text) = value { Some(text) } else { None }
}

/// The folder of a file that is a kustomization by its name.
pub(crate) fn folder_of(file: &Path) -> Option<&Path> {
    let name = file.file_name()?.to_str()?;
    super::file::NAMES.contains(&name).then(|| file.parent()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_facts::MemoryFiles;

    fn found(files: &[(&str, &str)], folders: &[&str]) -> Vec<String> {
        let folders = folders.iter().map(PathBuf::from).collect();
        fragments(&MemoryFiles::of(files), folders).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn tells_every_kind_of_fragment() {
        let kustomization = "\
resources: [app.yaml, https://x.example/base.yaml]
patches: [{path: a.yaml}, {patch: 'b: 1', target: {kind: Deployment}}, {path: none.yaml}]
patchesStrategicMerge: [c.yaml, \"kind: X\\nname: y\"]
patchesJson6902: [{path: d.json, target: {kind: Deployment}}]
replacements: [{path: e.yaml}, {source: {kind: X}}]
generators: [f.yaml]
transformers: [sub/g.yaml]
configurations: [h.yaml]
helmCharts: [{name: x, valuesFile: i.yaml, additionalValuesFiles: [../k/j.yaml]}]
configMapGenerator: [{name: x, files: [app.conf]}]
";
        let names = ["a.yaml", "app.yaml", "app.conf", "c.yaml", "d.json", "e.yaml", "f.yaml", "sub/g.yaml", "h.yaml"];
        let names = names.into_iter().chain(["i.yaml", "j.yaml", "other.yaml"]);
        let names: Vec<String> = names.map(|name| format!("/r/k/{name}")).collect();
        let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        files.push(("/r/k/kustomization.yaml", kustomization));
        let fragments = ["a.yaml", "c.yaml", "d.json", "e.yaml", "f.yaml", "h.yaml", "i.yaml", "j.yaml", "sub/g.yaml"];
        assert_eq!(found(&files, &["/r/k"]), fragments.map(|name| format!("/r/k/{name}")));
    }

    #[test]
    fn looks_into_what_is_included_and_leaves_out_what_is_a_resource_anywhere() {
        let files = [
            ("/r/prod/kustomization.yaml", "resources: [../base, ../prod]\npatches: [{path: p.yaml}, {path: q.yaml}]"),
            ("/r/prod/p.yaml", ""),
            ("/r/prod/q.yaml", ""),
            ("/r/base/kustomization.yml", "components: [../more]\npatches: [{path: p.yaml}]"),
            ("/r/base/p.yaml", ""),
            ("/r/more/Kustomization", "kind: Component\npatches: [{path: p.yaml}]"),
            ("/r/more/p.yaml", ""),
            ("/r/other/kustomization.yaml", "resources: [../prod/q.yaml]"),
        ];
        let all = ["/r/base/p.yaml", "/r/more/p.yaml", "/r/prod/p.yaml"];
        assert_eq!(found(&files, &["/r/prod", "/r/other"]), all);
        assert_eq!(found(&files, &["/r/other", "/r/nowhere"]), [""; 0]);
    }
}
