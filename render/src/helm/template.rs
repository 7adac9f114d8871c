//! The text of a Go template: which lines it has, what each holds word for word and what each puts out.
//!
//! It also marks a template: behind each line that can be told, a YAML comment that names it. A marked chart renders to
//! the same text with these comments in it, which is how `trace` knows the origin of lines. A comment at the end of a line
//! changes neither the meaning of the YAML nor what the actions around it trim. Lines where that is not so get none.

use std::fmt::Write as _;

/// A line of a template that puts something out: a line of the file, or several where an action spans lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Where its first text stands or, where it has none, its first action that puts something out; from 1.
    pub(crate) number: u32,
    /// What it holds word for word, in order, without blanks around.
    pub(crate) literals: Vec<String>,
    /// The insides of the actions that put something out.
    pub(crate) outputs: Vec<String>,
    /// Whether it is marked.
    pub(crate) is_marked: bool,
    /// Whether it stands in a named template, which is put out elsewhere.
    pub(crate) is_named: bool,
    /// Whether its actions choose between several texts.
    pub(crate) branches: bool,
}

impl Line {
    /// Whether a rendered line holds all that this one holds word for word, in order.
    pub(crate) fn is_in(&self, rendered: &str) -> bool {
        let mut rest = rendered;
        !self.literals.is_empty()
            && self.literals.iter().all(|literal| match rest.find(literal.as_str()) {
                Some(at) => {
                    rest = rest.get(at + literal.len()..).unwrap_or("");
                    true
                }
                None => false,
            })
    }
}

/// A template, read and marked.
#[derive(Debug, Default)]
pub(crate) struct Template {
    /// Its lines that put something out, in order.
    pub(crate) lines: Vec<Line>,
    /// Its text with marks.
    pub(crate) marked: String,
}

/// What a mark begins with, behind a blank and `#`. The rest is a number of the file, `:`, a number of the line, `;`.
#[derive(Debug, Clone)]
pub(crate) struct Marker(String);

impl Marker {
    /// `key` is a word that no chart knows.
    pub(crate) fn new(key: &str) -> Self {
        Self(format!(" #{key}:"))
    }

    fn of(&self, file: usize, line: usize) -> String {
        let mut mark = self.0.clone();
        let _ = write!(mark, "{file}:{line};");
        mark
    }

    /// The text without marks, and the marks in order: numbers of file and line.
    pub(crate) fn strip(&self, line: &str) -> (String, Vec<(usize, usize)>) {
        let (mut text, mut marks) = (String::with_capacity(line.len()), Vec::new());
        let mut rest = line;
        while let Some((before, behind)) = rest.split_once(self.0.as_str()) {
            text.push_str(before);
            let mark = behind.split_once(';').and_then(|(mark, behind)| {
                let (file, line) = mark.split_once(':')?;
                Some(((file.parse().ok()?, line.parse().ok()?), behind))
            });
            let Some((mark, behind)) = mark else {
                // Cut in two by the template: what is left of it differs from what was rendered, as it should.
                rest = behind;
                continue;
            };
            marks.push(mark);
            rest = behind;
        }
        text.push_str(rest);
        (text, marks)
    }
}

/// Reads a template. `file` is the number that marks name it by.
pub(crate) fn read(text: &str, file: usize, marker: &Marker) -> Template {
    let mut reader = Reader::new(marker, file);
    for part in parts(text) {
        match part {
            Part::Text(text) => reader.text(text),
            Part::Action(action) => reader.action(&action),
        }
    }
    reader.end("");
    reader.template
}

struct Reader<'m> {
    marker: &'m Marker,
    file: usize,
    template: Template,
    /// The line that is being read.
    line: Line,
    /// The number of the line of the file that is being read.
    number: u32,
    /// Whether the text so far ends with an action that takes away the blanks behind it.
    trims: bool,
    /// Open blocks; true for those that are put out elsewhere.
    blocks: Vec<bool>,
}

