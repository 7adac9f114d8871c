//! The real cosign, version 3, as people call it without any of Sigstore's services: the flags of every call are here.
//!
//! - Bundles need a signing configuration; one that names no service is what keeps cosign from asking any. The trusted
//!   root is named because it is fetched from the update repository otherwise, even where a key decides.
//! - The legacy format takes no signing configuration at all; there the transparency log is switched off by its own flag.
//! - Whatever cosign dials outside the loopback interface goes through a proxy that is a trap: it counts and answers
//!   nothing. Go never asks a proxy for loopback addresses.

use super::registry::Registry;
use crate::ports;
use rcgen::{KeyPair, PKCS_ED25519, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// cosign with a folder of keys.
#[derive(Debug)]
pub struct Cosign {
    program: PathBuf,
    folder: PathBuf,
    trap: Trap,
    made: AtomicUsize,
}

/// What a key pair signs with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Algorithm {
    /// ECDSA P-256 with SHA-256, made by cosign itself.
    Ecdsa,
    /// RSA with 2048 bits, PKCS #1 v1.5 with SHA-256, imported.
    Rsa,
    /// Ed25519, imported. cosign signs with Ed25519ph, which nobody verifies: see [`super::handmade`].
    Ed25519,
}

/// A key pair in files.
#[derive(Clone, Debug)]
pub struct Key {
    private: PathBuf,
    /// The public key, PEM.
    pub public: PathBuf,
}

/// How a signature is packed and where it is put.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// A Sigstore bundle, found through the referrers of the image.
    Bundle,
    /// A layer with annotations below the tag `sha256-….sig`.
    Legacy,
}

/// What is signed and how.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'s> {
    /// The format of the signature.
    pub format: Format,
    /// Whether each image of an index is signed as well.
    pub recursive: bool,
    /// Annotations that the signature covers.
    pub annotations: &'s [(&'s str, &'s str)],
}

impl Signing<'_> {
    /// One signature in that format and nothing else.
    pub fn plain(format: Format) -> Self {
        Self { format, recursive: false, annotations: &[] }
    }
}

/// What cosign said when it refused.
#[derive(Clone, Debug)]
pub struct Refused(pub String);

impl Cosign {
    /// cosign from that folder of tools.
    pub fn new(tools: &Path) -> Self {
        let folder = super::folder("cosign");
        let config = json!({"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json"});
        let root = json!({"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"});
        fs::write(folder.join("signing-config.json"), config.to_string()).expect("a signing configuration");
        fs::write(folder.join("trusted-root.json"), root.to_string()).expect("a trusted root");
        let made = AtomicUsize::new(0);
        Self { program: tools.join("cosign"), folder, trap: Trap::start(), made }
    }

    /// A new key pair.
    pub fn key(&self, algorithm: Algorithm) -> Key {
        let name = format!("key-{}", self.made.fetch_add(1, Ordering::Relaxed));
        let mut command = self.command();
        let import = |key: KeyPair| {
            let path = self.folder.join(format!("{name}.pem"));
            fs::write(&path, key.serialize_pem()).expect("a private key");
            path
        };
        let key = match algorithm {
            Algorithm::Ecdsa => None,
            Algorithm::Rsa => Some(KeyPair::generate_for(&PKCS_RSA_SHA256).expect("an RSA key")),
            Algorithm::Ed25519 => Some(KeyPair::generate_for(&PKCS_ED25519).expect("an Ed25519 key")),
        };
        match key {
            None => command.arg("generate-key-pair"),
            Some(key) => command.arg("import-key-pair").arg("--key").arg(import(key)),
        };
        run(command.args(["--output-key-prefix", &name])).expect("a key pair");
        let file = |end: &str| self.folder.join(format!("{name}.{end}"));
        Key { private: file("key"), public: file("pub") }
    }

    /// Signs what the reference names and uploads the signature beside it.
    ///
    /// # Panics
    /// When cosign refuses.
    pub fn sign(&self, registry: &Registry, key: &Key, reference: &str, signing: Signing<'_>) {
        self.try_sign(registry, key, reference, signing).expect("a signature");
    }

    /// As [`Self::sign`], where cosign may refuse.
    pub fn try_sign(
        &self,
        registry: &Registry,
        key: &Key,
        reference: &str,
        signing: Signing<'_>,
    ) -> Result<(), Refused> {
        let mut command = self.command_for(registry, "sign");
        command.arg("--yes").arg("--key").arg(&key.private);
        self.no_services(&mut command, signing.format);
        if signing.recursive {
            command.arg("--recursive");
        }
        for (name, value) in signing.annotations {
            command.arg("--annotations").arg(format!("{name}={value}"));
        }
        run(command.arg(reference)).map(|_| ())
    }

    /// Attests a predicate of what the reference names: type (`slsaprovenance1`, `spdxjson`, `cyclonedx`, `vuln` or a URI)
    /// and content.
    ///
    /// # Panics
    /// When cosign refuses.
    pub fn attest(&self, registry: &Registry, key: &Key, reference: &str, format: Format, predicate: (&str, &Value)) {
        let (predicate_type, content) = predicate;
        let path = self.folder.join(format!("predicate-{}.json", self.made.fetch_add(1, Ordering::Relaxed)));
        fs::write(&path, content.to_string()).expect("a predicate");
        let mut command = self.command_for(registry, "attest");
        command.arg("--yes").arg("--key").arg(&key.private);
        self.no_services(&mut command, format);
        command.args(["--type", predicate_type]).arg("--predicate").arg(path);
        run(command.arg(reference)).expect("an attestation");
    }

