//! Where one document of a file ends and the next begins.
//!
//! As kubectl, the file is cut at lines that start with `---` before anything is parsed, so a broken document cannot
//! hide the ones after it. Beyond kubectl, which loses or refuses them, documents after `...` and content on the line of
//! the `---` are kept, and so are JSON values that stand one behind the other.

use crate::json;
use crate::span::{Span, stored};

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// One document of a file, not yet parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Which of the file's documents that are not empty, from 0.
    pub index: u32,
    /// From its `---` line (if it has one) to before the next document.
    pub span: Span,
}

/// Cuts `text` into documents; those with nothing but comments, blanks, markers and directives are left out.
pub(crate) fn split(text: &str) -> Vec<Chunk> {
    let mut chunks = Chunks { text, found: Vec::new() };
    let mut start = 0;
    let mut content = false;
    let mut directives = false;
    // Whether a `---` stands between `start` and here.
    let mut marked = false;
    let mut at = 0;
    for line in lines(text) {
        let next = at + line.len();
        match Line::of(line, content) {
            Line::Start { with_content } => {
                if content {
                    chunks.push(start, at);
                    start = at;
                } else if marked && !directives {
                    // An empty document ends here; comments before a first marker stay with the document after it.
                    start = at;
                }
                content = with_content;
                marked = true;
                directives = false;
            }
            Line::End => {
                if content {
                    chunks.push(start, next);
                }
                start = next;
                content = false;
                marked = false;
                directives = false;
            }
            Line::Directive => {
                if marked {
                    start = at;
                }
                marked = false;
                directives = true;
            }
            Line::Nothing => {}
            Line::Content => content = true,
        }
        at = next;
    }
    if content {
        chunks.push(start, at);
    }
    chunks.found
}

/// The lines with their endings; a lone CR ends a line for YAML, though kubectl looks for LF only.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').flat_map(|line| {
        let without_ending = line.strip_suffix("\r\n").unwrap_or(line);
        let lone = without_ending.contains('\r');
        let whole = (!lone).then_some(line);
        let parts = lone.then(|| line.split_inclusive('\r'));
        whole.into_iter().chain(parts.into_iter().flatten())
    })
}

enum Line {
    Start { with_content: bool },
    End,
    Directive,
    Nothing,
    Content,
}

impl Line {
    #[inline]
    fn of(line: &str, in_content: bool) -> Self {
        match line.as_bytes() {
            [b'-', b'-', b'-', rest @ ..] if ends_marker(rest) => {
                let rest = rest.trim_ascii_start();
                Line::Start { with_content: !matches!(rest, [] | [b'#', ..]) }
            }
            [b'.', b'.', b'.', rest @ ..] if matches!(rest.trim_ascii_start(), []) => Line::End,
            [b'.', b'.', b'.', b' ' | b'\t', rest @ ..] if matches!(rest.trim_ascii_start(), [b'#', ..]) => Line::End,
            _ if in_content => Line::Content,
            [b'%', ..] => Line::Directive,
            // A byte order mark may stand before any document of files that were joined.
            bytes => match bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii_start() {
                [] | [b'#', ..] => Line::Nothing,
                _ => Line::Content,
            },
        }
    }
}

/// kubectl takes `---#` as a marker too.
fn ends_marker(rest: &[u8]) -> bool {
    matches!(rest, [] | [b' ' | b'\t' | b'\r' | b'\n' | b'#', ..])
}

struct Chunks<'t> {
    text: &'t str,
    found: Vec<Chunk>,
}

impl Chunks<'_> {
    fn push(&mut self, start: usize, end: usize) {
        let mut start = start;
        // `{…}{…}`: JSON streams carry no markers.
        while let Some(length) = self.text.get(start..end).and_then(json::first_of_several) {
            self.push_one(start, start + length);
            start += length;
        }
        self.push_one(start, end);
    }

    fn push_one(&mut self, start: usize, end: usize) {
        let index = stored(self.found.len());
        self.found.push(Chunk { index, span: Span::new(stored(start), stored(end)) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        split(text).iter().map(|chunk| chunk.span.slice(text)).collect()
    }

    #[test]
    fn cuts_at_marker_lines_and_leaves_out_empty_documents() {
        assert_eq!(parts("# c\n---\n---\na: 1\n--- # x\n\n---\nb: 2\n"), ["---\na: 1\n", "---\nb: 2\n"]);
        assert_eq!(parts("a: 1\r\n---\r\nb: 2\r\n"), ["a: 1\r\n", "---\r\nb: 2\r\n"]);
        assert_eq!(parts(""), Vec::<&str>::new());
        assert_eq!(parts("---"), Vec::<&str>::new());
    }

    #[test]
    fn keeps_comments_before_the_first_key_with_their_document() {
        assert_eq!(parts("# licence\na: 1\n"), ["# licence\na: 1\n"]);
        assert_eq!(parts("# licence\n---\na: 1\n"), ["# licence\n---\na: 1\n"]);
    }

    #[test]
    fn loses_nothing_after_an_end_marker_or_on_a_marker_line() {
        assert_eq!(parts("a: 1\n...\nb: 2\n--- {c: 3}\n"), ["a: 1\n...\n", "b: 2\n", "--- {c: 3}\n"]);
    }

    #[test]
    fn does_not_cut_at_lines_that_only_resemble_markers() {
        assert_eq!(parts("a: |\n  ---\n  x\nb: ---\n").len(), 1);
        assert_eq!(parts("a: 1\n----\n").len(), 1);
        assert_eq!(parts("a: 1\n...x\n").len(), 1);
    }

    #[test]
    fn keeps_directives_with_the_document_they_belong_to() {
        assert_eq!(parts("%YAML 1.2\n---\na: 1\n"), ["%YAML 1.2\n---\na: 1\n"]);
        assert_eq!(parts("a: 1\n...\n%TAG ! tag:x,1:\n---\nb: 1\n"), ["a: 1\n...\n", "%TAG ! tag:x,1:\n---\nb: 1\n"]);
        assert_eq!(parts("%YAML 1.2\n---\n").len(), 0);
    }

    #[test]
    fn cuts_json_values_that_stand_one_behind_the_other() {
        assert_eq!(parts("{\"a\":\"}{\"}{\"b\":1}\n[2]\n"), ["{\"a\":\"}{\"}", "{\"b\":1}", "\n[2]\n"]);
        assert_eq!(parts("{{ .x }} {{ .y }}").len(), 1);
    }

    #[test]
    fn numbers_the_documents_that_are_not_empty() {
        let indices: Vec<u32> = split("---\n---\na\n---\n---\nb\n").iter().map(|chunk| chunk.index).collect();
        assert_eq!(indices, [0, 1]);
    }
}