impl<'m> Reader<'m> {
    fn new(marker: &'m Marker, file: usize) -> Self {
        Self {
            marker,
            file,
            template: Template::default(),
            line: Line::default(),
            number: 1,
            trims: false,
            blocks: Vec::new(),
        }
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('\n') {
            self.piece(before);
            // A mark stands before blanks, so that an action behind it still takes them away.
            let kept = before.trim_end().len();
            let (words, blanks) = before.split_at(kept);
            self.template.marked.push_str(words);
            self.end(blanks);
            self.template.marked.push('\n');
            self.number += 1;
            rest = behind;
        }
        self.piece(rest);
        self.template.marked.push_str(rest);
    }

    fn piece(&mut self, piece: &str) {
        let literal = piece.trim();
        if !literal.is_empty() {
            if self.line.literals.is_empty() {
                self.line.number = self.number;
            }
            self.line.literals.push(literal.to_owned());
            self.trims = false;
        }
    }

    fn action(&mut self, action: &Action<'_>) {
        match action.keyword() {
            Keyword::Opens => {
                self.blocks.push(false);
                self.line.branches = true;
            }
            Keyword::Defines => self.blocks.push(true),
            Keyword::Closes => {
                self.blocks.pop();
                self.line.branches = true;
            }
            Keyword::Silent => {}
            Keyword::Branches => self.line.branches = true,
            Keyword::PutsOut => {
                if self.line.literals.is_empty() && self.line.outputs.is_empty() {
                    self.line.number = self.number;
                }
                self.line.outputs.push(action.inside.to_owned());
            }
        }
        self.trims = action.trims_right;
        self.template.marked.push_str(action.written);
        self.number += u32::try_from(action.written.matches('\n').count()).unwrap_or(0);
    }

    /// Ends a line, with the blanks at its end.
    fn end(&mut self, blanks: &str) {
        let mut line = std::mem::take(&mut self.line);
        line.is_named = self.blocks.contains(&true);
        line.is_marked = !self.trims && Self::can_be_marked(&line);
        if line.is_marked {
            let mark = self.marker.of(self.file, self.template.lines.len());
            self.template.marked.push_str(&mark);
        }
        self.template.marked.push_str(blanks);
        if !line.literals.is_empty() || !line.outputs.is_empty() {
            self.template.lines.push(line);
        }
        self.trims = false;
    }

    fn can_be_marked(line: &Line) -> bool {
        // A named template can be any text that others compare, cut or hash; only what looks like YAML is marked.
        if line.is_named {
            return line
                .literals
                .iter()
                .any(|literal| literal.contains(": ") || literal.ends_with(':') || literal.starts_with("- "));
        }
        match line.literals.first() {
            // Helm cuts files here.
            Some(literal) => !literal.starts_with("---"),
            None => !line.outputs.is_empty(),
        }
    }
}

enum Part<'t> {
    Text(&'t str),
    Action(Action<'t>),
}

struct Action<'t> {
    /// With its braces.
    written: &'t str,
    /// Without braces and trim marks.
    inside: &'t str,
    trims_right: bool,
}

enum Keyword {
    Opens,
    Defines,
    Closes,
    Branches,
    Silent,
    PutsOut,
}

impl Action<'_> {
    fn keyword(&self) -> Keyword {
        let inside = self.inside.trim_start();
        let word = inside.split(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or("");
        match word {
            "if" | "range" | "with" => Keyword::Opens,
            "define" | "block" => Keyword::Defines,
            "end" => Keyword::Closes,
            "else" | "break" | "continue" => Keyword::Branches,
            _ if inside.is_empty() || inside.starts_with("/*") => Keyword::Silent,
            _ if inside.starts_with('$') && is_assignment(inside) => Keyword::Silent,
            _ => Keyword::PutsOut,
        }
    }
}

/// `$x := …` or `$x = …`.
fn is_assignment(inside: &str) -> bool {
    let name = |character: char| character.is_alphanumeric() || character == '_' || character == '$';
    let rest = inside.trim_start_matches(name).trim_start();
    rest.starts_with(":=") || (rest.starts_with('=') && !rest.starts_with("=="))
}

