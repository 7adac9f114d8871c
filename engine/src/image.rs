//! Image references, read as containerd reads them: `nginx` is `docker.io/library/nginx`.
//!
//! Grammar: the `reference` package of distribution (heads of 2026). Whether a tag or a digest is there, and which
//! registry is meant, is decided here once, for rules, verification and fixes alike.

mod place;

use std::sync::Arc;

use regorus::Value;

use crate::value::map_of;

pub use place::{DOCKER_HUB, DOCKER_HUB_FOLDER, MirrorFault, is_registry, is_repository, mirror, registry};

/// The registry meant by a reference that names none.
const DEFAULT_REGISTRY: &str = "docker.io";
/// Longest name (registry and repository) in bytes, as distribution limits it.
const MAX_NAME_BYTES: usize = 255;
/// Longest tag in bytes.
const MAX_TAG_BYTES: usize = 128;

/// A parsed and normalised image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Host and optional port; `docker.io` where none is written.
    pub registry: Arc<str>,
    /// Path within the registry; `library/` is added to bare names of Docker Hub.
    pub repository: Arc<str>,
    /// The tag, where one is written; `latest` is not filled in.
    pub tag: Option<Arc<str>>,
    /// `algorithm:hex`, where one is written.
    pub digest: Option<Arc<str>>,
}

impl Reference {
    /// Reads a reference; `None` where containerd would refuse it too.
    ///
    /// ```
    /// use platlint_engine::image::Reference;
    /// let image = Reference::parse("nginx:1.27").unwrap();
    /// assert_eq!((&*image.registry, &*image.repository), ("docker.io", "library/nginx"));
    /// assert!(Reference::parse("Nginx").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(valid_digest(digest)?)),
            None => (text, None),
        };
        let name_start = rest.rfind('/').map_or(0, |slash| slash.saturating_add(1));
        let (name, tag) = match rest.get(name_start..)?.rfind(':') {
            Some(colon) => {
                let colon = name_start.saturating_add(colon);
                (rest.get(..colon)?, Some(valid_tag(rest.get(colon.saturating_add(1)..)?)?))
            }
            None => (rest, None),
        };
        if name.is_empty() || is_bare_identifier(name) {
            return None;
        }
        let (registry, repository) = split_registry(name);
        if !is_host_and_port(registry) || !repository.split('/').all(is_path_component) {
            return None;
        }
        let repository: Arc<str> = if registry == DEFAULT_REGISTRY && !repository.contains('/') {
            format!("library/{repository}").into()
        } else {
            repository.into()
        };
        if registry.len().saturating_add(repository.len()) >= MAX_NAME_BYTES {
            return None;
        }
        Some(Self { registry: registry.into(), repository, tag: tag.map(Into::into), digest: digest.map(Into::into) })
    }

    /// As a rule sees it under `input.images[_].reference`.
    pub(crate) fn to_value(&self) -> Value {
        let text = |text: &Arc<str>| Value::String(text.clone());
        map_of([
            (Value::from("digest"), self.digest.as_ref().map(text)),
            (Value::from("registry"), Some(text(&self.registry))),
            (Value::from("repository"), Some(text(&self.repository))),
            (Value::from("tag"), self.tag.as_ref().map(text)),
        ])
    }
}

/// The first component is a registry where it could not be a path component of Docker Hub.
fn split_registry(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            if first == "index.docker.io" {
                (DEFAULT_REGISTRY, rest)
            } else {
                (first, rest)
            }
        }
        _ => (DEFAULT_REGISTRY, name),
    }
}

/// 64 hexadecimal digits alone are an image's id, never a name.
fn is_bare_identifier(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(is_lower_hex)
}

const fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn is_host_and_port(registry: &str) -> bool {
    let (host, port) = match registry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            let address_is_valid = !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
            return address_is_valid && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
        }
        None => registry.split_once(':').map_or((registry, None), |(host, port)| (host, Some(port))),
    };
    port.is_none_or(is_port) && host.split('.').all(is_host_label)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
}

