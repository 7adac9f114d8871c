//! Rendering a chart: a copy, one run of `helm template` for what is judged, a second one for where its lines come from.

pub(crate) mod chart;
mod output;
mod places;
mod schema;
mod template;
mod trace;
mod traced;
mod values;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use platlint_facts::Files;

use self::chart::{Chart, NotCopied};
use self::places::Names;
pub(crate) use self::places::in_short;
use crate::budget::Budget;
use crate::program::{Run, RunError};
use crate::stage::{Refused, Stage};
use crate::tools::Installed;
use crate::{HelmRequest, Outcome, ParameterKind, Settings, Values, told};

/// Where the chart's copy is.
const COPY: &str = "chart";

/// One rendering.
pub(crate) struct Helm<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) budget: &'a Budget,
    pub(crate) files: &'a dyn Files,
    pub(crate) program: &'a Installed,
    pub(crate) request: &'a HelmRequest,
}

impl Helm<'_> {
    /// Renders the chart.
    pub(crate) fn render(&self) -> Outcome {
        self.attempt().unwrap_or_else(|outcome| outcome)
    }

    fn attempt(&self) -> Result<Outcome, Outcome> {
        let folder = self.request.chart.as_path();
        let Some(chart) = Chart::read(self.files, folder) else {
            return Err(self.failed("it has no Chart.yaml that can be read, with a name", None));
        };
        if chart.is_library {
            return Err(self.not_rendered("it is a library chart, which has no objects of its own", None));
        }
        let mut stage = Stage::new().map_err(|refused| self.refused(&refused))?;
        self.copy(&mut stage, folder)?;
        let arguments = self.arguments(&mut stage, &chart)?;
        let text = self.run(&stage, &arguments, false).map_err(|error| self.complaint(&stage, &error))?;
        self.budget.keep(&text).map_err(|error| self.complaint(&stage, &error))?;
        let names = Names { stage: &stage, files: self.files, chart: folder, copy: Path::new(COPY) };
        let again = || self.run(&stage, &arguments, false);
        Ok(Outcome::Rendered(traced::texts(self.request, &names, &text, &again)))
    }

    fn copy(&self, stage: &mut Stage, folder: &Path) -> Result<(), Outcome> {
        match chart::copy(stage, self.files, folder, Path::new(COPY)) {
            Ok(()) => Ok(()),
            Err(NotCopied::Refused(refused)) => Err(self.refused(&refused)),
            Err(NotCopied::Missing { dependency, file }) if self.settings.allow.dependency_downloads => {
                let arguments = ["dependency".into(), "build".into(), "--".into(), stage.path(COPY).into()];
                let built = self.run(stage, &arguments, true);
                // Another day the network may be there.
                built.map(drop).map_err(|error| {
                    let said = stage.in_words_of_the_user(&in_short(&error.to_string()), self.files);
                    let reason = format!("what it depends on cannot be downloaded: {said}");
                    self.not_rendered(&reason, Some((&file, dependency.line)))
                })
            }
            Err(NotCopied::Missing { dependency, file }) => {
                let reason = format!(
                    "it depends on the chart \"{}\", which is not in charts/, and downloading it is not allowed \
                     (`render.allow: [dependency-downloads]`, or `helm dependency build`)",
                    dependency.name
                );
                Err(self.not_rendered(&reason, Some((&file, dependency.line))))
            }
        }
    }

    fn arguments(&self, stage: &mut Stage, chart: &Chart) -> Result<Vec<OsString>, Outcome> {
        let release = self.request.release.clone().unwrap_or_else(|| release_name(&chart.name));
        if !is_release_name(&release) {
            let message = format!("\"{release}\" is no name that Helm takes for a release");
            return Err(self.failed(&message, None));
        }
        let mut arguments: Vec<OsString> = vec!["template".into()];
        if !self.request.skip_crds {
            arguments.push("--include-crds".into());
        }
        if chart::has_archives(stage) || !schema::all_keep_to_themselves(stage) {
            arguments.push("--skip-schema-validation".into());
        }
        // A value is never a word of its own, so none can be taken for a flag.
        let mut flag = |name: &str, value: &str| arguments.push(format!("--{name}={value}").into());
        if let Some(namespace) = &self.request.namespace {
            flag("namespace", namespace);
        }
        if let Some(version) = self.request.kube_version.as_ref().or(self.settings.kube_version.as_ref()) {
            flag("kube-version", version);
        }
        for version in &self.request.api_versions {
            flag("api-versions", version);
        }
        for (index, values) in self.request.values.iter().enumerate() {
            let to = format!("values/{index}.yaml");
            let copy = match values {
                Values::File(file) => stage.file(self.files, file, to),
                Values::Text { text, .. } => stage.write(to, text),
            };
            let copy = copy.map_err(|refused| self.refused(&refused))?;
            flag("values", &copy.to_string_lossy());
        }
        for (index, parameter) in self.request.parameters.iter().enumerate() {
            let name = &parameter.name;
            if !is_parameter_name(name) {
                let reason = format!("{name:?} is no name of a parameter that is handed on to Helm");
                return Err(self.not_rendered(&reason, None));
            }
            match parameter.kind {
                ParameterKind::Typed => flag("set", &format!("{name}={}", without_separators(&parameter.value))),
                ParameterKind::Text => flag("set-string", &format!("{name}={}", without_separators(&parameter.value))),
                ParameterKind::File => {
                    let from = platlint_facts::resolve(&self.request.chart, &parameter.value);
                    let copy = stage.file(self.files, &from, format!("values/{index}.file"));
                    let copy = copy.map_err(|refused| self.refused(&refused))?;
                    flag("set-file", &format!("{name}={}", copy.display()));
                }
            }
        }
        arguments.extend(["--".into(), release.into(), stage.path(COPY).into()]);
        Ok(arguments)
    }

    fn run(&self, stage: &Stage, arguments: &[OsString], network: bool) -> Result<String, RunError> {
        let home = stage.home();
        let run = Run {
            program: &self.program.program,
            home: &home,
            deadline: self.settings.deadline,
            network,
            programs: false,
        };
        self.budget.run(&self.request.chart, &run, arguments)
    }

    fn complaint(&self, stage: &Stage, error: &RunError) -> Outcome {
        let RunError::Refused(complaint) = error else {
            return self.not_rendered(&format!("helm: {error}"), None);
        };
        let names = Names { stage, files: self.files, chart: &self.request.chart, copy: Path::new(COPY) };
        let message = stage.in_words_of_the_user(&in_short(complaint), self.files);
        self.failed(&message, names.accused(complaint))
    }

    fn refused(&self, refused: &Refused) -> Outcome {
        self.not_rendered(&refused.to_string(), None)
    }

    fn not_rendered(&self, reason: &str, at: Option<(&Path, u32)>) -> Outcome {
        let chart = self.request.chart.join("Chart.yaml");
        let (file, line) = at.unwrap_or((&chart, 1));
        told::not_rendered(self.files, &self.request.chart, file, line, reason)
    }

    fn failed(&self, message: &str, at: Option<(PathBuf, Option<u32>)>) -> Outcome {
        let (file, line) = at.unwrap_or_else(|| (self.request.chart.join("Chart.yaml"), None));
        told::failed(self.files, &self.request.chart, &file, line, message)
    }
}

