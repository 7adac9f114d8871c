//! Whether `values.schema.json` can be left to Helm: it follows references to wherever they lead, the network and files
//! outside of the chart among them.

use std::path::Path;

use platlint_source::{Document, Kind, Node, SourceText};

use crate::stage::Stage;
use crate::yaml::LIMITS;

/// Whether every schema of the copied charts keeps to itself.
pub(crate) fn all_keep_to_themselves(stage: &Stage) -> bool {
    let is_schema = |copy: &Path| copy.file_name().is_some_and(|name| name == "values.schema.json");
    stage
        .copies()
        .filter(|(copy, _)| is_schema(copy))
        .all(|(copy, _)| std::fs::read_to_string(copy).is_ok_and(|text| keeps_to_itself(&text)))
}

fn keeps_to_itself(text: &str) -> bool {
    let text = SourceText::from(text.to_owned());
    text.split().iter().all(|chunk| {
        Document::parse(text.as_str(), *chunk, &LIMITS)
            .is_ok_and(|document| document.is_json() && is_local(document.root()))
    })
}

fn is_local(node: Node<'_>) -> bool {
    match node.kind() {
        Kind::Scalar => true,
        Kind::Sequence => node.items().all(is_local),
        Kind::Mapping => node.written_entries().all(|(key, value)| {
            let leads_nowhere = match key.text() {
                "$ref" | "$dynamicRef" | "$recursiveRef" => {
                    value.kind() != Kind::Scalar || value.text().starts_with('#')
                }
                // The drafts themselves are built into Helm.
                "$schema" => ["http://json-schema.org/draft-", "https://json-schema.org/draft"]
                    .iter()
                    .any(|known| value.text().starts_with(known)),
                _ => true,
            };
            leads_nowhere && is_local(value)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_schemas_that_reach_out() {
        for schema in [
            r##"{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/a"}"##,
            r#"{"properties": {"$ref": {"type": "string"}}}"#,
        ] {
            assert!(keeps_to_itself(schema), "{schema}");
        }
        for schema in [
            r#"{"a": [{"$ref": "http://x.example/y.json"}]}"#,
            r#"{"$ref": "../../../secret.json"}"#,
            r##"{"$ref": "file:///etc/passwd", "$ref": "#"}"##,
            r#"{"\u0024ref": "https://x.example"}"#,
            r#"{"$schema": "https://x.example/draft"}"#,
            "{",
        ] {
            assert!(!keeps_to_itself(schema), "{schema}");
        }
    }
}
