//! Claims of a CI system in a certificate, under short names. Values are compared as they are, without patterns: who
//! wants a pattern has the subject.

use std::collections::BTreeMap;

/// What a certificate says about the CI run it was given to. Absent where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CiClaims {
    /// URL of the repository that was built.
    pub repository: Option<String>,
    /// The provider's number for it, which outlives a change of name.
    pub repository_id: Option<String>,
    /// URL of the repository's owner.
    pub owner: Option<String>,
    /// The provider's number for the owner: a freed name can be registered by somebody else, a number cannot.
    pub owner_id: Option<String>,
    /// The Git reference that was built.
    pub reference: Option<String>,
    /// The commit that was built.
    pub commit: Option<String>,
    /// URL of the build's configuration, with `@` and its reference.
    pub workflow: Option<String>,
    /// URL of what asked for the signature, with `@` and its reference.
    pub signer: Option<String>,
    /// The event that started the build.
    pub trigger: Option<String>,
    /// The kind of runner.
    pub runner: Option<String>,
    /// The deployment environment.
    pub environment: Option<String>,
    /// The repository's visibility.
    pub visibility: Option<String>,
}

/// Names under `ciClaims`.
pub(crate) const NAMES: [&str; 12] = [
    "commit",
    "environment",
    "owner",
    "ownerId",
    "ref",
    "repository",
    "repositoryId",
    "runner",
    "signer",
    "trigger",
    "visibility",
    "workflow",
];

impl CiClaims {
    /// The claim as the certificate has it.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let claim = match name {
            "commit" => &self.commit,
            "environment" => &self.environment,
            "owner" => &self.owner,
            "ownerId" => &self.owner_id,
            "ref" => &self.reference,
            "repository" => &self.repository,
            "repositoryId" => &self.repository_id,
            "runner" => &self.runner,
            "signer" => &self.signer,
            "trigger" => &self.trigger,
            "visibility" => &self.visibility,
            "workflow" => &self.workflow,
            _ => return None,
        };
        claim.as_deref()
    }

    /// The first wanted claim that is absent or another, with what it is.
    pub(crate) fn first_mismatch<'w>(
        &self,
        wanted: &'w BTreeMap<String, String>,
    ) -> Option<(&'w str, &'w str, Option<&str>)> {
        wanted.iter().find_map(|(name, value)| {
            let found = self.get(name);
            let holds = found.is_some_and(|found| match name.as_str() {
                "repository" | "owner" => found == value || path_of(found) == Some(value),
                "workflow" | "signer" => found == value || self.file_of(found) == Some(value),
                _ => found == value,
            });
            if holds { None } else { Some((name.as_str(), value.as_str(), found)) }
        })
    }

    /// `.github/workflows/release.yml` of `https://github.com/org/app/.github/workflows/release.yml@refs/heads/main`,
    /// where it is a file of the repository that was built.
    fn file_of<'f>(&self, found: &'f str) -> Option<&'f str> {
        let path = found.strip_prefix(self.repository.as_deref()?)?.trim_start_matches('/');
        path.split_once('@').map(|(file, _)| file)
    }
}

/// `org/app` of `https://github.com/org/app`. Which host it is, the issuer says.
fn path_of(url: &str) -> Option<&str> {
    url.strip_prefix("https://")?.split_once('/').map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(name: &str, value: &str) -> bool {
        let claims = CiClaims {
            repository: Some("https://github.com/org/app".into()),
            owner: Some("https://github.com/org".into()),
            owner_id: Some("1234".into()),
            workflow: Some("https://github.com/org/app/.github/workflows/release.yml@refs/heads/main".into()),
            ..CiClaims::default()
        };
        claims.first_mismatch(&[(name.to_owned(), value.to_owned())].into()).is_none()
    }

    #[test]
    fn compares_whole_values_by_url_or_path() {
        assert!(holds("repository", "org/app") && holds("repository", "https://github.com/org/app"));
        assert!(holds("owner", "org") && holds("ownerId", "1234"));
        assert!(holds("workflow", ".github/workflows/release.yml"));
        for (name, value) in [
            ("repository", "org/ap"),
            ("repository", "app"),
            ("repository", "evil/org/app"),
            ("owner", "or"),
            ("ownerId", "123"),
            ("workflow", "release.yml"),
            ("workflow", ""),
            ("ref", "refs/heads/main"),
            ("new", ""),
        ] {
            assert!(!holds(name, value), "{name} {value}");
        }
    }

    #[test]
    fn has_a_claim_for_each_name() {
        let all = || Some("x".to_owned());
        let claims = CiClaims {
            repository: all(),
            repository_id: all(),
            owner: all(),
            owner_id: all(),
            reference: all(),
            commit: all(),
            workflow: all(),
            signer: all(),
            trigger: all(),
            runner: all(),
            environment: all(),
            visibility: all(),
        };
        assert!(NAMES.iter().all(|name| claims.get(name) == Some("x")));
    }
}
