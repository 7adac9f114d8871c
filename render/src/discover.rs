//! Which charts and kustomizations stand among the input, and how each is rendered.

use std::collections::BTreeSet;
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
    let included: BTreeSet<PathBuf> = all
        .iter()
        .filter_map(|(folder, kustomization)| Some((folder, kustomization.as_ref()?)))
        .flat_map(|(folder, kustomization)| {
            kustomization.folders().into_iter().map(|path| resolve(folder, &path)).collect::<Vec<_>>()
        })
        .collect();
    all.iter()
        .filter(|(folder, kustomization)| {
            !included.contains(*folder) && !kustomization.as_ref().is_some_and(Kustomization::is_component)
        })
        .map(|(folder, _)| {
            let request = KustomizeRequest { folder: (*folder).to_owned(), ..KustomizeRequest::default() };
            Target { tool: Tool::Kustomize, folder: (*folder).to_owned(), requests: vec![Request::Kustomize(request)] }
        })
        .collect()
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
}
