//! From rendered lines to lines of templates, by the marks of a second rendering.
//!
//! Nothing is guessed. A rendered document is traced only where the marked chart renders to the very same lines once the
//! marks are taken off; lines that differ all the same (a random password, the checksum of a marked text) count only
//! where the rest is equal and the template's words stand in them. A line without a mark belongs to the next marked one
//! where no other line can have put it out.

use super::output::Rendered;
use super::template::{Line, Marker, Template};

/// Where a rendered line comes from: numbers of a template and of one of its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) template: usize,
    pub(crate) line: usize,
}

/// A document of the second rendering, read.
#[derive(Debug)]
pub(crate) struct Marked<'o> {
    source: &'o str,
    lines: Vec<(String, Vec<Origin>)>,
}

/// Reads the documents of the second rendering.
pub(crate) fn marked<'o>(documents: Vec<Rendered<'o>>, marker: &Marker) -> Vec<Marked<'o>> {
    let read = |line: &str| {
        let (text, marks) = marker.strip(line);
        (text, marks.into_iter().map(|(template, line)| Origin { template, line }).collect())
    };
    let of = |document: Rendered<'o>| {
        let mut lines: Vec<(String, Vec<Origin>)> = document.lines.into_iter().map(read).collect();
        // A line with nothing but marks is a blank one, and those before and behind a document do not count.
        let is_blank = |(text, _): &(String, Vec<Origin>)| text.trim().is_empty();
        while lines.last().is_some_and(is_blank) {
            let marks = lines.pop().map(|(_, marks)| marks).unwrap_or_default();
            if let Some((_, last)) = lines.last_mut() {
                last.extend(marks);
            }
        }
        let blank = lines.iter().take_while(|line| is_blank(line)).count();
        lines.drain(..blank);
        Marked { source: document.source, lines }
    };
    documents.into_iter().map(of).collect()
}

/// The origins of a document's lines; takes the marked document that it is equal to out of `marked`.
pub(crate) fn origins(
    document: &Rendered<'_>,
    marked: &mut Vec<Marked<'_>>,
    templates: &[Template],
) -> Vec<Option<Origin>> {
    let nothing = || vec![None; document.lines.len()];
    let is_same = |marked: &Marked<'_>| marked.source == document.source && is_same_text(document, marked, templates);
    let Some(index) = marked.iter().position(is_same) else { return nothing() };
    let marked = marked.swap_remove(index);
    let mut origins = nothing();
    let mut first = 0;
    for (index, (text, marks)) in marked.lines.iter().enumerate() {
        let Some(mark) = chosen(text, marks, templates) else { continue };
        if let Some(origin) = origins.get_mut(index) {
            *origin = Some(mark);
        }
        if let Some(innermost) = marks.first() {
            claim(&document.lines, &mut origins, first..index, *innermost, templates);
        }
        first = index + 1;
    }
    between(&marked.lines, &mut origins, templates);
    origins
}

/// Gives what is still unknown between two marks of one template to the line of the second one, where every line between
/// those two would have left its mark. Marks of named templates stand in what that line put out.
fn between(lines: &[(String, Vec<Origin>)], origins: &mut [Option<Origin>], templates: &[Template]) {
    let is_own = |mark: &&Origin| line(templates, **mark).is_some_and(|line| !line.is_named);
    let mut last: Option<(usize, Origin)> = None;
    for (index, (_, marks)) in lines.iter().enumerate() {
        let Some(mark) = marks.iter().find(is_own) else { continue };
        if let Some((before, from)) = last
            && from.template == mark.template
            && from.line < mark.line
            && let Some(template) = templates.get(mark.template)
            && let Some(passed) = template.lines.get(from.line..=mark.line)
            && passed.iter().all(|line| line.is_marked || line.is_named)
            && passed.last().is_some_and(|line| !line.outputs.is_empty())
        {
            for origin in origins.iter_mut().take(index + 1).skip(before + 1).filter(|origin| origin.is_none()) {
                *origin = Some(*mark);
            }
        }
        last = marks.iter().rfind(is_own).map(|mark| (index, *mark));
    }
}

fn line(templates: &[Template], origin: Origin) -> Option<&Line> {
    templates.get(origin.template)?.lines.get(origin.line)
}

