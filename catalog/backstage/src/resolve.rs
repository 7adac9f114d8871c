//! The references that an entity makes, and what each means where it stands.

use std::borrow::Cow;
use std::sync::Arc;

use platlint_engine::{Pointer, Value, get, get_str};
use platlint_facts::{Doc, SAMPLE, items};

use crate::format;
use crate::kind::{self, Field};
use crate::placeholder::is_templated;
use crate::reference::{EntityRef, RefError, canonical};

/// The namespace of entities that name none.
pub(crate) const DEFAULT_NAMESPACE: &str = "default";

/// One reference where it is written.
pub(crate) struct Written<'d> {
    pub(crate) field: &'static Field,
    /// Its place in the field's list; `None` where it is the field's value itself.
    pub(crate) index: Option<usize>,
    pub(crate) text: &'d Arc<str>,
}

impl Written<'_> {
    /// Its place as rules see it, made without a detour: every reference of a run needs one.
    pub(crate) fn steps(&self) -> Value {
        let keys = [Some("spec".into()), Some(self.field.key.into()), self.index.map(Into::into)];
        Value::from(keys.into_iter().flatten().collect::<Vec<Value>>())
    }

    pub(crate) fn path(&self) -> Pointer {
        path_of(self.field.key, self.index)
    }
}

/// The place of a field of `spec`, or of an item of its list.
pub(crate) fn path_of(key: &'static str, index: Option<usize>) -> Pointer {
    [Some("spec".into()), Some(key.into()), index.map(Into::into)].into_iter().flatten().collect()
}

/// All references of an entity that are texts; what is no text is left to the schema.
pub(crate) fn references<'d>(group: &str, kind: &str, object: &'d Value) -> impl Iterator<Item = Written<'d>> {
    let spec = get(object, "spec");
    kind::fields(group, kind).iter().flat_map(move |field| {
        let value = spec.and_then(|spec| get(spec, field.key));
        let one = value.into_iter().map(|value| (None, value));
        let list = value.into_iter().flat_map(items).enumerate().map(|(index, value)| (Some(index), value));
        one.chain(list).filter_map(move |(index, value)| match value {
            Value::String(text) => Some(Written { field, index, text }),
            _ => None,
        })
    })
}

/// What a reference means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nobody knows yet: a software template fills it in, or it stands for what a person would.
    Later(Later),
    /// It is no reference.
    Malformed(Malformed),
    /// It names this entity.
    Entity(Named),
}

/// Who fills a reference in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Later {
    /// A software template.
    Template,
    /// A person, in whose place a sample stands.
    Person,
}

/// Why a text is no reference in its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// It does not follow the grammar.
    Form(RefError),
    /// The field has no default kind, and none is written.
    NoKind,
}

/// An entity as a reference names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// In full and in lower case.
    pub(crate) canonical: String,
    /// Lengths of kind and namespace in it.
    kind: usize,
    namespace: usize,
}

impl Named {
    pub(crate) fn new(kind: &str, namespace: &str, name: &str) -> Self {
        Self::of(canonical(kind, namespace, name))
    }

    /// Of a reference in full and in lower case.
    pub(crate) fn of(canonical: String) -> Self {
        let (kind, namespace) = canonical.split_once(':').map_or((0, 0), |(kind, rest)| {
            (kind.len(), rest.split_once('/').map_or(0, |(namespace, _)| namespace.len()))
        });
        Self { canonical, kind, namespace }
    }

    pub(crate) fn kind(&self) -> &str {
        self.canonical.get(..self.kind).unwrap_or_default()
    }

    pub(crate) fn namespace(&self) -> &str {
        self.canonical.get(self.kind + 1..self.kind + 1 + self.namespace).unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.canonical.get(self.kind + self.namespace + 2..).unwrap_or_default()
    }

    /// Whether an entity can have this name at all, as long as the installation has not changed what names are.
    pub(crate) fn is_possible(&self) -> bool {
        format::is_kind(self.kind()) && format::is_label(self.namespace()) && format::is_name(self.name())
    }

