//! Which charts and kustomizations stand among the input, and how each is rendered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use platlint_facts::{FileKind, Files, resolve};

use crate::helm::chart::Chart;
use crate::kustomize::file::{self, Kustomization};
use crate::{ChartSettings, HelmRequest, KustomizeRequest, Request, Settings, Target, Tool, Values};

/// Most values files of `ci/` that a chart is rendered with.
const MOST_CI_VALUES: usize = 50;

/// The charts and kustomizations among `inputs`, ordered by folder.
pub(crate) fn targets(settings: &Settings, files: &dyn Files, inputs: &[PathBuf]) -> Vec<Target> {
    let settings: Vec<(GlobMatcher, &ChartSettings)> =
        settings.charts.iter().filter_map(|chart| Some((pattern(&chart.path)?, chart))).collect();
    let mut found = Vec::new();
    for folder in folders(inputs, |name| name == "Chart.yaml") {
        if is_part_of_a_chart(files, folder) {
            continue;
        }
        if Chart::read(files, folder).is_some_and(|chart| chart.is_library) {
            continue;
        }
        let of = settings
            .iter()
            .find(|(pattern, chart)| folder.strip_prefix(&chart.base).is_ok_and(|path| pattern.is_match(path)));
        let requests = requests(files, folder, of.map(|(_, chart)| *chart));
        found.push(Target { tool: Tool::Helm, folder: folder.to_owned(), requests });
    }
    found.extend(kustomizations(files, inputs));
    found.sort_by(|left, right| (&left.folder, left.tool).cmp(&(&right.folder, right.tool)));
    found
}

fn folders(inputs: &[PathBuf], is_wanted: impl Fn(&str) -> bool) -> BTreeSet<&Path> {
    inputs
        .iter()
        .filter(|file| file.file_name().and_then(|name| name.to_str()).is_some_and(&is_wanted))
        .filter_map(|file| file.parent())
        .collect()
}

/// `charts/*` as a pattern of whole paths.
fn pattern(path: &str) -> Option<GlobMatcher> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    GlobBuilder::new(path).literal_separator(true).build().ok().map(|glob| glob.compile_matcher())
}

/// Whether the folder is below `charts/` of a chart.
fn is_part_of_a_chart(files: &dyn Files, folder: &Path) -> bool {
    folder.ancestors().skip(1).any(|above| {
        above.file_name().is_some_and(|name| name == "charts")
            && above.parent().is_some_and(|chart| files.kind(&chart.join("Chart.yaml")) == FileKind::File)
    })
}

/// Once for each set of values files that is configured, else with the chart's own values alone and once more with each
/// `ci/*-values.yaml`.
fn requests(files: &dyn Files, folder: &Path, settings: Option<&ChartSettings>) -> Vec<Request> {
    let configured = settings.map(|settings| settings.values.as_slice()).unwrap_or_default();
    let sets: Vec<Vec<PathBuf>> = if configured.is_empty() {
        let ci = folder.join("ci");
        let names = files.list(&ci).unwrap_or_default().into_iter().filter(|entry| !entry.is_folder);
        let values = names.filter(|entry| entry.name.ends_with("-values.yaml")).take(MOST_CI_VALUES);
        std::iter::once(Vec::new()).chain(values.map(|entry| vec![ci.join(entry.name)])).collect()
    } else {
        configured.iter().map(|set| set.iter().map(|path| resolve(folder, path)).collect()).collect()
    };
    let request = |set: Vec<PathBuf>| {
        Request::Helm(HelmRequest {
            chart: folder.to_owned(),
            release: settings.and_then(|settings| settings.release.clone()),
            namespace: settings.and_then(|settings| settings.namespace.clone()),
            values: set.into_iter().map(Values::File).collect(),
            ..HelmRequest::default()
        })
    };
    sets.into_iter().map(request).collect()
}

