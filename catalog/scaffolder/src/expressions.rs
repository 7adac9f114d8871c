//! What is wrong with the expressions of a template: whether they can be read, and whether what they read is there.

use platlint_engine::suggest;
use platlint_facts::{Note, Notes};

use crate::nunjucks::{self, KNOWN_FILTERS, Node, OUTPUT_START, Read};
use crate::parameters::Level;
use crate::template::{Place, Template, Text, single_brace};

/// Names that the scaffolder gives to expressions.
pub(crate) const ROOTS: [&str; 8] =
    ["parameters", "steps", "secrets", "user", "each", "context", "environment", "EXPERIMENTAL_recovery"];
/// Names of GitHub's workflows that the scaffolder does not have.
pub(crate) const WORKFLOW_NAMES: [&str; 9] =
    ["github", "env", "matrix", "needs", "inputs", "vars", "runner", "job", "strategy"];
/// Functions that Nunjucks brings.
const FUNCTIONS: [&str; 3] = ["range", "cycler", "joiner"];

/// Checks all texts of a template.
pub(crate) struct Expressions<'t, 'd> {
    pub(crate) template: &'t Template<'d>,
    pub(crate) parameters: &'t Level<'d>,
    /// Filters that the installation adds.
    pub(crate) filters: &'t [std::sync::Arc<str>],
}

impl Expressions<'_, '_> {
    pub(crate) fn note(&self, notes: &mut Notes) {
        for text in &self.template.texts {
            match &text.nodes {
                Err(error) if text.source.contains(OUTPUT_START) || text.source.contains("{%") => {
                    let place = around(text.source, error.at);
                    notes.problem(
                        "malformed-expression",
                        Note::at(text.path.clone()).with("problem", error.to_string()).text(place),
                    );
                }
                Err(_) => {}
                Ok(nodes) => {
                    Self::note_plain_braces(text, nodes, notes);
                    let dashed = self.note_dashed(text, notes);
                    for read in text.uses.reads.iter().filter(|read| {
                        !dashed.iter().any(|span| span.start <= read.root_span.start && read.root_span.start < span.end)
                    }) {
                        self.note_read(text, read, notes);
                    }
                    self.note_filters(text, notes);
                }
            }
        }
    }

    /// `{{ parameters.name }}` and `${ parameters.name }` are plain text to the scaffolder.
    fn note_plain_braces(text: &Text<'_>, nodes: &[Node], notes: &mut Notes) {
        if let Some(span) = single_brace(text.source) {
            let written = span.of(text.source);
            let inside = written.trim_start_matches("${").trim_end_matches('}').trim();
            let note = Note::at(text.path.clone()).text(written).suggestion(Some(format!("${{{{ {inside} }}}}")));
            notes.problem("missing-dollar", note.with("written", written).with("single-brace", true));
        }
        let mut spans = Vec::new();
        plain_texts(nodes, &mut spans);
        for span in spans {
            for (at, _) in span.of(text.source).match_indices("{{") {
                let start = span.start + at;
                let inside = text.source.get(start + 2..).unwrap_or_default();
                let name =
                    inside.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                let is_meant = ["parameters", "steps", "secrets", "user", "each", "environment"].contains(&name);
                let follows = inside.trim_start().strip_prefix(name).and_then(|rest| rest.chars().next());
                if is_meant && matches!(follows, Some('.' | '[' | ' ' | '}' | '|')) {
                    let written = inside.find("}}").and_then(|end| text.source.get(start..start + 2 + end + 2));
                    let written = written.unwrap_or("{{");
                    let note = Note::at(text.path.clone()).text(written).suggestion(Some(format!("${written}")));
                    notes.problem("missing-dollar", note.with("written", written));
                }
            }
        }
    }

