//! Kustomize's output as texts by the file that objects come from, with the origins of their lines.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platlint_facts::{Files, Generated, LineOrigin, Maker, items, resolve, str_at, value_at};
use platlint_source::{Document, Node, Reading, Segment, SourceText};

use super::OVERLAY;
use super::origins::{Candidate, Tracer};
use super::output::{self, Object, Source};
use super::patches::{self, Says, Sheet};
use super::walk::Walk;
use crate::stage::Stage;
use crate::{KustomizeRequest, Traced, told};

/// What was built of what.
pub(crate) struct Built<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) request: &'a KustomizeRequest,
    pub(crate) walk: &'a Walk,
    pub(crate) stage: &'a Stage,
}

/// The patches of all kustomizations, read, and how their files are named.
struct Patches<'d> {
    sheets: Vec<(&'d Sheet, Vec<Document<'d>>)>,
    shown: Vec<Arc<str>>,
}

impl Built<'_> {
    /// The texts of an output.
    pub(crate) fn texts(&self, output: &str) -> Vec<Traced> {
        let sheets: Vec<Sheet> = self
            .walk
            .kustomizations
            .iter()
            .flat_map(|kustomization| patches::sheets(self.files, kustomization))
            .collect();
        let patches = Patches {
            sheets: sheets.iter().map(|sheet| (sheet, sheet.documents())).collect(),
            shown: self.walk.kustomizations.iter().map(|each| self.files.shown(&each.file).into()).collect(),
        };
        let maker = Arc::new(Maker { tool: "kustomize".into(), from: told::folder(self.files, &self.request.folder) });
        let mut groups: Vec<(Source, Vec<Object>)> = Vec::new();
        for object in output::objects(output) {
            match groups.iter_mut().find(|(source, _)| *source == object.source) {
                Some((_, objects)) => objects.push(object),
                None => groups.push((object.source.clone(), vec![object])),
            }
        }
        groups.into_iter().map(|(source, objects)| self.text(&source, &objects, &patches, &maker)).collect()
    }

    /// A path that kustomize tells, as the file that it is a copy of: one that can be an origin.
    fn origin(&self, path: &str) -> Option<PathBuf> {
        let origin = self.stage.origin(&resolve(&self.stage.path(OVERLAY), path))?;
        let is_kustomization = || self.walk.kustomizations.iter().any(|each| each.file == origin);
        (self.walk.sources.contains(origin) || is_kustomization()).then(|| origin.to_owned())
    }

    fn text(&self, source: &Source, objects: &[Object], patches: &Patches<'_>, maker: &Arc<Maker>) -> Traced {
        let file = source.file.as_deref().filter(|_| !source.is_remote).and_then(|path| self.origin(path));
        let generator = source.configured_in.as_deref().and_then(|path| self.origin(path));
        let outermost = self.walk.kustomizations.first().map(|kustomization| kustomization.file.clone());
        let fallback = file.as_ref().or(generator.as_ref()).or(outermost.as_ref());
        let fallback = fallback.map_or_else(|| self.request.folder.clone(), Clone::clone);
        let sheet = file.as_deref().and_then(|file| Sheet::of_file(self.files, file));
        let documents = sheet.as_ref().map(Sheet::documents).unwrap_or_default();
        let objects_of_file = Objects::of(&documents);
        let own = sheet.as_ref().map(|sheet| (sheet, &objects_of_file));
        let (mut text, mut lines, mut traced) = (String::new(), Vec::new(), (0, 0));
        for object in objects {
            text.push_str("---\n");
            lines.push(None);
            let origins = match &generator {
                Some(generator) => self.generated(generator, object),
                None => self.traced(own, object, patches),
            };
            for (index, line) in object.text.lines().enumerate() {
                let origin = origins.get(index).cloned().flatten();
                traced.1 += usize::from(!line.trim().is_empty());
                traced.0 += usize::from(!line.trim().is_empty() && origin.is_some());
                lines.push(origin);
            }
            text.push_str(&object.text);
        }
        let shown = self.files.shown(&fallback);
        let namespace = self.request.namespace.as_deref().or(self.request.default_namespace.as_deref());
        let generated = Generated {
            name: format!("{shown} (kustomize build {}{})", maker.from, self.laid_over()).into(),
            maker: maker.clone(),
            text: text.into(),
            lines,
            fallback: LineOrigin::Line { file: shown.into(), line: 1 },
            namespace: namespace.map(Into::into),
        };
        Traced { generated, values: Vec::new(), traced }
    }

    /// What tells this build apart from others of the same kustomization.
    fn laid_over(&self) -> String {
        let request = self.request;
        let words =
            [("namespace", &request.namespace), ("prefix", &request.name_prefix), ("suffix", &request.name_suffix)];
        let said = words.iter().filter_map(|(word, value)| Some([", ", word, " ", value.as_deref()?].concat()));
        let images = request.images.iter().map(|image| format!(", image {}", image.name));
        said.chain(images).collect()
    }

    /// An object that a file holds.
    fn traced<'d>(
        &self,
        own: Option<(&'d Sheet, &Objects<'d>)>,
        object: &Object,
        patches: &'d Patches<'d>,
    ) -> Vec<Option<LineOrigin>> {
        let built =
            Sheet { text: SourceText::from(object.text.clone()), file: "".into(), before: 0, target: (None, None) };
        let of_built = built.documents();
        let Some(document) = of_built.first() else { return Vec::new() };
        let (kind, name) = identity(document.root());
        let own = own.and_then(|(sheet, objects)| Some((sheet, objects.source(kind, name)?)));
        let names = [name, own.map_or(name, |(_, object)| identity(object).1)];
        let (mut candidates, mut operations) = (Vec::new(), Vec::new());
        for (sheet, documents) in &patches.sheets {
            for document in documents {
                match patches::says(sheet, document, kind, &names) {
                    Says::Fields(node) => candidates.push(Candidate { key: None, node, sheet }),
                    Says::Operations(found) => operations.extend(found),
                    Says::Nothing => {}
                }
            }
        }
        if let Some((sheet, node)) = own {
            candidates.push(Candidate { key: None, node, sheet });
        }
        let lines = vec![None; object.text.lines().count()];
        let kustomizations = &self.walk.kustomizations;
        let mut tracer =
            Tracer { operations, kustomizations, shown: &patches.shown, built: &built, lines, path: Vec::new() };
        tracer.trace(document.root(), &candidates);
        let mut lines = tracer.lines;
        if let Some((sheet, source)) = own {
            renamed(&built, document.root(), sheet, source, &mut lines);
        }
        lines
    }

    /// An object that a generator made: the generator's entry, and of its data the literal that holds it.
    fn generated(&self, file: &Path, object: &Object) -> Vec<Option<LineOrigin>> {
        let nothing = Vec::new();
        let Some(kustomization) = self.walk.kustomizations.iter().find(|each| each.file == *file) else {
            return nothing;
        };
        let built = SourceText::from(object.text.clone());
        let chunks = built.split();
        let document =
            chunks.first().and_then(|chunk| Document::parse(built.as_str(), *chunk, &crate::yaml::LIMITS).ok());
        let Some(document) = document else { return nothing };
        let (kind, name) = identity(document.root());
        let key = if kind == "Secret" { "secretGenerator" } else { "configMapGenerator" };
        let entries = value_at(&kustomization.yaml.value, &[key]).into_iter().flat_map(items).enumerate();
        let is_of = |generator: &str| !generator.is_empty() && name.contains(generator);
        // Of several names in this one the longest: `web` and `web-config`.
        let entry = entries
            .filter_map(|(index, entry)| Some((index, entry, str_at(entry, &["name"])?)))
            .filter(|(_, _, generator)| is_of(generator))
            .max_by_key(|(_, _, generator)| generator.len());
        let Some((index, entry, _)) = entry else { return nothing };
        let place = |path: &[Segment<'_>]| LineOrigin::Line {
            file: self.files.shown(file).into(),
            line: kustomization.yaml.line(path),
        };
        let whole = place(&[Segment::Key(key), Segment::Index(index)]);
        let mut lines = vec![Some(whole); object.text.lines().count()];
        let literals = value_at(entry, &["literals"]).into_iter().flat_map(items).enumerate();
        for (number, literal) in literals {
            let platlint_engine::Value::String(literal) = literal else { continue };
            let Some((datum, _)) = literal.split_once('=') else { continue };
            let found = document.find(&[Segment::Key("data"), Segment::Key(datum)], Reading::Kubernetes);
            let Some(at) = found.key else { continue };
            let line = usize::try_from(built.position(at.range().start).line).unwrap_or(0).wrapping_sub(1);
            if let Some(line) = lines.get_mut(line) {
                let path = [Segment::Key(key), Segment::Index(index), Segment::Key("literals"), Segment::Index(number)];
                *line = Some(place(&path));
            }
        }
        lines
    }
}

