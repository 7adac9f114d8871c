//! The texts that kustomizations change objects with, and which of them speak of an object.

use std::sync::Arc;

use platlint_facts::{Files, items, resolve, str_at, value_at};
use platlint_source::{Document, Kind, Node, Reading, Segment, SourceText, Style};

use super::file::Kustomization;
use crate::yaml::LIMITS;

/// A text whose lines can be pointed to.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) text: SourceText,
    /// Its file as the user would name it.
    pub(crate) file: Arc<str>,
    /// How many lines of the file stand before it.
    pub(crate) before: u32,
    /// The kind and name that it is meant for, where it does not say so itself.
    pub(crate) target: (Option<String>, Option<String>),
}

impl Sheet {
    /// A whole file.
    pub(crate) fn of_file(files: &dyn Files, file: &std::path::Path) -> Option<Self> {
        let text = SourceText::from(files.read(file).ok()?.to_string());
        Some(Self { text, file: files.shown(file).into(), before: 0, target: (None, None) })
    }

    /// The line of the file at a byte of the text.
    pub(crate) fn line(&self, byte: u32) -> u32 {
        self.before + self.text.position(usize::try_from(byte).unwrap_or(usize::MAX)).line
    }

    /// Its documents, those that cannot be read left out.
    pub(crate) fn documents(&self) -> Vec<Document<'_>> {
        let parse = |chunk| Document::parse(self.text.as_str(), chunk, &LIMITS).ok();
        self.text.split().into_iter().filter_map(parse).collect()
    }
}

/// The patches of a kustomization, in order.
pub(crate) fn sheets(files: &dyn Files, kustomization: &Kustomization) -> Vec<Sheet> {
    let mut found = Vec::new();
    for key in ["patches", "patchesJson6902"] {
        for (index, entry) in value_at(&kustomization.yaml.value, &[key]).into_iter().flat_map(items).enumerate() {
            let sheet = if let Some(path) = str_at(entry, &["path"]) {
                Sheet::of_file(files, &resolve(&kustomization.folder, path))
            } else {
                let at = [Segment::Key(key), Segment::Index(index), Segment::Key("patch")];
                written_in_place(files, kustomization, &at)
            };
            let word = |key| str_at(entry, &["target", key]).map(str::to_owned);
            found.extend(sheet.map(|sheet| Sheet { target: (word("kind"), word("name")), ..sheet }));
        }
    }
    for (index, text) in kustomization.texts("patchesStrategicMerge") {
        found.extend(if text.contains('\n') {
            written_in_place(files, kustomization, &[Segment::Key("patchesStrategicMerge"), Segment::Index(index)])
        } else {
            Sheet::of_file(files, &resolve(&kustomization.folder, text))
        });
    }
    found
}

/// A patch that stands in the kustomization itself; only literal blocks keep their lines.
fn written_in_place(files: &dyn Files, kustomization: &Kustomization, at: &[Segment<'_>]) -> Option<Sheet> {
    let file = Sheet::of_file(files, &kustomization.file)?;
    let documents = file.documents();
    let mut node = documents.first()?.root();
    for segment in at {
        node = match segment {
            Segment::Key(key) => node.get(key, Reading::Kubernetes)?,
            Segment::Index(index) => node.items().nth(*index)?,
        };
    }
    if node.style() != Style::Literal || node.is_alias() {
        return None;
    }
    let text = SourceText::from(node.text().to_owned());
    Some(Sheet { text, file: file.file.clone(), before: file.line(node.span().start), target: (None, None) })
}

/// An operation of a JSON patch.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'d> {
    pub(crate) path: &'d str,
    pub(crate) value: Node<'d>,
    pub(crate) sheet: &'d Sheet,
}

/// What a patch's document says of an object: fields to merge, or operations.
pub(crate) enum Says<'d> {
    Fields(Node<'d>),
    Operations(Vec<Operation<'d>>),
    Nothing,
}

/// What a document of a patch says of the object of that kind, by any of its names.
pub(crate) fn says<'d>(sheet: &'d Sheet, document: &'d Document<'_>, kind: &str, names: &[&str]) -> Says<'d> {
    let (target_kind, target_name) = &sheet.target;
    let is_meant = target_kind.as_deref().is_none_or(|target| target == kind)
        && target_name.as_deref().is_none_or(|target| names.contains(&target));
    let has_target = target_kind.is_some() || target_name.is_some();
    let root = document.root();
    if !is_meant {
        return Says::Nothing;
    }
    if root.kind() == Kind::Sequence {
        let operation = |item: Node<'d>| {
            let path = item.get("path", Reading::Kubernetes)?.text();
            let value = item.get("value", Reading::Kubernetes)?;
            Some(Operation { path, value, sheet })
        };
        return Says::Operations(root.items().filter_map(operation).collect());
    }
    let own = |keys: &[&str]| keys.iter().try_fold(root, |node, key| node.get(key, Reading::Kubernetes));
    let is_own = own(&["kind"]).is_some_and(|node| node.text() == kind)
        && own(&["metadata", "name"]).is_some_and(|node| names.contains(&node.text()));
    if has_target || is_own { Says::Fields(root) } else { Says::Nothing }
}
