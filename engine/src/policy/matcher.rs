//! Which reviews a rule judges.

use std::sync::Arc;

use crate::glob;
use crate::kinds::Gvk;
use crate::review::Operation;

/// Kinds by API group. `*` stands for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindPattern {
    /// API groups; the core group is the empty string.
    pub groups: Vec<Arc<str>>,
    /// Kinds.
    pub kinds: Vec<Arc<str>>,
}

/// Which reviews a rule judges: kind, operation and namespace must all match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Any of these; empty: every kind.
    pub kinds: Vec<KindPattern>,
    /// Any of these.
    pub operations: Vec<Operation>,
    /// Namespace patterns; empty: every namespace and cluster-scoped objects too.
    pub namespaces: Vec<String>,
}

impl Default for Match {
    fn default() -> Self {
        Self { kinds: Vec::new(), operations: vec![Operation::Create, Operation::Update], namespaces: Vec::new() }
    }
}

impl Match {
    /// Whether the kind matches.
    #[must_use]
    pub fn kind(&self, kind: &Gvk) -> bool {
        let any =
            |patterns: &[Arc<str>], text: &str| patterns.iter().any(|pattern| &**pattern == "*" || &**pattern == text);
        self.kinds.is_empty()
            || self.kinds.iter().any(|pattern| any(&pattern.groups, &kind.group) && any(&pattern.kinds, &kind.kind))
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
                KindPattern { groups: vec!["apps".into()], kinds: vec!["*".into()] },
                KindPattern { groups: vec!["*".into()], kinds: vec!["Pod".into()] },
            ],
            ..Match::default()
        };
        assert!(matches.kind(&Gvk::new("apps/v1", "Deployment")));
        assert!(matches.kind(&Gvk::new("v1", "Pod")));
        assert!(!matches.kind(&Gvk::new("v1", "Service")));
        assert!(Match::default().kind(&Gvk::new("v1", "Service")));
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
