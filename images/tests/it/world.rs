//! A registry on loopback, a key that signs, and lookups over both: what the tests of lookup and lock share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use platlint_config::images::{
    At, Authority, AuthorityTrust, DefaultDecision, Formats, ImagePattern, ImagePolicy, ImageRule, Require,
    Transparency,
};
use platlint_engine::{ImageFacts, ImageUse, Pointer};
use platlint_images::lookup::{Clock, Lifetimes};
use platlint_images::testing::{Kind, TestKey, bytes, legacy_payload, signature_statement};
use platlint_images::{Anonymous, Cache, Credentials, Lookup, Moment, Patience, Trust};
use platlint_registry::testing::{INDEX, MANIFEST, TestRegistry};
use platlint_registry::{Client, Digest, Settings};
use serde_json::{Value, json};
use tokio::time::Instant;

pub(crate) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
pub(crate) const LEGACY: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
pub(crate) const REPOSITORY: &str = "shop/web";

/// One registry, one key, one clock; the cache outlives the lookups.
pub(crate) struct World {
    pub(crate) registry: TestRegistry,
    pub(crate) key: TestKey,
    pub(crate) clock: Clock,
    pub(crate) cache: Arc<Cache>,
    pub(crate) patience: Duration,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Clock::manual();
        let cache = Arc::new(Cache::new(32 << 20, Lifetimes::default(), clock.clone()));
        let registry = TestRegistry::start();
        Self { registry, key: TestKey::new(Kind::P256), clock, cache, patience: Duration::from_secs(20) }
    }

    /// The rule of this world: one authority with the key, bundles only, tags are pinned.
    pub(crate) fn rule(&self) -> ImageRule {
        rule(&self.key, &format!("{}/**", self.registry.host()))
    }

    pub(crate) fn trust(&self) -> Arc<Trust> {
        trust(vec![self.rule()])
    }

    pub(crate) fn lookup(&self) -> Lookup {
        self.lookup_by(self.trust())
    }

    /// A lookup with connections of its own, over the common cache.
    pub(crate) fn lookup_by(&self, trust: Arc<Trust>) -> Lookup {
        let settings = Settings { concurrency: 64, ..self.registry.settings() };
        self.lookup_with(trust, settings)
    }

    pub(crate) fn lookup_with(&self, trust: Arc<Trust>, settings: Settings) -> Lookup {
        let client = Arc::new(Client::new(settings).unwrap());
        Lookup::new(trust, client, Arc::clone(&self.cache), Patience(self.patience))
    }

    /// The name of an image of this registry, with a tag, a digest or nothing behind it.
    pub(crate) fn name(&self, repository: &str, behind: &str) -> Arc<str> {
        format!("{}/{repository}{behind}", self.registry.host()).into()
    }

    pub(crate) fn by_digest(&self, digest: &Digest) -> Arc<str> {
        self.name(REPOSITORY, &format!("@{digest}"))
    }

    /// A signed image under this tag.
    pub(crate) fn signed(&self, tag: &str) -> Digest {
        let digest = self.registry.put_image(REPOSITORY, tag);
        self.sign(REPOSITORY, &digest);
        digest
    }

    pub(crate) fn sign(&self, repository: &str, digest: &Digest) -> Digest {
        self.sign_by(&self.key, repository, digest)
    }

    pub(crate) fn sign_by(&self, key: &TestKey, repository: &str, digest: &Digest) -> Digest {
        let bundle = bytes(&key.bundle(&signature_statement(digest, &Value::Null)));
        self.registry.put_referrer(repository, digest, BUNDLE, &bundle)
    }

    /// Keeps a bundle whose manifest says by annotation what it holds.
    pub(crate) fn refer(&self, digest: &Digest, bundle: &[u8], predicate_type: &str) {
        let layer = self.registry.put_blob(REPOSITORY, bundle.to_vec());
        let config = self.registry.put_blob(REPOSITORY, "{}");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": config.as_str(), "size": 2},
            "layers": [{"mediaType": BUNDLE, "digest": layer.as_str(), "size": bundle.len()}],
            "subject": {"mediaType": MANIFEST, "digest": digest.as_str(), "size": 2},
            "annotations": {"dev.sigstore.bundle.predicateType": predicate_type},
        });
        self.registry.put_manifest(REPOSITORY, MANIFEST, bytes(&manifest));
    }

    /// Signs in the legacy format: a layer of the image under the digest's `.sig` tag.
    pub(crate) fn sign_legacy(&self, digest: &Digest) {
        let signature = self.key.legacy(&legacy_payload(digest, &Value::Null));
        let size = signature.payload.len();
        let layer = self.registry.put_blob(REPOSITORY, signature.payload);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": layer.as_str(), "size": 2},
            "layers": [{"mediaType": LEGACY, "digest": layer.as_str(), "size": size,
                        "annotations": {"dev.cosignproject.cosign/signature": signature.signature}}],
        });
        let manifest = self.registry.put_manifest(REPOSITORY, MANIFEST, bytes(&manifest));
        self.registry.tag(REPOSITORY, &format!("sha256-{}.sig", digest.hex()), &manifest);
    }

    /// An index of these images under a tag.
    pub(crate) fn index(&self, tag: &str, children: &[&Digest]) -> Digest {
        let child = |digest: &&Digest| {
            json!({"mediaType": MANIFEST, "digest": digest.as_str(), "size": 2,
                   "platform": {"os": "linux", "architecture": "amd64"}})
        };
        let manifests: Vec<Value> = children.iter().map(child).collect();
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        let digest = self.registry.put_manifest(REPOSITORY, INDEX, bytes(&index));
        self.registry.tag(REPOSITORY, tag, &digest);
        digest
    }
}

