//! Texts that nobody wrote: what tools would make of files that somebody did. They are judged like files; what is found is
//! told at the place that it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use platlint_facts::{Generated, LineOrigin, Maker};
use platlint_render::Tool;
use platlint_source::SourceText;

use super::places::Places;
use crate::report::{Finding, Origin, Related, Spot};

/// How a text came into being.
#[derive(Debug)]
pub(crate) struct Made {
    /// Who made it.
    pub(crate) maker: Arc<Maker>,
    /// Where its objects land if they name no namespace themselves.
    pub(crate) namespace: Option<Arc<str>>,
    lines: Lines,
}

/// Where its lines come from.
#[derive(Debug)]
enum Lines {
    /// It is the text of this file, put somewhere.
    OfFile(Arc<str>),
    /// Line by line.
    Traced {
        lines: Vec<Option<LineOrigin>>,
        /// Where the value was set that a line shows.
        values: Vec<Option<LineOrigin>>,
        fallback: LineOrigin,
    },
}

impl Made {
    /// A file as it is, in the namespace into which somebody deploys it.
    pub(crate) fn of_file(maker: Arc<Maker>, file: Arc<str>, namespace: Option<Arc<str>>) -> Self {
        Self { maker, namespace, lines: Lines::OfFile(file) }
    }

    /// A generated text; `values` as far as they are known.
    pub(crate) fn traced(generated: &Generated, values: Vec<Option<LineOrigin>>) -> Self {
        let lines = Lines::Traced { lines: generated.lines.clone(), values, fallback: generated.fallback.clone() };
        Self { maker: generated.maker.clone(), namespace: generated.namespace.clone(), lines }
    }

    /// Moves a finding to where it can be mended.
    pub(crate) fn tell(&self, finding: &mut Finding, text: &SourceText, places: &Places<'_>) {
        let line = finding.spot.place.line;
        // Places in the rendered text are of no use to anybody.
        if !matches!(self.lines, Lines::OfFile(_)) {
            finding.related.retain(|related| related.file.is_some());
        }
        self.tell_spot(&mut finding.spot, text, places);
        if let Lines::Traced { values, .. } = &self.lines
            && let Some(origin) = at(values, line)
        {
            let (file, place) = places.of_origin(origin);
            let message = "the value is set here".to_owned();
            finding.related.push(Related { file: Some(file), place, path: String::new(), message });
        }
        finding.fix = None;
    }

    /// Moves a spot to the file that somebody wrote.
    pub(crate) fn tell_spot(&self, spot: &mut Spot, text: &SourceText, places: &Places<'_>) {
        let line = spot.place.line;
        let rendered = spot.file.clone();
        let mut excerpt = None;
        match &self.lines {
            Lines::OfFile(file) => spot.file = file.clone(),
            Lines::Traced { lines, fallback, .. } => {
                let traced = at(lines, line);
                if traced.is_none() && line >= 1 && line <= text.line_count() {
                    excerpt = Some(text.line_text(line).to_owned());
                }
                let origin = traced.unwrap_or(fallback);
                (spot.file, spot.place) = places.of_origin(origin);
                spot.document = match origin {
                    LineOrigin::Field { doc, .. } => doc.document,
                    LineOrigin::Line { file, line } => places.document(file, *line),
                };
            }
        }
        let Maker { tool, from } = &*self.maker;
        spot.origin = Some(Arc::new(Origin { tool: tool.clone(), from: from.clone(), rendered, line, excerpt }));
    }

    /// Whether it says nothing of the comments of the files that it is made of.
    pub(crate) fn loses_comments(&self) -> bool {
        &*self.maker.tool == Tool::Kustomize.name()
    }

    /// Files of which these lines are made, each with the lines of it that are known to have become some of them.
    pub(crate) fn sources_within(&self, lines: Range<u32>) -> BTreeMap<&Arc<str>, BTreeSet<u32>> {
        let mut sources: BTreeMap<&Arc<str>, BTreeSet<u32>> = BTreeMap::new();
        let Lines::Traced { lines: origins, fallback, .. } = &self.lines else { return sources };
        if let LineOrigin::Line { file, .. } = fallback {
            sources.entry(file).or_default();
        }
        for origin in lines.filter_map(|line| at(origins, line)) {
            if let LineOrigin::Line { file, line } = origin {
                sources.entry(file).or_default().insert(*line);
            }
        }
        sources
    }

    /// The file that it comes from as a whole.
    pub(crate) fn file(&self) -> &Arc<str> {
        match &self.lines {
            Lines::OfFile(file) | Lines::Traced { fallback: LineOrigin::Line { file, .. }, .. } => file,
            Lines::Traced { fallback: LineOrigin::Field { doc, .. }, .. } => &doc.file,
        }
    }
}

fn at(lines: &[Option<LineOrigin>], line: u32) -> Option<&LineOrigin> {
    lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?.as_ref()
}
