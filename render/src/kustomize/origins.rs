//! From the fields of a built object to the fields of the files that it was made of.
//!
//! The object is walked side by side with the document that it comes from and with the patches that speak of it, which
//! come first. A field is traced to where the same path holds the same text; then to the key of a kustomization that sets
//! it; otherwise it is not traced.

use std::path::{Path, PathBuf};

use platlint_facts::LineOrigin;
use platlint_source::{Kind, Node, Style};

use super::file::Kustomization;
use super::patches::{Operation, Sheet};
use super::setters;
use super::walk::Walk;

/// A node that may have become a part of the object.
#[derive(Clone, Copy)]
pub(crate) struct Candidate<'d> {
    /// Its key, where it has one.
    pub(crate) key: Option<Node<'d>>,
    pub(crate) node: Node<'d>,
    pub(crate) sheet: &'d Sheet,
}

impl Candidate<'_> {
    fn place(&self, line: u32) -> LineOrigin {
        LineOrigin::Line { file: self.sheet.file.clone(), line }
    }
}

/// What an object's origins are looked for in.
pub(crate) struct Tracer<'d> {
    pub(crate) operations: Vec<Operation<'d>>,
    pub(crate) kustomizations: &'d [Kustomization],
    /// The kustomizations' files as the user would name them.
    pub(crate) shown: &'d [std::sync::Arc<str>],
    /// The built object.
    pub(crate) built: &'d Sheet,
    /// What is known of its lines.
    pub(crate) lines: Vec<Option<LineOrigin>>,
    pub(crate) path: Vec<String>,
}

impl<'d> Tracer<'d> {
    /// Traces a part of the object.
    pub(crate) fn trace(&mut self, node: Node<'d>, candidates: &[Candidate<'d>]) {
        match node.kind() {
            Kind::Mapping => {
                for (key, value) in node.written_entries() {
                    let of = |candidate: &Candidate<'d>| child(candidate, key.text());
                    let mut children: Vec<Candidate<'d>> = candidates.iter().filter_map(of).collect();
                    self.path.push(key.text().to_owned());
                    self.add_operations(&mut children);
                    self.value(key.span().start, value, &children);
                    self.path.pop();
                }
            }
            Kind::Sequence => {
                for (index, item) in node.items().enumerate() {
                    let of = |candidate: &Candidate<'d>| same_item(candidate, item, index, node.items().len());
                    let mut children: Vec<Candidate<'d>> = candidates.iter().filter_map(of).collect();
                    self.path.push(index.to_string());
                    self.add_operations(&mut children);
                    // A map's line is that of its first key.
                    if item.kind() == Kind::Mapping {
                        self.trace(item, &children);
                    } else {
                        self.value(item.span().start, item, &children);
                    }
                    self.path.pop();
                }
            }
            Kind::Scalar => {}
        }
    }

    fn add_operations(&self, children: &mut Vec<Candidate<'d>>) {
        if self.operations.is_empty() {
            return;
        }
        let mut pointer = String::new();
        for key in &self.path {
            pointer.push('/');
            pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        }
        let same = self.operations.iter().filter(|operation| operation.path == pointer);
        let candidates = same.map(|operation| Candidate { key: None, node: operation.value, sheet: operation.sheet });
        children.splice(0..0, candidates);
    }

    /// A value whose key or item begins at `start`.
    fn value(&mut self, start: u32, value: Node<'d>, candidates: &[Candidate<'d>]) {
        let line = self.built.line(start);
        if value.kind() != Kind::Scalar {
            // The object's own document is the last: a patch names only what leads to its field.
            let holder = candidates.iter().rev().find(|candidate| candidate.node.kind() == value.kind());
            if let Some(holder) = holder {
                let at = holder.key.map_or(holder.node.span().start, |key| key.span().start);
                self.claim(line, holder.place(holder.sheet.line(at)));
            }
            self.trace(value, candidates);
            return;
        }
        let same = candidates.iter().find(|candidate| is_same(candidate.node, value));
        if let Some(same) = same {
            let first = same.sheet.line(same.node.span().start);
            self.claim(line, same.place(first));
            self.block(line, value, same, first);
            // Further lines of a text begin where the text begins.
            for line in line..=self.built.line(value.span().end.saturating_sub(1)) {
                self.claim(line, same.place(first));
            }
        } else {
            let set = self.kustomizations.iter().zip(self.shown).find_map(|(kustomization, file)| {
                let line = setters::line(kustomization, &self.path, value.text())?;
                Some(LineOrigin::Line { file: file.clone(), line })
            });
            if let Some(set) = set {
                self.claim(line, set);
            }
        }
    }

    /// The lines of a literal block, where both are one.
    fn block(&mut self, line: u32, value: Node<'d>, same: &Candidate<'d>, first: u32) {
        if value.style() != Style::Literal || same.node.style() != Style::Literal {
            return;
        }
        for (index, _) in (1..).zip(value.text().lines()) {
            self.claim(line + index, same.place(first + index));
        }
    }

    fn claim(&mut self, line: u32, origin: LineOrigin) {
        let index = usize::try_from(line).unwrap_or(0).wrapping_sub(1);
        if let Some(entry @ None) = self.lines.get_mut(index) {
            *entry = Some(origin);
        }
    }
}