/// Kind and name of an object, empty where it has none.
fn identity(object: Node<'_>) -> (&str, &str) {
    let at = |keys: &[&str]| keys.iter().try_fold(object, |node, key| node.get(key, Reading::Kubernetes));
    (at(&["kind"]).map_or("", |node| node.text()), at(&["metadata", "name"]).map_or("", |node| node.text()))
}

/// The objects of a file, by their kinds.
#[derive(Default)]
struct Objects<'d> {
    by_kind: HashMap<&'d str, OfKind<'d>>,
}

/// The objects of one kind: the first of each name.
#[derive(Default)]
struct OfKind<'d> {
    by_name: HashMap<&'d str, Node<'d>>,
    /// Names that several have.
    repeated: HashSet<&'d str>,
}

impl<'d> Objects<'d> {
    fn of(documents: &'d [Document<'d>]) -> Self {
        let mut found = Self::default();
        for document in documents {
            let root = document.root();
            // Kustomize takes lists apart.
            let listed = root.get("items", Reading::Kubernetes).filter(|_| identity(root).0.ends_with("List"));
            for object in listed.map_or_else(|| vec![root], |items| items.items().collect()) {
                let (kind, name) = identity(object);
                let of_kind = found.by_kind.entry(kind).or_default();
                if of_kind.by_name.contains_key(name) {
                    of_kind.repeated.insert(name);
                } else {
                    of_kind.by_name.insert(name, object);
                }
            }
        }
        found
    }

    /// The object that another one was: of its kind and name, else the only one of its kind whose name is a part of its
    /// name.
    fn source(&self, kind: &str, name: &str) -> Option<Node<'d>> {
        let of_kind = self.by_kind.get(kind)?;
        if let Some(same) = of_kind.by_name.get(name) {
            return Some(*same);
        }
        if of_kind.by_name.len() > MOST_COMPARED {
            return None;
        }
        let mut within = of_kind.by_name.iter().filter(|(part, _)| !part.is_empty() && name.contains(**part));
        let (part, object) = within.next()?;
        (within.next().is_none() && !of_kind.repeated.contains(part)).then_some(*object)
    }
}

/// Most objects of one kind in a file whose names are compared with those that kustomize made of them: each with each.
const MOST_COMPARED: usize = 2_000;

/// A name with a prefix or suffix comes from the name without.
fn renamed(built: &Sheet, object: Node<'_>, sheet: &Sheet, source: Node<'_>, lines: &mut [Option<LineOrigin>]) {
    let place = |object: Node<'_>| {
        let name = object.get("metadata", Reading::Kubernetes)?.get("name", Reading::Kubernetes)?;
        Some(name.span())
    };
    let Some((to, from)) = place(object).zip(place(source)) else { return };
    let index = usize::try_from(built.line(to.start)).unwrap_or(0).wrapping_sub(1);
    if let Some(line @ None) = lines.get_mut(index) {
        *line = Some(LineOrigin::Line { file: sheet.file.clone(), line: sheet.line(from.start) });
    }
}
