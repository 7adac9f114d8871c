//! From Helm's names of files to the files of the checkout, in its output and in what it complains about.

use std::path::{Path, PathBuf};

use platlint_facts::Files;

use super::chart::Chart;
use crate::stage::Stage;

/// Where a template stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Located {
    /// In this file.
    File(PathBuf),
    /// In a packed chart of that name, at the top or in another one.
    Packed(String),
}

/// The names of a copied chart's templates.
pub(crate) struct Names<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) files: &'a dyn Files,
    /// The chart's own folder.
    pub(crate) chart: &'a Path,
    /// Its copy, in the stage.
    pub(crate) copy: &'a Path,
}

impl Names<'_> {
    /// The template that Helm calls `name`: the chart's name, then folders and file, with charts of charts by their alias.
    pub(crate) fn locate(&self, name: &str) -> Option<Located> {
        let (_, inside) = name.split_once('/')?;
        let mut copy = self.stage.path(self.copy);
        let mut folder = self.chart.to_owned();
        let mut rest = inside;
        while let Some((chart, behind)) = rest.strip_prefix("charts/").and_then(|rest| rest.split_once('/')) {
            let real = self.real_name(&folder, chart);
            copy = copy.join("charts").join(&real);
            if !copy.join("Chart.yaml").is_file() {
                return Some(Located::Packed(real));
            }
            self.stage.origin(&copy.join("Chart.yaml")).and_then(Path::parent)?.clone_into(&mut folder);
            rest = behind;
        }
        self.stage.origin(&copy.join(rest)).map(|origin| Located::File(origin.to_owned()))
    }

    /// The name of a dependency that goes by another one.
    fn real_name(&self, folder: &Path, name: &str) -> String {
        let dependencies = Chart::read(self.files, folder).map(|chart| chart.dependencies).unwrap_or_default();
        dependencies
            .into_iter()
            .find(|dependency| dependency.alias.as_deref() == Some(name))
            .map_or_else(|| name.to_owned(), |dependency| dependency.name)
    }

    /// The file and line that a complaint speaks of: of several the last, which is where it went wrong.
    pub(crate) fn accused(&self, complaint: &str) -> Option<(PathBuf, Option<u32>)> {
        let is_end = |character: char| character.is_whitespace() || "()\"'<>,".contains(character);
        let mut found = None;
        for word in complaint.split(is_end).filter(|word| word.contains('/')) {
            let mut parts = word.split(':');
            let Some(Located::File(file)) = parts.next().and_then(|name| self.locate(name)) else { continue };
            let line = parts.next().and_then(|line| line.parse().ok());
            // The same file is often named again without its line.
            if line.is_some() || found.as_ref().is_none_or(|(_, line): &(PathBuf, Option<u32>)| line.is_none()) {
                found = Some((file, line));
            }
        }
        found
    }
}

/// What Helm complains about, in one paragraph.
pub(crate) fn in_short(complaint: &str) -> String {
    let lines = complaint.lines().map(str::trim);
    let said = lines.filter(|line| {
        !line.is_empty()
            && !line.starts_with("Use --debug")
            && !line.starts_with("level=")
            && !line.starts_with("WARNING:")
    });
    let text = said.collect::<Vec<_>>().join(" ");
    let text = text.strip_prefix("Error: ").unwrap_or(&text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Longest complaint that is shown, in characters.
const LONGEST: usize = 600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_a_complaint_to_what_it_says() {
        assert_eq!(in_short("Error: a\n  b:\n\nUse --debug flag to render out invalid YAML\n"), "a b:");
        assert_eq!(in_short(&"x".repeat(1000)).chars().count(), LONGEST + 1);
    }
}