fn is_same(node: Node<'_>, value: Node<'_>) -> bool {
    node.kind() == Kind::Scalar && node.text() == value.text() && !node.is_left_out()
}

fn child<'d>(candidate: &Candidate<'d>, key: &str) -> Option<Candidate<'d>> {
    let (key, node) = candidate.node.written_entries().rfind(|(each, _)| each.text() == key)?;
    // What stands elsewhere in the file by way of an alias has its own place; following it is not worth a wrong one.
    (!node.is_alias()).then_some(Candidate { key: Some(key), node, sheet: candidate.sheet })
}

/// The item of the candidate that this one was: the one of the same name, or the equal text, else the same number of an
/// equally long list.
fn same_item<'d>(candidate: &Candidate<'d>, item: Node<'d>, index: usize, length: usize) -> Option<Candidate<'d>> {
    let name = |node: Node<'d>| {
        let entry = node.written_entries().find(|(key, _)| key.text() == "name")?;
        Some(entry.1.text())
    };
    let mut items = candidate.node.items();
    let node = match item.kind() {
        Kind::Scalar => {
            let mut same = items.filter(|node| is_same(*node, item));
            let first = same.next()?;
            if same.next().is_some() {
                return None;
            }
            first
        }
        Kind::Mapping if name(item).is_some() => items.find(|node| name(*node) == name(item))?,
        Kind::Mapping | Kind::Sequence if items.len() == length => items.nth(index)?,
        Kind::Mapping | Kind::Sequence => return None,
    };
    Some(Candidate { key: None, node, sheet: candidate.sheet })
}

/// The file that a complaint speaks of: of those that were read the only one whose end is named last.
pub(crate) fn accused(complaint: &str, tree: &Path, root: &Path, walk: &Walk) -> Option<PathBuf> {
    let is_end = |character: char| character.is_whitespace() || "'\":,()".contains(character);
    let folder = complaint.split(is_end).rev().find_map(|word| {
        let inside = Path::new(word).strip_prefix(tree).ok()?;
        walk.kustomizations.iter().find(|kustomization| kustomization.folder == root.join(inside))
    });
    let named = complaint.split(is_end).rev().filter(|word| word.contains('.')).find_map(|word| {
        let word = word.trim_end_matches('.').trim_start_matches("./");
        if let Some(folder) = folder
            && walk.files.contains(&folder.folder.join(word))
        {
            return Some(folder.folder.join(word));
        }
        let mut ends = walk.files.iter().filter(|file| !word.is_empty() && file.ends_with(word));
        let first = ends.next()?;
        ends.next().is_none().then(|| first.clone())
    });
    named.or_else(|| folder.map(|folder| folder.file.clone()))
}
