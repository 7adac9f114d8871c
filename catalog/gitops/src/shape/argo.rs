//! The fields of Argo CD's kinds.

use super::Field;
use super::Shape::{Any, Each, Fields, List, Map, Number, OneOf, Text, Texts, Truth};

const HELM: &[Field] = &[
    ("valueFiles", Texts),
    ("parameters", Each(&[("name", Text), ("value", Text), ("forceString", Truth)])),
    ("releaseName", Text),
    ("values", Text),
    ("fileParameters", Each(&[("name", Text), ("path", Text)])),
    ("version", Text),
    ("passCredentials", Truth),
    ("ignoreMissingValueFiles", Truth),
    ("skipCrds", Truth),
    ("valuesObject", Map),
    ("namespace", Text),
    ("kubeVersion", Text),
    ("apiVersions", Texts),
    ("skipTests", Truth),
    ("skipSchemaValidation", Truth),
    ("skipDryRun", Truth),
];

const KUSTOMIZE: &[Field] = &[
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("images", Texts),
    ("commonLabels", Map),
    ("version", Text),
    ("commonAnnotations", Map),
    ("forceCommonLabels", Truth),
    ("forceCommonAnnotations", Truth),
    ("namespace", Text),
    ("commonAnnotationsEnvsubst", Truth),
    ("replicas", Each(&[("name", Text), ("count", Any)])),
    ("patches", Each(&[("path", Text), ("patch", Text), ("target", Map), ("options", Map)])),
    ("components", Texts),
    ("ignoreMissingComponents", Truth),
    ("labelWithoutSelector", Truth),
    ("kubeVersion", Text),
    ("apiVersions", Texts),
    ("labelIncludeTemplates", Truth),
];

const JSONNET_VARIABLES: &[Field] = &[("name", Text), ("value", Text), ("code", Truth)];

const DIRECTORY: &[Field] = &[
    ("recurse", Truth),
    ("jsonnet", Fields(&[("extVars", Each(JSONNET_VARIABLES)), ("tlas", Each(JSONNET_VARIABLES)), ("libs", Texts)])),
    ("exclude", Text),
    ("include", Text),
    ("disableExtensionFilter", Truth),
];

const PLUGIN: &[Field] = &[
    ("name", Text),
    ("env", Each(&[("name", Text), ("value", Text)])),
    ("parameters", Each(&[("name", Text), ("string", Text), ("map", Map), ("array", Texts)])),
];

const SOURCE: &[Field] = &[
    ("repoURL", Text),
    ("path", Text),
    ("targetRevision", Text),
    ("helm", Fields(HELM)),
    ("kustomize", Fields(KUSTOMIZE)),
    ("directory", Fields(DIRECTORY)),
    ("plugin", Fields(PLUGIN)),
    ("chart", Text),
    ("ref", Text),
    ("name", Text),
    ("tagPrefix", Text),
];

const IGNORED: &[Field] = &[
    ("group", Text),
    ("kind", Text),
    ("name", Text),
    ("namespace", Text),
    ("jsonPointers", Texts),
    ("jqPathExpressions", Texts),
    ("managedFieldsManagers", Texts),
];

const SYNC_POLICY: &[Field] = &[
    ("automated", Fields(&[("prune", Truth), ("selfHeal", Truth), ("allowEmpty", Truth), ("enabled", Truth)])),
    ("syncOptions", Texts),
    (
        "retry",
        Fields(&[
            ("limit", Number),
            ("backoff", Fields(&[("duration", Text), ("factor", Number), ("maxDuration", Text)])),
            ("refresh", Truth),
        ]),
    ),
    ("managedNamespaceMetadata", Fields(&[("labels", Map), ("annotations", Map)])),
];

/// An Application's `spec`.
pub(crate) const APPLICATION: &[Field] = &[
    ("source", Fields(SOURCE)),
    ("destination", Fields(&[("server", Text), ("namespace", Text), ("name", Text)])),
    ("project", Text),
    ("syncPolicy", Fields(SYNC_POLICY)),
    ("ignoreDifferences", Each(IGNORED)),
    ("info", Each(&[("name", Text), ("value", Text)])),
    ("revisionHistoryLimit", Number),
    ("sources", Each(SOURCE)),
    ("sourceHydrator", Map),
];

const KINDS: &[Field] = &[("group", Text), ("kind", Text), ("name", Text)];

const WINDOW: &[Field] = &[
    ("kind", Text),
    ("schedule", Text),
    ("duration", Text),
    ("applications", Texts),
    ("namespaces", Texts),
    ("clusters", Texts),
    ("manualSync", Truth),
    ("timeZone", Text),
    ("andOperator", Truth),
    ("description", Text),
    ("syncOverrun", Truth),
];

