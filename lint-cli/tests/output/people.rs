//! The formats for people: `full` and `concise`.

use platlint_cli::output::{Format, Style, summary_sentence};
use platlint_cli::report::{Finding, Place, Related, Report, Summary};

use super::{OneText, printed, printed_with, sample};

/// Escape characters as text: a snapshot is read in a terminal, too.
fn coloured(format: Format, report: &Report) -> String {
    let style = Style { colour: true, width: None };
    printed_with(format, report, &sample::Texts, style).replace('\u{1b}', "<ESC>")
}

#[test]
fn full_shows_the_source_the_reason_and_the_remedy() {
    insta::assert_snapshot!(printed(Format::Full, &sample::everything()));
}

#[test]
fn full_in_colour() {
    insta::assert_snapshot!(coloured(Format::Full, &sample::everything()));
}

#[test]
fn full_in_a_narrow_terminal() {
    let style = Style { colour: false, width: Some(60) };
    insta::assert_snapshot!(printed_with(Format::Full, &sample::everything(), &sample::Texts, style));
}

#[test]
fn full_names_the_places_when_a_file_cannot_be_read_again() {
    insta::assert_snapshot!(printed_with(Format::Full, &sample::everything(), &(), Style::default()));
}

#[test]
fn full_is_one_line_when_nothing_is_wrong() {
    assert_eq!(printed(Format::Full, &sample::clean()), "no violations in 2 documents of 1 file\n");
}

#[test]
fn full_says_when_there_was_nothing_to_check() {
    let report = Report { summary: Summary { files: 1, skipped: 2, ..Summary::default() }, ..Report::default() };
    let said = "nothing to check: no manifests in 1 file; 2 documents skipped";
    assert_eq!(printed(Format::Full, &report), format!("{said}\n"));
    assert_eq!(summary_sentence(&report), said);
}

#[test]
fn full_never_shows_more_of_a_line_than_200_columns() {
    let report = Report { findings: vec![finding_at(sample::place(1, 1_000, 1, 9_000), vec![])], ..Report::default() };
    let text = OneText("s3cr3t".repeat(10_000).into());
    let out = printed_with(Format::Full, &report, &text, Style { colour: false, width: Some(5_000) });
    let longest = out.lines().map(|line| line.chars().count()).max();
    // The frame, 190 columns of the line, and a mark of what is left out at either end.
    assert_eq!(longest, Some("1 | ".len() + 190 + 2));
}

#[test]
fn full_bears_any_place_in_any_text() {
    // Texts with every kind of line end and width, and places that mostly do not fit them: a file may have changed
    // between judging and printing.
    let texts = [
        "",
        "\n",
        "\r\n\r\n",
        "a",
        "a: 1\rb: 2\r\n\tc: 3\n",
        "東京: 🚀👩‍👩‍👧\ne\u{301}: \u{1b}[0m\u{202e}\n",
        "\u{feff}k: v",
        "x\u{300}\u{300}\u{300}",
    ];
    let long = "東\t\u{301}".repeat(400);
    let numbers = [0, 1, 2, 5, 300, u32::MAX];
    for text in texts.into_iter().chain([long.as_str()]) {
        let source = OneText(text.into());
        for line in [0, 1, 3, u32::MAX] {
            for column in numbers {
                for (end_line, end_column) in numbers.into_iter().flat_map(|l| numbers.map(|c| (l, c))) {
                    let place = Place { line, column, end_line, end_column };
                    let turned = Place { line: end_line, column: end_column, end_line: line, end_column: column };
                    let report = Report { findings: vec![finding_at(place, vec![turned])], ..Report::default() };
                    let out = printed_with(Format::Full, &report, &source, Style { colour: false, width: Some(50) });
                    assert!(
                        out.contains(&format!("f.yaml:{line}:{column}")) || line == 0 || column == 0,
                        "{place:?} in {text:?}: {out}"
                    );
                }
            }
        }
    }
}

fn finding_at(place: Place, related: Vec<Place>) -> Finding {
    let mut finding = sample::everything().findings.swap_remove(0);
    finding.spot.file = "f.yaml".into();
    finding.spot.place = place;
    finding.related = related
        .into_iter()
        .map(|place| Related { file: None, place, path: String::new(), message: "there".into() })
        .collect();
    finding
}

#[test]
fn concise_is_one_line_per_finding() {
    insta::assert_snapshot!(printed(Format::Concise, &sample::everything()));
}

#[test]
fn concise_in_colour() {
    insta::assert_snapshot!(coloured(Format::Concise, &sample::everything()));
}

#[test]
fn concise_prints_nothing_when_nothing_is_wrong() {
    assert_eq!(printed(Format::Concise, &sample::clean()), "");
}

#[test]
fn no_text_of_a_file_or_message_reaches_the_terminal_as_a_control_character() {
    for format in [Format::Full, Format::Concise, Format::Github, Format::Junit] {
        let out = printed(format, &sample::everything());
        let found: Vec<char> = out.chars().filter(|c| c.is_control() && *c != '\n').collect();
        assert_eq!(found, Vec::<char>::new(), "{format:?}");
    }
}