fn is_host_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Letters and digits, joined by one `.`, one or two `_`, or any number of `-`.
fn is_path_component(component: &str) -> bool {
    let mut separator = 0_usize;
    let mut last = None;
    for byte in component.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => separator = 0,
            b'.' | b'_' | b'-' => {
                let run_goes_on = separator > 0 && last == Some(byte);
                let allowed = match byte {
                    _ if last.is_none() => false,
                    b'-' => separator == 0 || run_goes_on,
                    b'_' => separator == 0 || (run_goes_on && separator == 1),
                    _ => separator == 0,
                };
                if !allowed {
                    return false;
                }
                separator = separator.saturating_add(1);
            }
            _ => return false,
        }
        last = Some(byte);
    }
    last.is_some() && separator == 0
}

fn valid_tag(tag: &str) -> Option<&str> {
    let mut bytes = tag.bytes();
    let first = bytes.next()?;
    let valid = (first.is_ascii_alphanumeric() || first == b'_')
        && tag.len() <= MAX_TAG_BYTES
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    valid.then_some(tag)
}

fn valid_digest(digest: &str) -> Option<&str> {
    let (algorithm, hex) = digest.split_once(':')?;
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return None,
    };
    (hex.len() == length && hex.bytes().all(is_lower_hex)).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<Parts> {
        Reference::parse(text).map(|r| {
            (
                r.registry.to_string(),
                r.repository.to_string(),
                r.tag.map(|t| t.to_string()),
                r.digest.map(|d| d.to_string()),
            )
        })
    }

    type Parts = (String, String, Option<String>, Option<String>);

    fn named(registry: &str, repository: &str, tag: Option<&str>) -> Parts {
        (registry.into(), repository.into(), tag.map(Into::into), None)
    }

    #[test]
    fn fills_in_docker_hub_and_library() {
        assert_eq!(parts("nginx"), Some(named("docker.io", "library/nginx", None)));
        assert_eq!(parts("docker.io/nginx"), Some(named("docker.io", "library/nginx", None)));
        assert_eq!(parts("index.docker.io/nginx"), Some(named("docker.io", "library/nginx", None)));
        assert_eq!(parts("bitnami/redis:7"), Some(named("docker.io", "bitnami/redis", Some("7"))));
    }

    #[test]
    fn tells_a_registry_port_from_a_tag() {
        assert_eq!(parts("localhost:5000/app"), Some(named("localhost:5000", "app", None)));
        assert_eq!(parts("registry.example:5000/a/b:v1"), Some(named("registry.example:5000", "a/b", Some("v1"))));
        assert_eq!(parts("[::1]:5000/app:1"), Some(named("[::1]:5000", "app", Some("1"))));
        assert_eq!(parts("app:5000"), Some(named("docker.io", "library/app", Some("5000"))));
    }

    #[test]
    fn keeps_tag_and_digest() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let read = parts(&format!("ghcr.io/a/b:1@{digest}"));
        assert_eq!(read, Some(("ghcr.io".into(), "a/b".into(), Some("1".into()), Some(digest))));
    }

    #[test]
    fn refuses_what_containerd_refuses() {
        let short = format!("app@sha256:{}", "a".repeat(63));
        let upper = format!("app@sha256:{}", "A".repeat(64));
        let other = format!("app@md5:{}", "a".repeat(32));
        let identifier = "a".repeat(64);
        let long = format!("app:{}", "t".repeat(129));
        for text in [
            "",
            " ",
            "App",
            "nginx:",
            "nginx:-1",
            "a//b",
            "/a",
            "a/",
            "a b",
            "nginx\u{a0}",
            "ngіnx",
            "a..b/c",
            "a___b",
            "-a",
            "a-",
            "reg_istry.example/app",
            "registry.example:port/app",
            "app@sha256",
            "app@",
            "https://registry.example/app",
            &short,
            &upper,
            &other,
            &identifier,
            &long,
        ] {
            assert_eq!(parts(text), None, "{text:?}");
        }
    }

    #[test]
    fn accepts_every_separator() {
        for text in ["a--b", "a__b", "a.b", "a_b", "a-b/c.d"] {
            assert!(parts(text).is_some(), "{text}");
        }
    }
}
