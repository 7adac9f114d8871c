//! Where a registry may send the client: which addresses a redirect, a challenge or the link to a next page may name.
//! Whether a host's address is safe is decided when it is connected to ([`crate::connect`]).

use http::Uri;

use crate::FetchError;
use crate::error::shown;
use crate::exchange::To;
use crate::host::Host;
use crate::repository::normal_host;

/// Whom an absolute address of the registry's naming belongs to. Plain HTTP only where the registry is plain itself.
pub(crate) fn pointed(host: &Host, uri: &Uri) -> Result<To, FetchError> {
    let refused = |reason: String| Err(FetchError::Refused(format!("{} {reason}", host.name)));
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return refused("points to an address without a host".into());
    };
    if authority.as_str().contains('@') {
        return refused("points to an address with a user name".into());
    }
    match scheme {
        "https" => {}
        "http" if host.plain => {}
        "http" => return refused(format!("points to plain HTTP at {}", shown(authority.as_str()))),
        _ => return refused(format!("points to an address of scheme `{}`", shown(scheme))),
    }
    Ok(if scheme == host.scheme() && is_own(host, uri) { To::Registry } else { To::Pointed })
}

/// The absolute address of a `Location`, which may leave out scheme and host.
pub(crate) fn located(from: &Uri, location: &str) -> Result<Uri, FetchError> {
    let wrong = || FetchError::Protocol("a redirect to what is no address".into());
    resolve(from, location).ok_or_else(wrong)
}

/// The address of the next page in a `Link` header, which must be on the same host, below `path`.
pub(crate) fn next_page(host: &Host, from: &Uri, link: &str, path: &str) -> Result<Option<Uri>, FetchError> {
    let Some(target) = next_target(link) else { return Ok(None) };
    let uri = resolve(from, target).ok_or_else(|| FetchError::Protocol("a link to what is no address".into()))?;
    if pointed(host, &uri)? == To::Registry && uri.path() == path {
        Ok(Some(uri))
    } else {
        Err(FetchError::Refused(format!("{} continues its list elsewhere", host.name)))
    }
}

fn is_own(host: &Host, uri: &Uri) -> bool {
    let Some(name) = uri.host() else { return false };
    let port = uri.port_u16().map_or_else(String::new, |port| format!(":{port}"));
    let default = if host.plain { ":80" } else { ":443" };
    let same = |text: &str| normal_host(text.strip_suffix(default).unwrap_or(text));
    same(&format!("{name}{port}")) == same(&host.authority)
}

/// `from` with another path and query, or an absolute address. Other relative forms are not used by registries.
fn resolve(from: &Uri, location: &str) -> Option<Uri> {
    if location.starts_with('/') && !location.starts_with("//") {
        let mut parts = from.clone().into_parts();
        parts.path_and_query = Some(location.parse().ok()?);
        return Uri::from_parts(parts).ok();
    }
    let uri: Uri = location.parse().ok()?;
    (uri.scheme().is_some() && uri.authority().is_some()).then_some(uri)
}

/// The target of the first link with `rel="next"`.
fn next_target(link: &str) -> Option<&str> {
    link.split(',').find_map(|one| {
        let (target, parameters) = one.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            parameter.trim().split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
            })
        });
        is_next.then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_next_page() {
        assert_eq!(next_target("</v2/a/referrers/x?last=1>; rel=\"next\""), Some("/v2/a/referrers/x?last=1"));
        assert_eq!(next_target("</first>; rel=first, </second>; REL=Next"), Some("/second"));
        assert_eq!(next_target("</v2/>; rel=\"prev\""), None);
        assert_eq!(next_target("garbage"), None);
    }

    #[test]
    fn resolves_locations() {
        let from: Uri = "https://registry.example:5000/v2/a/blobs/x".parse().unwrap();
        let to = |text: &str| resolve(&from, text).map(|uri| uri.to_string());
        assert_eq!(to("/other?x=1").as_deref(), Some("https://registry.example:5000/other?x=1"));
        assert_eq!(to("https://cdn.example/b").as_deref(), Some("https://cdn.example/b"));
        for wrong in ["//cdn.example/b", "b", "../b", "", "cdn.example:443"] {
            assert_eq!(to(wrong), None, "{wrong}");
        }
    }
}
