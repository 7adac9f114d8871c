//! Annotations that Backstage and widely used plugins read: the form of their values, and keys that are nearly theirs.
//! A plugin that cannot read its annotation shows nothing, without a word.

use platlint_engine::{Value, suggest};
use platlint_facts::{Doc, Note, Notes, entries, path_of, value_at};

use crate::format::{is_label, is_name, is_subdomain, is_url};
use crate::placeholder::filled_later;
use crate::reference::EntityRef;
use crate::schema::shown;
use crate::{ANNOTATION, secret};

/// What form a value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Any that is not blank.
    Text,
    /// `dir:…` or `url:…`.
    Documentation,
    /// `type:target`.
    Location,
    /// A reference to an entity with its kind.
    Entity,
    /// An absolute URL.
    Url,
    /// `owner/repository`.
    Repository,
    /// `group/…/project`.
    ProjectPath,
    /// Digits.
    Number,
    /// `github/owner/repository`.
    Pipeline,
    /// `organization/project`, or the project alone.
    Project,
    /// The value of a Kubernetes label.
    LabelValue,
    /// A Kubernetes namespace.
    Namespace,
    /// Names of Kubernetes objects, with commas between them.
    ObjectNames,
    /// `key=value,key in (a,b)`.
    Selector,
    /// An integration key of `PagerDuty`.
    IntegrationKey,
    /// An id of `PagerDuty`.
    ServiceId,
    /// Balanced quotes and brackets.
    Query,
    /// Only the catalog itself may set it.
    Output,
}

/// The annotations that are known, in order.
const KNOWN: [(&str, Form); 50] = [
    ("argocd/app-name", Form::ObjectNames),
    ("argocd/app-namespace", Form::Namespace),
    ("argocd/app-selector", Form::Selector),
    ("argocd/instance-name", Form::Text),
    ("argocd/project-name", Form::Text),
    ("argocd/proxy-url", Form::Text),
    ("backstage.io/adr-location", Form::Text),
    ("backstage.io/code-coverage", Form::Text),
    ("backstage.io/edit-url", Form::Url),
    ("backstage.io/kubernetes-cluster", Form::Text),
    ("backstage.io/kubernetes-id", Form::LabelValue),
    ("backstage.io/kubernetes-label-selector", Form::Selector),
    ("backstage.io/kubernetes-namespace", Form::Namespace),
    ("backstage.io/ldap-dn", Form::Text),
    ("backstage.io/ldap-rdn", Form::Text),
    ("backstage.io/ldap-uuid", Form::Text),
    ("backstage.io/managed-by-location", Form::Output),
    ("backstage.io/managed-by-origin-location", Form::Output),
    ("backstage.io/orphan", Form::Output),
    ("backstage.io/source-location", Form::Location),
    ("backstage.io/source-template", Form::Entity),
    ("backstage.io/techdocs-entity", Form::Entity),
    ("backstage.io/techdocs-entity-path", Form::Text),
    ("backstage.io/techdocs-ref", Form::Documentation),
    ("backstage.io/time-saved", Form::Text),
    ("backstage.io/view-url", Form::Url),
    ("circleci.com/project-slug", Form::Pipeline),
    ("dev.azure.com/build-definition", Form::Text),
    ("dev.azure.com/host-org", Form::Text),
    ("dev.azure.com/project", Form::Text),
    ("dev.azure.com/project-repo", Form::ProjectPath),
    ("github.com/project-slug", Form::Repository),
    ("github.com/team-slug", Form::Repository),
    ("github.com/user-login", Form::Text),
    ("gitlab.com/instance", Form::Text),
    ("gitlab.com/project-id", Form::Number),
    ("gitlab.com/project-slug", Form::ProjectPath),
    ("grafana/alert-label-selector", Form::Query),
    ("grafana/dashboard-selector", Form::Query),
    ("grafana/overview-dashboard", Form::Url),
    ("grafana/tag-selector", Form::Query),
    ("jenkins.io/job-full-name", Form::Text),
    ("lighthouse.com/website-url", Form::Url),
    ("opsgenie.com/team", Form::Text),
    ("pagerduty.com/integration-key", Form::IntegrationKey),
    ("pagerduty.com/service-id", Form::ServiceId),
    ("rollbar.com/project-slug", Form::Project),
    ("sentry.io/project-slug", Form::Project),
    ("sonarqube.org/project-key", Form::Text),
    ("vault.io/secrets-path", Form::Text),
];