/// An `AppProject`'s `spec`.
pub(crate) const PROJECT: &[Field] = &[
    ("sourceRepos", Texts),
    ("destinations", Each(&[("server", Text), ("namespace", Text), ("name", Text)])),
    ("description", Text),
    (
        "roles",
        Each(&[("name", Text), ("description", Text), ("policies", Texts), ("groups", Texts), ("jwtTokens", List)]),
    ),
    ("clusterResourceWhitelist", Each(KINDS)),
    ("namespaceResourceBlacklist", Each(KINDS)),
    ("orphanedResources", Fields(&[("warn", Truth), ("ignore", Each(KINDS))])),
    ("syncWindows", Each(WINDOW)),
    ("namespaceResourceWhitelist", Each(KINDS)),
    ("signatureKeys", Each(&[("keyID", Text)])),
    ("clusterResourceBlacklist", Each(KINDS)),
    ("sourceNamespaces", Texts),
    ("permitOnlyProjectScopedClusters", Truth),
    ("destinationServiceAccounts", Each(&[("server", Text), ("namespace", Text), ("defaultServiceAccount", Text)])),
    ("sourceIntegrity", Map),
];

/// An `ApplicationSet`'s `spec`. What stands in its generators is judged one by one, and its template as an Application.
pub(crate) const SET: &[Field] = &[
    ("goTemplate", Truth),
    ("generators", List),
    ("template", Map),
    (
        "syncPolicy",
        Fields(&[
            ("preserveResourcesOnDeletion", Truth),
            ("applicationsSync", OneOf(&["create-only", "create-update", "create-delete", "sync"])),
        ]),
    ),
    ("strategy", Map),
    ("preservedFields", Fields(&[("annotations", Texts), ("labels", Texts)])),
    ("goTemplateOptions", Texts),
    ("applyNestedSelectors", Truth),
    ("ignoreApplicationDifferences", Each(&[("name", Text), ("jsonPointers", Texts), ("jqPathExpressions", Texts)])),
    ("templatePatch", Text),
];

const SELECTOR: &[Field] =
    &[("matchLabels", Map), ("matchExpressions", Each(&[("key", Text), ("operator", Text), ("values", Texts)]))];

const PATHS: &[Field] = &[("path", Text), ("exclude", Truth)];

/// An entry of a list of generators.
pub(crate) const GENERATOR: &[Field] = &[
    (
        "git",
        Fields(&[
            ("repoURL", Text),
            ("directories", Each(PATHS)),
            ("files", Each(PATHS)),
            ("revision", Text),
            ("requeueAfterSeconds", Any),
            ("template", Map),
            ("pathParamPrefix", Text),
            ("values", Map),
        ]),
    ),
    ("list", Fields(&[("elements", List), ("template", Map), ("elementsYaml", Text)])),
    ("clusters", Fields(&[("selector", Fields(SELECTOR)), ("template", Map), ("values", Map), ("flatList", Truth)])),
    ("matrix", Fields(&[("generators", List), ("template", Map)])),
    ("merge", Fields(&[("generators", List), ("mergeKeys", Texts), ("template", Map)])),
    (
        "plugin",
        Fields(&[
            ("configMapRef", Map),
            ("input", Map),
            ("requeueAfterSeconds", Any),
            ("template", Map),
            ("values", Map),
        ]),
    ),
    (
        "clusterDecisionResource",
        Fields(&[
            ("configMapRef", Text),
            ("name", Text),
            ("requeueAfterSeconds", Any),
            ("labelSelector", Fields(SELECTOR)),
            ("template", Map),
            ("values", Map),
        ]),
    ),
    (
        "scmProvider",
        Fields(&[
            ("github", Map),
            ("gitlab", Map),
            ("bitbucket", Map),
            ("bitbucketServer", Map),
            ("gitea", Map),
            ("azureDevOps", Map),
            ("filters", List),
            ("cloneProtocol", Text),
            ("requeueAfterSeconds", Any),
            ("template", Map),
            ("values", Map),
            ("awsCodeCommit", Map),
        ]),
    ),
    (
        "pullRequest",
        Fields(&[
            ("github", Map),
            ("gitlab", Map),
            ("gitea", Map),
            ("bitbucketServer", Map),
            ("filters", List),
            ("requeueAfterSeconds", Any),
            ("template", Map),
            ("bitbucket", Map),
            ("azuredevops", Map),
            ("values", Map),
            ("continueOnRepoNotFoundError", Truth),
        ]),
    ),
    ("selector", Fields(SELECTOR)),
];
