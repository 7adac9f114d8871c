//! What `helm template` writes: documents with the template that each comes from.

/// The line that Helm writes atop of each document, before the path of its template.
const SOURCE: &str = "# Source: ";

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendered<'o> {
    /// The template as Helm names it: the chart's name, then the path in the chart.
    pub(crate) source: &'o str,
    /// Its lines, without marker and source, and without blank ones before and behind.
    pub(crate) lines: Vec<&'o str>,
}

/// Cuts the output. A document without a source, as files of custom resource definitions hold them, has that of the one
/// before it.
pub(crate) fn documents(output: &str) -> Vec<Rendered<'_>> {
    let mut found: Vec<Rendered<'_>> = Vec::new();
    let mut is_start = true;
    for line in output.lines() {
        if line == "---" || line.starts_with("--- ") {
            let source = found.last().map_or("", |document| document.source);
            found.push(Rendered { source, lines: Vec::new() });
            is_start = true;
            continue;
        }
        if found.is_empty() {
            found.push(Rendered { source: "", lines: Vec::new() });
        }
        let Some(document) = found.last_mut() else { continue };
        match line.strip_prefix(SOURCE) {
            // Only directly behind the marker: further ones are the template's own words.
            Some(source) if is_start => document.source = source,
            _ => document.lines.push(line),
        }
        is_start = false;
    }
    for document in &mut found {
        while document.lines.last().is_some_and(|line| line.trim().is_empty()) {
            document.lines.pop();
        }
        let blank = document.lines.iter().take_while(|line| line.trim().is_empty()).count();
        document.lines.drain(..blank);
    }
    found.retain(|document| !document.lines.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn believes_only_the_source_that_helm_wrote() {
        let output =
            "---\n# Source: a/templates/x.yaml\n# Source: a/templates/y.yaml\nb: 1\n\n---\nc: 2\n---\n# Source: d\n";
        let found = documents(output);
        assert_eq!(
            found,
            [
                Rendered { source: "a/templates/x.yaml", lines: vec!["# Source: a/templates/y.yaml", "b: 1"] },
                Rendered { source: "a/templates/x.yaml", lines: vec!["c: 2"] },
            ]
        );
    }
}
