//! Edits as a unified diff, as `git apply` and `patch` take it.
//!
//! Where text changed is known, so nothing is searched for: each run of edited lines is shown as it was and as it is.

use std::fmt::Write as _;
use std::ops::Range;

use platlint_source::edit::Edit;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// Lines that are replaced by others.
struct Region {
    old: Range<usize>,
    new: String,
}

/// The diff of a file; empty where nothing changes. The edits are in order and do not overlap.
pub(crate) fn unified(name: &str, text: &str, edits: &[Edit]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let regions = regions(text, &lines, edits);
    if regions.is_empty() {
        return String::new();
    }
    let mut out = format!("--- a/{name}\n+++ b/{name}\n");
    let mut shift = 0_isize;
    let mut rest = regions.as_slice();
    while let Some(first) = rest.first() {
        // Changes whose context would overlap stand in one hunk.
        let count = 1 + rest.windows(2).take_while(|pair| apart(pair) <= 2 * CONTEXT).count();
        let (hunk, others) = rest.split_at(count);
        rest = others;
        let from = first.old.start.saturating_sub(CONTEXT);
        let until = hunk.last().map_or(from, |last| (last.old.end + CONTEXT).min(lines.len()));
        shift = write_hunk(&mut out, &lines, hunk, from..until, shift);
    }
    out
}

fn apart(pair: &[Region]) -> usize {
    match pair {
        [one, next] => next.old.start.saturating_sub(one.old.end),
        _ => usize::MAX,
    }
}

/// The runs of lines that edits touch, without lines at their borders that stay the same.
fn regions(text: &str, lines: &[&str], edits: &[Edit]) -> Vec<Region> {
    let mut starts = Vec::with_capacity(lines.len() + 1);
    let mut at = 0;
    for line in lines {
        starts.push(at);
        at += line.len();
    }
    if text.ends_with('\n') {
        // What is put behind the last line ending is a line of its own.
        starts.push(at);
    }
    let line_of = |byte: usize| starts.partition_point(|start| *start <= byte).saturating_sub(1);
    let mut touched: Vec<(Range<usize>, Vec<&Edit>)> = Vec::new();
    for edit in edits {
        let span = edit.span.range();
        let first = line_of(span.start);
        // To the end of the line in which the edit ends: what follows there is joined to the new text.
        let last = (line_of(span.end) + 1).min(lines.len()).max(first);
        match touched.last_mut() {
            Some((range, edits)) if first < range.end => {
                range.end = range.end.max(last);
                edits.push(edit);
            }
            _ => touched.push((first..last, vec![edit])),
        }
    }
    let start_of = |line: usize| starts.get(line).copied().unwrap_or(text.len());
    let region = |(range, edits): (Range<usize>, Vec<&Edit>)| {
        let mut new = String::new();
        let mut at = start_of(range.start);
        for edit in edits {
            new.push_str(text.get(at..edit.span.range().start).unwrap_or_default());
            new.push_str(&edit.text);
            at = edit.span.range().end;
        }
        new.push_str(text.get(at..start_of(range.end)).unwrap_or_default());
        trimmed(lines, range, &new)
    };
    touched.into_iter().map(region).filter(|region| !(region.old.is_empty() && region.new.is_empty())).collect()
}

fn trimmed(lines: &[&str], mut old: Range<usize>, new: &str) -> Region {
    let mut new: Vec<&str> = new.split_inclusive('\n').collect();
    while old.start < old.end && new.first() == lines.get(old.start) {
        old.start += 1;
        new.remove(0);
    }
    while old.start < old.end && new.last().is_some() && new.last() == lines.get(old.end - 1) {
        old.end -= 1;
        new.pop();
    }
    Region { old, new: new.concat() }
}

/// Writes one hunk; `shift` is by how many lines the new file was ahead, and becomes by how many it is.
fn write_hunk(out: &mut String, lines: &[&str], hunk: &[Region], range: Range<usize>, shift: isize) -> isize {
    let old_count = range.len();
    let gone: usize = hunk.iter().map(|region| region.old.len()).sum();
    let come: usize = hunk.iter().map(|region| region.new.split_inclusive('\n').count()).sum();
    let new_count = old_count - gone + come;
    // Lines count from 1; a range without lines is named by the line before it.
    let position = |start: usize, count: usize| if count == 0 { start } else { start + 1 };
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "@@ -{},{old_count} +{},{new_count} @@",
        position(range.start, old_count),
        position(range.start.saturating_add_signed(shift), new_count)
    );
    let mut at = range.start;
    for region in hunk {
        lines.get(at..region.old.start).unwrap_or_default().iter().for_each(|line| write_line(out, ' ', line));
        lines.get(region.old.clone()).unwrap_or_default().iter().for_each(|line| write_line(out, '-', line));
        region.new.split_inclusive('\n').for_each(|line| write_line(out, '+', line));
        at = region.old.end;
    }
    lines.get(at..range.end).unwrap_or_default().iter().for_each(|line| write_line(out, ' ', line));
    shift.saturating_add_unsigned(come).saturating_sub_unsigned(gone)
}

fn write_line(out: &mut String, sign: char, line: &str) {
    out.push(sign);
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platlint_source::Span;

    fn edit(text: &str, at: &str, length: u32, new: &str) -> Edit {
        let start = u32::try_from(text.find(at).unwrap()).unwrap();
        Edit { span: Span::new(start, start + length), text: new.to_owned() }
    }

    #[test]
    fn shows_inserted_replaced_and_deleted_lines_with_three_around() {
        let text = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\n";
        let edits = [edit(text, "\ne", 0, "\nnew"), edit(text, "f", 1, "F"), edit(text, "\nn", 2, "")];
        assert_eq!(
            unified("x.yaml", text, &edits),
            "--- a/x.yaml\n+++ b/x.yaml\n@@ -2,8 +2,9 @@\n b\n c\n d\n+new\n e\n-f\n+F\n g\n h\n i\n@@ -11,4 +12,3 @@\n k\n l\n m\n-n\n"
        );
    }

    #[test]
    fn says_where_the_last_line_has_no_ending() {
        let text = "a\nb";
        assert_eq!(
            unified("x", text, &[Edit { span: Span::new(3, 3), text: "\nc".to_owned() }]),
            "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n\\ No newline at end of file\n"
        );
        assert_eq!(unified("x", text, &[]), "");
    }
}
