//! One defined kind, whose schemas are read and compiled when they are first asked for.

use std::sync::{Arc, OnceLock};

use jsonschema::Validator;
use platlint_engine::{Value, get, get_str, to_json};
use platlint_facts::{Doc, array_at, path_of, str_at, value_at};
use serde_json::Value as Json;

use super::composite;
use super::convert::{self, Missing};
use crate::note::place;

/// What kind of thing a definition makes, which says which fields Crossplane adds to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// What the definition says, and nothing else.
    Custom,
    /// A composite resource of Crossplane 2: machinery below `spec.crossplane`.
    Composite {
        /// Whether it lies in namespaces.
        is_namespaced: bool,
    },
    /// A composite resource as in Crossplane 1: machinery directly below `spec`.
    LegacyComposite,
    /// A claim of such a composite resource.
    Claim,
}

/// A kind and the document that defines it.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) doc: Arc<Doc>,
    pub(crate) group: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) shape: Shape,
    pub(crate) is_namespaced: bool,
    pub(crate) versions: Vec<Version>,
}

/// One version of a kind.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) name: Arc<str>,
    pub(crate) is_served: bool,
    /// Whether Compositions may refer to it; for custom resources, whether it is the one that is stored.
    pub(crate) is_main: bool,
    /// Its place among the versions of the definition.
    pub(crate) position: usize,
    structural: OnceLock<Option<Json>>,
    strict: OnceLock<Option<Validator>>,
    partial: OnceLock<Option<Validator>>,
}

impl Version {
    /// A version as a definition holds it; `None` where it has no name.
    pub(super) fn new(position: usize, version: &Value, main_key: &str) -> Option<Self> {
        let is = |key: &str| matches!(get(version, key), Some(Value::Bool(true)));
        let name = get_str(version, "name")?.clone();
        Some(Self {
            name,
            is_served: is("served"),
            is_main: is(main_key),
            position,
            structural: OnceLock::new(),
            strict: OnceLock::new(),
            partial: OnceLock::new(),
        })
    }

    /// The same version of another kind of the same definition.
    pub(super) fn afresh(&self) -> Self {
        Self {
            name: self.name.clone(),
            is_served: self.is_served,
            is_main: self.is_main,
            position: self.position,
            structural: OnceLock::new(),
            strict: OnceLock::new(),
            partial: OnceLock::new(),
        }
    }
}

impl Kind {
    pub(crate) fn version(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|version| &*version.name == name)
    }

    /// As messages name it: `Cluster of example.org`.
    pub(crate) fn title(&self) -> String {
        format!("{} of {}", self.name, self.group)
    }

    /// Where it is defined, as rules pass it on in `related`.
    pub(crate) fn definition(&self) -> Json {
        let mut place = place(&self.doc.id, &path_of(&["spec", "names"]));
        if let Some(place) = place.as_object_mut() {
            place.insert("message".to_owned(), format!("{} is defined here", self.name).into());
        }
        place
    }

    /// Whether Crossplane made it of a `CompositeResourceDefinition`.
    pub(crate) fn is_crossplane(&self) -> bool {
        self.shape != Shape::Custom
    }

    /// The structural schema of a version as the API server sees it; `None` where the definition has none.
    pub(crate) fn structural<'k>(&self, version: &'k Version) -> Option<&'k Json> {
        let read = || {
            let object = &self.doc.object;
            let written = array_at(object, &["spec", "versions"]).nth(version.position)?;
            let schema = to_json(value_at(written, &["schema", "openAPIV3Schema"])?);
            Some(match self.shape {
                Shape::Custom => composite::with_metadata(schema),
                shape => {
                    let policy = |key| str_at(object, &["spec", key]);
                    composite::completed(&schema, shape, policy)
                }
            })
        };
        version.structural.get_or_init(read).as_ref()
    }

    /// Checks values against the schema of a version; `None` where it has none, or none that is valid.
    pub(crate) fn validator<'k>(&self, version: &'k Version, missing: Missing) -> Option<&'k Validator> {
        let cell = match missing {
            Missing::IsWrong => &version.strict,
            Missing::IsFilledLater => &version.partial,
        };
        cell.get_or_init(|| convert::validator(self.structural(version)?, missing)).as_ref()
    }
}
