//! platlint's judgement of an image, by the same code that both programs run, with policies as data.

use platlint_config::ImagePolicy;
use platlint_config::images::{
    At, Authority, AuthorityTrust, DefaultDecision, Formats, ImagePattern, ImageRule, Matcher, RegistrySettings,
    Require, Transparency, WantedAttestation,
};
use platlint_e2e::images::registry::Registry;
use platlint_engine::{ImageFacts, ImageUse, Pointer, to_json};
use platlint_images::{Cache, CredentialFault, Credentials, CredentialsFuture, Lookup, Moment, Patience, Trust};
use platlint_registry::credentials::{DockerConfig, Helpers};
use platlint_registry::{Client, HostSettings, Proxy, Repository, Settings};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Longer than the CLI waits: these registries share a machine with much else.
const PATIENCE: Duration = Duration::from_secs(30);

/// One policy with one rule for every image, against one registry.
pub(crate) struct Judge {
    lookup: Lookup,
    client: Arc<Client>,
    credentials: Docker,
}

/// What was found about an image.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) signature: Value,
    pub(crate) facts: ImageFacts,
}

impl Judge {
    /// A judge who reaches the registry as configured and is let in.
    pub(crate) fn new(registry: &Registry, rule: ImageRule) -> Self {
        let ca = registry.authority_file().map(|path| std::fs::read(path).unwrap().into());
        Self::with(registry, rule, ca, &registry.docker_config().join("config.json"))
    }

    /// A judge who trusts this authority of registries and has these credentials.
    pub(crate) fn with(registry: &Registry, rule: ImageRule, ca: Option<Arc<[u8]>>, docker: &Path) -> Self {
        let settings = RegistrySettings { plain_http: registry.authority_file().is_none(), ca, mirrors: Vec::new() };
        let policy = ImagePolicy {
            rules: vec![rule],
            default: DefaultDecision::Deny,
            registries: BTreeMap::from([(registry.address(), settings)]),
            revoked: BTreeSet::new(),
            hash: "sha256:of-the-tests".to_owned(),
        };
        let hosts = policy.registries.iter().map(|(name, settings)| {
            let host = HostSettings {
                plain_http: settings.plain_http,
                ca_pem: settings.ca.clone(),
                mirrors: settings.mirrors.clone(),
            };
            (name.clone(), host)
        });
        let settings = Settings {
            hosts: hosts.collect(),
            concurrency: 8,
            connect_timeout: Duration::from_secs(10),
            proxy: Proxy::None,
        };
        let trust = Arc::new(Trust::compile(&policy).unwrap());
        let client = Arc::new(Client::new(settings).unwrap());
        let lookup = Lookup::new(trust, Arc::clone(&client), Arc::new(Cache::default()), Patience(PATIENCE));
        Self { lookup, client, credentials: Docker(DockerConfig::from_path(docker).unwrap()) }
    }

    /// What is found about an image that stands in a file.
    pub(crate) fn of(&self, reference: &str) -> Judgement {
        self.at(reference, Moment::BeforeMutation, false)
    }

    /// What is found about an image at that moment.
    pub(crate) fn at(&self, reference: &str, moment: Moment, in_pod: bool) -> Judgement {
        let image = ImageUse { value: reference.into(), path: Pointer::root(), in_pod };
        let lookup = async {
            let deadline = Instant::now() + PATIENCE;
            self.lookup.facts(&[image], moment, &self.credentials, deadline).await
        };
        let mut facts = platlint_e2e::runtime().block_on(lookup);
        let facts = facts.remove(reference).unwrap();
        let signature = to_json(&facts.signature);
        let text = |member: &str| signature[member].as_str().unwrap_or_default().to_owned();
        Judgement { status: text("status"), reason: text("reason"), signature, facts }
    }

    /// How many requests its registry has answered it.
    pub(crate) fn requests(&self) -> u64 {
        self.client.requests().values().sum()
    }
}

/// The credentials of a docker configuration, without helpers.
struct Docker(DockerConfig);

impl Credentials for Docker {
    fn credentials<'a>(&'a self, repository: &'a Repository) -> CredentialsFuture<'a> {
        Box::pin(async move {
            let found = self.0.credential(repository, Helpers::Never).await;
            found.map(Vec::from_iter).map_err(|error| CredentialFault(error.to_string()))
        })
    }
}

/// A rule for every image that wants one signature by any of these authorities, in either format.
pub(crate) fn rule(authorities: Vec<Authority>) -> ImageRule {
    ImageRule {
        patterns: vec![ImagePattern::parse("**").unwrap()],
        exclude: Vec::new(),
        require: Require::Any,
        authorities,
        attestations: Vec::new(),
        formats: Formats { bundle: true, legacy: true },
        pin: true,
        recursive: false,
        last_known: None,
        at: at(),
    }
}

/// An authority with that public key (PEM file), whose signatures need no log.
pub(crate) fn key(name: &str, public: &Path) -> Authority {
    let pem = std::fs::read(public).unwrap().into();
    let trust = AuthorityTrust::Key { pem, transparency: Transparency::Ignore, trusted_root: None };
    Authority { name: name.to_owned(), trust, annotations: BTreeMap::new(), at: at() }
}

/// An authority of certificates below that root.
pub(crate) fn keyless(name: &str, root: &[u8], issuer: Matcher, subject: Matcher) -> Authority {
    let trust = AuthorityTrust::Keyless { issuer, subject, ci_claims: BTreeMap::new(), trusted_root: root.into() };
    Authority { name: name.to_owned(), trust, annotations: BTreeMap::new(), at: at() }
}

/// The same authority, whose signatures must carry this annotation.
pub(crate) fn annotated(mut authority: Authority, name: &str, value: &str) -> Authority {
    authority.annotations.insert(name.to_owned(), value.to_owned());
    authority
}

/// An attestation of that type by any authority.
pub(crate) fn wanted(predicate_type: &str) -> WantedAttestation {
    WantedAttestation { predicate_type: predicate_type.to_owned(), authority: None }
}

fn at() -> At {
    At { file: "platlint.yaml".into(), line: 1, column: 1 }
}
