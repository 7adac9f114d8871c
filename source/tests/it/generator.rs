//! Documents as people write them, from a seed: every style of scalar and collection, anchors, merges, comments, both line
//! endings.

use std::fmt::Write;

use crate::vocabulary::{KEYS, PLAIN, TEXTS};

/// A small generator of pseudo-random numbers (xorshift64*), so that a seed means the same documents everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % limit
    }

    pub(crate) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub(crate) fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// Writes one stream of documents.
pub(crate) fn stream(seed: u64) -> String {
    let mut writer =
        Writer { random: Random::new(seed), out: String::new(), anchors: 0, maps: Vec::new(), others: Vec::new() };
    let documents = if writer.random.one_in(6) { 2 + writer.random.below(2) } else { 1 };
    for index in 0..documents {
        if index > 0 || writer.random.one_in(5) {
            writer.out.push_str(if writer.random.one_in(4) { "--- # next\n" } else { "---\n" });
        }
        writer.maps.clear();
        writer.others.clear();
        writer.comment(0);
        writer.root();
    }
    if writer.random.one_in(6) {
        while writer.out.ends_with('\n') {
            writer.out.pop();
        }
    }
    if writer.random.one_in(8) { writer.out.replace('\n', "\r\n") } else { writer.out }
}

struct Writer {
    random: Random,
    out: String,
    anchors: usize,
    /// Anchors on maps that are complete, for merges and aliases.
    maps: Vec<String>,
    others: Vec<String>,
}

impl Writer {
    fn root(&mut self) {
        match self.random.below(10) {
            0 => {
                self.flow(3);
                self.out.push('\n');
            }
            1 | 2 => self.sequence(0, 4),
            _ => self.mapping(0, 4),
        }
    }

    fn comment(&mut self, indent: usize) {
        if self.random.one_in(12) {
            let text = self.random.pick(&["# comment", "#", "# it's: {not} \"closed", "#a # b | c"]);
            writeln!(self.out, "{:indent$}{text}", "").unwrap();
        }
        if self.random.one_in(30) {
            self.out.push('\n');
        }
    }

    fn end_line(&mut self) {
        let end = if self.random.one_in(15) { self.random.pick(&[" # why", "  ", "   # 'x", "\t# tab"]) } else { "" };
        self.out.push_str(end);
        self.out.push('\n');
    }

    fn anchor(&mut self) -> Option<String> {
        self.random.one_in(10).then(|| {
            self.anchors += 1;
            // Some names are given twice: the later one counts.
            let name = format!("n{}", if self.random.one_in(6) { 0 } else { self.anchors });
            write!(self.out, "&{name} ").unwrap();
            name
        })
    }

    fn tag(&mut self) {
        if self.random.one_in(25) {
            let tag = self.random.pick(&[
                "!!str ",
                "!!int ",
                "!!float ",
                "!!bool ",
                "!!null ",
                "!custom ",
                "! ",
                "!!timestamp ",
            ]);
            self.out.push_str(tag);
        }
    }

    fn mapping(&mut self, indent: usize, depth: usize) {
        let count = 1 + self.random.below(4);
        self.entries(indent, depth, count, false);
    }

    /// `first_inline`: the indentation of the first entry is written already (`- key: …`).
    fn entries(&mut self, indent: usize, depth: usize, count: usize, first_inline: bool) {
        for index in 0..count {
            if index > 0 || !first_inline {
                self.comment(indent);
                write!(self.out, "{:indent$}", "").unwrap();
            }
            if !self.maps.is_empty() && self.random.one_in(8) {
                self.merge();
                continue;
            }
            let key = self.random.pick(KEYS);
            write!(self.out, "{key}:").unwrap();
            self.value(indent, depth, true);
        }
    }

    fn merge(&mut self) {
        let one = self.maps[self.random.below(self.maps.len())].clone();
        let two = self.maps[self.random.below(self.maps.len())].clone();
        match self.random.below(4) {
            0 => writeln!(self.out, "<<: [*{one}, *{two}]").unwrap(),
            1 => writeln!(self.out, "<<: {{a: 7, on: *{one}}}").unwrap(),
            _ => writeln!(self.out, "<<: *{one}").unwrap(),
        }
    }

    fn sequence(&mut self, indent: usize, depth: usize) {
        for _ in 0..=self.random.below(3) {
            self.comment(indent);
            write!(self.out, "{:indent$}-", "").unwrap();
            if depth > 0 && self.random.one_in(3) {
                let gap = 1 + self.random.below(3);
                write!(self.out, "{:gap$}", "").unwrap();
                let count = 1 + self.random.below(3);
                self.entries(indent + 1 + gap, depth - 1, count, true);
            } else {
                self.value(indent, depth, false);
            }
        }
    }

    /// What follows a `:` or `-`, up to and with the end of the line.
    fn value(&mut self, indent: usize, depth: usize, of_key: bool) {
        if self.random.one_in(12) {
            return self.end_line();
        }
        self.out.push_str(if self.random.one_in(10) { "   " } else { " " });
        if self.random.one_in(10) && !(self.maps.is_empty() && self.others.is_empty()) {
            let all = self.maps.len() + self.others.len();
            let index = self.random.below(all);
            let name = self.maps.get(index).unwrap_or_else(|| &self.others[index - self.maps.len()]);
            write!(self.out, "*{name}").unwrap();
            return self.end_line();
        }
        let anchor = self.anchor();
        let mut map = false;
        match self.random.below(if depth == 0 { 6 } else { 10 }) {
            0..=2 => {
                self.tag();
                self.scalar();
                self.end_line();
            }
            3 => self.block_scalar(indent),
            4 => {
                map = self.flow(2);
                self.end_line();
            }
            5 => {
                if self.random.one_in(4) {
                    self.quoted_lines(indent);
                } else {
                    self.quoted();
                }
                self.end_line();
            }
            6 | 7 => {
                map = true;
                self.end_line();
                let step = 1 + self.random.below(4);
                self.mapping(indent + step, depth - 1);
            }
            _ => {
                self.end_line();
                // A list below a key need not be indented.
                let step = if of_key { self.random.below(3) } else { 1 + self.random.below(3) };
                self.sequence(indent + step, depth - 1);
            }
        }
        if let Some(name) = anchor {
            // A name given again stands for the new node from now on.
            self.maps.retain(|known| *known != name);
            self.others.retain(|known| *known != name);
            if map { self.maps.push(name) } else { self.others.push(name) }
        }
    }

