//! The formats of names and the like, as the catalog's default validators have them. An installation can replace each.

use std::borrow::Cow;

/// Longest name, namespace, kind, tag and label.
const LONGEST: usize = 63;
/// Longest prefix of a key.
const LONGEST_PREFIX: usize = 253;

fn is_short(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
}

/// Words of `inner` that single `-` separate; where `runs` is set, several `-` in a row may.
fn is_dashed(text: &str, inner: impl Fn(u8) -> bool, runs: bool) -> bool {
    let bytes = text.as_bytes();
    let ends_well = |end: Option<&u8>| end.is_some_and(|byte| inner(*byte));
    ends_well(bytes.first())
        && ends_well(bytes.last())
        && bytes.iter().all(|byte| inner(*byte) || *byte == b'-')
        && (runs || !text.contains("--"))
}

/// A name: letters, digits and `-_.`, the first and last a letter or digit.
pub(crate) fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends_well = |end: Option<&u8>| end.is_some_and(u8::is_ascii_alphanumeric);
    is_short(text, LONGEST)
        && ends_well(bytes.first())
        && ends_well(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// A DNS label: small letters, digits and `-` between them.
pub(crate) fn is_label(text: &str) -> bool {
    is_short(text, LONGEST) && is_dashed(text, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit(), true)
}

/// DNS labels with points between them.
pub(crate) fn is_subdomain(text: &str) -> bool {
    is_short(text, LONGEST_PREFIX) && text.split('.').all(is_label)
}

/// The key of a label or annotation: a name, after a DNS subdomain and `/` if there is one.
pub(crate) fn is_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_name(name),
        None => is_name(text),
    }
}

/// The value of a label: a name, or nothing.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

/// A tag: small letters, digits, `:+#`, and single `-` between them.
pub(crate) fn is_tag(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b":+#".contains(&byte);
    is_short(text, LONGEST) && is_dashed(text, inner, false)
}

/// A kind: a letter, then letters and digits.
pub(crate) fn is_kind(text: &str) -> bool {
    is_short(text, LONGEST)
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The version in an `apiVersion`: letters and digits.
pub(crate) fn is_version(text: &str) -> bool {
    is_short(text, LONGEST) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// An absolute URL, as far as can be said without a whole parser: what passes here may still be refused, what does not is
/// refused for certain.
pub(crate) fn is_url(text: &str) -> bool {
    /// Schemes whose URLs name a host.
    const WITH_HOST: [&str; 5] = ["http", "https", "ws", "wss", "ftp"];
    let Some((scheme, rest)) = text.trim().split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme {
        return false;
    }
    if !WITH_HOST.contains(&&*scheme.to_ascii_lowercase()) {
        return true;
    }
    let rest = rest.trim_start_matches(['/', '\\']);
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !host.starts_with('[') || host.ends_with(']') => (host, port),
        _ => (host, ""),
    };
    !host.is_empty()
        && !host.contains(|sign: char| sign.is_whitespace() || "<>^|".contains(sign))
        && (port.is_empty() || port.parse::<u16>().is_ok())
}

/// A text in the form that `is_valid` wants, where small letters and `-` for everything else make it so.
pub(crate) fn repaired(text: &str, is_valid: impl Fn(&str) -> bool) -> Option<String> {
    let lower = |text: &str| {
        let mut made = String::with_capacity(text.len());
        for sign in text.chars() {
            let sign = if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { '-' };
            if sign != '-' || !made.ends_with('-') {
                made.push(sign);
            }
        }
        made.trim_matches('-').to_owned()
    };
    let candidates = [Cow::from(text.trim()), Cow::from(text.trim().to_ascii_lowercase()), Cow::from(lower(text))];
    candidates.into_iter().find(|made| is_valid(made) && **made != *text).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text of `good` fits and none of `bad` does.
    #[track_caller]
    fn holds(is_valid: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(is_valid(text), "{text:?} is valid");
        }
        for text in bad {
            assert!(!is_valid(text), "{text:?} is not valid");
        }
    }

    #[test]
    fn knows_names_and_labels() {
        let long = "a".repeat(64);
        holds(
            is_name,
            &["a", "Cart.v1_2", "a--b", "a".repeat(63).as_str()],
            &["", "-a", "a-", "a b", "ä", "a/b", &long],
        );
        holds(is_label, &["a", "a-1", "a--b"], &["", "A", "-a", "a.b", &long]);
        holds(is_key, &["a", "a.b/c_d", "backstage.io/x"], &["", "/a", "a/", "a/b/c", "A.b/c", "a b"]);
        holds(is_label_value, &["", "a_b"], &["a b", "-"]);
        holds(is_kind, &["A", "Component2"], &["", "2a", "a-b"]);
    }

    #[test]
    fn knows_tags() {
        holds(is_tag, &["java", "c++", "c#", "team:a", "a-b", "2"], &["", "Java", "a b", "a_b", "a--b", "-a", "a.b"]);
    }

    #[test]
    fn knows_urls() {
        let good = ["https://example.org", "http://[::1]:80/x", "https://u:p@h:1/", "mailto:a@b.c", "HTTPS:/h", "x:"];
        holds(is_url, &good, &["", "example.org/x", "/a", "https://", "https://a b", "http://h:99999", "1a:b"]);
    }

    #[test]
    fn repairs_what_can_be_repaired() {
        assert_eq!(repaired("Java", is_tag).as_deref(), Some("java"));
        assert_eq!(repaired("Spring Boot_2", is_tag).as_deref(), Some("spring-boot-2"));
        assert_eq!(repaired("My Service", is_name).as_deref(), Some("my-service"));
        assert_eq!(repaired("…", is_name), None);
    }
}
