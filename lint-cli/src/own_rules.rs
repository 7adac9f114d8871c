//! What platlint finds without a policy: files and documents that cannot be read, keys that mislead, exemptions that do not
//! hold. They have ids and remedies like rules, so that every format describes them alike.

use platlint_engine::{Level, Severity};

use crate::report::RuleInfo;

/// One of platlint's own findings.
pub(crate) struct OwnRule {
    pub id: &'static str,
    title: &'static str,
    description: &'static str,
    remedy: &'static str,
    pub severity: Severity,
    pub level: Level,
}

pub(crate) const UNREADABLE_FILE: OwnRule = OwnRule {
    id: "unreadable-file",
    title: "A file cannot be read",
    description: "The system refuses to read the file, or it is larger than platlint reads. Nothing in it was judged.",
    remedy: "Make the file readable, split it, or exclude it under `files.exclude`.",
    severity: Severity::Medium,
    level: Level::Error,
};
pub(crate) const INVALID_YAML: OwnRule = OwnRule {
    id: "invalid-yaml",
    title: "A document cannot be read",
    description: "The document is no YAML or JSON that a cluster could read, or it exceeds a limit. It was not judged; the others in \
                  the file were.",
    remedy: "Correct the text at the place shown.",
    severity: Severity::Medium,
    level: Level::Error,
};
pub(crate) const INVALID_MANIFEST: OwnRule = OwnRule {
    id: "invalid-manifest",
    title: "A manifest does not say what it is",
    description: "A document looks like a manifest but has no apiVersion or no kind, so that no cluster accepts it and no rule can \
                  judge it.",
    remedy: "Write both `apiVersion` and `kind`.",
    severity: Severity::Medium,
    level: Level::Error,
};
pub(crate) const DUPLICATE_KEY: OwnRule = OwnRule {
    id: "duplicate-key",
    title: "A key stands twice in one map",
    description: "Readers differ: kubectl refuses the document, others take the last value, and a reviewer may look at the first.",
    remedy: "Remove one of the two.",
    severity: Severity::Medium,
    level: Level::Error,
};
pub(crate) const AMBIGUOUS_KEY: OwnRule = OwnRule {
    id: "ambiguous-key",
    title: "A key is read as something else",
    description: "Kubernetes reads YAML 1.1, in which `on`, `yes` or `n` are booleans and become the keys `true` and `false`.",
    remedy: "Quote the key.",
    severity: Severity::Low,
    level: Level::Warn,
};
pub(crate) const UNRENDERED_TEMPLATE: OwnRule = OwnRule {
    id: "unrendered-template",
    title: "A template was not rendered",
    description: "The document is source of a template engine such as Helm's, not yet a manifest. It was not judged.",
    remedy: "Check what the template renders to (`helm template … | platlint check -`), and exclude its source under \
             `files.exclude`.",
    severity: Severity::Medium,
    level: Level::Error,
};
pub(crate) const SELF_EXEMPTION: OwnRule = OwnRule {
    id: "self-exemption",
    title: "An exemption does not hold",
    description: "A comment or annotation exempts from a rule for which the platform allows no self-service, lacks reason, owner or \
                  end, has ended, or lasts too long. The cluster will deny what it excuses.",
    remedy: "Ask the platform team for an exemption in its configuration, or repair what the rule found.",
    severity: Severity::Medium,
    level: Level::Warn,
};
pub(crate) const EXPIRED_EXEMPTION: OwnRule = OwnRule {
    id: "expired-exemption",
    title: "An exemption of the configuration has ended",
    description: "The exemption excuses nothing any more.",
    remedy: "Remove it, or agree on a new end with its owner.",
    severity: Severity::Low,
    level: Level::Warn,
};
pub(crate) const NOT_RENDERED: OwnRule = OwnRule {
    id: "not-rendered",
    title: "A chart or kustomization was not rendered",
    description: "What it comes to is not known: the program that renders it is not installed, it needs what is not at hand, the \
                  configuration does not allow what it asks for, or it is deployed in a way that platlint cannot follow. Its objects were \
                  not judged as they will be.",
    remedy: "Install the program, vendor what the chart depends on, or allow it under `render`.",
    severity: Severity::Medium,
    level: Level::Warn,
};
pub(crate) const RENDER_FAILED: OwnRule = OwnRule {
    id: "render-failed",
    title: "A chart or kustomization cannot be rendered",
    description: "The program that renders it refuses it, here as it will at deployment. Its objects were not judged.",
    remedy: "Correct the file at the place shown; run `helm template` or `kustomize build` to see the error in full.",
    severity: Severity::Medium,
    level: Level::Error,
};

/// All of them, by id.
pub(crate) const ALL: [&OwnRule; 10] = [
    &AMBIGUOUS_KEY,
    &DUPLICATE_KEY,
    &EXPIRED_EXEMPTION,
    &INVALID_MANIFEST,
    &INVALID_YAML,
    &NOT_RENDERED,
    &RENDER_FAILED,
    &SELF_EXEMPTION,
    &UNREADABLE_FILE,
    &UNRENDERED_TEMPLATE,
];

impl OwnRule {
    pub(crate) fn info(&self) -> RuleInfo {
        RuleInfo {
            id: self.id.into(),
            title: self.title.to_owned(),
            description: self.description.to_owned(),
            remedy: self.remedy.to_owned(),
            severity: self.severity,
            level: self.level,
            docs: format!("{}/blob/main/docs/own-findings.md#{}", env!("CARGO_PKG_REPOSITORY"), self.id),
        }
    }
}