    /// `steps.create-repo.output` subtracts: the spans in which that was noted.
    fn note_dashed(&self, text: &Text<'_>, notes: &mut Notes) -> Vec<nunjucks::Span> {
        let mut spans = Vec::new();
        for read in &text.uses.reads {
            let declared: Vec<&str> = match read.root.as_str() {
                "steps" => self.template.step_ids(),
                "parameters" => self.parameters.names.keys().map(|name| &**name).collect(),
                _ => continue,
            };
            let [member] = read.members.as_slice() else { continue };
            let is_dotted = text.source.get(..member.span.start).is_some_and(|before| before.ends_with('.'));
            let rest = text.source.get(member.span.start..).unwrap_or_default();
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len());
            let name = rest.get(..length).unwrap_or_default();
            if !is_dotted || !name.contains('-') || !declared.contains(&name) {
                continue;
            }
            spans.push(nunjucks::Span { start: read.root_span.start, end: member.span.start + length });
            let note = Note::at(text.path.clone())
                .with("name", name)
                .with("root", read.root.as_str())
                .text(format!("{}.{name}", read.root))
                .suggestion(Some(format!("{}['{name}']", read.root)));
            let code = if read.root == "steps" { "dashed-step-id" } else { "undeclared-parameter" };
            notes.problem(code, note.with("dashed", true));
        }
        spans
    }

    fn note_filters(&self, text: &Text<'_>, notes: &mut Notes) {
        for (name, span) in &text.uses.filters {
            if KNOWN_FILTERS.contains(&name.as_str()) || self.filters.iter().any(|known| **known == **name) {
                continue;
            }
            let known: Vec<&str> = KNOWN_FILTERS.into_iter().chain(self.filters.iter().map(|known| &**known)).collect();
            let near = suggest::nearest(name, &known);
            if near.is_none() && self.filters.is_empty() {
                let reason = format!("the installation may add the filter \"{name}\"");
                notes.unknown("unknown-filter", text.path.clone(), reason);
                continue;
            }
            let note = Note::at(text.path.clone()).with("name", name.as_str()).text(span.of(text.source));
            notes.problem("unknown-filter", note.suggestion(near));
        }
    }

    fn note_read(&self, text: &Text<'_>, read: &Read, notes: &mut Notes) {
        let members: Vec<&str> = read.members.iter().map(|member| member.name.as_str()).collect();
        match read.root.as_str() {
            "parameters" => self.note_parameter(text, read, &members, notes),
            "steps" => self.note_step(text, read, &members, notes),
            "secrets" => self.note_secret(text, read, notes),
            "environment" => match members.first() {
                Some(&"secrets") => self.note_secret(text, read, notes),
                member => note_member(text, read, member, &["parameters", "secrets"], notes),
            },
            "user" => note_member(text, read, members.first(), &["entity", "ref"], notes),
            "context" => note_member(text, read, members.first(), &["task"], notes),
            "each" => {
                let has_each =
                    text.place.step().and_then(|step| self.template.steps.get(step)).is_some_and(|step| step.has_each);
                if has_each && !matches!(text.place, Place::Each(_)) {
                    note_member(text, read, members.first(), &["key", "value"], notes);
                } else {
                    notes.problem("unknown-name", Self::named(text, read).with("reason", "without-each"));
                }
            }
            "values" => {
                let meant = members.first().filter(|name| self.parameters.names.contains_key(**name));
                let note = Self::named(text, read).suggestion(meant.map(|name| format!("parameters.{name}")));
                notes.problem("values-outside-skeleton", note);
            }
            "EXPERIMENTAL_recovery" => {}
            function if read.is_called && FUNCTIONS.contains(&function) => {}
            function if read.is_called => notes.unknown(
                "unknown-name",
                text.path.clone(),
                format!("the installation may add the function \"{function}\""),
            ),
            name => {
                let meant = if self.parameters.names.contains_key(name) {
                    Some(format!("parameters.{name}"))
                } else if self.template.step_ids().contains(&name) {
                    Some(format!("steps.{name}"))
                } else {
                    suggest::nearest(name, &ROOTS).map(str::to_owned)
                };
                if meant.is_some() || WORKFLOW_NAMES.contains(&name) {
                    notes.problem("unknown-name", Self::named(text, read).suggestion(meant));
                } else {
                    let reason = format!("the installation may add the value \"{name}\"");
                    notes.unknown("unknown-name", text.path.clone(), reason);
                }
            }
        }
    }

    fn named(text: &Text<'_>, read: &Read) -> Note {
        Note::at(text.path.clone()).with("name", read.root.as_str()).text(read.span.of(text.source))
    }

    fn note_parameter(&self, text: &Text<'_>, read: &Read, members: &[&str], notes: &mut Notes) {
        let mut level = self.parameters;
        for (depth, name) in members.iter().enumerate() {
            if let Some(parameter) = level.names.get(*name) {
                if !parameter.is_closed() {
                    return;
                }
                level = &parameter.members;
                continue;
            }
            if let Some(reason) = level.open {
                notes.unknown("undeclared-parameter", text.path.clone(), reason);
                return;
            }
            let known: Vec<&str> = level.names.keys().map(|known| &**known).collect();
            let outer = members.get(..depth).unwrap_or_default().join(".");
            let span = read
                .members
                .get(depth)
                .map_or(read.span, |member| nunjucks::Span { end: member.span.end, ..read.span });
            let note = Note::at(text.path.clone())
                .with("name", *name)
                .maybe("outer", (depth > 0).then_some(outer))
                .text(span.of(text.source))
                .suggestion(suggest::nearest(name, &known));
            notes.problem("undeclared-parameter", note);
            return;
        }
    }

    fn note_step(&self, text: &Text<'_>, read: &Read, members: &[&str], notes: &mut Notes) {
        let Some(id) = members.first() else { return };
        let found = self.template.steps.iter().position(|step| *step.id == **id);
        let span =
            read.members.first().map_or(read.span, |member| nunjucks::Span { end: member.span.end, ..read.span });
        let note = Note::at(text.path.clone()).with("id", *id).text(span.of(text.source));
        match (found, text.place.step()) {
            (None, _) => {
                let known = self.template.step_ids();
                notes.problem("unknown-step", note.suggestion(suggest::nearest(id, &known)));
            }
            (Some(found), Some(here)) if found >= here => {
                let related = self.template.steps.get(found).map(|step| pointer_json(&step.path));
                let note = note.with("is-itself", found == here).maybe("related", related.map(|path| vec![path]));
                notes.problem("later-step", note);
            }
            _ => {
                if let Some(member) = members.get(1)
                    && *member != "output"
                {
                    let note = Note::at(text.path.clone()).with("name", format!("steps.{id}")).with("member", *member);
                    let note = note.with("members", vec!["output"]).text(read.span.of(text.source));
                    notes.problem("unknown-name", note.suggestion(suggest::nearest(member, &["output"])));
                }
            }
        }
    }

    /// Secrets are only there while the input and `each` of a step are rendered, and `if` where there is `each`.
    fn note_secret(&self, text: &Text<'_>, read: &Read, notes: &mut Notes) {
        let place = match text.place {
            Place::Input(_) | Place::Each(_) => return,
            Place::If(step) if self.template.steps.get(step).is_some_and(|step| step.has_each) => return,
            Place::If(_) => "if",
            Place::Output => "output",
        };
        notes.problem("misplaced-secret", Self::named(text, read).with("place", place));
    }
}