pub(crate) fn rule(key: &TestKey, pattern: &str) -> ImageRule {
    let at = At { file: "platlint.yaml".into(), line: 1, column: 1 };
    let trust = AuthorityTrust::Key {
        pem: key.public_pem().into_bytes().into(),
        transparency: Transparency::Ignore,
        trusted_root: None,
    };
    ImageRule {
        patterns: vec![ImagePattern::parse(pattern).unwrap()],
        exclude: Vec::new(),
        require: Require::Any,
        authorities: vec![Authority { name: "release".into(), trust, annotations: BTreeMap::new(), at: at.clone() }],
        attestations: Vec::new(),
        formats: Formats { bundle: true, legacy: false },
        pin: true,
        recursive: false,
        last_known: None,
        at,
    }
}

pub(crate) fn policy(rules: Vec<ImageRule>) -> ImagePolicy {
    ImagePolicy {
        rules,
        default: DefaultDecision::Deny,
        registries: BTreeMap::new(),
        revoked: BTreeSet::new(),
        hash: String::new(),
    }
}

pub(crate) fn trust(rules: Vec<ImageRule>) -> Arc<Trust> {
    Arc::new(Trust::compile(&policy(rules)).unwrap())
}

/// An image of a Pod.
pub(crate) fn used(text: &Arc<str>) -> ImageUse {
    ImageUse { value: Arc::clone(text), path: Pointer::default(), in_pod: true }
}

/// Far enough that nothing but a fault reaches it.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

/// The facts of one image of a Pod, asked anonymously.
pub(crate) async fn facts(lookup: &Lookup, text: &Arc<str>, moment: Moment) -> ImageFacts {
    facts_as(lookup, text, moment, &Anonymous).await
}

pub(crate) async fn facts_as(lookup: &Lookup, text: &Arc<str>, moment: Moment, by: &dyn Credentials) -> ImageFacts {
    lookup.facts(&[used(text)], moment, by, soon()).await.remove(text).unwrap()
}

/// `status` and `reason` of an image that goes to the cluster.
pub(crate) async fn verdict(lookup: &Lookup, text: &Arc<str>) -> (String, String) {
    said(&facts(lookup, text, Moment::Admission).await)
}

/// `status` and `reason`.
pub(crate) fn said(facts: &ImageFacts) -> (String, String) {
    let value = serde_json::to_value(&facts.signature).unwrap();
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    (text("status"), text("reason"))
}
