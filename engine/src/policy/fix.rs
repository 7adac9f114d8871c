//! Whether what a rule proposes to change may be changed: in the cluster by the configuration's word, in files by the
//! rule's own.

use crate::kinds::Gvk;

/// On which objects the webhook applies a rule's patches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mutate {
    /// On none.
    #[default]
    Off,
    /// On Pods only. A template that is changed in the cluster differs from Git for ever, the Pods made of it do not.
    Pods,
    /// On every kind the rule matches.
    All,
}

impl Mutate {
    /// Whether objects of this kind are covered.
    #[must_use]
    pub fn covers(self, kind: &Gvk) -> bool {
        match self {
            Self::Off => false,
            Self::Pods => kind.group.is_empty() && *kind.kind == *"Pod",
            Self::All => true,
        }
    }

    /// As written in configuration and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Pods => "pods",
            Self::All => "all",
        }
    }
}

/// Whether `platlint fix` writes a rule's patches into files without being asked twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixSafety {
    /// What runs afterwards behaves as before, or only more strictly bounded.
    Safe,
    /// What runs may behave otherwise: somebody should look at it.
    Unsafe,
}

impl FixSafety {
    /// As written in metadata and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}
