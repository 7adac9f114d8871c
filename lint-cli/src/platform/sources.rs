//! Which documents are not judged as they stand, because what is made of them is judged instead.
//!
//! A document is left out only for a reason of its own: an object of its kind and name was made of its file, or it is text
//! of a template engine and no manifest. A manifest that merely lies beside such things is judged like any other, so that
//! nothing hides behind a chart, a kustomization or a template that was laid over it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use platlint_source::{Chunk, Document, Limits, SourceText};

use crate::input::InputFile;
use crate::judge::reading_of;

/// What is known of the files that something is made of, by position.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Kind and name of the objects that were made of each file.
    made: BTreeMap<usize, BTreeSet<(String, String)>>,
    /// Text of template engines, with the marks of each, and what became of it.
    templates: BTreeMap<usize, (&'static [&'static str], Fate)>,
    /// Pieces that something else is put together of, such as patches.
    fragments: BTreeSet<usize>,
}

/// What became of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It was rendered with everything around it, whether or not anything came out.
    Rendered,
    /// It is filled in before it is anything, so that it is no manifest wherever its marks stand.
    Filled,
    /// It was not rendered, and that is told.
    Told,
}

impl Sources {
    /// Some lines of a file became part of an object.
    pub(super) fn became(&mut self, position: usize, kind: String, name: String) {
        self.made.entry(position).or_default().insert((kind, name));
    }

    /// The file is text of a template engine with these marks.
    pub(super) fn is_template(&mut self, position: usize, marks: &'static [&'static str], fate: Fate) {
        let known = self.templates.entry(position).or_insert((marks, fate));
        known.1 = known.1.max(fate);
    }

    /// The file is a piece of something.
    pub(super) fn is_fragment(&mut self, position: usize) {
        self.fragments.insert(position);
    }

    /// Files that are no manifests, so that nothing is to be repaired in them.
    pub(crate) fn no_manifests(&self) -> BTreeSet<usize> {
        self.templates.keys().chain(&self.fragments).copied().collect()
    }

    /// The documents that are not judged as they stand, and the files whose text no rendering put out.
    pub(crate) fn left_out(&self, files: &[InputFile]) -> LeftOut {
        let mut left = LeftOut { files: self.fragments.clone(), ..LeftOut::default() };
        let positions: BTreeSet<usize> = self.made.keys().chain(self.templates.keys()).copied().collect();
        for position in positions.difference(&self.fragments) {
            let Some(Ok(text)) = files.get(*position).map(InputFile::read) else { continue };
            let owners = self.owners(*position, &text);
            for chunk in text.split() {
                match self.judge(*position, &text, chunk, &owners) {
                    Some(Why::Made) => {
                        left.documents.insert((*position, chunk.index));
                    }
                    Some(Why::Untold) => {
                        left.documents.insert((*position, chunk.index));
                        left.untold.insert(*position);
                    }
                    None => {}
                }
            }
        }
        left
    }

    /// The documents of a file that objects were made of. Each object was made of the document of its kind with the
    /// longest name that its own contains, so that none speaks for a document beside it that was left out.
    fn owners(&self, position: usize, text: &SourceText) -> BTreeSet<u32> {
        let written: Vec<(u32, String, String)> = text
            .split()
            .into_iter()
            .filter_map(|chunk| {
                let document = Document::parse(text.as_str(), chunk, &Limits::default()).ok()?;
                identity(&document).map(|(kind, name)| (chunk.index, kind, name))
            })
            .collect();
        let owner = |(made_kind, made_name): &(String, String)| {
            let rank = |name: &str| match name {
                // Names that are filled in, or made up, may become any: only where no written one fits.
                name if name.is_empty() || name.contains("{{") => Some(0),
                name => made_name.contains(name).then_some(name.len()),
            };
            let of_kind = written.iter().filter(|(_, kind, _)| kind == made_kind);
            let ranked: Vec<(usize, u32)> =
                of_kind.filter_map(|(index, _, name)| Some((rank(name)?, *index))).collect();
            let best = ranked.iter().map(|(rank, _)| *rank).max();
            ranked.into_iter().filter(move |(rank, _)| Some(*rank) == best).map(|(_, index)| index)
        };
        self.made.get(&position).into_iter().flatten().flat_map(owner).collect()
    }

    fn judge(&self, position: usize, text: &SourceText, chunk: Chunk, owners: &BTreeSet<u32>) -> Option<Why> {
        let made = self.made.get(&position);
        let template = self.templates.get(&position);
        let Ok(document) = Document::parse(text.as_str(), chunk, &Limits::default()) else {
            let (_, fate) = template?;
            return Some(if made.is_some() || *fate == Fate::Told { Why::Made } else { Why::Untold });
        };
        if owners.contains(&chunk.index) {
            return Some(Why::Made);
        }
        // Marks in comments make no template of a manifest.
        let (marks, fate) = template?;
        let written = text.as_str().get(chunk.span.start as usize..chunk.span.end as usize).unwrap_or_default();
        let holds = written.lines().filter(|line| !line.trim_start().starts_with('#'));
        let is_template = holds.into_iter().any(|line| marks.iter().any(|mark| line.contains(mark)));
        match fate {
            _ if !is_template => None,
            Fate::Told => Some(Why::Made),
            // With other values something may come of it.
            Fate::Filled => Some(if identity(&document).is_some() { Why::Untold } else { Why::Made }),
            Fate::Rendered => None,
        }
    }
}

