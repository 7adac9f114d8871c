//! From the configuration's data to rules that can judge, with every problem at its authority's place.

use super::claims::NAMES;
use super::{
    Means, PublicKey, TextMatcher, TrustProblem, TrustRule, TrustedAuthority, TrustedIdentity, TrustedKey, fingerprint,
};
use crate::sigstore::{Root, RootError};
use platlint_config::images::{At, Authority, AuthorityTrust, ImagePolicy, ImageRule, Matcher, Require, Transparency};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Roots by their content: rules usually share one.
type Roots = HashMap<Arc<[u8]>, Result<Arc<Root>, RootError>>;

pub(super) fn rules(policy: &ImagePolicy) -> Result<Vec<Arc<TrustRule>>, Vec<TrustProblem>> {
    let mut compiler = Compiler { roots: Roots::new(), problems: Vec::new() };
    let rules = policy.rules.iter().map(|rule| Arc::new(compiler.rule(rule, &policy.revoked))).collect();
    let mut problems = compiler.problems;
    if problems.is_empty() {
        return Ok(rules);
    }
    problems.sort();
    problems.dedup();
    Err(problems)
}

struct Compiler {
    roots: Roots,
    problems: Vec<TrustProblem>,
}

impl Compiler {
    fn rule(&mut self, rule: &ImageRule, revoked: &BTreeSet<Arc<str>>) -> TrustRule {
        let authorities: Vec<TrustedAuthority> =
            rule.authorities.iter().filter_map(|authority| self.authority(authority)).collect();
        self.twins(rule, &authorities);
        for wanted in &rule.attestations {
            let known = |name: &String| rule.authorities.iter().any(|authority| authority.name == *name);
            if let Some(name) = wanted.authority.as_ref().filter(|name| !known(name)) {
                self.report(
                    &rule.at,
                    format!("attestation `{}` names no authority of the rule: `{name}`", wanted.predicate_type),
                );
            }
        }
        let hash = fingerprint::of(rule);
        let question = if rule.recursive { fingerprint::with_revoked(hash, revoked) } else { hash };
        TrustRule { settings: rule.clone(), authorities, hash, question }
    }

    /// One signature must not count as that of two. Where any of the authorities suffices nothing is counted, and the same
    /// signer may be trusted with other annotations or under another root.
    fn twins(&mut self, rule: &ImageRule, authorities: &[TrustedAuthority]) {
        let may_differ = rule.require == Require::Any;
        for (position, authority) in authorities.iter().enumerate() {
            let mut before = authorities.iter().take(position);
            let twin = before
                .find(|before| before.is_same_signer(authority) && !(may_differ && before.differs_besides(authority)));
            let place = rule.authorities.iter().find(|written| *written.name == *authority.name);
            if let (Some(twin), Some(place)) = (twin, place) {
                let why = match authority.means {
                    Means::Key(_) => "has the same key as",
                    Means::Keyless(_) => "trusts the same identities as",
                };
                self.blame(place, format!("{why} `{}`: one signature would count twice", twin.name));
            }
        }
    }

    /// `None` where a problem was reported.
    fn authority(&mut self, authority: &Authority) -> Option<TrustedAuthority> {
        let means = match &authority.trust {
            AuthorityTrust::Key { pem, transparency, trusted_root } => {
                let key = self.key(authority, pem);
                let root = trusted_root.as_ref().map(|json| self.root(authority, json));
                if *transparency == Transparency::Required && root.is_none() {
                    self.blame(authority, "`transparency: required` needs a `trustedRoot` with the log's key");
                    return None;
                }
                let root = match root {
                    Some(root) => Some(root?),
                    None => None,
                };
                Means::Key(TrustedKey { key: key?, transparency: *transparency, root })
            }
            AuthorityTrust::Keyless { issuer, subject, ci_claims, trusted_root } => {
                let issuer = self.matcher(authority, "issuer", issuer);
                let matched = self.matcher(authority, "subject", subject);
                let root = self.root(authority, trusted_root);
                self.claims(authority, subject, ci_claims);
                Means::Keyless(TrustedIdentity {
                    issuer: issuer?,
                    subject: matched?,
                    claims: ci_claims.clone(),
                    root: root?,
                })
            }
        };
        let name = authority.name.as_str().into();
        Some(TrustedAuthority { name, annotations: authority.annotations.clone(), means })
    }

    fn key(&mut self, authority: &Authority, pem: &[u8]) -> Option<PublicKey> {
        let key = PublicKey::from_pem(pem);
        key.map_err(|error| self.blame(authority, format!("the key {error}"))).ok()
    }

    fn root(&mut self, authority: &Authority, json: &Arc<[u8]>) -> Option<Arc<Root>> {
        let root = self.roots.entry(Arc::clone(json)).or_insert_with(|| Root::parse(json).map(Arc::new)).clone();
        root.map_err(|error| self.blame(authority, format!("the trusted root {error}"))).ok()
    }

    fn matcher(&mut self, authority: &Authority, what: &str, matcher: &Matcher) -> Option<TextMatcher> {
        let compiled = TextMatcher::compile(matcher);
        compiled.map_err(|error| self.blame(authority, format!("the {what} {error}"))).ok()
    }

    /// Claims that no certificate has would match nobody, and silently.
    fn claims(&mut self, authority: &Authority, subject: &Matcher, claims: &BTreeMap<String, String>) {
        if claims.is_empty() && *subject == Matcher::Any {
            self.blame(authority, "needs a subject or `ciClaims`: anybody whom the issuer knows would be trusted");
        }
        for name in claims.keys().filter(|name| !NAMES.contains(&name.as_str())) {
            self.blame(authority, format!("claim `{name}` is unknown; known are {}", NAMES.join(", ")));
        }
    }

    fn blame(&mut self, authority: &Authority, message: impl std::fmt::Display) {
        self.report(&authority.at, format!("authority `{}`: {message}", authority.name));
    }

    fn report(&mut self, at: &At, message: String) {
        self.problems.push(TrustProblem { at: at.clone(), message });
    }
}
