//! The two registries: Debian's `docker-registry`, which has no referrers API, and `oci-registry` (`image-tools`), which has
//! it. Each runs on a port of the loopback interface with data of its own.

use super::token::TokenServer;
use crate::authority::Authority;
use crate::https::{Answer, Client};
use crate::process::Running;
use crate::{ports, wait};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who may pull and push where a registry asks.
pub const USER: &str = "puller";

/// Their password.
pub const PASSWORD: &str = "open sesame: 1:2";

/// That password in htpasswd's bcrypt form (cost 4: it guards a registry that lives for seconds).
const HTPASSWD: &str = "$2a$04$aoNG0N/9H/wofTCiESFloOmwc7GjWco4ZuWFLrM9aixAggAf2s.2y";

/// How a `docker-registry` knows who asks.
#[derive(Clone, Copy, Debug)]
pub enum Access<'t> {
    /// It does not ask.
    Open,
    /// Basic authentication with [`USER`] and [`PASSWORD`].
    Basic,
    /// Tokens of that server, which asks for the same user.
    Token(&'t TokenServer),
}

/// A running registry. Dropping it kills it.
#[derive(Debug)]
pub struct Registry {
    folder: PathBuf,
    port: u16,
    certificates: Option<PathBuf>,
    authorization: Authorization,
    client: Client,
    running: Running,
}

/// How the harness itself shows who it is.
#[derive(Debug)]
pub(super) enum Authorization {
    None,
    Basic,
    /// A token that may do anything in the one repository it is asked for.
    Token(super::token::Issuer),
}

impl Registry {
    /// A registry with the referrers API, in memory; over TLS where an authority is given.
    pub fn oci(tools: &Path, tls: Option<&Authority>) -> Self {
        let folder = super::folder("oci-registry");
        let mut command = Command::new(tools.join("oci-registry"));
        if let Some(authority) = tls {
            write_certificates(&folder, authority);
            command.args([folder.join("server.crt"), folder.join("server.key")]);
        }
        let mut running = Running::start(&mut command, &folder.join("log"));
        let port = wait::until("the address of oci-registry", || {
            running.assert_running();
            let log = running.log();
            let (line, _) = log.split_once('\n')?;
            line.rsplit_once(':')?.1.parse().ok()
        });
        Self::ready(folder, port, tls, Authorization::None, running)
    }

    /// Debian's registry, with its data in a folder; over TLS where an authority is given.
    pub fn docker(tools: &Path, tls: Option<&Authority>, access: Access<'_>) -> Self {
        let folder = super::folder("docker-registry");
        let port = ports::free();
        let mut http = json!({"addr": format!("127.0.0.1:{port}")});
        if let Some(authority) = tls {
            write_certificates(&folder, authority);
            http["tls"] = json!({"certificate": folder.join("server.crt"), "key": folder.join("server.key")});
        }
        let mut config = json!({
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": true}},
            "storage": {
                "filesystem": {"rootdirectory": folder.join("data")},
                "delete": {"enabled": true},
            },
            "http": http,
        });
        let authorization = match access {
            Access::Open => Authorization::None,
            Access::Basic => {
                let path = folder.join("htpasswd");
                fs::write(&path, format!("{USER}:{HTPASSWD}\n")).expect("a file of passwords");
                config["auth"] = json!({"htpasswd": {"realm": "platlint tests", "path": path}});
                Authorization::Basic
            }
            Access::Token(server) => {
                let path = folder.join("tokens.crt");
                fs::write(&path, server.root()).expect("the root of tokens");
                config["auth"] = json!({"token": server.registry_settings(&path)});
                Authorization::Token(server.issuer().clone())
            }
        };
        let path = folder.join("config.yml");
        // JSON is YAML.
        fs::write(&path, config.to_string()).expect("the registry's configuration");
        let mut command = Command::new(tools.join("docker-registry"));
        let running = Running::start(command.arg("serve").arg(&path), &folder.join("log"));
        Self::ready(folder, port, tls, authorization, running)
    }

    fn ready(
        folder: PathBuf,
        port: u16,
        tls: Option<&Authority>,
        authorization: Authorization,
        mut running: Running,
    ) -> Self {
        let client = match tls {
            Some(authority) => Client::new(port, "127.0.0.1", authority.pem(), None),
            None => Client::plain(port),
        };
        wait::until_ok("a registry to answer", || {
            running.assert_running();
            client.send("GET", "/v2/", "")
        });
        let certificates = tls.map(|_| folder.join("ca.crt"));
        Self { folder, port, certificates, authorization, client, running }
    }

    /// Host and port, as references and docker configurations write it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The file with the certificate of the authority that signed its own, where it speaks TLS.
    pub fn authority_file(&self) -> Option<&Path> {
        self.certificates.as_deref()
    }

    /// A folder with a docker `config.json` that lets one in, for `DOCKER_CONFIG`.
    pub fn docker_config(&self) -> PathBuf {
        let folder = self.folder.join("docker");
        let config = match self.authorization {
            Authorization::None => json!({}),
            Authorization::Basic | Authorization::Token(_) => self.credentials(USER, PASSWORD),
        };
        fs::create_dir_all(&folder).expect("a folder for docker's configuration");
        fs::write(folder.join("config.json"), config.to_string()).expect("docker's configuration");
        folder
    }

    /// The content of a docker `config.json` with these credentials of this registry.
    pub fn credentials(&self, user: &str, password: &str) -> Value {
        let auth = BASE64_STANDARD.encode(format!("{user}:{password}"));
        json!({"auths": {(self.address()): {"auth": auth}}})
    }

    /// Its process, to stop or kill it.
    pub fn process(&mut self) -> &mut Running {
        &mut self.running
    }

    /// Sends a request as somebody who may do it in that repository.
    ///
    /// # Panics
    /// When there is no answer.
    pub(super) fn send(
        &self,
        repository: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let authorization = match &self.authorization {
            Authorization::None => None,
            Authorization::Basic => Some(basic(USER, PASSWORD)),
            Authorization::Token(issuer) => Some(format!("Bearer {}", issuer.token(repository, &["pull", "push"]))),
        };
        let mut headers = headers.to_vec();
        headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
        let answer = self.client.send_with(method, path, &headers, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}\n{}", self.running.last_words()))
    }
}

/// The value of a header of basic authentication.
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// Writes the authority's certificate and a server's certificate and key.
fn write_certificates(folder: &Path, authority: &Authority) {
    let identity = authority.server(&["127.0.0.1", "localhost"]);
    let write = |name: &str, content: &str| fs::write(folder.join(name), content).expect("a file of the registry");
    write("ca.crt", authority.pem());
    write("server.crt", &identity.certificate);
    write("server.key", &identity.key);
}
