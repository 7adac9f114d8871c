//! Which images run in the cluster, read once at the start, so that what is known of their signatures is there before
//! they are asked about. Of a Pod only names and digests are kept.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use kube::core::Request;
use kube::core::params::ListParams;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::backoff::Backoff;
use super::pull_secrets::{PullSecrets, names};

/// An image that runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunningImage {
    /// Its name as the Pod has it, with the digest that the node reports: `registry.example/web@sha256:…`.
    pub image: Arc<str>,
    /// Of the first Pod that runs it.
    pub namespace: Arc<str>,
    /// The pull secrets which that Pod names.
    pub pull_secrets: Vec<Arc<str>>,
    /// Its ServiceAccount.
    pub account: Arc<str>,
}

/// Pods of one page.
const PAGE: u32 = 500;
/// Different images at most: more would only push each other out of the cache.
const IMAGES: usize = 20_000;
/// Failures after which it is given up: it is a help, not a need.
const TRIES: u32 = 5;

/// How long it waits for pull secrets, which private images are looked up by.
const SECRETS: Duration = Duration::from_secs(30);
/// How often it looks whether they are there.
const LOOK: Duration = Duration::from_millis(100);

/// Lists the Pods of the cluster page by page and sends each image once. The receiver sets the pace.
pub(super) async fn list(client: Client, secrets: PullSecrets, images: mpsc::Sender<RunningImage>) {
    let listed = async {
        while !secrets.problems().is_empty() {
            tokio::time::sleep(LOOK).await;
        }
    };
    // Those that may not be read never come; what is public can be looked up all the same.
    let _ = tokio::time::timeout(SECRETS, listed).await;
    let mut seen: HashSet<Arc<str>> = HashSet::new();
    let mut parameters = ListParams { limit: Some(PAGE), ..ListParams::default() };
    let (mut backoff, mut failures) = (Backoff::default(), 0_u32);
    loop {
        let request = Request::new("/api/v1/pods").list(&parameters);
        let page = match request.map_err(kube::Error::BuildRequest) {
            Ok(request) => client.request::<Page>(request).await,
            Err(error) => Err(error),
        };
        match page {
            Ok(page) => {
                for image in page.items.iter().flatten().flat_map(Pod::images) {
                    if seen.len() >= IMAGES {
                        return;
                    }
                    if seen.insert(image.image.clone()) && images.send(image).await.is_err() {
                        return;
                    }
                }
                parameters.continue_token = page.metadata.more.filter(|token| !token.is_empty());
                if parameters.continue_token.is_none() {
                    tracing::info!(images = seen.len(), "running images listed");
                    return;
                }
            }
            // The list has grown too old for its next page: what was not seen is looked up when it is asked about.
            Err(kube::Error::Api(status)) if status.code == 410 => return,
            Err(error) => {
                failures = failures.saturating_add(1);
                if failures >= TRIES {
                    tracing::warn!(%error, "running images cannot be listed; they are looked up when they are asked about");
                    return;
                }
                backoff.wait().await;
            }
        }
    }
}

#[derive(Debug, Deserialize)]
struct Page {
    metadata: PageMetadata,
    items: Option<Vec<Pod>>,
}

#[derive(Debug, Deserialize)]
struct PageMetadata {
    #[serde(default, rename = "continue")]
    more: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Pod {
    metadata: Metadata,
    spec: Option<Spec>,
    status: Option<Status>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    #[serde(default)]
    namespace: Arc<str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    containers: Option<Vec<Container>>,
    init_containers: Option<Vec<Container>>,
    ephemeral_containers: Option<Vec<Container>>,
    image_pull_secrets: Option<Vec<Named>>,
    service_account_name: Option<Arc<str>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    #[serde(rename = "containerStatuses")]
    containers: Option<Vec<Container>>,
    #[serde(rename = "initContainerStatuses")]
    init: Option<Vec<Container>>,
    #[serde(rename = "ephemeralContainerStatuses")]
    ephemeral: Option<Vec<Container>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Container {
    name: String,
    image: Option<String>,
    #[serde(rename = "imageID")]
    image_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    #[serde(default)]
    name: Arc<str>,
}

impl Pod {
    fn images(&self) -> Vec<RunningImage> {
        let (Some(spec), Some(status)) = (&self.spec, &self.status) else { return Vec::new() };
        let statuses = [&status.containers, &status.init, &status.ephemeral];
        let ids = statuses.into_iter().flatten().flatten();
        let ids: BTreeMap<&str, &str> =
            ids.filter_map(|one| Some((&*one.name, digest(one.image_id.as_deref()?)?))).collect();
        let lists = [&spec.containers, &spec.init_containers, &spec.ephemeral_containers];
        let pull_secrets = names(spec.image_pull_secrets.iter().flatten().map(|one| &one.name));
        let account = spec.service_account_name.clone().unwrap_or_else(|| "default".into());
        let written = lists.into_iter().flatten().flatten();
        let images = written.filter_map(|one| by_digest(one.image.as_deref()?, ids.get(&*one.name).copied()));
        images
            .map(|image| RunningImage {
                image: image.into(),
                namespace: self.metadata.namespace.clone(),
                pull_secrets: pull_secrets.clone(),
                account: account.clone(),
            })
            .collect()
    }
}

/// The digest in `docker-pullable://name@sha256:…` or `name@sha256:…`; some runtimes give an id that is none.
fn digest(image_id: &str) -> Option<&str> {
    image_id.rsplit_once('@').map(|(_, digest)| digest).filter(|digest| digest.contains(':'))
}

/// The image as written, by digest: its own where it has one, else the one that runs.
fn by_digest(written: &str, running: Option<&str>) -> Option<String> {
    if written.contains('@') {
        return Some(written.to_owned());
    }
    let slash = written.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let tag = written.get(slash..)?.rfind(':').map(|colon| slash.saturating_add(colon));
    let name = written.get(..tag.unwrap_or(written.len()))?;
    Some(format!("{name}@{}", running?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn images(pod: serde_json::Value) -> Vec<RunningImage> {
        serde_json::from_value::<Pod>(pod).unwrap().images()
    }

    #[test]
    fn names_what_runs_by_its_digest() {
        let found = images(json!({
            "metadata": {"namespace": "shop", "name": "a"},
            "spec": {
                "containers": [{"name": "web", "image": "registry.example:5000/web:1.4"}, {"name": "own", "image": "own@sha256:bb"}],
                "initContainers": [{"name": "init", "image": "busybox"}, {"name": "waits", "image": "waits:1"}],
                "imagePullSecrets": [{"name": "registry"}], "serviceAccountName": "web",
            },
            "status": {
                "containerStatuses": [
                    {"name": "web", "imageID": "registry.example:5000/web@sha256:aa"}, {"name": "own", "imageID": "sha256:cc"},
                ],
                "initContainerStatuses": [{"name": "init", "imageID": "docker-pullable://busybox@sha256:dd"}, {"name": "waits", "imageID": ""}],
            },
        }));
        let names: Vec<&str> = found.iter().map(|one| &*one.image).collect();
        assert_eq!(names, ["registry.example:5000/web@sha256:aa", "own@sha256:bb", "busybox@sha256:dd"]);
        let first = &found[0];
        assert_eq!((&*first.namespace, &*first.account, &*first.pull_secrets[0]), ("shop", "web", "registry"));
    }

    #[test]
    fn a_pod_that_has_not_started_names_nothing_unpinned() {
        assert!(
            images(json!({"metadata": {}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}, "status": {}}))
                .is_empty()
        );
        assert!(images(json!({"metadata": {}, "spec": null, "status": null})).is_empty());
    }
}
