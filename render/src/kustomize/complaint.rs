//! What kustomize says where it refuses.

use std::borrow::Cow;

/// A complaint without what some builds of kubectl put around it, which is another in each run: the time and the process, as
/// in `E1122 03:24:20.406287   14736 run.go:72] "command failed" err="…"`.
pub(super) fn without_log_header(complaint: &str) -> Cow<'_, str> {
    let is_header = |header: &str| {
        let mut marks = header.chars();
        marks.next() == Some('E') && marks.by_ref().take(4).all(|mark| mark.is_ascii_digit()) && header.contains(".go:")
    };
    let Some((_, said)) = complaint.split_once("] ").filter(|(header, _)| is_header(header)) else {
        return Cow::Borrowed(complaint);
    };
    let quoted = said.split_once(" err=").map(|(_, quoted)| quoted.trim_end());
    let text = quoted.and_then(|quoted| serde_json::from_str(quoted).ok());
    text.map_or_else(|| Cow::Borrowed(said), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_process_are_left_out() {
        let logged = "E1122 03:24:20.406287   14736 run.go:72] \"command failed\" err=\"a \\\"b\\\": c] d\"\n";
        assert_eq!(without_log_header(logged), "a \"b\": c] d");
        assert_eq!(without_log_header("E1122 03:24:20.4 1 run.go:72] no more"), "no more");
        for as_it_is in ["error: a] b", "Error: accumulating resources from 'x.go: 1] y'", "E1122 a", ""] {
            assert_eq!(without_log_header(as_it_is), as_it_is);
        }
    }
}