/// A member of a name of the scaffolder, which has only a few.
fn note_member(text: &Text<'_>, read: &Read, member: Option<&&str>, known: &[&str], notes: &mut Notes) {
    let Some(member) = member.filter(|member| !known.contains(*member)) else { return };
    let note = Note::at(text.path.clone())
        .with("name", read.root.as_str())
        .with("member", *member)
        .with("members", known)
        .text(read.span.of(text.source));
    notes.problem("unknown-name", note.suggestion(suggest::nearest(member, known)));
}

/// A pointer as rules hand it on.
pub(crate) fn pointer_json(path: &platlint_engine::Pointer) -> serde_json::Value {
    path.0
        .iter()
        .map(|segment| match segment {
            platlint_engine::Segment::Index(index) => serde_json::Value::from(*index),
            platlint_engine::Segment::Key(key) => serde_json::Value::from(&**key),
        })
        .collect()
}

fn plain_texts(nodes: &[Node], spans: &mut Vec<nunjucks::Span>) {
    for node in nodes {
        match node {
            Node::Text(span) => spans.push(*span),
            Node::If { branches, otherwise } => {
                branches.iter().for_each(|(_, body)| plain_texts(body, spans));
                plain_texts(otherwise, spans);
            }
            Node::For { body, otherwise, .. } => {
                plain_texts(body, spans);
                plain_texts(otherwise, spans);
            }
            Node::Capture { body, .. } | Node::Macro { body, .. } | Node::Other { body, .. } => {
                plain_texts(body, spans);
            }
            Node::Output { .. } | Node::Set { .. } => {}
        }
    }
}

/// The tag in which a byte stands, or the line.
fn around(text: &str, at: usize) -> &str {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or_default();
    let start = ["${{", "{%", "{#"].iter().filter_map(|tag| before.rfind(tag)).max();
    let start = start.unwrap_or_else(|| if text.get(at..).is_some_and(|rest| rest.starts_with("{%")) { at } else { 0 });
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let end = ["}}", "%}"].iter().filter_map(|close| line.find(close).map(|found| found + close.len())).min();
    line.get(..end.unwrap_or(line.len())).unwrap_or(line).trim_end()
}
