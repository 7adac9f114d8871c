//! The fields of Flux's kinds.

use super::Field;
use super::Shape::{Any, Each, Fields, List, Map, Number, OneOf, Text, Texts, Truth};

const REFERENCE: &[Field] = &[("apiVersion", Text), ("kind", Text), ("name", Text), ("namespace", Text)];
const DEPENDENCIES: &[Field] = &[("name", Text), ("namespace", Text), ("readyExpr", Text)];
const METADATA: &[Field] = &[("annotations", Map), ("labels", Map)];
const NAMED: &[Field] = &[("name", Text)];

const REMEDIATION: &[Field] = &[
    ("retries", Number),
    ("ignoreTestFailures", Truth),
    ("remediateLastFailure", Truth),
    ("strategy", OneOf(&["rollback", "uninstall"])),
];

/// Of `install` and `upgrade`, which share most.
const ACTION: &[Field] = &[
    ("timeout", Any),
    ("remediation", Fields(REMEDIATION)),
    ("strategy", Map),
    ("serverSideApply", Any),
    ("disableTakeOwnership", Truth),
    ("disableWait", Truth),
    ("disableWaitForJobs", Truth),
    ("disableHooks", Truth),
    ("disableOpenAPIValidation", Truth),
    ("disableSchemaValidation", Truth),
    ("replace", Truth),
    ("skipCRDs", Truth),
    ("crds", OneOf(&["Skip", "Create", "CreateReplace"])),
    ("createNamespace", Truth),
    ("force", Truth),
    ("preserveValues", Truth),
    ("cleanupOnFail", Truth),
];

const CHART: &[Field] = &[
    ("chart", Text),
    ("version", Text),
    ("sourceRef", Fields(REFERENCE)),
    ("interval", Any),
    ("reconcileStrategy", OneOf(&["ChartVersion", "Revision"])),
    ("valuesFiles", Texts),
    ("ignoreMissingValuesFiles", Truth),
    ("suspend", Truth),
    ("accessFrom", Map),
    ("verify", Map),
    ("valuesFile", Text),
];

const KUSTOMIZATION: &[Field] = &[
    ("commonMetadata", Fields(METADATA)),
    ("dependsOn", Each(DEPENDENCIES)),
    ("decryption", Map),
    ("interval", Any),
    ("retryInterval", Any),
    ("kubeConfig", Map),
    ("path", Text),
    (
        "postBuild",
        Fields(&[
            ("substitute", Map),
            ("substituteFrom", Each(&[("kind", Text), ("name", Text), ("optional", Truth)])),
        ]),
    ),
    ("prune", Truth),
    ("deletionPolicy", Text),
    ("healthChecks", Each(REFERENCE)),
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("patches", Each(&[("patch", Text), ("target", Map)])),
    ("images", Each(&[("name", Text), ("newName", Text), ("newTag", Text), ("digest", Text)])),
    ("serviceAccountName", Text),
    ("sourceRef", Fields(REFERENCE)),
    ("suspend", Truth),
    ("targetNamespace", Text),
    ("timeout", Any),
    ("force", Truth),
    ("wait", Truth),
    ("components", Texts),
    ("healthCheckExprs", List),
    ("ignoreMissingComponents", Truth),
];

const HELM_RELEASE: &[Field] = &[
    ("chart", Fields(&[("metadata", Fields(METADATA)), ("spec", Fields(CHART))])),
    ("chartRef", Fields(REFERENCE)),
    ("interval", Any),
    ("kubeConfig", Map),
    ("suspend", Truth),
    ("releaseName", Text),
    ("targetNamespace", Text),
    ("storageNamespace", Text),
    ("dependsOn", Each(DEPENDENCIES)),
    ("timeout", Any),
    ("maxHistory", Number),
    ("serviceAccountName", Text),
    ("persistentClient", Truth),
    ("driftDetection", Fields(&[("mode", OneOf(&["enabled", "warn", "disabled"])), ("ignore", List)])),
    ("install", Fields(ACTION)),
    ("upgrade", Fields(ACTION)),
    ("test", Map),
    ("rollback", Map),
    ("uninstall", Map),
    (
        "valuesFrom",
        Each(&[
            ("kind", Text),
            ("name", Text),
            ("valuesKey", Text),
            ("targetPath", Text),
            ("optional", Truth),
            ("literal", Truth),
        ]),
    ),
    ("values", Map),
    ("postRenderers", List),
    ("commonMetadata", Fields(METADATA)),
    ("healthCheckExprs", List),
    ("waitStrategy", Map),
];

const GIT_REPOSITORY: &[Field] = &[
    ("url", Text),
    ("secretRef", Fields(NAMED)),
    ("provider", Text),
    ("interval", Any),
    ("timeout", Any),
    ("ref", Fields(&[("branch", Text), ("tag", Text), ("semver", Text), ("name", Text), ("commit", Text)])),
    ("verify", Map),
    ("proxySecretRef", Fields(NAMED)),
    ("ignore", Text),
    ("suspend", Truth),
    ("recurseSubmodules", Truth),
    ("include", List),
    ("sparseCheckout", Texts),
    ("serviceAccountName", Text),
    ("gitImplementation", Text),
    ("accessFrom", Map),
];

const OCI_REPOSITORY: &[Field] = &[
    ("url", Text),
    ("ref", Fields(&[("digest", Text), ("semver", Text), ("semverFilter", Text), ("tag", Text)])),
    ("layerSelector", Map),
    ("provider", Text),
    ("secretRef", Fields(NAMED)),
    ("verify", Map),
    ("serviceAccountName", Text),
    ("certSecretRef", Fields(NAMED)),
    ("proxySecretRef", Fields(NAMED)),
    ("interval", Any),
    ("timeout", Any),
    ("ignore", Text),
    ("insecure", Truth),
    ("suspend", Truth),
];

const HELM_REPOSITORY: &[Field] = &[
    ("url", Text),
    ("secretRef", Fields(NAMED)),
    ("certSecretRef", Fields(NAMED)),
    ("passCredentials", Truth),
    ("interval", Any),
    ("insecure", Truth),
    ("timeout", Any),
    ("suspend", Truth),
    ("accessFrom", Map),
    ("type", OneOf(&["default", "oci"])),
    ("provider", Text),
];

const BUCKET: &[Field] = &[
    ("provider", Text),
    ("bucketName", Text),
    ("endpoint", Text),
    ("sts", Map),
    ("insecure", Truth),
    ("region", Text),
    ("prefix", Text),
    ("secretRef", Fields(NAMED)),
    ("certSecretRef", Fields(NAMED)),
    ("proxySecretRef", Fields(NAMED)),
    ("interval", Any),
    ("timeout", Any),
    ("ignore", Text),
    ("suspend", Truth),
    ("accessFrom", Map),
    ("serviceAccountName", Text),
];

/// Fields of `spec` by kind: all, and those that must be there.
pub(crate) const KINDS: [(&str, &[Field], &[&str]); 7] = [
    ("Kustomization", KUSTOMIZATION, &["interval", "prune", "sourceRef"]),
    ("HelmRelease", HELM_RELEASE, &["interval"]),
    ("GitRepository", GIT_REPOSITORY, &["url", "interval"]),
    ("OCIRepository", OCI_REPOSITORY, &["url", "interval"]),
    ("HelmRepository", HELM_REPOSITORY, &["url"]),
    ("Bucket", BUCKET, &["bucketName", "endpoint", "interval"]),
    ("HelmChart", CHART, &["chart", "sourceRef", "interval"]),
];
