//! What the test registry keeps, and its true answers.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};

use super::http::Response;
use super::{INDEX, MANIFEST};
use crate::Digest;

/// All repositories.
#[derive(Debug)]
pub(super) struct Content {
    repositories: BTreeMap<String, Kept>,
    pub(super) referrers_api: bool,
    /// Referrers in one answer.
    pub(super) page: usize,
}

#[derive(Debug, Default)]
struct Kept {
    blobs: BTreeMap<Digest, Bytes>,
    manifests: BTreeMap<Digest, (String, Bytes)>,
    tags: BTreeMap<String, Digest>,
    /// Descriptors by subject.
    referrers: BTreeMap<Digest, Vec<Value>>,
}

impl Default for Content {
    fn default() -> Self {
        Self { repositories: BTreeMap::new(), referrers_api: true, page: usize::MAX }
    }
}

impl Content {
    pub(super) fn put_blob(&mut self, repository: &str, bytes: Bytes) -> Digest {
        let digest = Digest::sha256(&bytes);
        self.kept(repository).blobs.insert(digest.clone(), bytes);
        digest
    }

    pub(super) fn put_manifest(&mut self, repository: &str, media_type: &str, bytes: Bytes) -> Digest {
        let digest = Digest::sha256(&bytes);
        let kept = self.kept(repository);
        if let Ok(manifest) = serde_json::from_slice::<Value>(&bytes)
            && let Some(Ok(subject)) = manifest["subject"]["digest"].as_str().map(Digest::parse)
        {
            let mut descriptor = json!({
                "mediaType": media_type, "digest": digest.as_str(), "size": bytes.len(),
                // What real registries report where a manifest says nothing.
                "artifactType": manifest["config"]["mediaType"],
            });
            if manifest["annotations"].is_object() {
                descriptor["annotations"] = manifest["annotations"].clone();
            }
            let of_subject = kept.referrers.entry(subject).or_default();
            of_subject.retain(|other| other["digest"] != descriptor["digest"]);
            of_subject.push(descriptor);
        }
        kept.manifests.insert(digest.clone(), (media_type.to_owned(), bytes));
        digest
    }

    /// A manifest with an empty configuration and one layer.
    pub(super) fn put_artifact(
        &mut self,
        repository: &str,
        media_type: &str,
        layer: &[u8],
        subject: Option<&Digest>,
    ) -> Digest {
        let layer_digest = self.put_blob(repository, Bytes::copy_from_slice(layer));
        let empty = self.put_blob(repository, Bytes::from_static(b"{}"));
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": empty.as_str(), "size": 2},
            "layers": [{"mediaType": media_type, "digest": layer_digest.as_str(), "size": layer.len()}],
        });
        if let Some(subject) = subject {
            let size = self.kept(repository).manifests.get(subject).map_or(0, |(_, bytes)| bytes.len());
            manifest["subject"] = json!({"mediaType": MANIFEST, "digest": subject.as_str(), "size": size});
        }
        self.put_manifest(repository, MANIFEST, manifest.to_string().into())
    }

    pub(super) fn tag(&mut self, repository: &str, tag: &str, digest: &Digest) {
        self.kept(repository).tags.insert(tag.to_owned(), digest.clone());
    }

    pub(super) fn remove(&mut self, repository: &str, digest: &Digest) {
        let kept = self.kept(repository);
        kept.manifests.remove(digest);
        kept.blobs.remove(digest);
        kept.referrers.values_mut().for_each(|all| all.retain(|one| one["digest"] != digest.as_str()));
    }

    fn kept(&mut self, repository: &str) -> &mut Kept {
        self.repositories.entry(repository.to_owned()).or_default()
    }

    /// The true answer to a GET of this path and query.
    pub(super) fn answer(&self, target: &str) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let found = ["/manifests/", "/blobs/", "/referrers/"].iter().find_map(|kind| {
            let (repository, name) = path.strip_prefix("/v2/")?.rsplit_once(kind)?;
            let kept = self.repositories.get(repository);
            match *kind {
                "/manifests/" => self.manifest(kept?, name),
                "/blobs/" => kept?
                    .blobs
                    .get(&Digest::parse(name).ok()?)
                    .map(|bytes| Response::new(200, &[("Content-Type", "application/octet-stream")], bytes.clone())),
                _ => self.referrers_api.then(|| self.referrers(kept, name, path, query)),
            }
        });
        let unknown = br#"{"errors":[{"code":"NOT_FOUND","message":"unknown"}]}"#;
        found.unwrap_or_else(|| Response::new(404, &[("Content-Type", "application/json")], unknown.as_slice()))
    }

    fn manifest(&self, kept: &Kept, name: &str) -> Option<Response> {
        let digest = kept.tags.get(name).cloned().or_else(|| Digest::parse(name).ok());
        if let Some((media_type, bytes)) = digest.as_ref().and_then(|digest| kept.manifests.get(digest)) {
            let digest = digest.as_ref()?.as_str();
            let headers = [("Content-Type", media_type.as_str()), ("Docker-Content-Digest", digest)];
            return Some(Response::new(200, &headers, bytes.clone()));
        }
        if self.referrers_api {
            return None;
        }
        // The tag schema: an index under the subject's digest with `-` for `:`.
        let subject = Digest::parse(&name.replacen('-', ":", 1)).ok()?;
        let index = index(kept.referrers.get(&subject)?);
        Some(Response::new(200, &[("Content-Type", INDEX)], index))
    }

    fn referrers(&self, kept: Option<&Kept>, name: &str, path: &str, query: &str) -> Response {
        let subject = Digest::parse(name).ok();
        let all = subject.and_then(|subject| kept?.referrers.get(&subject)).map_or(&[][..], Vec::as_slice);
        let from: usize = query.strip_prefix("from=").map_or(0, |text| text.parse().unwrap());
        let page: Vec<Value> = all.iter().skip(from).take(self.page).cloned().collect();
        let next = from.saturating_add(page.len());
        let mut response = Response::new(200, &[("Content-Type", INDEX)], index(&page));
        if next < all.len() {
            response.headers.push(("Link".into(), format!("<{path}?from={next}>; rel=\"next\"")));
        }
        response
    }
}

fn index(manifests: &[Value]) -> String {
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).to_string()
}
