//! For which repositories an entry is meant.

use crate::repository::{DOCKER_HUB, normal_host};

/// An entry's key: `registry.example`, `registry.example/team`, `*.example:5000`, or docker's `https://…/v1/` forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// In normal form; its parts may be globs.
    host: String,
    /// Without a slash at its beginning and end; empty for the whole registry.
    path: String,
}

impl Pattern {
    pub(super) fn parse(key: &str) -> Self {
        let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
        let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
        // Docker writes the API's version behind the host, which says nothing of repositories.
        let path = ["v1/", "v2/"].iter().find_map(|version| path.strip_prefix(version)).unwrap_or(path);
        let path = if matches!(path, "v1" | "v2") { "" } else { path };
        Self { host: normal_host(host), path: path.trim_matches('/').to_owned() }
    }

    /// How well it fits: a longer path first, then a host without globs. `None` where it does not.
    pub(super) fn fit(&self, host: &str, repository: &str) -> Option<(usize, bool)> {
        let fits = self.fits_host(host) && repository.starts_with(&self.path);
        fits.then(|| (self.path.len(), self.host == host))
    }

    fn fits_host(&self, host: &str) -> bool {
        if self.host == host {
            return true;
        }
        let (pattern, pattern_port) = port(&self.host);
        let (host, host_port) = port(host);
        // A glob never stands for Docker Hub: its name in references is not the name that it is asked by.
        pattern_port == host_port
            && host != DOCKER_HUB
            && pattern.split('.').count() == host.split('.').count()
            && pattern.split('.').zip(host.split('.')).all(|(glob, part)| matches(glob, part))
    }
}

fn port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    }
}

/// `*` for any characters, `?` for one.
fn matches(glob: &str, text: &str) -> bool {
    let (glob, text) = (glob.as_bytes(), text.as_bytes());
    let (mut at_glob, mut at_text) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    while at_text < text.len() {
        match glob.get(at_glob) {
            Some(b'*') => {
                star = Some((at_glob, at_text));
                at_glob = at_glob.saturating_add(1);
            }
            Some(byte) if *byte == b'?' || Some(byte) == text.get(at_text) => {
                at_glob = at_glob.saturating_add(1);
                at_text = at_text.saturating_add(1);
            }
            _ => {
                // The last star takes one character more.
                let Some((glob_star, taken)) = star else { return false };
                at_glob = glob_star.saturating_add(1);
                at_text = taken.saturating_add(1);
                star = Some((glob_star, at_text));
            }
        }
    }
    glob.get(at_glob..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(key: &str, host: &str, repository: &str) -> bool {
        Pattern::parse(key).fit(host, repository).is_some()
    }

    #[test]
    fn fits_as_kubernetes_does() {
        for (key, host, repository) in [
            ("registry.example", "registry.example", "a/b"),
            ("https://registry.example", "registry.example", "a"),
            ("https://registry.example/v2/", "registry.example", "a"),
            ("http://registry.example/v1", "registry.example", "a"),
            ("registry.example/team", "registry.example", "team/app"),
            ("registry.example/team/", "registry.example", "team/app"),
            ("*.example", "registry.example", "a"),
            ("*.registry.example:5000/team", "a.registry.example:5000", "team/app"),
            ("reg*.ex?mple", "registry.example", "a"),
            ("https://index.docker.io/v1/", "docker.io", "library/nginx"),
            ("docker.io/library", "docker.io", "library/nginx"),
            ("REGISTRY.example:443", "registry.example", "a"),
        ] {
            assert!(fits(key, host, repository), "{key} {host}/{repository}");
        }
        for (key, host, repository) in [
            ("registry.example", "registry.example:5000", "a"),
            ("registry.example", "evil-registry.example", "a"),
            ("registry.example", "registry.example.evil.example", "a"),
            ("*.example", "a.b.example", "a"),
            ("*.example", "example", "a"),
            ("*", "registry.example", "a"),
            ("*.io", "docker.io", "library/nginx"),
            ("registry.example/team", "registry.example", "other/app"),
            ("", "registry.example", "a"),
        ] {
            assert!(!fits(key, host, repository), "{key} {host}/{repository}");
        }
    }

    #[test]
    fn globs_end_where_the_text_ends() {
        assert!(matches("a*b*c", "aXbYbc"));
        assert!(!matches("a*b*c", "aXbYbd"));
        assert!(matches("*", ""));
        assert!(!matches("?", ""));
    }
}
