//! One form for all ways to write the same registry, and what can be the name of a registry, a repository or a mirror.
//! What a policy accepts and what is asked over the network is decided by the same lines.

use std::net::Ipv6Addr;

use super::{DEFAULT_REGISTRY, MAX_NAME_BYTES, Reference};

/// Docker Hub, as a reference writes it.
pub const DOCKER_HUB: &str = DEFAULT_REGISTRY;
/// The folder of Docker Hub's images that are named without one.
pub const DOCKER_HUB_FOLDER: &str = "library";
/// Other hosts that serve Docker Hub's images.
const DOCKER_HUB_ALIASES: [&str; 4] =
    ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "www.docker.io"];
/// The port of HTTPS, which is what no port means.
const DEFAULT_PORT: &str = "443";

/// Why a text is no mirror; what follows the text in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MirrorFault {
    /// `https://…`.
    #[error("has a scheme; write `host[:port][/path]`, and `plainHttp` for the mirror's own host")]
    Scheme,
    /// Its first part is no host.
    #[error("does not begin with a host, as in `mirror.example:5000/registry.example`")]
    Host,
    /// What follows the host is no path in a registry; a port in it, too, belongs to no repository.
    #[error("has a path that no repository can begin with")]
    Path,
}

impl Reference {
    /// Registry and repository in the one form that is compared: [`registry`], and the folder that Docker Hub's images
    /// without one are in, whichever of its names is written.
    ///
    /// ```
    /// use platlint_engine::image::Reference;
    /// let place = Reference::parse("registry-1.docker.io/nginx:1.27").unwrap().place();
    /// assert_eq!(place, ("docker.io".to_owned(), "library/nginx".to_owned()));
    /// ```
    #[must_use]
    pub fn place(&self) -> (String, String) {
        let registry = registry(&self.registry);
        let is_bare = registry == DOCKER_HUB && !self.repository.contains('/');
        let repository =
            if is_bare { format!("{DOCKER_HUB_FOLDER}/{}", self.repository) } else { self.repository.to_string() };
        (registry, repository)
    }
}

/// A registry's host and port in one form: lower case, without dots at the end, without the port of HTTPS and zeros before
/// a port, IPv6 addresses in their shortest form, Docker Hub under its one name.
///
/// ```
/// assert_eq!(platlint_engine::image::registry("Registry.Example.:443"), "registry.example");
/// ```
#[must_use]
pub fn registry(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let in_brackets = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match in_brackets {
        Some((address, after)) if after.is_empty() || after.starts_with(':') => {
            let address =
                address.parse::<Ipv6Addr>().map_or_else(|_| address.to_owned(), |address| address.to_string());
            (format!("[{address}]"), after.strip_prefix(':'))
        }
        _ => match text.rsplit_once(':') {
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
    let after_host = text.rsplit_once(']').map_or(text, |(_, after)| after);
    let port = after_host.rsplit_once(':').map(|(_, port)| port);
    is_named
        && !text.contains(['/', '@'])
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0))
        && Reference::parse(&format!("{text}/a")).is_some()
}

/// Whether a text can be asked for as a repository, or as the first part of one: nothing that could change the meaning of
/// an address. References allow less (capital letters), some registries' own paths more.
#[must_use]
pub fn is_repository(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES
        && text.split('/').all(|component| {
            component.starts_with(|c: char| c.is_ascii_alphanumeric())
                && component.bytes().all(|b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        })
}

/// Reads `host[:port][/path]`: the host in its one form ([`registry`]), and the path, empty where there is none.
pub fn mirror(text: &str) -> Result<(String, &str), MirrorFault> {
    if text.contains("://") {
        return Err(MirrorFault::Scheme);
    }
    let (host, path) = text.split_once('/').map_or((text, None), |(host, path)| (host, Some(path)));
    if !is_registry(host) {
        return Err(MirrorFault::Host);
    }
    if path.is_some_and(|path| !is_repository(path)) {
        return Err(MirrorFault::Path);
    }
    Ok((registry(host), path.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_registry_has_one_form() {
        for (written, normal) in [
            ("Registry.Example", "registry.example"),
            ("registry.example.", "registry.example"),
            ("registry.example:443", "registry.example"),
            ("registry.example.:443", "registry.example"),
            ("registry.example:0443", "registry.example"),
            ("registry.example:05000", "registry.example:5000"),
            ("registry.example:5000", "registry.example:5000"),
            ("[::1]:5000", "[::1]:5000"),
            ("[0:0::1]:443", "[::1]"),
            ("[::1]", "[::1]"),
            ("index.docker.io", "docker.io"),
            ("registry-1.docker.io:443", "docker.io"),
            ("registry.hub.docker.com", "docker.io"),
            ("www.docker.io.", "docker.io"),
            ("localhost", "localhost"),
            ("[ab]c.example:1", "[ab]c.example:1"),
        ] {
            assert_eq!(registry(written), normal, "{written}");
            assert_eq!(registry(normal), normal, "once is enough: {written}");
        }
    }

    #[test]
    fn docker_hubs_folder_is_added_under_each_of_its_names() {
        for text in ["nginx", "docker.io/nginx", "registry-1.docker.io/nginx", "www.docker.io/library/nginx"] {
            let (registry, repository) = Reference::parse(text).unwrap().place();
            assert_eq!((&*registry, &*repository), ("docker.io", "library/nginx"), "{text}");
        }
    }

    #[test]
    fn takes_only_names_that_stay_in_their_place() {
        for good in ["a", "library/nginx", "a.b/c_d/e-f", "Mirror/registry.example"] {
            assert!(is_repository(good), "{good}");
        }
        for wrong in ["", "/a", "a/", "a//b", "../a", "a/..", "a?b", "a#b", "a%2fb", "a b", "a\n", "a:5000"] {
            assert!(!is_repository(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_registry_is_a_host_with_a_port_that_exists() {
        for good in ["registry.example", "registry.example:5000", "localhost", "[::1]:5000", "[::1]", "a:1"] {
            assert!(is_registry(good), "{good}");
        }
        for wrong in ["", "registry", "a.b:", "a.b:x", "a.b:0", "a.b:65536", "a.b/c", "u@a.b", "https://a.b", "a b.c"] {
            assert!(!is_registry(wrong), "{wrong}");
        }
    }

    #[test]
    fn mirrors_are_hosts_with_paths() {
        for (good, host, path) in [
            ("mirror.example", "mirror.example", ""),
            ("Mirror.example:443/a/registry.example", "mirror.example", "a/registry.example"),
            ("localhost:5000", "localhost:5000", ""),
            ("[::1]:5000/a", "[::1]:5000", "a"),
        ] {
            assert_eq!(mirror(good), Ok((host.to_owned(), path)), "{good}");
        }
        for (wrong, fault) in [
            ("https://mirror.example", MirrorFault::Scheme),
            ("mirror", MirrorFault::Host),
            ("", MirrorFault::Host),
            ("/prefix", MirrorFault::Host),
            ("mirror.example:a", MirrorFault::Host),
            ("user@mirror.example", MirrorFault::Host),
            ("mirror.example/", MirrorFault::Path),
            ("mirror.example/../a", MirrorFault::Path),
            ("mirror.example/a b", MirrorFault::Path),
            ("mirror.example/a?b", MirrorFault::Path),
            ("mirror.example:5000/registry.example:5000", MirrorFault::Path),
        ] {
            assert_eq!(mirror(wrong), Err(fault), "{wrong}");
        }
    }
}
