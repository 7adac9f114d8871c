//! Which reviews a rule judges.

use std::sync::Arc;

use crate::glob;
use crate::kinds::{Gvk, is_custom_group};
use crate::review::{Namespace, Operation};

/// Kinds by API group. `*` stands for any.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KindPattern {
    /// API groups; the core group is the empty string.
    pub groups: Vec<Arc<str>>,
    /// Kinds.
    pub kinds: Vec<Arc<str>>,
    /// Only objects that stand in a namespace, or of which that is not known. A rule about every kind should say so: in a
    /// cluster it would otherwise stand before every cluster-scoped write, those of the control plane too.
    pub namespaced_only: bool,
}

impl KindPattern {
    fn matches(&self, kind: &Gvk) -> bool {
        self.names(&kind.group, &kind.kind)
    }

    pub(crate) fn names(&self, group: &str, kind: &str) -> bool {
        let any =
            |patterns: &[Arc<str>], text: &str| patterns.iter().any(|pattern| &**pattern == "*" || &**pattern == text);
        any(&self.groups, group) && any(&self.kinds, kind)
    }
}

/// Which reviews a rule judges: kind, operation and namespace must all match.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Match {
    /// Any of these; empty: every kind, or, with `custom_resources`, no other than those.
    pub kinds: Vec<KindPattern>,
    /// Also every kind that the API server does not bring itself ([`is_custom_group`]).
    pub custom_resources: bool,
    /// Any of these.
    pub operations: Vec<Operation>,
    /// Namespace patterns; empty: every namespace and cluster-scoped objects too.
    pub namespaces: Vec<String>,
}

impl Default for Match {
    fn default() -> Self {
        Self {
            kinds: Vec::new(),
            custom_resources: false,
            operations: vec![Operation::Create, Operation::Update],
            namespaces: Vec::new(),
        }
    }
}

impl Match {
    /// Whether no kind is named in any way, so that every kind matches.
    #[must_use]
    pub const fn is_every_kind(&self) -> bool {
        self.kinds.is_empty() && !self.custom_resources
    }

    /// Whether the kind matches.
    #[must_use]
    pub fn kind(&self, kind: &Gvk) -> bool {
        self.is_every_kind() || self.is_custom(kind) || self.kinds.iter().any(|pattern| pattern.matches(kind))
    }

    fn is_custom(&self, kind: &Gvk) -> bool {
        self.custom_resources && is_custom_group(&kind.group)
    }

    /// Whether an object of this kind, standing there, matches.
    #[must_use]
    pub fn covers(&self, kind: &Gvk, namespace: &Namespace) -> bool {
        self.is_every_kind()
            || self.is_custom(kind)
            || self
                .kinds
                .iter()
                .any(|pattern| pattern.matches(kind) && !(pattern.namespaced_only && *namespace == Namespace::Cluster))
    }

    /// Whether the namespace matches; `None` where that cannot be said because it is not known.
    #[must_use]
    pub fn namespace(&self, namespace: Option<&str>) -> Option<bool> {
        if self.namespaces.is_empty() {
            return Some(true);
        }
        namespace.map(|namespace| glob::any_matches(&self.namespaces, namespace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_kinds_by_group() {
        let matches = Match {
            kinds: vec![
                KindPattern { groups: vec!["apps".into()], kinds: vec!["*".into()], namespaced_only: true },
                KindPattern { groups: vec!["*".into()], kinds: vec!["Pod".into()], namespaced_only: false },
            ],
            ..Match::default()
        };
        assert!(matches.kind(&Gvk::new("apps/v1", "Deployment")));
        assert!(matches.kind(&Gvk::new("v1", "Pod")));
        assert!(!matches.kind(&Gvk::new("v1", "Service")));
        assert!(Match::default().kind(&Gvk::new("v1", "Service")));
        let made = |kind: &Gvk, namespace| matches.covers(kind, &namespace);
        assert!(made(&Gvk::new("apps/v1", "Deployment"), Namespace::Unknown));
        assert!(made(&Gvk::new("apps/v1", "Deployment"), Namespace::Named("shop".into())));
        assert!(!made(&Gvk::new("apps/v1", "Deployment"), Namespace::Cluster));
        assert!(made(&Gvk::new("v1", "Pod"), Namespace::Cluster));
    }

    #[test]
    fn custom_resources_are_added_to_the_kinds_that_are_named() {
        let alone = Match { custom_resources: true, ..Match::default() };
        let claim = Gvk::new("example.org/v1", "Claim");
        let service = Gvk::new("v1", "Service");
        assert!(alone.kind(&claim) && alone.covers(&claim, &Namespace::Cluster));
        assert!(!alone.kind(&service) && !alone.covers(&service, &Namespace::Unknown));
        let services = KindPattern { groups: vec!["".into()], kinds: vec!["Service".into()], namespaced_only: false };
        let both = Match { kinds: vec![services], ..alone };
        assert!(both.kind(&claim) && both.kind(&service) && !both.kind(&Gvk::new("v1", "Pod")));
    }

    #[test]
    fn an_unknown_namespace_neither_matches_nor_fails_to() {
        let matches = Match { namespaces: vec!["prod-*".into()], ..Match::default() };
        assert_eq!(matches.namespace(Some("prod-a")), Some(true));
        assert_eq!(matches.namespace(Some("")), Some(false));
        assert_eq!(matches.namespace(None), None);
        assert_eq!(Match::default().namespace(None), Some(true));
    }
}
