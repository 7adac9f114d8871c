//! What platform files say of objects in the cluster: by the definitions, the catalog and the clusters that the configuration
//! brings along, and by nothing else. No checkout is at hand here, so what only files around an object could tell is noted as
//! unknown by the readers. Read once for each load; then only looked up, on evaluation threads.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use platlint_catalog::{Platform, PlatformBuilder, Settings};
use platlint_config::PlatformSettings;
use platlint_engine::{Facts, Gvk, Operation, Pointer, PolicySet, Requirement, Review, Value, get, get_str};
use platlint_facts::{Doc, DocId, Files, NoFiles};

/// A kind: group and name.
pub type GroupKind = (Arc<str>, Arc<str>);

/// What is known of the platform; shared by all threads.
pub struct KnownPlatform {
    platform: Platform,
    /// The catalog, as rules see it; `None` where the configuration names none.
    entities: Option<Value>,
    defined: BTreeSet<GroupKind>,
}

impl fmt::Debug for KnownPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownPlatform").field("defined", &self.defined).finish_non_exhaustive()
    }
}

impl KnownPlatform {
    /// Reads what the configuration brings along; `None` where no rule that runs asks for it. The error names every file
    /// that cannot be read.
    pub fn of(settings: &PlatformSettings, set: &PolicySet) -> Result<Option<Arc<Self>>, String> {
        let asks = |requirement: &Requirement| *requirement == Requirement::Catalog;
        let is_asked = set.judged().map(|judged| &judged.rule.meta);
        if !is_asked.into_iter().any(|meta| meta.wants_platform() || meta.requires.iter().any(asks)) {
            return Ok(None);
        }
        let settings = Settings::of(settings)
            .map_err(|unreadable| unreadable.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        let defined = settings.crossplane.schemas.iter().flat_map(|doc| defined_by(&doc.object)).collect();
        let files: Arc<dyn Files> = Arc::new(NoFiles);
        let platform = PlatformBuilder::new(settings).finish(&files);
        Ok(Some(Arc::new(Self { entities: platform.entities(), platform, defined })))
    }

    /// The kinds that the configuration defines.
    #[must_use]
    pub const fn defined(&self) -> &BTreeSet<GroupKind> {
        &self.defined
    }

    /// The facts with what is known of the review's object, and of the one it replaces, where a rule asks for it.
    #[must_use]
    pub fn tell(&self, set: &PolicySet, facts: Facts, review: &Review) -> Facts {
        if !platlint_catalog::asks(set, review) {
            return facts;
        }
        let facts = facts.with_platform(self.platform.facts(&doc(review, &review.object)));
        match &review.old_object {
            Some(old) if review.operation == Operation::Update => {
                facts.with_platform_before(self.platform.facts(&doc(review, old)))
            }
            _ => facts,
        }
    }
}

/// An object of the cluster as readers see it.
fn doc(review: &Review, object: &Value) -> Doc {
    Doc {
        id: DocId { file: "".into(), document: 0, at: Pointer::root() },
        gvk: review.kind.clone(),
        object: object.clone(),
        folder: None,
        maker: None,
        namespace: review.namespace.known().map(Into::into),
    }
}

/// The kinds that a definition brings: its own and that of its claims.
fn defined_by(definition: &Value) -> impl Iterator<Item = GroupKind> {
    let is_definition = Gvk::of(definition).is_some_and(|kind| {
        matches!(
            (&*kind.group, &*kind.kind),
            ("apiextensions.k8s.io", "CustomResourceDefinition")
                | ("apiextensions.crossplane.io", "CompositeResourceDefinition" | "ManagedResourceDefinition")
        )
    });
    let spec = get(definition, "spec").filter(|_| is_definition);
    ["names", "claimNames"].into_iter().filter_map(move |names| {
        let spec = spec?;
        Some((get_str(spec, "group")?.clone(), get_str(get(spec, names)?, "kind")?.clone()))
    })
}

/// Facts with the catalog in them, kept as long as neither it nor what is known of the cluster changes: equal data must be
/// the same data, so that evaluators need not load them again.
#[derive(Default)]
pub struct WithCatalog {
    made: Option<Made>,
}

struct Made {
    generation: u64,
    of: Option<Arc<Value>>,
    facts: Facts,
}

impl WithCatalog {
    /// The facts with the catalog that the policies of this generation bring along.
    pub fn of(&mut self, facts: Facts, generation: u64, platform: &KnownPlatform) -> Facts {
        let Some(entities) = &platform.entities else { return facts };
        let is_same = |one: &Arc<Value>, other: &Arc<Value>| Arc::ptr_eq(one, other);
        if let Some(made) = &self.made
            && made.generation == generation
            && match (&made.of, facts.data()) {
                (Some(one), Some(other)) => is_same(one, other),
                (None, None) => true,
                _ => false,
            }
        {
            return made.facts.clone();
        }
        let of = facts.data().cloned();
        let with_catalog = facts.with_catalog(entities.clone());
        self.made = Some(Made { generation, of, facts: with_catalog.clone() });
        with_catalog
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_config::KnownFile;

    #[test]
    fn a_definition_brings_its_kind_and_that_of_its_claims() {
        let kinds = |json: &str| {
            let definition = Value::from_json_str(json).unwrap();
            defined_by(&definition).map(|(group, kind)| format!("{kind}.{group}")).collect::<Vec<_>>()
        };
        let xrd = r#"{"apiVersion":"apiextensions.crossplane.io/v1","kind":"CompositeResourceDefinition",
            "spec":{"group":"a.example","names":{"kind":"XBucket"},"claimNames":{"kind":"Bucket"}}}"#;
        assert_eq!(kinds(xrd), ["XBucket.a.example", "Bucket.a.example"]);
        let crd = r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
            "spec":{"group":"b.example","names":{"kind":"Widget"}}}"#;
        assert_eq!(kinds(crd), ["Widget.b.example"]);
        assert_eq!(
            kinds(r#"{"apiVersion":"v1","kind":"ConfigMap","spec":{"group":"a","names":{"kind":"B"}}}"#),
            [""; 0]
        );
    }

    #[test]
    fn equal_data_stay_the_same_data() {
        let entities =
            KnownFile { name: "a.json".into(), path: "a.json".into(), bytes: b"[]"[..].into(), sha256: String::new() };
        let settings =
            Settings::of(&PlatformSettings { entities: vec![entities], ..PlatformSettings::default() }).unwrap();
        let files: Arc<dyn Files> = Arc::new(NoFiles);
        let platform = PlatformBuilder::new(settings).finish(&files);
        let known = KnownPlatform { entities: platform.entities(), platform, defined: BTreeSet::new() };
        let mut with = WithCatalog::default();
        let mut data = |generation: u64| with.of(Facts::default(), generation, &known).data().cloned().unwrap();
        let first = data(1);
        assert!(Arc::ptr_eq(&first, &data(1)));
        assert!(!Arc::ptr_eq(&first, &data(2)));
    }
}
