//! File names as URI references (RFC 3986): what SARIF's `artifactLocation` takes.

use std::fmt::Write as _;

/// A file's address.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileUri {
    /// Relative to the folder that platlint ran in.
    Relative(String),
    /// `file:///…`.
    Absolute(String),
}

/// The address of a file named as in a report: `/` between folders.
pub(super) fn of_file(file: &str) -> FileUri {
    let encoded = percent_encoded(file.strip_prefix("./").unwrap_or(file));
    if encoded.starts_with('/') {
        return FileUri::Absolute(format!("file://{encoded}"));
    }
    let mut chars = file.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some(drive), Some(':'), Some('/')) if drive.is_ascii_alphabetic() => {
            FileUri::Absolute(format!("file:///{drive}:{}", percent_encoded(&file[2..])))
        }
        _ => FileUri::Relative(encoded),
    }
}

/// Everything but what a path segment takes as it is becomes `%XX`, byte by byte. A colon too: in a first segment it
/// would end a scheme.
fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'+' | b'=' | b'@' | b',' => {
                out.push(char::from(byte));
            }
            _ => {
                // Writing into a String never fails.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_what_no_path_segment_takes() {
        assert_eq!(of_file("./k8s/ü 1%#?.yaml"), FileUri::Relative("k8s/%C3%BC%201%25%23%3F.yaml".into()));
        assert_eq!(of_file("a:b.yaml"), FileUri::Relative("a%3Ab.yaml".into()));
        assert_eq!(of_file("<stdin>"), FileUri::Relative("%3Cstdin%3E".into()));
    }

    #[test]
    fn keeps_absolute_files_absolute() {
        assert_eq!(of_file("/srv/a b.yaml"), FileUri::Absolute("file:///srv/a%20b.yaml".into()));
        assert_eq!(of_file("C:/k8s/a.yaml"), FileUri::Absolute("file:///C:/k8s/a.yaml".into()));
    }
}