    fn scalar(&mut self) {
        if self.random.one_in(4) {
            self.quoted();
        } else {
            let text = self.random.pick(PLAIN);
            // These cannot start a plain scalar.
            let text = if text.starts_with(['%', '@', '`']) || text == "-" { "x" } else { text };
            self.out.push_str(text);
        }
    }

    fn quoted(&mut self) {
        let text = self.random.pick(TEXTS);
        if self.random.one_in(2) && !text.contains(['\n', '\t']) {
            write!(self.out, "'{}'", text.replace('\'', "''")).unwrap();
        } else {
            let mut escaped = String::new();
            for c in text.chars() {
                match c {
                    '"' => escaped.push_str("\\\""),
                    '\\' => escaped.push_str("\\\\"),
                    '\n' => escaped.push_str("\\n"),
                    '\t' => escaped.push_str("\\t"),
                    c if !c.is_ascii() && self.random.one_in(2) => write!(escaped, "\\U{:08X}", u32::from(c)).unwrap(),
                    c => escaped.push(c),
                }
            }
            write!(self.out, "\"{escaped}\"").unwrap();
        }
    }

    /// Several lines in quotes, indented as chance will have it.
    fn quoted_lines(&mut self, indent: usize) {
        let quote = self.random.pick(&["'", "\""]);
        write!(self.out, "{quote}{}", self.random.pick(&["", "x", "a: b", "[x:] "])).unwrap();
        for _ in 0..=self.random.below(3) {
            self.out.push_str(if quote == "\"" && self.random.one_in(5) { "\\\n" } else { "\n" });
            if self.random.one_in(4) {
                self.out.push('\n');
            }
            let indent = self.random.below(indent + 3);
            let other = if quote == "'" { "say \"x\"" } else { "it's" };
            let line = self.random.pick(&["y", "# no comment", "- z", "k: v", "[w:, -]  ", "|", "\tü", other]);
            write!(self.out, "{:indent$}{line}", "").unwrap();
        }
        self.out.push_str(quote);
    }

    fn block_scalar(&mut self, indent: usize) {
        let style = self.random.pick(&["|", ">", "|-", ">-", "|+", ">+"]);
        let step = 1 + self.random.below(3);
        let text = self.random.pick(TEXTS);
        // A first line with leading blanks needs the indentation in the header.
        let header = if text.starts_with([' ', '\n']) { format!("{style}{step}") } else { style.to_owned() };
        self.out.push_str(&header);
        self.end_line_without_text();
        let indent = indent + step;
        for line in text.split('\n') {
            if line.is_empty() {
                self.out.push('\n');
            } else {
                writeln!(self.out, "{:indent$}{line}", "").unwrap();
            }
        }
        for _ in 0..self.random.below(3) {
            writeln!(
                self.out,
                "{:indent$}more {}",
                "",
                self.random.pick(&["words", "| x", "# no comment", "- a", "a: b"])
            )
            .unwrap();
        }
        if self.random.one_in(5) {
            self.out.push('\n');
        }
    }

    fn end_line_without_text(&mut self) {
        let end = if self.random.one_in(12) { " # header" } else { "" };
        self.out.push_str(end);
        self.out.push('\n');
    }

    /// A flow collection or scalar; whether it is a map.
    fn flow(&mut self, depth: usize) -> bool {
        let kind = self.random.below(if depth == 0 { 1 } else { 3 });
        match kind {
            0 if depth < 2 => {
                if self.random.one_in(2) {
                    self.quoted();
                } else {
                    let text = self.random.pick(&[
                        "a",
                        "1",
                        "yes",
                        "1.5",
                        "null",
                        "x y",
                        "0o17",
                        "~",
                        "http://x",
                        "a-b",
                        "x:",
                        "1:",
                        "-",
                        "a::b:",
                        "x :",
                        "db8::",
                        "x\n          y:",
                    ]);
                    self.out.push_str(text);
                }
                false
            }
            1 => {
                self.out.push('[');
                for index in 0..self.random.below(4) {
                    self.out.push_str(if index == 0 { "" } else { ", " });
                    self.flow(depth - 1);
                }
                self.out.push(']');
                false
            }
            _ => {
                self.out.push('{');
                for index in 0..self.random.below(4) {
                    self.out.push_str(if index == 0 { "" } else { ", " });
                    let key = self.random.pick(&["a", "b", "on", "\"q\"", "'s'", "1", "k-l", "k:", "-"]);
                    if self.random.one_in(12) {
                        // Without a blank the colon belongs to the key, unless that is in quotes.
                        write!(self.out, "{key}:").unwrap();
                        continue;
                    }
                    write!(self.out, "{key}: ").unwrap();
                    if !self.random.one_in(10) {
                        self.flow(depth - 1);
                    }
                }
                self.out.push('}');
                true
            }
        }
    }
}
