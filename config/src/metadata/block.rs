//! Finding OPA's annotation block: comment lines from `# METADATA` on, above the package statement. Also part of the build
//! script, which reads the blocks of the built-in rules so that no run has to.

use platlint_source::SourceText;

use crate::placed::Placed;
use crate::policies::rego::{RegoFile, is_blank_or_comment};
use crate::problem::Problem;

/// The block above the package, read; `Ok(None)` where there is none.
pub(crate) fn read(file: &RegoFile) -> Result<Option<Placed>, Vec<Problem>> {
    let Some(block) = find(&file.text) else { return Ok(None) };
    Placed::read(file.path.clone(), SourceText::from(block.yaml), block.lines_above).map(Some)
}

/// The YAML of a block, with a blank for each comment sign, so that columns are those of the file.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    yaml: String,
    /// Lines of the file above the YAML.
    lines_above: u32,
}

/// The last block above the package statement; `None` where there is none.
fn find(text: &str) -> Option<Block> {
    let mut found: Option<Block> = None;
    let mut open = false;
    for (line, number) in text.lines().zip(1_u32..) {
        if !is_blank_or_comment(line) {
            break;
        }
        let Some(comment) = line.trim_start_matches(['\u{feff}', ' ', '\t']).strip_prefix('#') else {
            open = false;
            continue;
        };
        if comment.trim() == "METADATA" {
            found = Some(Block { yaml: String::new(), lines_above: number });
            open = true;
        } else if open && let Some(block) = &mut found {
            let indent = line.chars().count().saturating_sub(comment.chars().count());
            block.yaml.extend(std::iter::repeat_n(' ', indent));
            block.yaml.push_str(comment);
            block.yaml.push('\n');
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_columns_and_counts_the_lines_above() {
        let block = find("# words\n# METADATA\n# title: a\n#\n# custom: {}\npackage a\n").unwrap();
        assert_eq!(block, Block { yaml: "  title: a\n \n  custom: {}\n".into(), lines_above: 2 });
    }

    #[test]
    fn takes_the_last_block_above_the_package_and_none_below() {
        let text = "# METADATA\n# title: a\n\n# METADATA\n# title: b\n\n# words\npackage a\n\n# METADATA\n# title: c\nx := 1\n";
        assert_eq!(find(text).unwrap().yaml, "  title: b\n");
        assert_eq!(find("package a\n# METADATA\n# title: a\n"), None);
        assert_eq!(find(""), None);
    }

    #[test]
    fn ends_at_a_line_that_is_no_comment() {
        assert_eq!(find("# METADATA\n# title: a\n\n# words: [\npackage a\n").unwrap().yaml, "  title: a\n");
    }
}
