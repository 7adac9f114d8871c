//! What the forms of a template ask for: names with their types, at every level, wherever a schema may declare them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use platlint_engine::{Pointer, Value, get, get_str};
use platlint_facts::{entries, items};

use crate::template::{Template, within};

/// Schemas are followed so deeply.
const DEEPEST: usize = 24;
/// So many schemas and names of one template are looked at, each as often as it is referred to.
const MOST_NODES: usize = 5_000;
/// More types than there are say nothing.
const MOST_TYPES: usize = 7;

/// Fields of the scaffolder's own forms. Others are an installation's, and may do anything.
const KNOWN_FIELDS: [&str; 14] = [
    "EntityNamePicker",
    "EntityPicker",
    "EntityTagsPicker",
    "GitlabRepoPicker",
    "MultiEntityPicker",
    "MyGroupsPicker",
    "OwnedEntityPicker",
    "OwnerPicker",
    "RepoBranchPicker",
    "RepoOwnerPicker",
    "RepoUrlPicker",
    "Secret",
    "EntityKindPicker",
    "ObjectFieldTemplate",
];

/// The names of one object, or of all forms together.
#[derive(Debug, Default)]
pub(crate) struct Level<'d> {
    pub(crate) names: BTreeMap<Arc<str>, Parameter<'d>>,
    /// Why there may be further names.
    pub(crate) open: Option<&'static str>,
    /// Names that decide what else is asked for.
    pub(crate) conditions: BTreeSet<Arc<str>>,
    /// Names that some `required` lists, where, and in which form.
    pub(crate) required: Vec<(Arc<str>, Pointer, usize)>,
}

/// One name.
#[derive(Debug)]
pub(crate) struct Parameter<'d> {
    /// Where it is declared first.
    pub(crate) path: Pointer,
    /// In which form it is declared first.
    pub(crate) form: usize,
    /// Its schema there.
    pub(crate) schema: &'d Value,
    /// The types that any declaration gives; empty where one gives none.
    pub(crate) types: BTreeSet<Arc<str>>,
    /// Whether some declaration gives no type.
    is_untyped: bool,
    pub(crate) members: Level<'d>,
}

/// All parameters of a template.
pub(crate) fn parameters<'d>(template: &Template<'d>) -> Level<'d> {
    let mut level = Level::default();
    if template.has_decorators() {
        level.open = Some("form decorators may add parameters");
    }
    let mut left = MOST_NODES;
    for (form, (path, schema)) in template.forms.iter().enumerate() {
        let mut collector = Collector { root: schema, form, followed: Vec::new(), left };
        collector.collect(&mut level, schema, path, 0);
        left = collector.left;
    }
    level
}

struct Collector<'d> {
    root: &'d Value,
    form: usize,
    /// The references that led here.
    followed: Vec<&'d str>,
    /// So many schemas and names may still be looked at.
    left: usize,
}

impl<'d> Collector<'d> {
    /// Counts one more; `false` where there were enough.
    const fn goes_on(&mut self, level: &mut Level<'d>) -> bool {
        if self.left == 0 {
            level.open = Some("the schemas of all forms together are too large");
            return false;
        }
        self.left -= 1;
        true
    }

    fn collect(&mut self, level: &mut Level<'d>, schema: &'d Value, path: &Pointer, depth: usize) {
        if depth > DEEPEST {
            level.open = Some("the schema is nested too deeply");
            return;
        }
        if !self.goes_on(level) {
            return;
        }
        if ["$yaml", "$json", "$text", "$include", "$file", "$openapi"].iter().any(|key| get(schema, key).is_some()) {
            level.open = Some("part of the schema is in another file");
        }
        if let Some(reference) = get_str(schema, "$ref") {
            match self.local(reference) {
                Some(_) if self.followed.contains(&&**reference) => level.open = Some("the schema refers to itself"),
                Some(target) => {
                    self.followed.push(reference);
                    self.collect(level, target, path, depth + 1);
                    self.followed.pop();
                }
                None => level.open = Some("part of the schema is elsewhere"),
            }
        }
        if matches!(get(schema, "additionalProperties"), Some(Value::Bool(true) | Value::Object(_)))
            || get(schema, "patternProperties").is_some()
        {
            level.open = Some("the schema allows further names");
        }
        if let Some(properties) = get(schema, "properties") {
            for (name, property) in entries(properties) {
                if !self.goes_on(level) {
                    break;
                }
                self.declare(level, name, property, &within(&within(path, "properties"), name), depth);
            }
        }
        if let Some(required) = get(schema, "required") {
            for (index, name) in items(required).enumerate() {
                if !self.goes_on(level) {
                    break;
                }
                if let Value::String(name) = name {
                    level.required.push((name.clone(), within(&within(path, "required"), index), self.form));
                }
            }
        }
        self.collect_branches(level, schema, path, depth);
    }

