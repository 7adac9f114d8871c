//! Finds the scalars which the YAML parser reads otherwise than the cluster does, before it reads them.
//!
//! This is no parser: it only tells comments, quotes, block scalars and brackets apart, in one pass. Where it errs, the
//! parser's events do not fit what was found, and `yaml` gives up the masks; so it may guess.

use crate::mask::Mask;
use crate::span::{Span, stored};

/// The masks for `chunk`, in order, as ranges of `chunk`; of several lines in quotes only if `quoted`.
pub(crate) fn masks(chunk: &str, quoted: bool) -> Vec<Mask> {
    let mut survey = Survey { bytes: chunk.as_bytes(), ..Survey::default() };
    survey.quoted = quoted;
    survey.run();
    survey.found
}

#[derive(Default)]
struct Survey<'b> {
    bytes: &'b [u8],
    at: usize,
    line: usize,
    quoted: bool,
    /// How many brackets are open.
    depth: usize,
    /// Whether a node can begin here.
    fresh: bool,
    /// A plain scalar reached the end of its line and may go on.
    open: bool,
    /// Columns from 1, 0 for the document: of the innermost key or dash, and of what may become a key.
    owner: usize,
    start: usize,
    /// Where that stands, to know whether a colon on a later line can belong to it.
    start_line: usize,
    found: Vec<Mask>,
}

fn blank(byte: Option<u8>) -> bool {
    byte.is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

fn bracket(byte: Option<u8>) -> bool {
    matches!(byte, Some(b',' | b'[' | b']' | b'{' | b'}'))
}

impl Survey<'_> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn run(&mut self) {
        self.fresh = true;
        self.line_begins();
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\n' | b'\r' => {
                    self.at += 1;
                    self.line_begins();
                }
                b' ' | b'\t' => self.at += 1,
                b'#' if self.at == 0 || blank(self.bytes.get(self.at - 1).copied()) => {
                    self.open = false;
                    self.skip_line();
                }
                b':' if self.depth > 0 || blank(self.byte(1)) => self.colon(),
                _ if self.open && self.depth == 0 && self.column() > self.owner => self.plain(),
                b'[' | b'{' if self.fresh || self.depth > 0 => {
                    if self.depth == 0 {
                        self.begin();
                    }
                    self.depth += 1;
                    self.at += 1;
                    self.fresh = true;
                }
                b']' | b'}' if self.depth > 0 => {
                    self.depth -= 1;
                    self.at += 1;
                    self.fresh = self.depth > 0;
                }
                b'-' | b'?' if self.depth == 0 && self.fresh && blank(self.byte(1)) => {
                    self.owner = self.column();
                    self.open = false;
                    self.at += 1;
                }
                b',' | b'?' if self.depth > 0 => self.at += 1,
                b'"' | b'\'' if self.fresh => {
                    if !self.quotes(byte) {
                        return;
                    }
                }
                b'|' | b'>' if self.fresh && self.depth == 0 => self.block(),
                b'&' | b'*' | b'!' if self.fresh => {
                    self.begin();
                    while !(blank(self.byte(0)) || self.depth > 0 && bracket(self.byte(0))) {
                        self.at += 1;
                    }
                }
                _ => {
                    self.begin();
                    self.plain();
                }
            }
        }
    }

    fn column(&self) -> usize {
        self.at - self.line + 1
    }

    fn line_begins(&mut self) {
        self.line = self.at;
        if self.depth > 0 {
            return;
        }
        self.fresh = true;
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        if rest.starts_with(b"%") {
            self.skip_line();
        } else if rest.starts_with(b"---") && blank(self.byte(3)) {
            self.open = false;
            self.owner = 0;
            self.at += 3;
        }
    }

    fn skip_line(&mut self) {
        while !matches!(self.byte(0), None | Some(b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Something begins that may turn out to be a key; an anchor or a tag before it belongs to it.
    fn begin(&mut self) {
        self.open = false;
        if self.depth == 0 && (self.start_line != self.line || self.start <= self.owner) {
            self.start = self.column();
            self.start_line = self.line;
        }
    }

    fn colon(&mut self) {
        if self.depth == 0 && self.start_line == self.line {
            self.owner = self.start;
        }
        self.open = false;
        self.fresh = true;
        self.at += 1;
    }

    fn mask(&mut self, start: usize, quoted: bool) {
        self.found.push(Mask { span: Span::new(stored(start), stored(self.at)), quoted });
    }

    fn plain(&mut self) {
        if self.depth > 0 && self.byte(0) == Some(b'-') && bracket(self.byte(1)) {
            self.at += 1;
            return self.mask(self.at - 1, false);
        }
        let mut before = b'x';
        while let Some(byte) = self.byte(0) {
            match byte {
                b'#' if blank(Some(before)) => return,
                b':' if blank(self.byte(1)) => return,
                b':' if self.depth > 0 && bracket(self.byte(1)) => {
                    self.at += 1;
                    self.mask(self.at - 1, false);
                    return;
                }
                b'\n' | b'\r' if self.depth == 0 => {
                    self.open = true;
                    return;
                }
                _ if self.depth > 0 && bracket(Some(byte)) => return,
                _ => {}
            }
            before = byte;
            self.at += 1;
        }
    }

    /// A scalar in quotes; false where it is not closed.
    fn quotes(&mut self, quote: u8) -> bool {
        self.begin();
        let start = self.at;
        let mut several = false;
        loop {
            self.at += 1;
            match self.byte(0) {
                None => return false,
                Some(b'\\') if quote == b'"' && !matches!(self.byte(1), Some(b'\n' | b'\r')) => self.at += 1,
                Some(b'\n' | b'\r') => {
                    several = true;
                    self.line = self.at + 1;
                    let next = self.bytes.get(self.line..).unwrap_or(&[]);
                    if (next.starts_with(b"---") || next.starts_with(b"...")) && blank(self.byte(4)) {
                        return false;
                    }
                }
                Some(byte) if byte == quote => {
                    if quote == b'"' || self.byte(1) != Some(b'\'') {
                        break;
                    }
                    self.at += 1;
                }
                Some(_) => {}
            }
        }
        self.at += 1;
        self.fresh = self.depth > 0;
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let key = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t')) == Some(&b':');
        // A key of several lines is refused by both readers.
        if several && self.quoted && self.depth == 0 && !key {
            self.mask(start, true);
        }
        true
    }

    /// A block scalar: its lines are blank or indented more than what they belong to.
    fn block(&mut self) {
        self.open = false;
        self.skip_line();
        while self.byte(0).is_some() {
            let line = self.at + 1;
            let rest = self.bytes.get(line..).unwrap_or(&[]);
            let indent = rest.iter().take_while(|byte| **byte == b' ').count();
            let empty = matches!(rest.get(indent), None | Some(b'\n' | b'\r'));
            if !empty && indent < self.owner {
                return;
            }
            self.at = line + indent;
            self.skip_line();
        }
    }
}
