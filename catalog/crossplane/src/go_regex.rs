//! Regular expressions as Go reads them, written so that crate regex reads the same. Kubernetes and Crossplane are written in
//! Go, whose expressions allow signs unescaped that are syntax here.

use std::borrow::Cow;

/// What Go's expressions have and crate regex lacks, or names otherwise.
const FOREIGN: [&str; 6] = ["\\Q", "\\C", "\\0", "\\p", "\\P", "[:"];

/// Whether Go refuses an expression. Where the two languages differ in what they have, it does not.
pub(crate) fn is_refused(expression: &str) -> bool {
    !FOREIGN.iter().any(|sign| expression.contains(sign))
        && matches!(regex::Regex::new(&translated(expression)), Err(regex::Error::Syntax(_)))
}

/// The expression for crate regex: braces that repeat nothing, brackets and doubled signs within classes are escaped.
pub(crate) fn translated(expression: &str) -> Cow<'_, str> {
    if !expression.contains(['[', '{', '<', '>']) {
        return expression.into();
    }
    let mut made = String::with_capacity(expression.len());
    let mut rest = expression;
    let mut is_class = false;
    while let Some(sign) = rest.chars().next() {
        let (length, text) = match sign {
            '\\' => escape(rest),
            '[' if is_class && is_posix_class(rest) => named_class(rest),
            '[' | '&' | '~' if is_class => (1, Cow::from(format!("\\{sign}"))),
            '[' => {
                is_class = true;
                class_start(rest)
            }
            ']' => {
                is_class = false;
                (1, "]".into())
            }
            '{' if !is_class && !is_repetition(rest) => (1, "\\{".into()),
            other => (other.len_utf8(), other.to_string().into()),
        };
        made.push_str(&text);
        rest = rest.get(length..).unwrap_or_default();
    }
    made.into()
}

/// An escaped sign, with the braces that belong to it.
fn escape(rest: &str) -> (usize, Cow<'_, str>) {
    let Some(sign) = rest.chars().nth(1) else { return (1, rest.into()) };
    if matches!(sign, '<' | '>') {
        // Ends of words here, the signs themselves there.
        return (2, sign.to_string().into());
    }
    let braces = rest.get(2..).filter(|after| matches!(sign, 'x' | 'p' | 'P') && after.starts_with('{'));
    let length = match braces.and_then(|after| after.find('}')) {
        Some(end) => end.saturating_add(3),
        None => sign.len_utf8().saturating_add(1),
    };
    (length, rest.get(..length).unwrap_or(rest).into())
}

/// The beginning of a class, with the bracket that may stand there for itself.
fn class_start(rest: &str) -> (usize, Cow<'_, str>) {
    let start = if rest.starts_with("[^") { "[^" } else { "[" };
    match rest.strip_prefix(start) {
        Some(after) if after.starts_with(']') => (start.len().saturating_add(1), format!("{start}\\]").into()),
        _ => (start.len(), start.into()),
    }
}

/// Whether a bracket in a class begins one that has a name: `[:alpha:]`.
fn is_posix_class(rest: &str) -> bool {
    rest.starts_with("[:") && rest.contains(":]")
}

fn named_class(rest: &str) -> (usize, Cow<'_, str>) {
    let end = rest.find(":]").map_or(1, |end| end.saturating_add(2));
    (end, rest.get(..end).unwrap_or_default().into())
}

/// Whether a brace says how often something comes: `{2}`, `{2,}`, `{2,3}`.
fn is_repetition(rest: &str) -> bool {
    let is_count = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((inside, _)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    !least.is_empty() && is_count(least) && is_count(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for (expression, matched) in [
            (r"^[^[\]]+$", "a"),
            (r"^\${[a-z]+}$", "${a}"),
            (r"^{([a-z]+)}$", "{a}"),
            (r"[[]x", "[x"),
            (r"^[]a]+$", "a]"),
            (r"^[^]a]$", "b"),
            (r"^[[:alpha:]-]+$", "a-b"),
            (r"^[a&&b]+$", "a&"),
            (r"^a{2,3}$", "aa"),
            (r"^x{,2}$", "x{,2}"),
            (r"^\<a\>$", "<a>"),
            (r"^\x{61}$", "a"),
            (r"^(?P<n>[a-z])$", "a"),
        ] {
            assert!(!is_refused(expression), "{expression}");
            let made = regex::Regex::new(&translated(expression)).unwrap();
            assert!(made.is_match(matched), "{expression}: {made}");
        }
    }

    #[test]
    fn refuses_what_go_lacks() {
        for expression in ["^(?!x)", "(?=x)", "(?<=x)y", r"(a)\1", "(a", "a)", "[a", "*a", "[z-a]"] {
            assert!(is_refused(expression), "{expression}");
        }
    }
}
