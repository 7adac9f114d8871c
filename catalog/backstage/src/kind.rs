//! The kinds that Backstage itself knows, and which of their fields are references to what.

/// The group of the catalog's own kinds.
pub(crate) const CATALOG: &str = "backstage.io";
/// The group of software templates.
pub(crate) const SCAFFOLDER: &str = "scaffolder.backstage.io";

/// A kind that Backstage knows.
#[derive(Debug)]
pub(crate) struct WellKnown {
    /// Its group.
    pub(crate) group: &'static str,
    /// Its name, in the only spelling that Backstage accepts.
    pub(crate) kind: &'static str,
    /// Versions in which it exists.
    pub(crate) versions: &'static [&'static str],
}

/// A field of `spec` that holds one reference, or a list of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its key.
    pub(crate) key: &'static str,
    /// The kind that is meant where none is written; `None` where it must be written.
    pub(crate) default_kind: Option<&'static str>,
    /// Kinds that make sense here; references to others are dropped by Backstage without a word. Empty for any.
    pub(crate) allowed: &'static [&'static str],
    /// How the entity stands to the one that is named.
    pub(crate) relation: &'static str,
}

const fn field(
    key: &'static str,
    default_kind: Option<&'static str>,
    allowed: &'static [&'static str],
    relation: &'static str,
) -> Field {
    Field { key, default_kind, allowed, relation }
}

/// The relation that says the same as another one, and whether it says it from the other end.
pub(crate) fn forward(relation: &'static str) -> (&'static str, bool) {
    match relation {
        "dependencyOf" => ("dependsOn", true),
        "hasMember" => ("memberOf", true),
        "hasPart" => ("partOf", true),
        "parentOf" => ("childOf", true),
        forward => (forward, false),
    }
}

const BOTH: &[&str] = &["v1alpha1", "v1beta1"];
const ALPHA: &[&str] = &["v1alpha1"];

/// All of them.
pub(crate) const WELL_KNOWN: [WellKnown; 10] = [
    WellKnown { group: CATALOG, kind: "API", versions: BOTH },
    WellKnown { group: CATALOG, kind: "AiResource", versions: ALPHA },
    WellKnown { group: CATALOG, kind: "Component", versions: BOTH },
    WellKnown { group: CATALOG, kind: "Domain", versions: BOTH },
    WellKnown { group: CATALOG, kind: "Group", versions: BOTH },
    WellKnown { group: CATALOG, kind: "Location", versions: BOTH },
    WellKnown { group: CATALOG, kind: "Resource", versions: BOTH },
    WellKnown { group: CATALOG, kind: "System", versions: BOTH },
    WellKnown { group: CATALOG, kind: "User", versions: BOTH },
    WellKnown { group: SCAFFOLDER, kind: "Template", versions: &["v1beta3"] },
];

/// Kinds that may own something.
const OWNERS: &[&str] = &["Group", "User"];

const OWNER: Field = field("owner", Some("Group"), OWNERS, "ownedBy");
const SYSTEM: Field = field("system", Some("System"), &["System"], "partOf");
const DEPENDS_ON: Field = field("dependsOn", None, &[], "dependsOn");
const DEPENDENCY_OF: Field = field("dependencyOf", None, &[], "dependencyOf");

const COMPONENT: &[Field] = &[
    OWNER,
    SYSTEM,
    field("subcomponentOf", Some("Component"), &["Component"], "partOf"),
    field("providesApis", Some("API"), &["API"], "providesApi"),
    field("consumesApis", Some("API"), &["API"], "consumesApi"),
    DEPENDS_ON,
    DEPENDENCY_OF,
];
const DOMAIN: &[Field] = &[OWNER, field("subdomainOf", Some("Domain"), &["Domain"], "partOf")];
const SYSTEM_FIELDS: &[Field] = &[OWNER, field("domain", Some("Domain"), &["Domain"], "partOf")];
const USER: &[Field] = &[field("memberOf", Some("Group"), &["Group"], "memberOf")];
const RESOURCE: &[Field] = &[OWNER, SYSTEM, DEPENDS_ON, DEPENDENCY_OF];
const GROUP: &[Field] = &[
    field("parent", Some("Group"), &["Group"], "childOf"),
    field("children", Some("Group"), &["Group"], "parentOf"),
    field("members", Some("User"), &["User"], "hasMember"),
];
const AI_RESOURCE: &[Field] = &[
    OWNER,
    SYSTEM,
    field("dependsOn", Some("AiResource"), &["AiResource"], "dependsOn"),
    field("skills", Some("AiResource"), &["AiResource"], "hasPart"),
    field("plugins", Some("AiResource"), &["AiResource"], "hasPart"),
];

/// The fields of a kind that are references; none for kinds that Backstage does not know.
pub(crate) fn fields(group: &str, kind: &str) -> &'static [Field] {
    match (group, kind) {
        (CATALOG, "API") => &[OWNER, SYSTEM],
        (CATALOG, "AiResource") => AI_RESOURCE,
        (CATALOG, "Component") => COMPONENT,
        (CATALOG, "Domain") => DOMAIN,
        (CATALOG, "Group") => GROUP,
        (CATALOG, "Resource") => RESOURCE,
        (CATALOG, "System") => SYSTEM_FIELDS,
        (CATALOG, "User") => USER,
        (SCAFFOLDER, "Template") => &[OWNER],
        _ => &[],
    }
}

/// The kind of this group and name.
pub(crate) fn well_known(group: &str, kind: &str) -> Option<&'static WellKnown> {
    WELL_KNOWN.iter().find(|known| known.group == group && known.kind == kind)
}

/// The kind of this name as references write it, without regard to case.
pub(crate) fn named(kind: &str) -> Option<&'static WellKnown> {
    WELL_KNOWN.iter().find(|known| known.kind.eq_ignore_ascii_case(kind))
}
