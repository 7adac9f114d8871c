//! The section `images` of platlint.yaml.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

/// Who may sign which images.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ImagesEntry {
    /// Authorities by image name. Of the rules that match an image the most specific one holds.
    #[serde(default)]
    pub rules: Vec<ImageRuleEntry>,
    /// What holds for images that no rule names: `deny` where nothing is said.
    pub default: Option<DefaultEntry>,
    /// How registries are reached, by host and port.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"registry.example": {"mirrors": ["mirror.example/registry.example"]}}))]
    pub registries: BTreeMap<String, RegistryEntry>,
    /// Digests that are never accepted, whoever signed them; or a file with one in each line.
    pub revoked: Option<RevokedEntry>,
    /// Fields of custom resources that hold images, beside the Pods and workloads that are known.
    #[serde(default)]
    pub fields: Vec<ImageFieldEntry>,
}

/// Authorities for some images.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ImageRuleEntry {
    /// Images, as registry and repository: `*` within a segment, `**` for any number of segments.
    #[serde(rename = "match")]
    #[schemars(length(min = 1), inner(length(min = 1)), example = ["registry.example/prod/**"])]
    pub matches: Vec<String>,
    /// Images among them that this rule does not speak of.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), example = ["registry.example/prod/tools/*"])]
    pub exclude: Vec<String>,
    /// How many of the authorities must have signed. `all` where nothing is said.
    pub require: Option<RequireEntry>,
    /// Who may sign.
    #[schemars(length(min = 1))]
    pub authorities: Vec<AuthorityEntry>,
    /// What must be attested as well.
    #[serde(default)]
    pub attestations: Vec<AttestationEntry>,
    /// In which formats signatures are accepted. `[bundle]` where nothing is said.
    #[schemars(length(min = 1), example = ["bundle"])]
    pub formats: Option<Vec<FormatName>>,
    /// Whether tags are resolved, verified and replaced by the digest where that can be written. Yes where nothing is
    /// said; otherwise an image named by a tag is not accepted.
    pub pin: Option<bool>,
    /// Whether every manifest of an index must be signed, too.
    pub recursive: Option<bool>,
    /// For how long a verified answer about the same digest may be used while the registry does not answer.
    #[schemars(regex(pattern = r"^[0-9]+(s|m|h|d)$"), example = &"24h")]
    pub last_known: Option<String>,
}

/// How many of the authorities must have signed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum RequireEntry {
    /// Each of them, or one.
    Name(RequireName),
    /// At least so many.
    AtLeast(AtLeastEntry),
}

/// How many of the authorities must have signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RequireName {
    /// Each of them.
    All,
    /// One of them.
    Any,
}

/// At least so many different signers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct AtLeastEntry {
    /// How many.
    #[schemars(example = 2)]
    pub at_least: NonZeroU32,
    /// What makes two signers different. `authority` where nothing is said.
    pub distinct: Option<DistinctName>,
}

/// What makes two signers different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DistinctName {
    /// They are different authorities.
    Authority,
    /// They are different keys or identities, also of one authority.
    Identity,
}

/// Somebody who may sign: with a key, or with certificates of an identity (`keyless`).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct AuthorityEntry {
    /// Its name within the rule.
    #[schemars(regex(pattern = r"\S"), example = &"release")]
    pub name: String,
    /// A public key: a file relative to this one, or PEM.
    #[schemars(regex(pattern = r"\S"), example = &"keys/release.pub")]
    pub key: Option<String>,
    /// An identity that signs with certificates.
    pub keyless: Option<KeylessEntry>,
    /// Whether signatures by the key must stand in a transparency log: `ifPresent` where nothing is said. Without
    /// `trustedRoot` no log is known and no proof can be checked.
    pub transparency: Option<TransparencyName>,
    /// For a key with a transparency log: a file with the keys of logs and timestamp authorities (`trusted_root.json`).
    #[schemars(regex(pattern = r"\S"), example = &"roots/public.json")]
    pub trusted_root: Option<String>,
    /// Annotations that a signature must carry with these values.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"stage": "prod"}))]
    pub annotations: BTreeMap<String, String>,
}

