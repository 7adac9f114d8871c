//! Which documents are not judged as they stand, because what is made of them is judged instead.
//!
//! A document is left out only for a reason of its own: an object of its kind and name was made of its file, or it is text
//! of a template engine and no manifest. A manifest that merely lies beside such things is judged like any other, so that
//! nothing hides behind a chart, a kustomization or a template that was laid over it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

use platlint_source::{Chunk, Document, Limits, SourceText};

use crate::input::InputFile;
use crate::judge::reading_of;

/// What is known of the files that something is made of, by position.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The objects that were made of each file.
    made: BTreeMap<usize, Vec<Became>>,
    /// Text of template engines, with the marks of each, and what became of it.
    templates: BTreeMap<usize, (BTreeSet<&'static str>, Fate)>,
    /// Pieces that something else is put together of, such as patches.
    fragments: BTreeSet<usize>,
}

/// An object that was made of a file.
#[derive(Debug)]
pub(super) struct Became {
    pub kind: String,
    pub name: String,
    /// Lines of the file, from 1, that are known to have become lines of it.
    pub lines: BTreeSet<u32>,
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
    pub(super) fn became(&mut self, position: usize, object: Became) {
        self.made.entry(position).or_default().push(object);
    }

    /// The file is text of a template engine with these marks.
    pub(super) fn is_template<'m>(
        &mut self,
        position: usize,
        marks: impl IntoIterator<Item = &'m &'static str>,
        fate: Fate,
    ) {
        let known = self.templates.entry(position).or_insert_with(|| (BTreeSet::new(), fate));
        known.0.extend(marks);
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
            let written: Vec<Written> = text.split().into_iter().map(|chunk| Written::of(&text, chunk)).collect();
            let owners = self.owners(*position, &written);
            for document in &written {
                match self.judge(*position, &text, document, &owners) {
                    Some(Why::Made) => {
                        left.documents.insert((*position, document.index));
                    }
                    Some(Why::Untold) => {
                        left.documents.insert((*position, document.index));
                        left.untold.insert(*position);
                    }
                    None => {}
                }
            }
        }
        left
    }

    /// The documents of a file that objects were made of, so that none speaks for a document beside it that was left out.
    fn owners(&self, position: usize, written: &[Written]) -> BTreeSet<u32> {
        self.made.get(&position).into_iter().flatten().flat_map(|object| object.owners(written)).collect()
    }

    fn judge(&self, position: usize, text: &SourceText, document: &Written, owners: &BTreeSet<u32>) -> Option<Why> {
        let template = self.templates.get(&position);
        if !document.is_yaml {
            let (_, fate) = template?;
            let is_told = *fate == Fate::Told || self.made.contains_key(&position);
            return Some(if is_told { Why::Made } else { Why::Untold });
        }
        if owners.contains(&document.index) {
            return Some(Why::Made);
        }
        // Marks in comments make no template of a manifest.
        let (marks, fate) = template?;
        let written = text.as_str().get(document.bytes.clone()).unwrap_or_default();
        let holds = written.lines().filter(|line| !line.trim_start().starts_with('#'));
        let is_template = holds.into_iter().any(|line| marks.iter().any(|mark| line.contains(mark)));
        match fate {
            _ if !is_template => None,
            Fate::Told => Some(Why::Made),
            // With other values something may come of it.
            Fate::Filled => Some(if document.identity.is_some() { Why::Untold } else { Why::Made }),
            Fate::Rendered => None,
        }
    }
}

impl Became {
    /// The documents that it was made of: of its kind and with a name that its own may have come from, those whose lines
    /// became some of its lines; where none of these is known, those with the longest name.
    fn owners(&self, written: &[Written]) -> Vec<u32> {
        let ranked: Vec<(&Written, usize)> =
            written.iter().filter_map(|document| Some((document, self.rank(document)?))).collect();
        let of_lines = ranked.iter().filter(|(document, _)| self.lines.range(document.lines.clone()).next().is_some());
        let of_lines: Vec<u32> = of_lines.map(|(document, _)| document.index).collect();
        if !of_lines.is_empty() {
            return of_lines;
        }
        let best = ranked.iter().map(|(_, rank)| *rank).max();
        ranked.iter().filter(|(_, rank)| Some(*rank) == best).map(|(document, _)| document.index).collect()
    }

