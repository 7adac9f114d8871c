//! Which checkout stands for a repository, by its URL.

use std::path::{Path, PathBuf};

/// Checkouts by URL.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repositories {
    known: Vec<(String, PathBuf)>,
}

impl Repositories {
    pub(crate) fn new(configured: &[(String, PathBuf)]) -> Self {
        Self { known: configured.iter().map(|(url, folder)| (normalised(url), folder.clone())).collect() }
    }

    /// The checkout of the repository at a URL.
    pub(crate) fn checkout(&self, url: &str) -> Option<&Path> {
        let url = normalised(url);
        self.known.iter().find(|(known, _)| *known == url).map(|(_, folder)| folder.as_path())
    }
}

/// A URL by which repositories are compared, as Argo CD compares them: without regard to case, `.git` at the end, the two
/// forms of SSH and, here, slashes at the end.
pub(crate) fn normalised(url: &str) -> String {
    let url = url.trim().to_lowercase();
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url).trim_end_matches('/');
    if let Some(rest) = url.strip_prefix("ssh://") {
        return rest.to_owned();
    }
    match url.split_once(':') {
        // `git@host:path`; a scheme or a port is followed by slashes or digits.
        Some((host, path)) if host.contains('@') && !url.contains("://") => {
            format!("{host}/{}", path.trim_start_matches('/'))
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_many_urls() {
        for url in ["https://Git.Example/org/app.git", "https://git.example/org/app/", "HTTPS://git.example/Org/app"] {
            assert_eq!(normalised(url), "https://git.example/org/app");
        }
        for url in ["git@git.example:org/app.git", "ssh://git@git.example/org/app"] {
            assert_eq!(normalised(url), "git@git.example/org/app");
        }
        assert_ne!(normalised("https://git.example/org/app"), normalised("https://git.example/org/app-2"));
    }
}
