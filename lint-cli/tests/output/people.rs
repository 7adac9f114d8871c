//! The formats for people: `full` and `concise`.

use platlint_cli::output::{Format, Style};

use super::{printed, printed_with, sample};

#[test]
fn full_shows_the_source_the_reason_and_the_remedy() {
    insta::assert_snapshot!(printed(Format::Full, &sample::everything()));
}