fn is_same_text(document: &Rendered<'_>, marked: &Marked<'_>, templates: &[Template]) -> bool {
    document.lines.len() == marked.lines.len()
        && document.lines.iter().zip(&marked.lines).all(|(rendered, (text, marks))| {
            let is_of = |mark: &Origin| line(templates, *mark).is_some_and(|line| line.is_in(rendered));
            rendered.trim_end() == text.trim_end() || marks.iter().any(is_of)
        })
}

/// Of the marks of a rendered line the one whose words it holds; the innermost comes first. Else the first that stands for
/// what an action put out.
fn chosen(text: &str, marks: &[Origin], templates: &[Template]) -> Option<Origin> {
    let of =
        |wanted: &dyn Fn(&Line) -> bool| marks.iter().copied().find(|mark| line(templates, *mark).is_some_and(wanted));
    of(&|line| line.is_in(text)).or_else(|| of(&|line| !line.outputs.is_empty()))
}

/// Gives the unmarked lines of `range` to the line whose mark follows them, where that is certain.
fn claim(
    lines: &[&str],
    origins: &mut [Option<Origin>],
    range: std::ops::Range<usize>,
    mark: Origin,
    templates: &[Template],
) {
    let Some(template) = templates.get(mark.template) else { return };
    let Some(line) = template.lines.get(mark.line) else { return };
    let has_unmarked = template.lines.iter().any(|line| !line.is_marked);
    if line.outputs.is_empty() || has_unmarked {
        return;
    }
    // Words before the action stand on the first of the lines that it put out.
    let starts = match line.literals.first() {
        None => range.start,
        Some(words) => match range.clone().find(|index| lines.get(*index).is_some_and(|line| line.contains(words))) {
            Some(index) => index,
            None => return,
        },
    };
    for index in starts..range.end {
        if let Some(origin) = origins.get_mut(index) {
            *origin = Some(mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{output, template};
    use super::*;

    /// What the lines of `rendered` come from, where `marked` is its second rendering, by line numbers.
    fn traced(text: &str, rendered: &str, marked_text: &str) -> Vec<Option<u32>> {
        let marker = Marker::new("k");
        let templates = [template::read(text, 0, &marker)];
        let mut found = marked(output::documents(marked_text), &marker);
        let documents = output::documents(rendered);
        let origins = origins(&documents[0], &mut found, &templates);
        origins.iter().map(|origin| origin.map(|origin| templates[0].lines[origin.line].number)).collect()
    }

    #[test]
    fn gives_a_block_to_the_action_that_put_it_out() {
        let text = "a:\n{{- toYaml .b | nindent 2 }}\nc: d\n";
        let marked = "a: #k:0:0;\n  x: 1\n  y: 2 #k:0:1;\nc: d #k:0:2;\n";
        assert_eq!(traced(text, "a:\n  x: 1\n  y: 2\nc: d\n", marked), [Some(1), Some(2), Some(2), Some(3)]);
    }

    #[test]
    fn gives_the_rest_of_what_an_action_put_out_to_its_line() {
        let text = "a:\n{{ include \"x\" . }}\n{{ define \"x\" }}\n{{ .b }}\nc: d\n{{ .e }}\n{{ end }}\n";
        let marked = "a: #k:0:0;\n1\nc: d #k:0:3;\n2\n #k:0:1;\n";
        assert_eq!(traced(text, "a:\n1\nc: d\n2\n\n", marked), [Some(1), Some(2), Some(5), Some(2)]);
    }

    #[test]
    fn believes_no_document_that_differs() {
        assert_eq!(traced("a: b\nc: d\n", "a: b\nc: d\n", "a: b #k:0:0;\nc: e #k:0:0;\n"), [None, None]);
        assert_eq!(traced("a: b\n", "a: b\nx: y\n", "a: b #k:0:0;\n"), [None, None]);
    }

    #[test]
    fn accepts_another_checksum_behind_the_same_words() {
        assert_eq!(traced("sum: {{ .x }}\n", "sum: 12\n", "sum: 13 #k:0:0;\n"), [Some(1)]);
    }

    #[test]
    fn leaves_lines_alone_that_an_unmarked_line_may_have_put_out() {
        let text = "{{ .a -}}\nx\n{{ .b }}\n";
        assert_eq!(traced(text, "1\n2\n", "1\n2 #k:0:2;\n"), [None, Some(3)]);
    }
}
