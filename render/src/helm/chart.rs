//! A chart as it is on disk, and as it is copied for rendering: with the charts that it depends on.

use std::path::{Path, PathBuf};

use platlint_facts::{FileKind, Files, array_at, resolve, str_at};
use platlint_source::Segment;

use crate::stage::{Refused, Stage};
use crate::yaml::Yaml;

/// `Chart.yaml`, read.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) name: String,
    pub(crate) is_library: bool,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A chart that a chart depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) alias: Option<String>,
    pub(crate) repository: String,
    /// The file that names it, in the chart's folder.
    file: &'static str,
    /// Its line there.
    pub(crate) line: u32,
}

/// Charts depend on charts that depend on charts; some would without end.
const DEEPEST: usize = 8;

impl Chart {
    /// Reads a chart's own files; none where they are not there or cannot be read.
    pub(crate) fn read(files: &dyn Files, folder: &Path) -> Option<Self> {
        let chart = Yaml::read(&files.read(&folder.join("Chart.yaml")).ok()?)?;
        let name = str_at(&chart.value, &["name"])?.to_owned();
        let mut dependencies = dependencies(&chart, "Chart.yaml");
        // Charts of Helm 2 kept them apart; Helm still reads both.
        if let Some(file) = files.read(&folder.join("requirements.yaml")).ok().and_then(|text| Yaml::read(&text)) {
            dependencies.extend(self::dependencies(&file, "requirements.yaml"));
        }
        Some(Self { name, is_library: str_at(&chart.value, &["type"]) == Some("library"), dependencies })
    }
}

fn dependencies(file: &Yaml, name: &'static str) -> Vec<Dependency> {
    let text = |value, key: &str| str_at(value, &[key]).unwrap_or_default().to_owned();
    array_at(&file.value, &["dependencies"])
        .enumerate()
        .map(|(index, value)| Dependency {
            name: text(value, "name"),
            alias: str_at(value, &["alias"]).map(str::to_owned),
            repository: text(value, "repository"),
            file: name,
            line: file.line(&[Segment::Key("dependencies"), Segment::Index(index)]),
        })
        .collect()
}

/// Why a chart is not copied as a whole.
#[derive(Debug)]
pub(crate) enum NotCopied {
    Refused(Refused),
    /// A chart that it depends on is not at hand; where it is named.
    Missing {
        dependency: Dependency,
        file: PathBuf,
    },
}

impl From<Refused> for NotCopied {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Copies a chart to `to`, with the charts of this repository that it depends on (`file://…`) in its `charts/`, as
/// `helm dependency build` would put them there.
pub(crate) fn copy(stage: &mut Stage, files: &dyn Files, folder: &Path, to: &Path) -> Result<(), NotCopied> {
    stage.tree(files, folder, to)?;
    complete(stage, files, folder, to, 0)
}

fn complete(stage: &mut Stage, files: &dyn Files, folder: &Path, to: &Path, depth: usize) -> Result<(), NotCopied> {
    if depth > DEEPEST {
        return Err(Refused::TooDeep(files.shown(folder)).into());
    }
    let Some(chart) = Chart::read(files, folder) else { return Ok(()) };
    for dependency in chart.dependencies {
        if is_vendored(stage, to, &dependency.name) {
            continue;
        }
        let local = dependency.repository.strip_prefix("file://").map(|path| resolve(folder, path));
        let Some(local) = local.filter(|local| files.kind(&local.join("Chart.yaml")) == FileKind::File) else {
            return Err(NotCopied::Missing { file: folder.join(dependency.file), dependency });
        };
        // One segment: the name is the chart's own word.
        if dependency.name.is_empty() || dependency.name.contains(['/', '\\']) || dependency.name.starts_with('.') {
            return Err(NotCopied::Missing { file: folder.join(dependency.file), dependency });
        }
        let inside = to.join("charts").join(&dependency.name);
        stage.tree(files, &local, &inside)?;
        complete(stage, files, &local, &inside, depth + 1)?;
    }
    Ok(())
}

/// Whether `charts/` of the copy holds a chart of that name, as a folder or packed.
fn is_vendored(stage: &Stage, chart: &Path, name: &str) -> bool {
    let Ok(entries) = std::fs::read_dir(stage.path(chart).join("charts")) else { return false };
    entries.flatten().any(|entry| {
        let file = entry.file_name().to_string_lossy().into_owned();
        let packed = file.strip_suffix(".tgz").and_then(|file| file.strip_prefix(name)?.strip_prefix('-'));
        file == name
            || packed.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit() || first == 'v'))
    })
}

/// Whether the copy holds packed charts, which are not looked into.
pub(crate) fn has_archives(stage: &Stage) -> bool {
    stage.copies().any(|(copy, _)| {
        copy.extension().is_some_and(|extension| extension == "tgz")
            && copy.parent().and_then(Path::file_name).is_some_and(|folder| folder == "charts")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_facts::MemoryFiles;

    #[test]
    fn reads_what_a_chart_says_of_itself() {
        let files = MemoryFiles::of(&[
            ("/a/Chart.yaml", "apiVersion: v1\nname: a\n"),
            ("/a/requirements.yaml", "dependencies:\n  - name: b\n    repository: file://../b\n    alias: c\n"),
            ("/l/Chart.yaml", "name: l\ntype: library\ndependencies:\n\n- name: x\n  repository: https://x.example\n"),
        ]);
        let chart = Chart::read(&files, Path::new("/a")).unwrap();
        assert_eq!((chart.name.as_str(), chart.is_library), ("a", false));
        assert_eq!(chart.dependencies[0].alias.as_deref(), Some("c"));
        let library = Chart::read(&files, Path::new("/l")).unwrap();
        assert!(library.is_library);
        assert_eq!(library.dependencies[0].line, 5);
        assert!(Chart::read(&files, Path::new("/none")).is_none());
    }
}
