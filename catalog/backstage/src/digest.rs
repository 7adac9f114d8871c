//! What the index needs of an entity: read by the thread that has just parsed it, so that the index, for which everything
//! waits, has little left to do.

use std::sync::LazyLock;

use platlint_engine::{Value, get, map_of};
use platlint_facts::Doc;

use crate::cycle::Site;
use crate::kind::Field;
use crate::resolve::{Meaning, Named, meaning, named, namespace_of, references};

/// An entity's name, what it refers to, and what rules see of it.
#[derive(Debug)]
pub struct Digest {
    /// `None` where it has no name that is known by now.
    pub(crate) named: Option<Named>,
    pub(crate) references: Vec<Reference>,
    /// Where rules are shown the catalog.
    pub(crate) shown: Option<Value>,
}

/// A reference that names an entity.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) field: &'static Field,
    /// Its place in the field's list.
    index: Option<usize>,
    pub(crate) to: Named,
}

impl Reference {
    /// Its place in the document of this number.
    pub(crate) const fn site(&self, doc: usize) -> Site {
        Site { doc, key: self.field.key, index: self.index }
    }
}

impl Digest {
    /// That of a document; `is_shown` where rules are shown the catalog.
    #[must_use]
    pub fn of(doc: &Doc, is_shown: bool) -> Self {
        Self::read(named(doc), &doc.gvk.group, &doc.gvk.kind, &doc.object, is_shown)
    }

    pub(crate) fn read(named: Option<Named>, group: &str, kind: &str, object: &Value, is_shown: bool) -> Self {
        let namespace = namespace_of(object);
        let meant = references(group, kind, object).filter_map(|written| {
            match meaning(written.text, written.field, &namespace) {
                Meaning::Entity(to) => Some(Reference { field: written.field, index: written.index, to }),
                Meaning::Later(_) | Meaning::Malformed(_) => None,
            }
        });
        Self { named, references: meant.collect(), shown: is_shown.then(|| shown(object)) }
    }
}

/// The keys of what rules see: made once for all entities.
static SHOWN: LazyLock<[(&str, Value); 3]> =
    LazyLock::new(|| ["kind", "metadata", "spec"].map(|key| (key, Value::from(key))));

/// What rules see of an entity.
pub(crate) fn shown(object: &Value) -> Value {
    map_of(SHOWN.iter().map(|(key, name)| (name.clone(), get(object, key).cloned())))
}