/// Notes annotations that no plugin will read.
pub(crate) fn check(doc: &Doc, notes: &mut Notes) {
    let Some(annotations) = value_at(&doc.object, &["metadata", "annotations"]) else { return };
    for (key, value) in entries(annotations) {
        let path = || path_of(&["metadata", "annotations", key]);
        let Ok(at) = KNOWN.binary_search_by_key(&key, |known| known.0) else {
            let has = |known: &str| platlint_engine::get(annotations, known).is_some();
            if let Some(meant) = meant(key).filter(|meant| !has(meant)) {
                notes.problem(
                    ANNOTATION,
                    Note::at(path()).with("problem", "key").with("key", key).suggestion(Some(meant)),
                );
            }
            continue;
        };
        let (Some((_, form)), Value::String(text)) = (KNOWN.get(at), value) else { continue };
        if filled_later(value).is_some() {
            continue;
        }
        if *form == Form::Output {
            notes.problem(ANNOTATION, Note::at(path()).with("problem", "output").with("key", key));
        } else if !has_form(text, *form) {
            let is_secret = *form == Form::IntegrationKey || secret::shape(key, text).is_some();
            let note = Note::at(path())
                .with("problem", "value")
                .with("key", key)
                .with("form", word(*form))
                .with("field", shown(&path()))
                .maybe("value", (!is_secret).then_some(&**text))
                .suggestion(repaired(text, *form));
            notes.problem(ANNOTATION, note);
        }
    }
}

fn word(form: Form) -> &'static str {
    match form {
        Form::Text | Form::Output => "text",
        Form::Documentation => "documentation",
        Form::Location => "location",
        Form::Entity => "entity",
        Form::Url => "url",
        Form::Repository => "repository",
        Form::ProjectPath => "project-path",
        Form::Number => "number",
        Form::Pipeline => "pipeline",
        Form::Project => "project",
        Form::LabelValue => "label-value",
        Form::Namespace => "namespace",
        Form::ObjectNames => "object-names",
        Form::Selector => "selector",
        Form::IntegrationKey => "integration-key",
        Form::ServiceId => "service-id",
        Form::Query => "query",
    }
}

fn has_form(text: &str, form: Form) -> bool {
    let is_blank = text.trim().is_empty();
    let is_digits_or_capitals =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    match form {
        Form::Text | Form::Output => !is_blank,
        Form::Documentation => {
            location(text).is_some_and(|(kind, target)| kind == "dir" || (kind == "url" && is_url(target)))
        }
        Form::Location => location(text).is_some_and(|(kind, _)| !matches!(kind, "http" | "https")),
        Form::Entity => EntityRef::parse(text).is_ok_and(|reference| reference.kind.is_some()),
        Form::Url => is_url(text) && text.contains("://"),
        Form::Repository => steps(text).is_some_and(|steps| steps == 2),
        Form::ProjectPath => {
            !text.contains("://") && text.split('/').count() >= 2 && text.split('/').all(|step| !step.trim().is_empty())
        }
        Form::Number => !is_blank && text.bytes().all(|byte| byte.is_ascii_digit()),
        Form::Pipeline => {
            const HOSTS: [&str; 6] = ["bb", "bitbucket", "circleci", "gh", "github", "gitlab"];
            steps(text).is_some_and(|steps| steps == 3)
                && text.split('/').next().is_some_and(|host| HOSTS.contains(&host))
        }
        Form::Project => steps(text).is_some_and(|steps| steps <= 2),
        Form::LabelValue => is_name(text),
        Form::Namespace => is_label(text),
        Form::ObjectNames => text.split(',').all(|name| is_subdomain(name.trim())),
        Form::Selector => is_selector(text),
        Form::IntegrationKey => text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        Form::ServiceId => (6..=16).contains(&text.len()) && is_digits_or_capitals(text),
        Form::Query => !is_blank && is_balanced(text),
    }
}

