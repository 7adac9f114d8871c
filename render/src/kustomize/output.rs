//! What kustomize writes: documents with the origin that the overlay asked for, which is taken out again.

use platlint_engine::Value;
use platlint_source::{Document, Reading, Segment, SourceText};

use crate::yaml::{LIMITS, Yaml};

/// The annotation that tells an object's origin.
pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";

/// Whether a text could put that annotation somewhere: it holds its name, if only as the path of a JSON patch or with
/// escapes.
pub(crate) fn tells_an_origin(text: &str) -> bool {
    let names = |text: &str| text.contains(ORIGIN) || text.contains("config.kubernetes.io~1origin");
    let has = |value: &Value| {
        let mut open = vec![value.clone()];
        while let Some(value) = open.pop() {
            match value {
                Value::String(text) if names(&text) => return true,
                Value::Array(list) => open.extend(list.iter().cloned()),
                Value::Object(map) => open.extend(map.iter().flat_map(|(key, value)| [key.clone(), value.clone()])),
                _ => {}
            }
        }
        false
    };
    names(text) || (text.contains('\\') && Yaml::values(text).is_some_and(|values| values.iter().any(has)))
}

/// Where an object comes from, with paths relative to the overlay.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    /// A file that holds it.
    pub(crate) file: Option<String>,
    /// The kustomization whose generator made it.
    pub(crate) configured_in: Option<String>,
    /// It was fetched from another repository.
    pub(crate) is_remote: bool,
}

/// One object.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) source: Source,
    /// YAML without marker and without the annotation of our own.
    pub(crate) text: String,
}

/// Cuts the output.
pub(crate) fn objects(output: &str) -> Vec<Object> {
    let text = SourceText::from(output.to_owned());
    let mut found = Vec::new();
    for chunk in text.split() {
        let Ok(document) = Document::parse(text.as_str(), chunk, &LIMITS) else {
            found.push(Object { source: Source::default(), text: chunk.span.slice(output).to_owned() });
            continue;
        };
        let annotations = [Segment::Key("metadata"), Segment::Key("annotations")];
        let origin = [Segment::Key("metadata"), Segment::Key("annotations"), Segment::Key(ORIGIN)];
        let place = document.find(&origin, Reading::Kubernetes);
        let value = document
            .root()
            .get("metadata", Reading::Kubernetes)
            .and_then(|node| node.get("annotations", Reading::Kubernetes));
        let source = value.and_then(|node| node.get(ORIGIN, Reading::Kubernetes)).map(|node| source(node.text()));
        // The only annotation goes with the map that holds it.
        let is_only = value.is_some_and(|node| node.written_entries().len() == 1);
        let removed = place.key.zip(place.value).map(|(key, value)| {
            let key = if is_only { document.find(&annotations, Reading::Kubernetes).key.unwrap_or(key) } else { key };
            let line = |byte: u32| text.position(usize::try_from(byte).unwrap_or(usize::MAX)).line;
            line(key.start)..=line(value.end.saturating_sub(1)).max(line(key.start))
        });
        let (first, last) = (
            text.position(chunk.span.range().start).line,
            text.position(chunk.span.range().end.saturating_sub(1)).line,
        );
        let mut kept = String::with_capacity(chunk.span.range().len());
        for number in first..=last {
            let line = text.line_text(number);
            let is_marker = number == first && line.starts_with("---");
            if !is_marker && !removed.as_ref().is_some_and(|removed| removed.contains(&number)) {
                kept.push_str(line);
                kept.push('\n');
            }
        }
        found.push(Object { source: source.unwrap_or_default(), text: kept });
    }
    found
}

fn source(annotation: &str) -> Source {
    let Some(yaml) = Yaml::read(annotation) else { return Source::default() };
    let text = |key: &str| platlint_facts::str_at(&yaml.value, &[key]).map(str::to_owned);
    Source { file: text("path"), configured_in: text("configuredIn"), is_remote: text("repo").is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_claim_of_an_origin_however_it_is_written() {
        for text in [
            "a:\n  config.kubernetes.io/origin: x\n",
            "- path: /metadata/annotations/config.kubernetes.io~1origin\n",
            "a: 1\n---\n\"config.kubernetes.io\\/origin\": x\n",
            "\"\\x63onfig.kubernetes.io/\\u006frigin\": x\n",
        ] {
            assert!(tells_an_origin(text), "{text}");
        }
        assert!(!tells_an_origin("a: \"config.kubernetes.io\\n/origin\"\nb: origin\n"));
    }

    #[test]
    fn takes_the_origin_out_and_nothing_else() {
        let output = "a: 1\nmetadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: ../tree/x.yaml\n  \
                      name: n\n---\nmetadata:\n  annotations:\n    b: c\n    config.kubernetes.io/origin: |\n      \
                      configuredIn: k.yaml\n    d: |\n      e\nf: g\n";
        let found = objects(output);
        assert_eq!(found[0].text, "a: 1\nmetadata:\n  name: n\n");
        assert_eq!(found[0].source.file.as_deref(), Some("../tree/x.yaml"));
        assert_eq!(found[1].text, "metadata:\n  annotations:\n    b: c\n    d: |\n      e\nf: g\n");
        assert_eq!(found[1].source.configured_in.as_deref(), Some("k.yaml"));
    }
}
