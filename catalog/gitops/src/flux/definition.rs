//! What is wrong with an object of Flux by itself: fields that are missing or misspelt, and values of a wrong form.

use platlint_engine::{Pointer, Segment, suggest};
use platlint_facts::{Note, Notes, path_of};
use serde_json::Value;

use crate::shape::{flux::KINDS, misfits_of_fields};
use crate::yaml::{at, get, items_at, text_at, with};

/// Fields that hold a span of time.
const SPANS: [&str; 3] = ["interval", "retryInterval", "timeout"];

pub(super) fn note(kind: &str, object: &Value, notes: &mut Notes) {
    let Some((_, fields, required)) = KINDS.iter().find(|(known, _, _)| *known == kind) else { return };
    let path = path_of(&["spec"]);
    for misfit in get(object, "spec").into_iter().flat_map(|spec| misfits_of_fields(spec, fields, &path)) {
        notes.problem("invalid-flux", misfit);
    }
    let mut say = |path: Pointer, problem: &str, value: &str, suggestion: Option<String>| {
        notes.problem(
            "invalid-flux",
            Note::at(path).with("problem", problem).with("value", value).suggestion(suggestion),
        );
    };
    let Some(spec) = get(object, "spec") else { return say(path, "missing", "spec", None) };
    if !spec.is_object() {
        return;
    }
    for key in required.iter().filter(|key| get(spec, key).is_none()) {
        say(with(&path, (*key).into()), "missing", key, None);
    }
    for key in SPANS {
        if let Some(value) = get(spec, key).filter(|value| !value.as_str().is_some_and(is_span)) {
            say(with(&path, key.into()), "span", &crate::template::shown(value), None);
        }
    }
    match kind {
        "Kustomization" => {
            reference(
                spec,
                &["sourceRef"],
                &["GitRepository", "OCIRepository", "Bucket", "ExternalArtifact"],
                &mut say,
            );
        }
        "HelmChart" => reference(spec, &["sourceRef"], &["HelmRepository", "GitRepository", "Bucket"], &mut say),
        "HelmRelease" => release(spec, &path, &mut say),
        "OCIRepository" => url(spec, &["oci://"], &mut say),
        "GitRepository" => url(spec, &["https://", "http://", "ssh://"], &mut say),
        "HelmRepository" => url(spec, &["https://", "http://", "oci://"], &mut say),
        _ => {}
    }
    let own = text_at(object, &["metadata", "name"]).unwrap_or_default();
    for (index, item) in items_at(spec, &["dependsOn"]).iter().enumerate() {
        let name = text_at(item, &["name"]).unwrap_or_default();
        let is_here = text_at(item, &["namespace"])
            .is_none_or(|there| Some(there) == text_at(object, &["metadata", "namespace"]));
        if name == own && is_here && !own.is_empty() {
            let at = with(&with(&path, "dependsOn".into()), Segment::from(index));
            say(with(&at, "name".into()), "depends-on-itself", name, None);
        }
    }
}

type Say<'s> = &'s mut dyn FnMut(Pointer, &str, &str, Option<String>);

fn reference(spec: &Value, keys: &[&str], kinds: &[&str], say: Say<'_>) {
    let path = keys.iter().fold(path_of(&["spec"]), |path, key| with(&path, (*key).into()));
    let Some(reference) = at(spec, keys) else { return };
    match text_at(reference, &["kind"]) {
        None => say(with(&path, "kind".into()), "missing", "kind", None),
        Some(kind) if !kinds.contains(&kind) && !kind.contains("${") => {
            let nearest = suggest::nearest(kind, kinds).map(str::to_owned);
            say(with(&path, "kind".into()), "source-kind", kind, nearest);
        }
        Some(_) => {}
    }
    if text_at(reference, &["name"]).is_none_or(str::is_empty) {
        say(with(&path, "name".into()), "missing", "name", None);
    }
}

