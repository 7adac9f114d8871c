//! The client: what outlives a session. Registries are told apart by the normal form of their host, and those that no
//! setting names are forgotten when there are too many.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use http::Uri;
use http::uri::Authority;
use hyper_util::client::proxy::matcher::Matcher;
use platlint_engine::image::{self, is_registry};
use tokio::time::Instant;

use crate::connect::{Lookups, Network};
use crate::host::{Host, Mirror};
use crate::limits::MAX_HOSTS;
use crate::repository::normal_host;
use crate::tls::Trust;
use crate::tokens::Tokens;
use crate::{Credential, HostSettings, Proxy, Repository, Session, Settings, SettingsError};

/// Reads from registries. One per process: it holds connections, tokens and what is known of failing registries.
///
/// ```
/// use platlint_registry::{Client, Settings};
/// let client = Client::new(Settings::default()).unwrap();
/// assert!(client.requests().is_empty());
/// ```
#[derive(Debug)]
pub struct Client {
    network: Arc<Network>,
    concurrency: usize,
    /// By normal form.
    settings: BTreeMap<String, (HostSettings, Vec<Mirror>)>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    requests: Mutex<BTreeMap<String, u64>>,
    pub(crate) tokens: Tokens,
}

impl Client {
    /// Checks the settings and reads the system's roots. No connection is made.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let mut hosts = BTreeMap::new();
        for (written, host) in settings.hosts {
            let name = host_name(&written)?;
            let mirrors = host.mirrors.iter().map(|text| mirror(text)).collect::<Result<Vec<_>, _>>()?;
            if hosts.insert(name.clone(), (host, mirrors)).is_some() {
                return Err(SettingsError::Twice(name));
            }
        }
        let own = hosts.iter().filter_map(|(name, (host, _))| Some((name.as_str(), host.ca_pem.as_deref()?)));
        let trust = Trust::new(own)?;
        let mirrors = hosts.values().flat_map(|(_, mirrors)| mirrors.iter().map(|mirror| mirror.host.clone()));
        let listed = hosts.keys().cloned().chain(mirrors).collect();
        let proxy = match settings.proxy {
            Proxy::None => None,
            Proxy::Environment => Some(Matcher::from_env()),
        };
        Ok(Self {
            network: Arc::new(Network {
                trust,
                listed,
                timeout: settings.connect_timeout,
                proxy,
                lookups: Lookups::shared(),
            }),
            concurrency: settings.concurrency,
            settings: hosts,
            hosts: Mutex::default(),
            requests: Mutex::default(),
            tokens: Tokens::default(),
        })
    }

    /// Asks one repository with one credential; all requests and retries together end at `deadline`.
    pub fn session(&self, repository: Repository, credential: Credential, deadline: Instant) -> Session<'_> {
        Session::new(self, repository, credential, deadline)
    }

    /// The mirrors of a repository in the order in which they are asked, for callers that have credentials for them
    /// ([`Session::with_mirror_credential`]).
    pub fn mirrors(&self, repository: &Repository) -> Vec<Repository> {
        let mirrors = self.settings.get(&normal_host(&repository.registry)).map(|(_, mirrors)| mirrors.as_slice());
        mirrors.unwrap_or_default().iter().map(|mirror| mirror.place_of(&repository.repository)).collect()
    }

    /// Requests sent so far, by host and port, with those to token services and redirects. Hosts beyond the first
    /// thousand are counted together under `*`.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many registries are asked nothing now, since they failed again and again or asked for a pause.
    pub fn left_alone(&self) -> usize {
        let now = Instant::now();
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.values().filter(|host| host.is_left_alone(now)).count()
    }

    /// Counts a request.
    pub(crate) fn count(&self, uri: &Uri) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let host = uri.authority().map_or("*", Authority::as_str);
        let name = if requests.len() < MAX_HOSTS || requests.contains_key(host) { host } else { "*" };
        let count = requests.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// What is known of a registry, by its normal form.
    pub(crate) fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(name) {
            return host.clone();
        }
        if hosts.len() >= MAX_HOSTS {
            // First those of which nothing would be lost, then all but those of the settings.
            hosts.retain(|_, host| Arc::strong_count(host) > 1 || !host.is_idle());
            if hosts.len() >= MAX_HOSTS {
                hosts.retain(|name, _| self.settings.contains_key(name));
            }
        }
        let known = self.settings.get(name).map(|(settings, _)| settings.clone());
        let host = Arc::new(Host::new(name, &known.unwrap_or_default(), &self.network, self.concurrency));
        hosts.insert(name.to_owned(), host.clone());
        host
    }
}

