//! Where the comments of a document stand.
//!
//! They are gathered on demand, by a second pass of the parser: carrying them along costs every document a sixth of its
//! time, and hardly any is asked for.

use granit_parser::{Event, Parser};

use crate::limits::Limits;
use crate::mask::{self, Mask};
use crate::span::{Span, stored};
use crate::yaml;

/// The comments in `text[span]`, from `#` to the end of the line, in order.
pub(crate) fn comments(text: &str, span: Span, masks: &[Mask], limits: &Limits) -> Vec<Span> {
    let mut options = yaml::options(limits);
    options.emit_comments = true;
    // A licence text of a thousand lines above the first key is no attack.
    options.max_buffered_comment_events = usize::MAX;
    let mut found = Vec::new();
    let copy = if masks.is_empty() { None } else { mask::masked(span.slice(text), span.start, masks) };
    let mut parser = Parser::new_from_str_with_options(copy.as_deref().unwrap_or(span.slice(text)), options);
    while let Some(Ok((event, reported))) = parser.next_event() {
        if let Event::Comment(..) = event
            && let Some(range) = reported.byte_range()
        {
            found.push(Span::new(span.start + stored(range.start), span.start + stored(range.end)));
        }
    }
    found.sort_unstable();
    found
}