fn kustomizations(files: &dyn Files, inputs: &[PathBuf]) -> Vec<Target> {
    let folders = folders(inputs, |name| file::NAMES.contains(&name));
    let read = |folder: &Path| Kustomization::read(files, folder);
    let all: Vec<(&Path, Option<Kustomization>)> = folders.into_iter().map(|folder| (folder, read(folder))).collect();
    let by_folder: BTreeMap<&Path, Option<&Kustomization>> =
        all.iter().map(|(folder, kustomization)| (*folder, kustomization.as_ref())).collect();
    let is_component =
        |folder: &Path| by_folder.get(folder).copied().flatten().is_some_and(Kustomization::is_component);
    let includes = |folder: &Path| -> Vec<PathBuf> {
        let named = by_folder.get(folder).copied().flatten().map(Kustomization::folders).unwrap_or_default();
        named.iter().map(|path| resolve(folder, path)).collect()
    };
    let wanted = || by_folder.keys().copied().filter(|folder| !is_component(folder));
    // A component includes only with what uses it, and nothing includes itself.
    let mut included = BTreeSet::new();
    for folder in wanted() {
        let mut seen = BTreeSet::from([folder.to_owned()]);
        let mut open = includes(folder);
        while let Some(path) = open.pop() {
            if seen.insert(path.clone()) && is_component(&path) {
                open.extend(includes(&path));
            }
        }
        seen.remove(folder);
        included.extend(seen);
    }
    let mut built = BTreeSet::new();
    let mut targets = BTreeSet::new();
    // Those that nobody includes; then, of what is not built with them, as in a circle, the first of each.
    let roots = wanted().filter(|folder| !included.contains(*folder));
    for folder in roots.chain(wanted()) {
        if built.contains(folder) {
            continue;
        }
        targets.insert(folder);
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            if built.insert(folder.clone()) {
                open.extend(includes(&folder));
            }
        }
    }
    let target = |folder: &Path| {
        let request = KustomizeRequest { folder: folder.to_owned(), ..KustomizeRequest::default() };
        Target { tool: Tool::Kustomize, folder: folder.to_owned(), requests: vec![Request::Kustomize(request)] }
    };
    targets.into_iter().map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_facts::MemoryFiles;

    fn found(settings: &Settings, files: &[(&str, &str)]) -> Vec<(String, usize)> {
        let inputs: Vec<PathBuf> = files.iter().map(|(path, _)| PathBuf::from(path)).collect();
        targets(settings, &MemoryFiles::of(files), &inputs)
            .into_iter()
            .map(|target| (format!("{} {}", target.tool.name(), target.folder.display()), target.requests.len()))
            .collect()
    }

    #[test]
    fn finds_charts_but_no_library_and_no_part_of_another_chart() {
        let files = [
            ("/r/charts/web/Chart.yaml", "name: web"),
            ("/r/charts/web/charts/db/Chart.yaml", "name: db"),
            ("/r/charts/lib/Chart.yaml", "name: lib\ntype: library"),
            ("/r/charts/web/ci/small-values.yaml", ""),
            ("/r/charts/web/ci/other.yaml", ""),
            ("/r/charts/broken/Chart.yaml", "name: ["),
        ];
        assert_eq!(
            found(&Settings::default(), &files),
            [("helm /r/charts/broken".to_owned(), 1), ("helm /r/charts/web".to_owned(), 2)]
        );
    }

    #[test]
    fn renders_a_chart_with_each_set_of_values_that_is_configured_for_it() {
        let values = vec![vec!["values.yaml".to_owned()], vec!["a.yaml".to_owned(), "../b.yaml".to_owned()]];
        let chart = ChartSettings { base: "/r".into(), path: "charts/*".into(), values, ..ChartSettings::default() };
        let settings = Settings { charts: vec![chart], ..Settings::default() };
        let files = [("/r/charts/web/Chart.yaml", "name: web"), ("/r/charts/a/b/Chart.yaml", "name: b")];
        assert_eq!(
            found(&settings, &files),
            [("helm /r/charts/a/b".to_owned(), 1), ("helm /r/charts/web".to_owned(), 2)]
        );
    }

    #[test]
    fn finds_kustomizations_that_no_other_one_includes() {
        let files = [
            ("/r/base/kustomization.yaml", "resources: [a.yaml]"),
            ("/r/prod/kustomization.yml", "resources: [../base/]\ncomponents: [../extra]"),
            ("/r/extra/Kustomization", "kind: Component"),
            ("/r/alone/kustomization.yaml", "kind: Component"),
            ("/r/other/kustomization.yaml", ""),
        ];
        assert_eq!(
            found(&Settings::default(), &files),
            [("kustomize /r/other".to_owned(), 1), ("kustomize /r/prod".to_owned(), 1)]
        );
    }

    #[test]
    fn leaves_no_kustomization_out_that_nothing_builds() {
        let circle = [
            ("/r/a/kustomization.yaml", "resources: [../b]"),
            ("/r/b/kustomization.yaml", "resources: [../a]"),
            ("/r/self/kustomization.yaml", "resources: [.]"),
        ];
        assert_eq!(
            found(&Settings::default(), &circle),
            [("kustomize /r/a".to_owned(), 1), ("kustomize /r/self".to_owned(), 1)]
        );
        let stray =
            [("/r/base/kustomization.yaml", ""), ("/r/c/kustomization.yaml", "kind: Component\nresources: [../base]")];
        assert_eq!(found(&Settings::default(), &stray), [("kustomize /r/base".to_owned(), 1)]);
        let used = [
            ("/r/base/kustomization.yaml", "a: 1"),
            ("/r/c/kustomization.yaml", "kind: Component\nresources: [../base]"),
            ("/r/prod/kustomization.yaml", "components: [../c]"),
        ];
        assert_eq!(found(&Settings::default(), &used), [("kustomize /r/prod".to_owned(), 1)]);
    }
}