/// An identity that signs with certificates.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct KeylessEntry {
    /// Who vouched for the identity.
    #[schemars(regex(pattern = r"\S"), example = &"https://token.actions.example")]
    pub issuer: Option<String>,
    /// Who vouched for the identity, as a regular expression that must match the whole of it.
    #[schemars(regex(pattern = r"\S"), example = &"https://token\\.actions\\.(eu|us)\\.example")]
    pub issuer_regex: Option<String>,
    /// The identity.
    #[schemars(regex(pattern = r"\S"), example = &"release@example.org")]
    pub subject: Option<String>,
    /// The identity, as a regular expression that must match the whole of it.
    #[schemars(regex(pattern = r"\S"), example = &"https://git\\.example/org/[a-z-]+/\\.workflows/release\\.yaml@refs/heads/main")]
    pub subject_regex: Option<String>,
    /// What the CI system must have said of the run, by name of the claim.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"repository": "https://git.example/org/app", "ref": "refs/heads/main"}))]
    pub ci_claims: BTreeMap<String, String>,
    /// A file with the roots of certificates, logs and timestamps (`trusted_root.json`), relative to this one.
    #[schemars(regex(pattern = r"\S"), example = &"roots/public.json")]
    pub trusted_root: String,
}

/// Whether a signature must stand in a transparency log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TransparencyName {
    /// It must, with a proof that holds.
    Required,
    /// Where it comes with a proof, that must hold.
    IfPresent,
    /// Proofs are not looked at.
    Ignore,
}

/// An attestation that must be there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct AttestationEntry {
    /// Type of the predicate.
    #[serde(rename = "type")]
    #[schemars(regex(pattern = r"\S"), example = &"https://slsa.dev/provenance/v1")]
    pub predicate_type: String,
    /// The authority of this rule that must have made it; any of them where nothing is said.
    #[schemars(regex(pattern = r"\S"), example = &"release")]
    pub authority: Option<String>,
}

/// A format of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FormatName {
    /// Sigstore bundles.
    Bundle,
    /// What cosign wrote before bundles: images tagged `sha256-….sig`.
    Legacy,
}

/// What holds for images that no rule names.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct DefaultEntry {
    /// Whatever the image is.
    #[serde(rename = "static")]
    pub decision: StaticName,
    /// For `allow`: why. It is reported.
    #[schemars(regex(pattern = r"\S"), example = &"public images are judged from next quarter on")]
    pub reason: Option<String>,
}

/// A decision that does not depend on signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StaticName {
    /// They count as unsigned.
    Deny,
    /// They pass.
    Allow,
}

/// How a registry is reached.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RegistryEntry {
    /// Whether it is spoken to without TLS: `true` for this machine alone, `insecure` for any host, which lets whoever is
    /// between read credentials and withhold signatures.
    pub plain_http: Option<PlainHttpEntry>,
    /// Certificates that may sign the registry's own, beside those of the system: a file relative to this one, or PEM.
    #[schemars(regex(pattern = r"\S"), example = &"ca/registry.pem")]
    pub ca: Option<String>,
    /// Where to fetch from first, as `host[:port][/path]`. Images keep the names they have in this registry.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), example = ["mirror.example/registry.example"])]
    pub mirrors: Vec<String>,
}

/// Whether a registry is spoken to without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum PlainHttpEntry {
    /// Yes, if it runs on this machine.
    Loopback(bool),
    /// Yes, wherever it runs.
    Anywhere(InsecureName),
}

/// Without TLS, wherever the registry runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum InsecureName {
    /// Without TLS, wherever the registry runs.
    Insecure,
}

/// Digests that are never accepted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum RevokedEntry {
    /// A file with one digest in each line, relative to this one.
    File(#[schemars(length(min = 1))] String),
    /// These.
    Digests(#[schemars(inner(length(min = 1)))] Vec<String>),
}

/// Fields of a kind that hold images.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ImageFieldEntry {
    /// API group, without a version; empty for the core group.
    #[schemars(example = &"argoproj.io")]
    pub group: String,
    /// Kind.
    #[schemars(length(min = 1), example = &"Workflow")]
    pub kind: Option<String>,
    /// Kinds, where several have the same fields.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), example = ["Workflow", "WorkflowTemplate"])]
    pub kinds: Vec<String>,
    /// Where the images stand: keys joined by dots, `[*]` for every item of a list.
    #[schemars(length(min = 1), inner(length(min = 1)), example = ["spec.templates[*].container.image"])]
    pub paths: Vec<String>,
}
