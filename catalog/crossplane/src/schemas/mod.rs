//! Kinds that a definition makes known, with the structural schemas of their versions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use platlint_facts::{Doc, array_at, str_at};

mod composite;
mod convert;
mod kind;
mod prepare;
mod unknown_fields;
mod violations;

pub(crate) use composite::reserved;
pub(crate) use convert::{Missing, is_true};
pub(crate) use kind::{Kind, Shape, Version};
pub(crate) use prepare::prepare;
pub(crate) use unknown_fields::{Field, field, meant, names, unknown_fields};
pub(crate) use violations::{violations, with_article};

/// The kinds of a group by name. Several definitions of one kind stand in the order of their files.
type Group = BTreeMap<Arc<str>, Vec<Arc<Kind>>>;

/// All kinds that are defined in the input or in the configuration.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    groups: HashMap<Arc<str>, Group>,
}

/// What is known of a kind.
#[derive(Debug)]
pub(crate) enum Known<'s> {
    /// Its definition.
    Kind(&'s Arc<Kind>),
    /// Several definitions stand equally near, so nobody knows which holds.
    Ambiguous,
    /// No definition is at hand.
    No,
}

impl Schemas {
    /// Kinds defined by these documents; where the input defines a kind, the configuration's definition of it is left out.
    pub(crate) fn new(input: &[Arc<Doc>], configured: &[Arc<Doc>]) -> Self {
        let mut schemas = Self::default();
        for kind in input.iter().flat_map(kinds_of) {
            schemas.of(&kind).push(Arc::new(kind));
        }
        let mut others = Self::default();
        for kind in configured.iter().flat_map(kinds_of) {
            others.of(&kind).push(Arc::new(kind));
        }
        for (group, kinds) in others.groups {
            let known = schemas.groups.entry(group).or_default();
            for (name, definitions) in kinds {
                known.entry(name).or_insert(definitions);
            }
        }
        schemas
    }

    fn of(&mut self, kind: &Kind) -> &mut Vec<Arc<Kind>> {
        self.groups.entry(kind.group.clone()).or_default().entry(kind.name.clone()).or_default()
    }

    /// The definition of a kind that holds for a file: of several, the one in the nearest folder.
    pub(crate) fn find(&self, group: &str, kind: &str, file: &str) -> Known<'_> {
        let Some(kinds) = self.groups.get(group).and_then(|kinds| kinds.get(kind)) else { return Known::No };
        if let [only] = kinds.as_slice() {
            return Known::Kind(only);
        }
        let shared = |kind: &Kind| shared_folders(&kind.doc.id.file, file);
        let Some(most) = kinds.iter().map(|kind| shared(kind)).max() else { return Known::No };
        let mut nearest = kinds.iter().filter(|kind| shared(kind) == most);
        let Some(first) = nearest.next() else { return Known::No };
        // The same definition may stand in several files.
        if nearest.all(|kind| kind.doc.object == first.doc.object) { Known::Kind(first) } else { Known::Ambiguous }
    }

    /// The kinds that are defined in a group, sorted; none where no definition of that group is at hand.
    pub(crate) fn kinds_in(&self, group: &str) -> Vec<&Arc<Kind>> {
        self.groups.get(group).into_iter().flat_map(BTreeMap::values).filter_map(|kinds| kinds.first()).collect()
    }
}

/// How many leading folders two files share.
fn shared_folders(left: &str, right: &str) -> usize {
    let folders = |path: &str| -> Vec<String> {
        let mut steps: Vec<String> = path.split('/').map(str::to_owned).collect();
        steps.pop();
        steps
    };
    if left == right {
        return usize::MAX;
    }
    folders(left).iter().zip(folders(right)).take_while(|(left, right)| *left == right).count()
}

/// The kinds that a definition makes: one, and a claim besides where a composite resource offers claims.
fn kinds_of(doc: &Arc<Doc>) -> Vec<Kind> {
    let object = &doc.object;
    let Some(group) = str_at(object, &["spec", "group"]) else { return Vec::new() };
    let is_composite = doc.is("apiextensions.crossplane.io", "CompositeResourceDefinition");
    let version_key = if is_composite { "referenceable" } else { "storage" };
    let versions: Vec<Version> = array_at(object, &["spec", "versions"])
        .enumerate()
        .filter_map(|(position, version)| Version::new(position, version, version_key))
        .collect();
    let scope = str_at(object, &["spec", "scope"]);
    let kind = |names: &str, shape: Shape, is_namespaced: bool| {
        let name = str_at(object, &["spec", names, "kind"])?;
        Some(Kind {
            doc: doc.clone(),
            group: group.into(),
            name: name.into(),
            shape,
            is_namespaced,
            versions: versions.iter().map(Version::afresh).collect(),
        })
    };
    if !is_composite {
        return kind("names", Shape::Custom, scope == Some("Namespaced")).into_iter().collect();
    }
    let is_v1 = *doc.gvk.version == *"v1";
    let shape = match scope {
        Some("Namespaced") => Shape::Composite { is_namespaced: true },
        Some("Cluster") => Shape::Composite { is_namespaced: false },
        None if !is_v1 => Shape::Composite { is_namespaced: true },
        _ => Shape::LegacyComposite,
    };
    let is_namespaced = matches!(shape, Shape::Composite { is_namespaced: true });
    [kind("names", shape, is_namespaced), kind("claimNames", Shape::Claim, true)].into_iter().flatten().collect()
}
