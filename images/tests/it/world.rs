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

pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
pub const LEGACY: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
pub const REPOSITORY: &str = "shop/web";

/// One registry, one key, one clock; the cache outlives the lookups.
pub struct World {
    pub registry: TestRegistry,
    pub key: TestKey,
    pub clock: Clock,
    pub cache: Arc<Cache>,
    pub patience: Duration,
}

impl World {
    pub fn new() -> Self {
        let clock = Clock::manual();
        let cache = Arc::new(Cache::new(32 << 20, Lifetimes::default(), clock.clone()));
        let registry = TestRegistry::start();
        Self { registry, key: TestKey::new(Kind::P256), clock, cache, patience: Duration::from_secs(20) }
    }

    /// The rule of this world: one authority with the key, bundles only, tags are pinned.
    pub fn rule(&self) -> ImageRule {
        rule(&self.key, &format!("{}/**", self.registry.host()))
    }

    pub fn trust(&self) -> Arc<Trust> {
        trust(vec![self.rule()])
    }

    pub fn lookup(&self) -> Lookup {
        self.lookup_by(self.trust())
    }

    /// A lookup with connections of its own, over the common cache.
    pub fn lookup_by(&self, trust: Arc<Trust>) -> Lookup {
        let settings = Settings { concurrency: 64, ..self.registry.settings() };
        self.lookup_with(trust, settings)
    }

    pub fn lookup_with(&self, trust: Arc<Trust>, settings: Settings) -> Lookup {
        let client = Arc::new(Client::new(settings).unwrap());
        Lookup::new(trust, client, Arc::clone(&self.cache), Patience(self.patience))
    }

    /// The name of an image of this registry, with a tag, a digest or nothing behind it.
    pub fn name(&self, repository: &str, behind: &str) -> Arc<str> {
        format!("{}/{repository}{behind}", self.registry.host()).into()
    }

    pub fn by_digest(&self, digest: &Digest) -> Arc<str> {
        self.name(REPOSITORY, &format!("@{digest}"))
    }

    /// A signed image under this tag.
    pub fn signed(&self, tag: &str) -> Digest {
        let digest = self.registry.put_image(REPOSITORY, tag);
        self.sign(REPOSITORY, &digest);
        digest
    }

    pub fn sign(&self, repository: &str, digest: &Digest) -> Digest {
        self.sign_by(&self.key, repository, digest)
    }

    pub fn sign_by(&self, key: &TestKey, repository: &str, digest: &Digest) -> Digest {
        let bundle = bytes(&key.bundle(&signature_statement(digest, &Value::Null)));
        self.registry.put_referrer(repository, digest, BUNDLE, &bundle)
    }

    /// Keeps a bundle whose manifest says by annotation what it holds.
    pub fn refer(&self, digest: &Digest, bundle: &[u8], predicate_type: &str) {
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
    pub fn sign_legacy(&self, digest: &Digest) {
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
    pub fn index(&self, tag: &str, children: &[&Digest]) -> Digest {
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

pub fn rule(key: &TestKey, pattern: &str) -> ImageRule {
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

pub fn policy(rules: Vec<ImageRule>) -> ImagePolicy {
    ImagePolicy {
        rules,
        default: DefaultDecision::Deny,
        registries: BTreeMap::new(),
        revoked: BTreeSet::new(),
        hash: String::new(),
    }
}

pub fn trust(rules: Vec<ImageRule>) -> Arc<Trust> {
    Arc::new(Trust::compile(&policy(rules)).unwrap())
}

/// An image of a Pod.
pub fn used(text: &Arc<str>) -> ImageUse {
    ImageUse { value: Arc::clone(text), path: Pointer::default(), in_pod: true }
}

/// Far enough that nothing but a fault reaches it.
pub fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// The facts of one image of a Pod, asked anonymously.
pub async fn facts(lookup: &Lookup, text: &Arc<str>, moment: Moment) -> ImageFacts {
    facts_as(lookup, text, moment, &Anonymous).await
}

pub async fn facts_as(lookup: &Lookup, text: &Arc<str>, moment: Moment, by: &dyn Credentials) -> ImageFacts {
    lookup.facts(&[used(text)], moment, by, soon()).await.remove(text).unwrap()
}

/// `status` and `reason` of an image that goes to the cluster.
pub async fn verdict(lookup: &Lookup, text: &Arc<str>) -> (String, String) {
    said(&facts(lookup, text, Moment::Admission).await)
}

/// `status` and `reason`.
pub fn said(facts: &ImageFacts) -> (String, String) {
    let value = serde_json::to_value(&facts.signature).unwrap();
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    (text("status"), text("reason"))
}
