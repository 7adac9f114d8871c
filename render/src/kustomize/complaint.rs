//! What kustomize says where it refuses.

/// A complaint without what some builds of kubectl put around it, which is another in each run: the time and the process, as
/// in `E1122 03:24:20.406287   14736 run.go:72] "command failed" err="…"`.
pub(super) fn without_log_header(complaint: &str) -> String {
    // Warnings may stand before it.
    complaint.lines().map(line_without_header).collect::<Vec<_>>().join("\n")
}

fn line_without_header(line: &str) -> String {
    let is_header = |header: &str| {
        let mut marks = header.chars();
        marks.next() == Some('E') && marks.by_ref().take(4).all(|mark| mark.is_ascii_digit()) && header.contains(".go:")
    };
    let Some((_, said)) = line.split_once("] ").filter(|(header, _)| is_header(header)) else {
        return line.to_owned();
    };
    let quoted = said.split_once(" err=").map(|(_, quoted)| quoted.trim_end());
    let text = quoted.and_then(|quoted| serde_json::from_str(quoted).ok());
    text.unwrap_or_else(|| said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_process_are_left_out() {
        let logged = "E1122 03:24:20.406287   14736 run.go:72] \"command failed\" err=\"a \\\"b\\\": c] d\"\n";
        assert_eq!(without_log_header(logged), "a \"b\": c] d");
        assert_eq!(without_log_header(&format!("# Warning: old\n{logged}")), "# Warning: old\na \"b\": c] d");
        assert_eq!(without_log_header("E1122 03:24:20.4 1 run.go:72] no more"), "no more");
        for as_it_is in ["error: a] b", "Error: accumulating resources from 'x.go: 1] y'", "E1122 a", ""] {
            assert_eq!(without_log_header(as_it_is), as_it_is);
        }
    }
}
