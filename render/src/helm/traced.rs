//! Helm's output as texts by template, with the origins of their lines and values.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_facts::{Files, Generated, LineOrigin, Maker};
use platlint_source::SourceText;

use super::chart::Chart;
use super::output::{self, Rendered};
use super::places::{Located, Names, in_short};
use super::template::{self, Marker, Template};
use super::trace::{self, Marked};
use super::values::{self, At, Layer};
use crate::program::RunError;
use crate::{HelmRequest, Traced, Values, told};

/// Templates that marks break are left unmarked, and the rest is tried again, so often.
const ATTEMPTS: usize = 4;

/// The marked templates of a chart.
struct Sheets {
    /// Their copies, by number.
    copies: Vec<PathBuf>,
    /// Their files as the user would name them, and on disk, by number.
    shown: Vec<Arc<str>>,
    origins: Vec<PathBuf>,
    templates: Vec<Template>,
    /// Their text before it was marked.
    written: Vec<String>,
}

/// The texts of an output. `again` renders the same chart a second time.
pub(crate) fn texts(
    request: &HelmRequest,
    names: &Names<'_>,
    output: &str,
    again: &dyn Fn() -> Result<String, RunError>,
) -> Vec<Traced> {
    let marker = Marker::new(&names.stage.key());
    let sheets = Sheets::mark(names, &marker);
    let second = sheets.render(names, again);
    let mut marked = second.as_deref().map(|text| trace::marked(output::documents(text), &marker)).unwrap_or_default();
    let documents = output::documents(output);
    let mut sources: Vec<&str> = Vec::new();
    for document in &documents {
        if !sources.contains(&document.source) {
            sources.push(document.source);
        }
    }
    let maker = Arc::new(Maker { tool: "helm".into(), from: told::folder(names.files, names.chart) });
    let layers = Layers::of(request, names);
    let whole = Whole { request, names, sheets: &sheets, layers: &layers, maker: &maker };
    sources.into_iter().map(|source| whole.text(source, &documents, &mut marked)).collect()
}

impl Sheets {
    /// Puts marks into the copies of all templates.
    fn mark(names: &Names<'_>, marker: &Marker) -> Self {
        let mut sheets = Self { copies: vec![], shown: vec![], origins: vec![], templates: vec![], written: vec![] };
        for (copy, origin) in names.stage.copies() {
            let is_template = copy.strip_prefix(names.stage.path(names.copy)).is_ok_and(|inside| {
                inside.components().any(|part| part.as_os_str() == "templates")
                    && inside.file_name().is_some_and(|name| name != "NOTES.txt")
            });
            let Some(text) = is_template.then(|| std::fs::read_to_string(copy).ok()).flatten() else { continue };
            let template = template::read(&text, sheets.copies.len(), marker);
            if std::fs::write(copy, &template.marked).is_err() {
                continue;
            }
            sheets.copies.push(copy.to_owned());
            sheets.shown.push(names.files.shown(origin).into());
            sheets.origins.push(origin.to_owned());
            sheets.templates.push(template);
            sheets.written.push(text);
        }
        sheets
    }

    /// The second rendering, where one succeeds.
    fn render(&self, names: &Names<'_>, again: &dyn Fn() -> Result<String, RunError>) -> Option<String> {
        for _ in 0..ATTEMPTS {
            let complaint = match again() {
                Ok(text) => return Some(text),
                Err(RunError::Refused(complaint)) => in_short(&complaint),
                Err(_) => return None,
            };
            let (accused, _) = names.accused(&complaint)?;
            let index = self.origins.iter().position(|origin| *origin == accused)?;
            std::fs::write(self.copies.get(index)?, self.written.get(index)?).ok()?;
        }
        None
    }
}

/// The values of a chart and of the charts in it.
struct Layers {
    /// Those of the request, the last of which wins; then the chart's own.
    own: Vec<Layer>,
    /// Values that parameters set.
    parameters: BTreeSet<String>,
}

impl Layers {
    fn of(request: &HelmRequest, names: &Names<'_>) -> Self {
        let mut own: Vec<Layer> = Vec::new();
        for values in request.values.iter().rev() {
            match values {
                Values::File(file) => own.extend(layer(names.files, file)),
                Values::Text { text, at } => {
                    own.push(Layer { text: SourceText::from(text.to_string()), at: At::Place(at.clone()) });
                }
            }
        }
        own.extend(layer(names.files, &names.chart.join("values.yaml")));
        let parameters = request.parameters.iter().map(|parameter| parameter.name.clone()).collect();
        Self { own, parameters }
    }

    fn origin(&self, path: &[&str], rendered: &str) -> Option<LineOrigin> {
        let name = path.join(".");
        let is_near = |parameter: &String| parameter.starts_with(&name) || name.starts_with(parameter.as_str());
        if self.parameters.iter().any(is_near) {
            return None;
        }
        values::origin(&self.own, path, rendered)
    }
}

fn layer(files: &dyn Files, file: &Path) -> Option<Layer> {
    let text = files.read(file).ok()?;
    Some(Layer { text: SourceText::from(text.to_string()), at: At::File(files.shown(file).into()) })
}

struct Whole<'a> {
    request: &'a HelmRequest,
    names: &'a Names<'a>,
    sheets: &'a Sheets,
    layers: &'a Layers,
    maker: &'a Arc<Maker>,
}

