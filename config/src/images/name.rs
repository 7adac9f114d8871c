//! The name of an image as rules match it: one form for all ways to write the same registry and repository.
//!
//! What is left out (a tag, a digest) does not choose the rule. Names that differ after this are different images: an
//! alias that only a DNS server or a node's configuration knows is decided by its own name.

use std::fmt;
use std::net::Ipv6Addr;

use platlint_engine::image::Reference;

/// Docker Hub, as a reference writes it.
pub(crate) const DOCKER_HUB: &str = "docker.io";
/// The folder of Docker Hub's images that are named without one.
pub(crate) const DOCKER_HUB_FOLDER: &str = "library";
/// Other hosts that serve Docker Hub's images.
const DOCKER_HUB_ALIASES: [&str; 4] =
    ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "www.docker.io"];
/// The port of HTTPS, which is what no port means.
const DEFAULT_PORT: &str = "443";

/// Registry and repository, normalised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageName {
    registry: String,
    repository: String,
}

impl ImageName {
    /// The name in a reference.
    ///
    /// ```
    /// use platlint_config::images::ImageName;
    /// use platlint_engine::image::Reference;
    /// let name = |text: &str| ImageName::of(&Reference::parse(text).unwrap()).to_string();
    /// assert_eq!(name("nginx:1.27"), "docker.io/library/nginx");
    /// assert_eq!(name("Registry.Example:443/shop/web"), "registry.example/shop/web");
    /// ```
    #[must_use]
    pub fn of(image: &Reference) -> Self {
        let registry = registry(&image.registry);
        let is_bare = registry == DOCKER_HUB && !image.repository.contains('/');
        let repository =
            if is_bare { format!("{DOCKER_HUB_FOLDER}/{}", image.repository) } else { image.repository.to_string() };
        Self { registry, repository }
    }

    /// Host and port.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path within the registry.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    pub(crate) fn segments(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        std::iter::once(self.registry.as_str()).chain(self.repository.split('/'))
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)
    }
}

/// A registry's host and port in one form: lower case, without a dot at the end, without the port of HTTPS, IPv6 addresses
/// in their shortest form, Docker Hub under its one name.
#[must_use]
pub fn registry(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, after)) => {
            let address =
                address.parse::<Ipv6Addr>().map_or_else(|_| address.to_owned(), |address| address.to_string());
            (format!("[{address}]"), after.strip_prefix(':'))
        }
        None => match text.rsplit_once(':') {
            Some((host, port)) => (host.trim_end_matches('.').to_owned(), Some(port)),
            None => (text.trim_end_matches('.').to_owned(), None),
        },
    };
    let port = port.map(|port| port.trim_start_matches('0')).filter(|port| *port != DEFAULT_PORT);
    match port {
        Some(port) => format!("{host}:{port}"),
        None if DOCKER_HUB_ALIASES.contains(&host.as_str()) => DOCKER_HUB.to_owned(),
        None => host,
    }
}

/// Whether a text can be the registry of an image: a host, with or without a port.
#[must_use]
pub fn is_registry(text: &str) -> bool {
    // Without any of these, a reference would take it for a folder of Docker Hub.
    let is_named = text.contains(['.', ':']) || text.eq_ignore_ascii_case("localhost");
    is_named && !text.contains(['/', '@']) && Reference::parse(&format!("{text}/a")).is_some()
}