enum Why {
    Made,
    Untold,
}

/// What is not judged as it stands.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Whole files.
    pub files: BTreeSet<usize>,
    /// Documents, by file and index.
    pub documents: BTreeSet<(usize, u32)>,
    /// Files of which nothing came out, and nobody said why.
    pub untold: BTreeSet<usize>,
}

impl LeftOut {
    pub(crate) fn has(&self, document: (usize, u32)) -> bool {
        self.files.contains(&document.0) || self.documents.contains(&document)
    }
}

/// Kind and name of a document; the name is empty where there is none.
pub(super) fn identity(document: &Document<'_>) -> Option<(String, String)> {
    let reading = reading_of(document);
    let (_, kind) = document.header()?;
    let name = document.root().get("metadata", reading).and_then(|metadata| metadata.get("name", reading));
    Some((kind.into_owned(), name.map_or_else(String::new, |name| name.text().to_owned())))
}

/// The identities of the objects in a text, with the lines, from 1, of each.
pub(super) fn objects(text: &SourceText) -> Vec<(String, String, Range<u32>)> {
    let of_chunk = |chunk: Chunk| {
        let document = Document::parse(text.as_str(), chunk, &Limits::default()).ok()?;
        let (kind, name) = identity(&document)?;
        let line = |byte: u32| text.position(byte as usize).line;
        Some((kind, name, line(chunk.span.start)..line(chunk.span.end).saturating_add(1)))
    };
    text.split().into_iter().filter_map(of_chunk).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Content;

    const MARKS: &[&str] = &["{{"];

    fn file(text: &str) -> InputFile {
        InputFile::new("a.yaml".into(), Content::Bytes(text.as_bytes().into()))
    }

    fn pod(name: &str) -> String {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\n")
    }

    #[test]
    fn leaves_out_only_the_documents_that_became_something() {
        let mut sources = Sources::default();
        sources.became(0, "Pod".into(), "dev-cart-1".into());
        let left = sources.left_out(&[file(&format!("{}---\n{}", pod("cart"), pod("other")))]);
        assert_eq!(left.documents.into_iter().collect::<Vec<_>>(), [(0, 0)]);
        assert!(left.untold.is_empty());
    }

    #[test]
    fn an_object_does_not_speak_for_one_whose_name_is_part_of_its_own() {
        let mut sources = Sources::default();
        sources.became(0, "Pod".into(), "dev-cart".into());
        sources.became(0, "Pod".into(), "prod-cart".into());
        let left = sources.left_out(&[file(&format!("{}---\n{}", pod("cart"), pod("a")))]);
        assert_eq!(left.documents.into_iter().collect::<Vec<_>>(), [(0, 0)]);
    }

    #[test]
    fn what_is_filled_in_and_became_nothing_is_told() {
        let mut sources = Sources::default();
        sources.is_template(0, &["${{"], Fate::Filled);
        let left = sources.left_out(&[file(&pod("'${{ values.name }}'"))]);
        assert_eq!((left.documents.len(), left.untold.len()), (1, 1));
        sources.became(0, "Pod".into(), "sample".into());
        assert!(sources.left_out(&[file(&pod("'${{ values.name }}'"))]).untold.is_empty());
    }

    #[test]
    fn a_mark_in_a_comment_hides_no_manifest() {
        let mut sources = Sources::default();
        sources.is_template(0, MARKS, Fate::Told);
        assert!(sources.left_out(&[file(&format!("# {{{{ }}}}\n{}", pod("cart")))]).documents.is_empty());
        let left = sources.left_out(&[file(&pod("'{{ .Values.name }}'"))]);
        assert_eq!(left.documents.len(), 1);
    }

    #[test]
    fn what_no_rendering_put_out_is_told_where_it_is_no_manifest_and_judged_where_it_is_one() {
        let mut sources = Sources::default();
        sources.is_template(0, MARKS, Fate::Rendered);
        let left = sources.left_out(&[file("{{- if .Values.x }}\nkind: Pod\n{{- end }}\n")]);
        assert_eq!((left.documents.len(), left.untold.len()), (1, 1));
        assert!(sources.left_out(&[file(&pod("'{{ x }}'"))]).documents.is_empty());
    }
}
