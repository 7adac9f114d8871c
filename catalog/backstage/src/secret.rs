//! Secrets where everybody can read them: annotations are shown in the portal. Only the kind of secret is told, never the
//! text.

use std::sync::LazyLock;

use platlint_engine::Value;
use platlint_facts::{Doc, Note, Notes, entries, path_of, value_at};
use regex::RegexSet;

use crate::SECRET;
use crate::placeholder::is_templated;

/// Shapes that only tokens have, with what they are.
const SHAPES: [(&str, &str); 13] = [
    (r"(?-u:\b)gh[pousr]_[A-Za-z0-9]{36,}", "a GitHub token"),
    (r"(?-u:\b)github_pat_[A-Za-z0-9_]{50,}", "a GitHub token"),
    (r"(?-u:\b)gl(?:pat|ptt|dt|rt|cbt|ft|agent|soat)-[A-Za-z0-9_-]{20,}", "a GitLab token"),
    (r"(?-u:\b)xox[abeoprs]-[A-Za-z0-9-]{10,}", "a Slack token"),
    (r"(?-u:\b)hooks\.slack\.com/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]+", "the address of a Slack webhook"),
    (r"(?-u:\b)(?:AKIA|ASIA)[A-Z0-9]{16}\b", "an AWS access key"),
    (r"(?-u:\b)AIza[A-Za-z0-9_-]{35}", "a Google API key"),
    (r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY", "a private key"),
    (r"(?-u:\b)eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", "a JSON Web Token"),
    (r"(?-u:\b)npm_[A-Za-z0-9]{36}\b", "an npm token"),
    (r"(?-u:\b)(?:sk|rk)_live_[A-Za-z0-9]{16,}", "a Stripe key"),
    (r"(?-u:\b)SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", "a SendGrid key"),
    (r"(?-u:\b)[a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/@$]{3,}@", "a URL with a password"),
];

static PATTERNS: LazyLock<Option<RegexSet>> =
    LazyLock::new(|| RegexSet::new(SHAPES.iter().map(|(pattern, _)| pattern)).ok());

/// Notes annotations that hold a secret.
pub(crate) fn check(doc: &Doc, notes: &mut Notes) {
    let Some(annotations) = value_at(&doc.object, &["metadata", "annotations"]) else { return };
    for (key, value) in entries(annotations) {
        let Value::String(text) = value else { continue };
        if let Some(what) = shape(key, text) {
            let note = Note::at(path_of(&["metadata", "annotations", key]));
            let note = note.with("key", key).with("what", what).with("length", text.chars().count());
            notes.problem(SECRET, note);
        }
    }
}

/// What secret a value looks like.
pub(crate) fn shape(key: &str, value: &str) -> Option<&'static str> {
    /// Shorter texts are no tokens.
    const SHORTEST: usize = 8;
    if value.len() < SHORTEST {
        return None;
    }
    // Nearly no value matches, and to know that is cheaper than to know which pattern does.
    let patterns = PATTERNS.as_ref().filter(|patterns| patterns.is_match(value));
    let matched = patterns.and_then(|patterns| patterns.matches(value).iter().next());
    if let Some((_, what)) = matched.and_then(|index| SHAPES.get(index)) {
        return Some(what);
    }
    // Few values are; few of their keys need to be looked at.
    (is_random(value) && is_secret_key(key)).then_some("a password or token")
}

/// Whether a key says that its value is a secret. An integration key of `PagerDuty` is made to stand in an annotation.
fn is_secret_key(key: &str) -> bool {
    const WORDS: [&str; 7] = ["token", "secret", "password", "passwd", "api-key", "apikey", "private-key"];
    /// Where secrets lie, and what they are called, is none.
    const PLACES: [&str; 11] =
        ["path", "name", "ref", "url", "location", "store", "rotation", "expiry", "policy", "manager", "id"];
    let name = key.rsplit('/').next().unwrap_or(key).to_ascii_lowercase().replace('_', "-");
    WORDS.iter().any(|word| name.contains(word)) && !PLACES.iter().any(|word| name.ends_with(word))
}

/// Whether a text looks drawn by lot: one word, some part of which mixes letters and digits and in which few signs come back
/// often. Words, versions and dates with signs between them have no such part.
fn is_random(value: &str) -> bool {
    /// Bits for each sign; words and names have less.
    const BITS: f64 = 3.2;
    const SHORTEST: usize = 12;
    let is_drawn = |part: &str| part.len() >= SHORTEST && is_mixed(part) && bits(part) >= BITS;
    let is_word = || value.bytes().all(|byte| byte.is_ascii_graphic()) && !value.contains("://");
    let is_filled_in = || is_templated(value) || value.starts_with("${");
    value.split(['-', '_', '.', ':', ',']).any(is_drawn) && is_word() && !is_filled_in()
}

/// Whether small letters, capitals and digits alternate, as they hardly do in a word with a number.
fn is_mixed(text: &str) -> bool {
    const CHANGES: usize = 3;
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        _ => 3,
    };
    let changes = text.bytes().zip(text.bytes().skip(1)).filter(|(left, right)| class(*left) != class(*right)).count();
    let has = |of: u8| text.bytes().any(|byte| class(byte) == of);
    changes >= CHANGES && has(0) && (has(1) || has(2))
}

/// Shannon's entropy of the signs of a text, in bits for each.
fn bits(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    let mut length = 0.0;
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
        length += 1.0;
    }
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Assembled here, so that no scanner takes this file for one with secrets.
    fn made(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn knows_tokens_by_their_shape() {
        let letters = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5";
        for (value, what) in [
            (made(&["gh", "p_", letters]), "a GitHub token"),
            (made(&["gl", "pat-", letters]), "a GitLab token"),
            (made(&["xo", "xb-123456789012-", letters]), "a Slack token"),
            (made(&["AK", "IA", "ABCDEFGHIJKLMNOP"]), "an AWS access key"),
            (made(&["AI", "za", letters]), "a Google API key"),
            (made(&["-----BEGIN RSA ", "PRIVATE KEY-----"]), "a private key"),
            (made(&["ey", "JhbGciOiJI.ey", "JzdWIiOiIx.abc"]), "a JSON Web Token"),
            (made(&["https://user:", "hunter2@example.org"]), "a URL with a password"),
        ] {
            assert_eq!(shape("example.org/note", &value), Some(what), "{value}");
        }
    }

    #[test]
    fn judges_other_values_by_their_key() {
        assert_eq!(shape("example.org/api-token", "q8Zt4Kp0Lw7Vx2"), Some("a password or token"));
        assert_eq!(shape("example.org/DB_PASSWORD", "correct4horse5battery"), Some("a password or token"));
        for (key, value) in [
            ("example.org/build-id", "q8Zt4Kp0Lw7Vx2"),
            ("vault.io/secrets-path", "shop/data/cart-2024/v1"),
            ("example.org/secret-name", "cart-db-credentials-v2"),
            ("example.org/secret-store", "aws-secretsmanager-eu1"),
            ("example.org/db-password-rotation", "2024-01-02-every90days"),
            ("example.org/db-password", "2024-01-02-every90days"),
            ("example.org/token-note", "valid-until-2025-12-31"),
            ("example.org/token", "${{ secrets.token1234 }}"),
            ("example.org/token", "see the wiki page 42 for it"),
            ("pagerduty.com/integration-key", "0123456789abcdef0123456789abcdef"),
            ("github.com/project-slug", "org/repo"),
            ("backstage.io/source-location", "url:https://example.org/org/repo/"),
        ] {
            assert_eq!(shape(key, value), None, "{key}: {value}");
        }
    }
}