impl Whole<'_> {
    /// All documents of one template.
    fn text(&self, source: &str, documents: &[Rendered<'_>], marked: &mut Vec<Marked<'_>>) -> Traced {
        let located = self.names.locate(source);
        let mut text = String::new();
        let mut lines = Vec::new();
        let mut values = Vec::new();
        let mut traced = (0, 0);
        for document in documents.iter().filter(|document| document.source == source) {
            text.push_str("---\n");
            lines.push(None);
            values.push(None);
            let origins = trace::origins(document, marked, &self.sheets.templates);
            let copied = self.copied(located.as_ref(), document);
            for (index, line) in document.lines.iter().enumerate() {
                text.push_str(line);
                text.push('\n');
                let origin = origins.get(index).copied().flatten();
                let place = match &copied {
                    Some((file, first)) => Some(LineOrigin::Line { file: file.clone(), line: first + count(index) }),
                    None => origin.and_then(|origin| self.place(origin)),
                };
                traced.1 += usize::from(!line.trim().is_empty());
                traced.0 += usize::from(!line.trim().is_empty() && place.is_some());
                values.push(origin.and_then(|origin| self.value(origin, located.as_ref(), line)));
                lines.push(place);
            }
        }
        if values.iter().all(Option::is_none) {
            values = Vec::new();
        }
        let fallback = self.fallback(located.as_ref());
        let shown = match &fallback {
            LineOrigin::Line { file, .. } if matches!(located, Some(Located::File(_))) => file.to_string(),
            _ => source.to_owned(),
        };
        let generated = Generated {
            name: format!("{shown} ({})", self.description()).into(),
            maker: self.maker.clone(),
            text: text.into(),
            lines,
            fallback,
            namespace: self.request.namespace.as_deref().map(Into::into),
        };
        Traced { generated, values, traced }
    }

    fn place(&self, origin: trace::Origin) -> Option<LineOrigin> {
        let line = self.sheets.templates.get(origin.template)?.lines.get(origin.line)?.number;
        Some(LineOrigin::Line { file: self.sheets.shown.get(origin.template)?.clone(), line })
    }

    /// Where the value of a rendered line is set.
    fn value(&self, origin: trace::Origin, located: Option<&Located>, rendered: &str) -> Option<LineOrigin> {
        let path = values::path(self.sheets.templates.get(origin.template)?.lines.get(origin.line)?)?;
        // `.Values` is that of the template which is rendered; of another chart's helper only that chart knows.
        let Some(Located::File(file)) = located else { return None };
        let template = self.sheets.origins.get(origin.template)?;
        let is_own = |file: &Path| {
            let inside = file.strip_prefix(self.names.chart);
            inside.is_ok_and(|inside| inside.starts_with("templates"))
        };
        (is_own(file) && is_own(template)).then(|| self.layers.origin(&path, rendered)).flatten()
    }

    /// The first line of a document that is copied as it stands, as custom resource definitions are.
    fn copied(&self, located: Option<&Located>, document: &Rendered<'_>) -> Option<(Arc<str>, u32)> {
        let Some(Located::File(file)) = located else { return None };
        if !file.components().any(|part| part.as_os_str() == "crds") {
            return None;
        }
        let text = self.names.files.read(file).ok()?;
        let lines: Vec<&str> = text.lines().collect();
        let mut found = lines.windows(document.lines.len()).enumerate().filter(|(_, lines)| *lines == document.lines);
        match (found.next(), found.next()) {
            (Some((index, _)), None) => Some((self.names.files.shown(file).into(), count(index) + 1)),
            _ => None,
        }
    }

    /// The template; of a packed chart the place where it is depended on.
    fn fallback(&self, located: Option<&Located>) -> LineOrigin {
        let place = |file: &Path, line| LineOrigin::Line { file: self.names.files.shown(file).into(), line };
        let own = self.names.chart.join("Chart.yaml");
        match located {
            Some(Located::File(file)) => place(file, 1),
            Some(Located::Packed(name)) => {
                let chart = Chart::read(self.names.files, self.names.chart);
                let dependency = chart
                    .as_ref()
                    .and_then(|chart| chart.dependencies.iter().find(|dependency| dependency.name == *name));
                place(&own, dependency.map_or(1, |dependency| dependency.line))
            }
            None => place(&own, 1),
        }
    }

    /// What is rendered, and with what.
    fn description(&self) -> String {
        let mut text = format!("helm template {}", self.maker.from);
        for values in &self.request.values {
            match values {
                Values::File(file) => {
                    let shown = file.strip_prefix(&self.request.chart).unwrap_or(file);
                    text.push_str(", ");
                    text.push_str(&if shown == file {
                        self.names.files.shown(file)
                    } else {
                        shown.display().to_string()
                    });
                }
                Values::Text { .. } => text.push_str(", values of its own"),
            }
        }
        for (word, value) in [("release", &self.request.release), ("namespace", &self.request.namespace)] {
            if let Some(value) = value {
                text.push_str(&[", ", word, " ", value].concat());
            }
        }
        // Not what they are set to, which may be secret.
        for parameter in &self.request.parameters {
            text.push_str(", ");
            text.push_str(&parameter.name);
        }
        text
    }
}

fn count(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
