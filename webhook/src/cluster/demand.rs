//! What a policy set asks of the cluster: which objects it must know, and which requests it must see.

use std::collections::BTreeSet;
use std::sync::Arc;

use platlint_engine::policy::KindPattern;
use platlint_engine::{Gvk, Judged, Match, Mutate, PolicySet, Rule};

use crate::platform::{GroupKind, KnownPlatform};

/// `v1` and `LimitRange`.
pub(super) type ApiKind = (Arc<str>, Arc<str>);

/// What a policy set asks of the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    /// Kinds to know the objects of; namespaces always.
    pub(super) inventory: BTreeSet<ApiKind>,
    /// What the rules judge, in the configuration's order.
    pub(super) judged: Vec<Asked>,
    /// What they change.
    pub(super) mutated: Vec<Asked>,
}

/// The requests that one rule must see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub rule: Arc<str>,
    pub matches: Match,
    /// Where the rule judges custom resources: the kinds that the configuration defines.
    pub defined: Vec<GroupKind>,
}

impl Demand {
    /// The demand of the rules that can have any effect, with what the configuration knows of the platform.
    #[must_use]
    pub fn of(set: &PolicySet, platform: Option<&KnownPlatform>) -> Self {
        let mut inventory = set.inventory_kinds();
        inventory.insert(("v1".into(), "Namespace".into()));
        let asked = |rule: &Rule, matches: Match| {
            let known = platform.filter(|_| matches.custom_resources);
            let defined = known.map(|known| known.defined().iter().cloned().collect()).unwrap_or_default();
            Asked { rule: rule.meta.id.clone(), matches, defined }
        };
        let judged = set.judged().map(|judged| asked(judged.rule, judged.matches().clone()));
        let mutated = set.judged().filter_map(|judged| Some(asked(judged.rule, changes(&judged)?)));
        Self { inventory, judged: judged.collect(), mutated: mutated.collect() }
    }
}

/// What a rule changes.
fn changes(judged: &Judged<'_>) -> Option<Match> {
    let own = judged.matches();
    match judged.mutate {
        Mutate::Off => None,
        Mutate::All => Some(own.clone()),
        Mutate::Pods => own.kind(&Gvk::new("v1", "Pod")).then(|| Match {
            kinds: vec![KindPattern { groups: vec!["".into()], kinds: vec!["Pod".into()], namespaced_only: false }],
            ..own.clone()
        }),
    }
}
