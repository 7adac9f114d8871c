//! Puts images, indexes and artifacts into a registry with nothing but its HTTP API.
//!
//! Their content is made up and small: nobody runs these images. What refers to a subject is also listed by the tag
//! `sha256-<hex>` where the registry has no referrers API, which is the client's duty there (OCI distribution 1.1).

use super::digest::Descriptor;
use super::registry::Registry;
use crate::https::Answer;
use serde_json::{Value, json};

/// Media type of an image's manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of an index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The content `{}` of a config that says nothing.
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// A repository of a registry.
#[derive(Clone, Debug)]
pub struct Repository<'r> {
    registry: &'r Registry,
    name: String,
}

impl Registry {
    /// The repository of that name; it comes into being with the first push.
    pub fn repository(&self, name: &str) -> Repository<'_> {
        Repository { registry: self, name: name.to_owned() }
    }
}

impl Repository<'_> {
    /// `127.0.0.1:5000/team/app:tag`
    pub fn tagged(&self, tag: &str) -> String {
        format!("{}/{}:{tag}", self.registry.address(), self.name)
    }

    /// `127.0.0.1:5000/team/app@sha256:…`
    pub fn pinned(&self, content: &Descriptor) -> String {
        format!("{}/{}@{}", self.registry.address(), self.name, content.digest)
    }

    /// Pushes a single-platform image whose one layer holds that text, so that another text is another digest.
    pub fn image(&self, tag: &str, text: &str) -> Descriptor {
        self.manifest(tag, &self.image_manifest("amd64", text))
    }

    /// Pushes a manifest of just these layers, as artifacts without a subject are.
    pub fn layers(&self, tag: &str, layers: &[Value]) -> Descriptor {
        let config = self.blob("application/vnd.oci.image.config.v1+json", b"{}");
        self.manifest(
            tag,
            &json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config.json(), "layers": layers}),
        )
    }

    fn image_manifest(&self, architecture: &str, text: &str) -> Value {
        let layer = self.blob("application/vnd.oci.image.layer.v1.tar", text.as_bytes());
        let config = json!({
            "architecture": architecture, "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
        });
        let config = self.blob("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config.json(), "layers": [layer.json()]})
    }

    /// Pushes an index with an image for each architecture, the images by digest only; the index and its children.
    pub fn index(&self, tag: &str, text: &str, architectures: &[&str]) -> (Descriptor, Vec<Descriptor>) {
        let children: Vec<Descriptor> = architectures
            .iter()
            .map(|architecture| {
                let manifest = self.image_manifest(architecture, &format!("{text} for {architecture}"));
                let digest = super::digest::sha256(manifest.to_string().as_bytes());
                self.manifest(&digest, &manifest)
            })
            .collect();
        let entries: Vec<Value> = children
            .iter()
            .zip(architectures)
            .map(|(child, architecture)| {
                let mut entry = child.json();
                entry["platform"] = json!({"architecture": architecture, "os": "linux"});
                entry
            })
            .collect();
        (self.manifest(tag, &json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})), children)
    }

    /// Attaches an artifact of one layer to the subject, as clients of OCI distribution 1.1 do.
    pub fn attach(&self, subject: &Descriptor, layer_type: &str, layer: &[u8], annotations: &Value) -> Descriptor {
        let layer = self.blob(layer_type, layer);
        let config = self.blob(EMPTY, b"{}");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": layer_type, "config": config.json(),
            "layers": [layer.json()], "subject": subject.json(), "annotations": annotations,
        });
        let bytes = manifest.to_string();
        let artifact = Descriptor::of(MANIFEST, bytes.as_bytes());
        let answer = self.put_manifest(&artifact.digest, MANIFEST, bytes.into_bytes());
        if !answer.headers.contains_key("oci-subject") {
            self.list_by_tag(subject, &artifact, layer_type, annotations);
        }
        artifact
    }

    /// Adds the artifact to the index that stands for the referrers API.
    fn list_by_tag(&self, subject: &Descriptor, artifact: &Descriptor, artifact_type: &str, annotations: &Value) {
        let tag = subject.digest.replace(':', "-");
        let mut index = match self.get(&tag) {
            Some((_, bytes)) => serde_json::from_slice(&bytes).expect("an index of referrers"),
            None => json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}),
        };
        let mut entry = artifact.json();
        entry["artifactType"] = json!(artifact_type);
        entry["annotations"] = annotations.clone();
        index["manifests"].as_array_mut().expect("a list of referrers").push(entry);
        self.manifest(&tag, &index);
    }

    /// Lets another tag point at what this tag or digest points at.
    ///
    /// # Panics
    /// When nothing is there.
    pub fn copy(&self, from: &str, to: &str) -> Descriptor {
        let (media_type, bytes) = self.get(from).unwrap_or_else(|| panic!("{} has no {from}", self.name));
        self.put_manifest(to, &media_type, bytes.clone());
        Descriptor::of(&media_type, &bytes)
    }

    /// Pushes a manifest or index by its own media type.
    pub fn manifest(&self, reference: &str, manifest: &Value) -> Descriptor {
        let media_type = manifest["mediaType"].as_str().expect("a manifest with a media type");
        let bytes = manifest.to_string().into_bytes();
        let pushed = Descriptor::of(media_type, &bytes);
        self.put_manifest(reference, media_type, bytes);
        pushed
    }

    /// Media type and bytes of a manifest by tag or digest, where there is one.
    pub fn get(&self, reference: &str) -> Option<(String, Vec<u8>)> {
        let path = self.manifest_path(reference);
        let accept = format!("{MANIFEST}, {INDEX}");
        let answer = self.registry.send(&self.name, "GET", &path, &[("accept", &accept)], Vec::new());
        match answer.status {
            200 => {
                let media_type = answer.headers["content-type"].to_str().expect("a media type").to_owned();
                Some((media_type, answer.body.to_vec()))
            }
            404 => None,
            _ => panic!("GET {path}: {answer:?}"),
        }
    }

    /// What refers to that content by the referrers API; none where the registry has no such API.
    pub fn referrers(&self, subject: &Descriptor) -> Option<Value> {
        let path = format!("/v2/{}/referrers/{}", self.name, subject.digest);
        let answer = self.registry.send(&self.name, "GET", &path, &[], Vec::new());
        (answer.status == 200).then(|| answer.json())
    }

    /// The bundles that refer to that content, by the API or the tag.
    ///
    /// # Panics
    /// When a referrer is listed and not there.
    pub fn bundles(&self, subject: &Descriptor) -> Vec<Vec<u8>> {
        let by_tag = || serde_json::from_slice(&self.get(&subject.digest.replace(':', "-"))?.1).ok();
        let index: Value = self.referrers(subject).or_else(by_tag).unwrap_or_default();
        let referrers = index["manifests"].as_array().into_iter().flatten();
        let manifests = referrers.filter_map(|referrer| self.get(referrer["digest"].as_str()?));
        let layers = manifests.flat_map(|(_, bytes)| {
            let manifest: Value = serde_json::from_slice(&bytes).expect("a manifest");
            manifest["layers"].as_array().cloned().unwrap_or_default()
        });
        layers.map(|layer| self.get_blob(layer["digest"].as_str().expect("a layer's digest"))).collect()
    }

    fn get_blob(&self, digest: &str) -> Vec<u8> {
        let path = format!("/v2/{}/blobs/{digest}", self.name);
        let answer = self.registry.send(&self.name, "GET", &path, &[], Vec::new());
        assert_eq!(answer.status, 200, "GET {path}: {answer:?}");
        answer.body.to_vec()
    }

    /// Removes a manifest and its tags.
    pub fn delete(&self, content: &Descriptor) {
        let path = self.manifest_path(&content.digest);
        let answer = self.registry.send(&self.name, "DELETE", &path, &[], Vec::new());
        assert_eq!(answer.status, 202, "DELETE {path}: {answer:?}");
    }

    fn manifest_path(&self, reference: &str) -> String {
        format!("/v2/{}/manifests/{reference}", self.name)
    }

    fn put_manifest(&self, reference: &str, media_type: &str, bytes: Vec<u8>) -> Answer {
        let path = self.manifest_path(reference);
        let answer = self.registry.send(&self.name, "PUT", &path, &[("content-type", media_type)], bytes);
        assert_eq!(answer.status, 201, "PUT {path}: {answer:?}");
        answer
    }

    /// Pushes a blob in two steps, which every registry has.
    pub fn blob(&self, media_type: &str, content: &[u8]) -> Descriptor {
        let pushed = Descriptor::of(media_type, content);
        let start = format!("/v2/{}/blobs/uploads/", self.name);
        let answer = self.registry.send(&self.name, "POST", &start, &[], Vec::new());
        assert_eq!(answer.status, 202, "POST {start}: {answer:?}");
        let location = answer.headers["location"].to_str().expect("a location");
        // Absolute at the one registry, a path at the other.
        let path = location.split_once("://").map_or(location, |(_, rest)| &rest[rest.find('/').unwrap_or(0)..]);
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{separator}digest={}", pushed.digest);
        let headers = [("content-type", "application/octet-stream")];
        let answer = self.registry.send(&self.name, "PUT", &path, &headers, content.to_vec());
        assert_eq!(answer.status, 201, "PUT {path}: {answer:?}");
        pushed
    }
}