/// How many steps a slug has; `None` where one of them has signs that no slug has.
fn steps(text: &str) -> Option<usize> {
    let is_step = |step: &str| {
        !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    text.split('/').all(is_step).then(|| text.split('/').count())
}

/// Type and target of a location.
fn location(text: &str) -> Option<(&str, &str)> {
    let (kind, target) = text.split_once(':')?;
    let (kind, target) = (kind.trim(), target.trim());
    (!kind.is_empty() && !target.is_empty()).then_some((kind, target))
}

/// A label selector as Kubernetes reads it: requirements with commas between them, of which those in brackets are none.
fn is_selector(text: &str) -> bool {
    let mut depth = 0_u32;
    let mut requirements = vec![String::new()];
    for sign in text.chars() {
        match sign {
            '(' => depth += 1,
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                requirements.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = requirements.last_mut() {
            last.push(sign);
        }
    }
    depth == 0 && requirements.iter().all(|requirement| is_requirement(requirement.trim()))
}

fn is_requirement(text: &str) -> bool {
    let is_value = |value: &str| crate::format::is_label_value(value.trim());
    let is_key = |key: &str| crate::format::is_key(key.trim());
    if let Some(key) = text.strip_prefix('!') {
        return is_key(key);
    }
    if let Some((head, list)) = text.split_once('(') {
        let mut words = head.split_whitespace();
        let is_head =
            words.next().is_some_and(is_key) && matches!(words.next(), Some("in" | "notin")) && words.next().is_none();
        return is_head && list.strip_suffix(')').is_some_and(|list| list.split(',').all(is_value));
    }
    for operator in ["!=", "==", "="] {
        if let Some((key, value)) = text.split_once(operator) {
            return is_key(key) && is_value(value);
        }
    }
    is_key(text)
}

/// Whether every quote and bracket is closed.
fn is_balanced(text: &str) -> bool {
    let mut open: Vec<char> = Vec::new();
    for sign in text.chars() {
        let quoted = open.last().copied().filter(|sign| matches!(sign, '"' | '\'' | '`'));
        match (quoted, sign) {
            (Some(quote), _) if quote != sign => {}
            (Some(_), _) => drop(open.pop()),
            (None, '"' | '\'' | '`' | '(') => open.push(sign),
            (None, ')') if open.pop() != Some('(') => return false,
            (None, _) => {}
        }
    }
    open.is_empty()
}

/// What a value should have been, where that can be read from it.
fn repaired(text: &str, form: Form) -> Option<String> {
    let made = match form {
        Form::Repository | Form::ProjectPath | Form::Project => {
            let path =
                text.trim().split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or(text, |(_, path)| path);
            let path = path.strip_prefix("git@").and_then(|rest| rest.split_once(':')).map_or(path, |(_, path)| path);
            let path = path.trim().trim_matches('/');
            path.strip_suffix(".git").unwrap_or(path).to_owned()
        }
        Form::Documentation | Form::Location if is_url(text) && text.contains("://") => format!("url:{}", text.trim()),
        Form::Documentation if text.starts_with('.') => format!("dir:{text}"),
        Form::LabelValue => crate::format::repaired(text, is_name)?,
        Form::Namespace => crate::format::repaired(text, is_label)?,
        Form::Url if !text.trim().starts_with('/') => format!("https://{}", text.trim()),
        _ => return None,
    };
    (made != text && has_form(&made, form)).then_some(made)
}

/// The known annotation that a key was meant to be: nothing but signs and small slips differ.
fn meant(key: &str) -> Option<&'static str> {
    /// Of more slips it is another annotation.
    const SLIPS: usize = 2;
    /// In a short key two slips are many.
    const SHORT: usize = 12;
    if key.len() < SHORT || !key.contains('/') {
        return None;
    }
    let letters = letters(key);
    let near: Vec<&str> = KNOWN
        .iter()
        .map(|known| known.0)
        .filter(|known| {
            known.len().abs_diff(key.len()) <= SLIPS
                && (self::letters(known) ^ letters).count_ones() as usize <= 2 * SLIPS
        })
        .collect();
    let nearest = suggest::nearest(key, &near)?;
    let known = KNOWN.iter().map(|known| known.0).find(|known| *known == nearest)?;
    (common_ends(key, known) + SLIPS >= key.len().max(known.len())).then_some(known)
}

fn letters(key: &str) -> u64 {
    key.bytes().fold(0, |letters, byte| letters | 1 << (byte % 64))
}

/// How many bytes two texts share at their beginning and end together.
fn common_ends(left: &str, right: &str) -> usize {
    let shortest = left.len().min(right.len());
    let begin = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    let end = left.bytes().rev().zip(right.bytes().rev()).take_while(|(left, right)| left == right).count();
    begin + end.min(shortest - begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(KNOWN.is_sorted_by(|left, right| left.0 < right.0));
    }

    #[test]
    fn a_path_is_no_url_that_lacks_its_scheme() {
        assert_eq!(repaired("example.org/a", Form::Url).as_deref(), Some("https://example.org/a"));
        assert_eq!(repaired("/some/page", Form::Url), None);
    }

    #[test]
    fn knows_each_form() {
        for (key, good, bad) in [
            ("argocd/app-name", "cart, cart-prod", "Cart"),
            ("argocd/app-selector", "app in (a, b),!x,y=z,team", "a=b=c d"),
            ("backstage.io/kubernetes-id", "cart_1", "cart service"),
            ("backstage.io/kubernetes-label-selector", "app=cart,component!=db", "app:cart"),
            ("backstage.io/kubernetes-namespace", "shop", "Shop"),
            ("backstage.io/source-location", "url:https://example.org/a/", "https://example.org/a/"),
            ("backstage.io/source-template", "template:default/service", "service"),
            ("backstage.io/techdocs-ref", "dir:.", "./docs"),
            ("backstage.io/techdocs-ref", "url:https://example.org/docs", "file:docs"),
            ("backstage.io/view-url", "https://example.org", "example.org"),
            ("circleci.com/project-slug", "github/org/repo", "org/repo"),
            ("github.com/project-slug", "org/repo.js", "https://github.com/org/repo"),
            ("gitlab.com/project-id", "42", "org/repo"),
            ("gitlab.com/project-slug", "group/sub/repo", "repo"),
            ("grafana/dashboard-selector", "(tags @> 'a' || title == 'b')", "(tags @> 'a'"),
            ("pagerduty.com/integration-key", "0123456789abcdef0123456789abcdef", "PABC123"),
            ("pagerduty.com/service-id", "PABC123", "my-service"),
            ("sentry.io/project-slug", "org/cart", "https://sentry.io/cart"),
            ("sonarqube.org/project-key", "instance/key:x", " "),
        ] {
            let form = KNOWN[KNOWN.binary_search_by_key(&key, |known| known.0).unwrap()].1;
            assert!(has_form(good, form), "{key}: {good}");
            assert!(!has_form(bad, form), "{key}: {bad}");
        }
    }

    #[test]
    fn repairs_what_can_be_read() {
        for (text, form, made) in [
            ("https://github.com/org/repo.git", Form::Repository, Some("org/repo")),
            ("git@github.com:org/repo.git", Form::Repository, Some("org/repo")),
            ("https://example.org/a", Form::Documentation, Some("url:https://example.org/a")),
            ("./docs", Form::Documentation, Some("dir:./docs")),
            ("Shop", Form::Namespace, Some("shop")),
            ("repo", Form::Repository, None),
        ] {
            assert_eq!(repaired(text, form).as_deref(), made, "{text}");
        }
    }

    #[test]
    fn knows_keys_that_are_nearly_known() {
        for (key, known) in [
            ("github.com/project_slug", Some("github.com/project-slug")),
            ("backstage.io/techdoc-ref", Some("backstage.io/techdocs-ref")),
            ("github.com/porject-slug", Some("github.com/project-slug")),
            ("backstage.io/kubernetes-label-selectors", Some("backstage.io/kubernetes-label-selector")),
            ("pagerduty.com/integration-kye", Some("pagerduty.com/integration-key")),
            ("bitbucket.org/project-slug", None),
            ("gitlab.com/project-name", None),
            ("example.org/owner", None),
            ("argocd/app", None),
        ] {
            assert_eq!(meant(key), known, "{key}");
        }
    }
}