    /// What signing must be told so that no service is asked.
    fn no_services(&self, command: &mut Command, format: Format) {
        match format {
            Format::Bundle => {
                command.arg("--signing-config").arg(self.folder.join("signing-config.json"));
                command.arg("--trusted-root").arg(self.folder.join("trusted-root.json"));
            }
            Format::Legacy => {
                command.args(["--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false"]);
            }
        }
    }

    /// Whether cosign finds a signature by that public key, with these annotations.
    pub fn verify(
        &self,
        registry: &Registry,
        public: &Path,
        reference: &str,
        format: Format,
        annotations: &[(&str, &str)],
    ) -> Result<Value, Refused> {
        let mut command = self.command_for(registry, "verify");
        self.by_key(&mut command, public, format);
        for (name, value) in annotations {
            command.arg("--annotations").arg(format!("{name}={value}"));
        }
        let found = run(command.arg(reference))?;
        Ok(serde_json::from_str(&found).unwrap_or_else(|error| panic!("{error}: {found}")))
    }

    /// Whether cosign finds a keyless signature by that subject and issuer below that trusted root.
    pub fn verify_keyless(
        &self,
        registry: &Registry,
        trusted_root: &[u8],
        identity: (&str, &str),
        reference: &str,
        format: Format,
    ) -> Result<Value, Refused> {
        let path = self.folder.join(format!("root-{}.json", self.made.fetch_add(1, Ordering::Relaxed)));
        fs::write(&path, trusted_root).expect("a trusted root");
        let mut command = self.command_for(registry, "verify");
        let (subject, issuer) = identity;
        command.args(["--certificate-identity", subject, "--certificate-oidc-issuer", issuer]);
        command.arg("--trusted-root").arg(path);
        if format == Format::Legacy {
            command.arg("--new-bundle-format=false");
        }
        let found = run(command.arg(reference))?;
        Ok(serde_json::from_str(&found).unwrap_or_else(|error| panic!("{error}: {found}")))
    }

    /// Whether cosign finds an attestation of that type by that public key.
    pub fn verify_attestation(
        &self,
        registry: &Registry,
        public: &Path,
        reference: &str,
        format: Format,
        predicate_type: &str,
    ) -> Result<String, Refused> {
        let mut command = self.command_for(registry, "verify-attestation");
        self.by_key(&mut command, public, format);
        run(command.args(["--type", predicate_type, reference]))
    }

    /// What verifying must be told: the key, and that no log has it.
    fn by_key(&self, command: &mut Command, public: &Path, format: Format) {
        command.arg("--key").arg(public).arg("--insecure-ignore-tlog");
        match format {
            Format::Bundle => command.arg("--trusted-root").arg(self.folder.join("trusted-root.json")),
            Format::Legacy => command.arg("--new-bundle-format=false"),
        };
    }

    /// How often something outside the loopback interface was dialled.
    pub fn dialled(&self) -> usize {
        self.trap.sprung.load(Ordering::Relaxed)
    }

    /// Dials a name outside the loopback interface as cosign would, to show that the trap counts.
    pub fn dial_outside(&self) {
        let mut command = self.command();
        let refused = run(command.args(["triangulate", "registry.example/app:1"]));
        assert!(refused.is_err(), "the trap answers nothing");
    }

    fn command_for(&self, registry: &Registry, subcommand: &str) -> Command {
        let mut command = self.command();
        command.arg(subcommand).env("DOCKER_CONFIG", registry.docker_config());
        if let Some(authority) = registry.authority_file() {
            command.arg("--registry-cacert").arg(authority);
        }
        command
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let proxy = format!("http://127.0.0.1:{}", self.trap.port);
        command.current_dir(&self.folder).env_clear().stdin(Stdio::null());
        command.env("HOME", &self.folder).env("COSIGN_PASSWORD", "").env("TUF_ROOT", self.folder.join("tuf"));
        command.envs(["HTTP_PROXY", "HTTPS_PROXY"].map(|name| (name, &proxy)));
        command
    }
}

/// Standard output of a command that succeeds, else all it said.
fn run(command: &mut Command) -> Result<String, Refused> {
    let output = command.output().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(Refused(format!("{command:?}: {}\n{}{}", output.status, text(&output.stdout), text(&output.stderr))))
}

/// A proxy that serves nobody and counts who comes.
#[derive(Debug)]
struct Trap {
    port: u16,
    sprung: Arc<AtomicUsize>,
    waiting: JoinHandle<()>,
}

impl Trap {
    fn start() -> Self {
        let port = ports::free();
        let listener = crate::runtime().block_on(TcpListener::bind(("127.0.0.1", port))).expect("the trap listens");
        let sprung: Arc<AtomicUsize> = Arc::default();
        let count = Arc::clone(&sprung);
        let waiting = crate::runtime().spawn(async move {
            loop {
                if listener.accept().await.is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { port, sprung, waiting }
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.waiting.abort();
    }
}