    /// Whether the kind is one that the field drops without a word, or that makes no sense there.
    pub(crate) fn is_of_wrong_kind(&self, field: &Field) -> bool {
        let is_allowed =
            field.allowed.is_empty() || field.allowed.iter().any(|kind| kind.eq_ignore_ascii_case(self.kind()));
        // Where Backstage takes any kind, those of an installation may make sense.
        let is_strict = matches!(kind::forward(field.relation).0, "ownedBy" | "childOf" | "memberOf");
        !is_allowed && (is_strict || kind::named(self.kind()).is_some())
    }
}

/// What a text means in a field of an entity of this namespace.
pub(crate) fn meaning(text: &str, field: &Field, namespace: &str) -> Meaning {
    if is_templated(text) {
        return Meaning::Later(Later::Template);
    }
    if text.contains(SAMPLE) {
        return Meaning::Later(Later::Person);
    }
    let reference = match EntityRef::parse(text) {
        Ok(reference) => reference,
        Err(error) => return Meaning::Malformed(Malformed::Form(error)),
    };
    let Some(kind) = reference.kind.or(field.default_kind) else { return Meaning::Malformed(Malformed::NoKind) };
    if reference.namespace.is_none() && is_templated(namespace) {
        return Meaning::Later(Later::Template);
    }
    Meaning::Entity(Named::new(kind, reference.namespace.unwrap_or(namespace), reference.name))
}

/// The namespace of an entity.
pub(crate) fn namespace_of(object: &Value) -> Cow<'_, str> {
    let written = get(object, "metadata").and_then(|metadata| get_str(metadata, "namespace"));
    written
        .filter(|namespace| !namespace.is_empty())
        .map_or(DEFAULT_NAMESPACE.into(), |namespace| Cow::from(&**namespace))
}

/// An entity itself; `None` where it has no name that is known by now.
pub(crate) fn named(doc: &Doc) -> Option<Named> {
    let name = doc.name().filter(|name| !name.is_empty() && !is_templated(name))?;
    let namespace = namespace_of(&doc.object);
    (!is_templated(&namespace)).then(|| Named::new(&doc.gvk.kind, &namespace, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(key: &str) -> &'static Field {
        kind::fields(kind::CATALOG, "Component").iter().find(|field| field.key == key).unwrap()
    }

    fn means(text: &str, key: &str) -> String {
        match meaning(text, field(key), "Shop") {
            Meaning::Entity(named) => named.canonical,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn fills_in_kind_and_namespace_of_the_field() {
        assert_eq!(means("Team-A", "owner"), "group:shop/team-a");
        assert_eq!(means("user:default/jane", "owner"), "user:default/jane");
        assert_eq!(means("pay", "providesApis"), "api:shop/pay");
        assert_eq!(means("resource:db", "dependsOn"), "resource:shop/db");
        assert_eq!(means("db", "dependsOn"), "Malformed(NoKind)");
        assert_eq!(means("resource:", "dependsOn"), "Malformed(Form(EmptyName))");
    }

    #[test]
    fn samples_and_templates_mean_nothing_yet() {
        assert_eq!(means("${{ values.owner }}", "owner"), "Later(Template)");
        assert_eq!(means("group:platlint-sample-owner", "owner"), "Later(Person)");
    }

    #[test]
    fn knows_the_parts_of_what_is_named() {
        let named = Named::new("Component", "Shop", "Cart");
        assert_eq!((named.kind(), named.namespace(), named.name()), ("component", "shop", "cart"));
        assert!(named.is_possible());
        assert!(!Named::new("group", "default", "team@example.org").is_possible());
        assert!(!Named::new("group", "a", "b/c").is_possible());
    }

    #[test]
    fn knows_wrong_kinds() {
        let wrong = |key: &str, kind: &str| Named::new(kind, "default", "x").is_of_wrong_kind(field(key));
        assert!(wrong("owner", "component") && wrong("owner", "squad") && wrong("system", "component"));
        assert!(!wrong("owner", "user") && !wrong("system", "product") && !wrong("dependsOn", "group"));
    }

    #[test]
    fn finds_single_references_and_lists() {
        let entity = Value::from(json!({"spec": {"owner": "a", "dependsOn": ["component:b", 7], "system": ["c"]}}));
        let found: Vec<String> = references(kind::CATALOG, "Component", &entity)
            .map(|written| format!("{} {}", written.path(), written.text))
            .collect();
        assert_eq!(found, ["/spec/owner a", "/spec/system/0 c", "/spec/dependsOn/0 component:b"]);
    }
}