impl Mirror {
    /// Where the mirror keeps a repository.
    pub(crate) fn place_of(&self, repository: &str) -> Repository {
        let joiner = if self.prefix.is_empty() { "" } else { "/" };
        Repository {
            registry: self.host.as_str().into(),
            repository: format!("{}{joiner}{repository}", self.prefix).into(),
        }
    }
}

/// The normal form of a host as an operator writes it.
fn host_name(written: &str) -> Result<String, SettingsError> {
    if is_registry(written) { Ok(normal_host(written)) } else { Err(SettingsError::Host(written.to_owned())) }
}

fn mirror(written: &str) -> Result<Mirror, SettingsError> {
    let (host, prefix) = image::mirror(written).map_err(|_| SettingsError::Host(written.to_owned()))?;
    Ok(Mirror { host, prefix: prefix.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(hosts: &[(&str, &[&str])]) -> Result<Client, SettingsError> {
        let host = |mirrors: &[&str]| HostSettings {
            mirrors: mirrors.iter().map(|text| (*text).to_owned()).collect(),
            ..HostSettings::default()
        };
        let hosts = hosts.iter().map(|(name, mirrors)| ((*name).to_owned(), host(mirrors))).collect();
        Client::new(Settings { hosts, ..Settings::default() })
    }

    fn repository(registry: &str, repository: &str) -> Repository {
        Repository { registry: registry.into(), repository: repository.into() }
    }

    #[test]
    fn puts_the_prefix_of_a_mirror_before_the_repository() {
        let client = with(&[("Registry.Example", &["mirror.local/registry.example", "other.local:5000"])]).unwrap();
        let mirrors = client.mirrors(&repository("registry.example", "team/app"));
        let expected =
            [repository("mirror.local", "registry.example/team/app"), repository("other.local:5000", "team/app")];
        assert_eq!(mirrors, expected);
        assert!(client.mirrors(&repository("elsewhere.example", "team/app")).is_empty());
    }

    #[test]
    fn refuses_hosts_that_are_none() {
        for host in ["", "https://registry.example", "registry.example/path", "user@registry.example", "registry:port"]
        {
            assert!(matches!(with(&[(host, &[])]), Err(SettingsError::Host(_))), "{host}");
        }
        for mirror in ["", "/prefix", "mirror.local/../x", "mirror.local/a?b"] {
            assert!(matches!(with(&[("registry.example", &[mirror])]), Err(SettingsError::Host(_))), "{mirror}");
        }
        let twice = with(&[("docker.io", &[]), ("index.docker.io", &[])]);
        assert_eq!(twice.err(), Some(SettingsError::Twice("docker.io".into())));
    }

    #[test]
    fn refuses_roots_that_are_none() {
        let host = HostSettings { ca_pem: Some(b"nothing".as_slice().into()), ..HostSettings::default() };
        let settings = Settings { hosts: [("registry.example".to_owned(), host)].into(), ..Settings::default() };
        assert!(matches!(Client::new(settings).err(), Some(SettingsError::Roots { .. })));
    }

    #[tokio::test]
    async fn remembers_a_bounded_number_of_registries() {
        let client = with(&[("registry.example", &[])]).unwrap();
        for number in 0..=MAX_HOSTS {
            client.host(&format!("r{number}.example"));
            client.count(&format!("https://r{number}.example/").parse().unwrap());
        }
        assert!(client.hosts.lock().unwrap().len() <= MAX_HOSTS);
        assert!(client.requests().len() <= MAX_HOSTS + 1);
        assert_eq!(client.requests()["*"], 1);
    }
}