/// Helm's rule for names of releases.
fn is_release_name(name: &str) -> bool {
    let is_inner =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || "-.".contains(character);
    let is_outer = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    name.len() <= 53 && name.chars().all(is_inner) && name.starts_with(is_outer) && name.ends_with(is_outer)
}

/// Whether a name stands for one value. Helm takes more in the place of a name: further names, values and files.
fn is_parameter_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|character: char| ",={}".contains(character) || character.is_control())
}

/// A release's name made of a chart's.
fn release_name(chart: &str) -> String {
    let name: String = chart
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' })
        .take(53)
        .collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "release".to_owned() } else { name.to_owned() }
}

/// A value of `--set` in which commas separate nothing, unless it is a list.
fn without_separators(value: &str) -> String {
    let list = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
    // What stands behind a list would be further names.
    if list.is_some_and(|list| !list.contains(['{', '}'])) {
        return value.to_owned();
    }
    let mut escaped = String::with_capacity(value.len());
    let mut behind_backslash = false;
    for character in value.chars() {
        if character == ',' && !behind_backslash {
            escaped.push('\\');
        }
        behind_backslash = character == '\\' && !behind_backslash;
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_names_that_helm_takes_for_a_release() {
        assert!(is_release_name("web-1.x"));
        for name in ["", "-web", "--post-renderer=x", "Web", "web_1", &"x".repeat(54)] {
            assert!(!is_release_name(name), "{name}");
        }
        assert!(["My_Chart", "--", &"x".repeat(90)].iter().all(|chart| is_release_name(&release_name(chart))));
    }

    #[test]
    fn takes_only_names_that_stand_for_one_value() {
        for name in ["a", "a.b[0].c", "a\\.b/c", "-x"] {
            assert!(is_parameter_name(name), "{name}");
        }
        for name in ["", "x=/etc/hostname,y", "a,b", "a=b", "{a}", "a\nb", "a\0"] {
            assert!(!is_parameter_name(name), "{name}");
        }
    }

    #[test]
    fn hands_commas_on_as_part_of_the_value() {
        assert_eq!(without_separators("a,b\\,c"), "a\\,b\\,c");
        assert_eq!(without_separators("{a,b}"), "{a,b}");
        assert_eq!(without_separators("{a},b={c}"), "{a}\\,b={c}");
    }
}
