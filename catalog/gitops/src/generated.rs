//! Applications that an `ApplicationSet` would make, as documents.

use std::sync::Arc;

use platlint_facts::{Doc, Generated, LineOrigin, Maker, path_of};

use crate::appset::Expanded;
use crate::yaml;

/// One Application as YAML, each line with the field of the `ApplicationSet` from which it comes.
pub(crate) fn document(doc: &Doc, expanded: &Expanded, index: usize) -> Generated {
    let mut text = String::new();
    let mut lines = Vec::new();
    for (line, path) in yaml::lines(&expanded.object.value) {
        text.push_str(&line);
        text.push('\n');
        let origin = expanded.object.origin(&path);
        lines.push(origin.map(|path| LineOrigin::Field { doc: doc.id.clone(), path }));
    }
    let name = yaml::text_at(&expanded.object.value, &["metadata", "name"]).unwrap_or_default();
    let set = doc.name().unwrap_or_default();
    Generated {
        name: format!("{} (ApplicationSet {set}, Application {index}: {name})", doc.id.file).into(),
        maker: maker(doc),
        text: text.into(),
        lines,
        fallback: LineOrigin::Field { doc: doc.id.clone(), path: path_of(&["spec", "template"]) },
        namespace: doc.namespace.clone(),
    }
}

fn maker(doc: &Doc) -> Arc<Maker> {
    Arc::new(Maker { tool: "applicationset".into(), from: doc.id.file.clone() })
}