fn release(spec: &Value, path: &Pointer, say: Say<'_>) {
    match (get(spec, "chart"), get(spec, "chartRef")) {
        (None, None) => say(with(path, "chart".into()), "no-chart", "", None),
        (Some(_), Some(_)) => say(with(path, "chartRef".into()), "chart-and-ref", "", None),
        (None, Some(_)) => reference(spec, &["chartRef"], &["OCIRepository", "HelmChart", "ExternalArtifact"], say),
        (Some(_), None) => {
            let chart = with(&with(path, "chart".into()), "spec".into());
            if text_at(spec, &["chart", "spec", "chart"]).is_none_or(str::is_empty) {
                say(with(&chart, "chart".into()), "missing", "chart", None);
            }
            if at(spec, &["chart", "spec", "sourceRef"]).is_none() {
                say(with(&chart, "sourceRef".into()), "missing", "sourceRef", None);
            }
            reference(spec, &["chart", "spec", "sourceRef"], &["HelmRepository", "GitRepository", "Bucket"], say);
            if let Some(version) = text_at(spec, &["chart", "spec", "version"]).filter(|version| !is_range(version)) {
                say(with(&chart, "version".into()), "version", version, None);
            }
        }
    }
}

fn url(spec: &Value, schemes: &[&str], say: Say<'_>) {
    let fits = |url: &&str| url.contains("${") || schemes.iter().any(|scheme| url.starts_with(scheme));
    if let Some(url) = text_at(spec, &["url"]).filter(|url| !fits(url)) {
        let scp = schemes.contains(&"ssh://").then(|| with_scheme(url)).flatten();
        say(path_of(&["spec", "url"]), "url", url, scp);
    }
}

/// `git@host:path` with the scheme that Flux needs.
fn with_scheme(url: &str) -> Option<String> {
    let (host, path) = url.split_once(':').filter(|(host, path)| host.contains('@') && !path.starts_with("//"))?;
    Some(format!("ssh://{host}/{}", path.trim_start_matches('/')))
}

/// `1h30m`; variables are filled in later.
fn is_span(text: &str) -> bool {
    let mut rest = text;
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() && !rest.contains("${") {
        let digits = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let unit = ["ms", "s", "m", "h"].into_iter().find_map(|unit| digits.strip_prefix(unit));
        match unit {
            Some(after) if digits.len() < rest.len() => rest = after,
            _ => return false,
        }
    }
    true
}

/// A version or a range of versions: comparisons joined by spaces, commas and `||`.
fn is_range(text: &str) -> bool {
    if text.contains("${") {
        return true;
    }
    let is_version = |word: &str| {
        let word = word.trim_start_matches(['>', '<', '=', '~', '^', '!']).trim_start_matches('v');
        let core = word.split(['-', '+']).next().unwrap_or_default();
        !core.is_empty()
            && core.split('.').count() <= 3
            && core.split('.').all(|part| {
                matches!(part, "x" | "X" | "*") || (!part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
            })
    };
    let words = text.split([' ', ',', '|']).filter(|word| !word.is_empty() && *word != "-");
    let mut any = false;
    for word in words {
        any = true;
        let is_sign = word.chars().all(|letter| "<>=~^!".contains(letter));
        if !is_sign && !is_version(word) {
            return false;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_ssh_is_given_its_scheme() {
        assert_eq!(with_scheme("git@git.example:a/b").as_deref(), Some("ssh://git@git.example/a/b"));
        assert_eq!(with_scheme("ftp://git@git.example/a/b"), None);
    }

    #[test]
    fn knows_spans_and_ranges() {
        assert!(["10m", "1h30m", "1.5h", "500ms", "${interval}"].into_iter().all(is_span));
        assert!(["", "10", "10 m", "5d", "m"].into_iter().all(|text| !is_span(text)));
        assert!(
            [">=1.2.0 <2.0.0", "1.x", "*", "~1.2", "^1.2.3-beta.1", "v1.0.0", "1.2 - 2.3", ">= 1, < 2 || 3"]
                .into_iter()
                .all(is_range)
        );
        assert!(["latest", "1.2.3.4", "", ">=one"].into_iter().all(|text| !is_range(text)));
    }
}