    fn collect_branches(&mut self, level: &mut Level<'d>, schema: &'d Value, path: &Pointer, depth: usize) {
        for key in ["allOf", "anyOf", "oneOf"] {
            let Some(list) = get(schema, key) else { continue };
            for (index, branch) in items(list).enumerate() {
                self.collect(level, branch, &within(&within(path, key), index), depth + 1);
            }
        }
        for key in ["if", "then", "else"] {
            if let Some(branch) = get(schema, key) {
                if key == "if" {
                    let names = get(branch, "properties").into_iter().flat_map(entries);
                    level.conditions.extend(names.map(|(name, _)| Arc::from(name)));
                }
                self.collect(level, branch, &within(path, key), depth + 1);
            }
        }
        for key in ["dependencies", "dependentSchemas", "dependentRequired"] {
            let Some(branches) = get(schema, key) else { continue };
            for (name, branch) in entries(branches) {
                level.conditions.insert(name.into());
                self.collect(level, branch, &within(&within(path, key), name), depth + 1);
            }
        }
    }

    fn declare(&mut self, level: &mut Level<'d>, name: &str, schema: &'d Value, path: &Pointer, depth: usize) {
        if get(schema, "const").is_some() {
            level.conditions.insert(name.into());
        }
        let parameter = level.names.entry(name.into()).or_insert_with(|| Parameter {
            path: path.clone(),
            form: self.form,
            schema,
            types: BTreeSet::new(),
            is_untyped: false,
            members: Level::default(),
        });
        // A branch that only narrows a parameter says nothing of its type.
        let narrows = ["const", "enum", "not", "minLength", "pattern"].iter().any(|key| get(schema, key).is_some());
        match get(schema, "type") {
            Some(Value::String(kind)) => {
                parameter.types.insert(kind.clone());
            }
            Some(list @ Value::Array(_)) => {
                parameter.types.extend(items(list).take(MOST_TYPES).filter_map(|kind| match kind {
                    Value::String(kind) => Some(kind.clone()),
                    _ => None,
                }));
            }
            _ if narrows && parameter.path != *path => {}
            _ => parameter.is_untyped = true,
        }
        if get(schema, "ui:field").is_some() {
            parameter.members.open = Some("a field of its own fills it in");
        }
        self.collect(&mut parameter.members, schema, path, depth + 1);
    }

    /// What `#/…` in the form refers to.
    fn local(&self, reference: &str) -> Option<&'d Value> {
        let path = reference.strip_prefix("#/")?;
        path.split('/').try_fold(self.root, |value, key| get(value, &key.replace("~1", "/").replace("~0", "~")))
    }
}

impl Parameter<'_> {
    /// The types that a value may have; `None` where that is not said.
    pub(crate) fn known_types(&self) -> Option<&BTreeSet<Arc<str>>> {
        (!self.is_untyped && !self.types.is_empty()).then_some(&self.types)
    }

    /// Whether its members are exactly those that are declared.
    pub(crate) fn is_closed(&self) -> bool {
        self.members.open.is_none()
            && !self.members.names.is_empty()
            && self.known_types().is_some_and(|types| types.len() == 1 && types.contains("object"))
    }

    /// The field of the form that fills it in.
    pub(crate) fn field(&self) -> Option<&str> {
        get_str(self.schema, "ui:field").map(|field| &**field)
    }

    /// A field that this program does not know.
    pub(crate) fn unknown_field(&self) -> Option<&str> {
        self.field().filter(|field| !KNOWN_FIELDS.contains(field))
    }
}

impl<'d> Level<'d> {
    /// The parameter at the end of a path of names.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Parameter<'d>> {
        let (first, rest) = path.split_first()?;
        let parameter = self.names.get(*first)?;
        if rest.is_empty() { Some(parameter) } else { parameter.members.at(rest) }
    }

    /// Names that `required` lists and nobody declares, at this level and below. Parameters of earlier forms are still there
    /// in later ones.
    pub(crate) fn undeclared_required(&self) -> Vec<Undeclared<'_, 'd>> {
        let mut found = Vec::new();
        if self.open.is_none() {
            for (name, path, form) in &self.required {
                let declared = self.names.get(name);
                let is_later = declared.is_some_and(|declared| declared.form > *form);
                if declared.is_none() || is_later {
                    found.push(Undeclared { name, path, is_later, level: self });
                }
            }
        }
        found.extend(self.names.values().flat_map(|parameter| parameter.members.undeclared_required()));
        found
    }
}

/// A name that is required and not declared there.
pub(crate) struct Undeclared<'l, 'd> {
    pub(crate) name: &'l str,
    pub(crate) path: &'l Pointer,
    /// It is declared, but in a later form.
    pub(crate) is_later: bool,
    pub(crate) level: &'l Level<'d>,
}