/// Cuts a template into text and actions. An action that is not closed counts as text: Helm refuses it anyway.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest.get(start..).and_then(action_length) else { break };
        let (before, behind) = rest.split_at(start);
        let (written, behind) = behind.split_at(length);
        let inside = written.get(2..length.saturating_sub(2)).unwrap_or("");
        let inside = inside.strip_prefix('-').filter(|rest| rest.starts_with(char::is_whitespace)).unwrap_or(inside);
        let trimmed = inside.strip_suffix('-').filter(|rest| rest.ends_with(char::is_whitespace));
        parts.push(Part::Text(before));
        parts.push(Part::Action(Action {
            written,
            inside: trimmed.unwrap_or(inside).trim(),
            trims_right: trimmed.is_some(),
        }));
        rest = behind;
    }
    parts.push(Part::Text(rest));
    parts
}

/// The length of the action at the start of `text`, with its braces.
fn action_length(text: &str) -> Option<usize> {
    let comment = text.strip_prefix("{{- ").or_else(|| text.strip_prefix("{{")).unwrap_or(text);
    if comment.starts_with("/*") {
        let end = text.find("*/")?;
        return Some(end + text.get(end..)?.find("}}")? + 2);
    }
    let bytes = text.as_bytes();
    let mut at = 2;
    let mut quote = None;
    while let Some(byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            // Behind a backslash nothing is special, but in back quotes backslashes are not either.
            (Some(b'"' | b'\''), b'\\') => at += 1,
            (None, b'"' | b'\'' | b'`') => quote = Some(*byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Template {
        read(text, 7, &Marker::new("k"))
    }

    fn numbers(text: &str) -> Vec<(u32, bool)> {
        template(text).lines.iter().map(|line| (line.number, line.is_marked)).collect()
    }

    #[test]
    fn marks_lines_with_text_and_lines_that_put_something_out() {
        let marked = template("a: b\n{{- if .x }}\n  c: {{ .d }}  \n{{ toYaml .e }}\n{{- end }}\n\nf: g").marked;
        assert_eq!(
            marked,
            "a: b #k:7:0;\n{{- if .x }}\n  c: {{ .d }} #k:7:1;  \n{{ toYaml .e }} #k:7:2;\n{{- end }}\n\nf: g #k:7:3;"
        );
    }

    #[test]
    fn leaves_alone_what_a_mark_would_change() {
        assert_eq!(template("---\n# x\n").marked, "---\n# x #k:7:1;\n");
        assert!(!template("a: {{ .b -}}\nc\n").lines[0].is_marked);
        let names = "{{- define \"n\" -}}\n{{ .x | trunc 3 }}\ntrue\n{{- end }}\n{{ define \"l\" }}\na: b\n{{ end }}\n";
        assert_eq!(numbers(names), [(2, false), (3, false), (6, true)]);
    }

    #[test]
    fn counts_lines_across_actions_that_span_lines() {
        assert_eq!(
            numbers("{{/* a }}\nb */}}\nc: d\n{{ dict\n \"}}\" `\n}}` }}\ne: f\n"),
            [(3, true), (4, true), (7, true)]
        );
    }

    #[test]
    fn knows_what_puts_nothing_out() {
        assert_eq!(numbers("{{ $x := 1 }}\n{{- $x = 2 -}}\n{{ else }}{{ $x }}\n{{- /* c */ -}}\n"), [(3, true)]);
        assert_eq!(template("a: {{ \"}}\" }}b\n").lines[0].literals, ["a:", "b"]);
    }

    #[test]
    fn takes_marks_off_again() {
        let marker = Marker::new("k");
        assert_eq!(marker.strip("a #k:1:2;b #k:3:4;"), ("ab".to_owned(), vec![(1, 2), (3, 4)]));
        assert_eq!(marker.strip("a # k #k:1"), ("a # k1".to_owned(), vec![]));
    }

    #[test]
    fn tells_whether_a_rendered_line_holds_the_text_in_order() {
        let line = &template("a: {{ .b }}-c\n").lines[0];
        assert!(line.is_in("  a: x-c"));
        assert!(!line.is_in("-c a:"));
    }
}