    /// How well a document's name fits; `None` where it cannot have become this object.
    fn rank(&self, document: &Written) -> Option<usize> {
        let (kind, name) = document.identity.as_ref()?;
        if *kind != self.kind {
            return None;
        }
        // Names that are filled in, or made up, may become any: only where no written one fits.
        let is_open = name.is_empty() || name.contains("{{");
        if is_open { Some(0) } else { self.name.contains(name.as_str()).then_some(name.len()) }
    }
}

/// A document as it is written.
struct Written {
    index: u32,
    bytes: Range<usize>,
    /// From its first line to its last.
    lines: RangeInclusive<u32>,
    /// Whether it can be read at all.
    is_yaml: bool,
    /// Kind and name.
    identity: Option<(String, String)>,
}

impl Written {
    fn of(text: &SourceText, chunk: Chunk) -> Self {
        let index = chunk.index;
        let bytes = chunk.span.start as usize..chunk.span.end as usize;
        let lines = text.position(bytes.start).line..=text.position(bytes.end).line;
        let document = Document::parse(text.as_str(), chunk, &Limits::default());
        let identity = document.as_ref().ok().and_then(identity);
        Self { index, bytes, lines, is_yaml: document.is_ok(), identity }
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

    fn pod_of<const N: usize>(name: &str, lines: [u32; N]) -> Became {
        Became { kind: "Pod".into(), name: name.into(), lines: lines.into() }
    }

    #[test]
    fn leaves_out_only_the_documents_that_became_something() {
        let mut sources = Sources::default();
        sources.became(0, pod_of("dev-cart-1", []));
        let left = sources.left_out(&[file(&format!("{}---\n{}", pod("cart"), pod("other")))]);
        assert_eq!(left.documents.into_iter().collect::<Vec<_>>(), [(0, 0)]);
        assert!(left.untold.is_empty());
    }

    #[test]
    fn an_object_does_not_speak_for_one_whose_name_is_part_of_its_own() {
        let mut sources = Sources::default();
        sources.became(0, pod_of("dev-cart", []));
        sources.became(0, pod_of("prod-cart", []));
        let left = sources.left_out(&[file(&format!("{}---\n{}", pod("cart"), pod("a")))]);
        assert_eq!(left.documents.into_iter().collect::<Vec<_>>(), [(0, 0)]);
    }

    #[test]
    fn lines_tell_more_than_names() {
        let left_of = |made: [Became; 2], text: String| {
            let mut sources = Sources::default();
            made.into_iter().for_each(|object| sources.became(0, object));
            sources.left_out(&[file(&text)]).documents.into_iter().map(|(_, index)| index).collect::<Vec<_>>()
        };
        let prefixed = || [pod_of("shop-shop", [3]), pod_of("shop-db", [7])];
        assert_eq!(left_of(prefixed(), format!("{}---\n{}", pod("shop"), pod("db"))), [0, 1]);
        let released = || [pod_of("web", [2]), pod_of("rel-web", [6])];
        let text = format!("{}---\n{}", pod("web"), pod("'{{ .Release.Name }}-web'"));
        assert_eq!(left_of(released(), text), [0, 1]);
        // Lines of a document that cannot have become the object say nothing.
        assert_eq!(left_of([pod_of("a", [3]), pod_of("b", [3])], format!("{}---\n{}", pod("c"), pod("b"))), [1]);
    }

    #[test]
    fn what_is_filled_in_and_became_nothing_is_told() {
        let mut sources = Sources::default();
        sources.is_template(0, &["${{"], Fate::Filled);
        let left = sources.left_out(&[file(&pod("'${{ values.name }}'"))]);
        assert_eq!((left.documents.len(), left.untold.len()), (1, 1));
        sources.became(0, pod_of("sample", []));
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
