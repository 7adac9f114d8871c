//! How deep brackets of a Rego file may nest. regorus' parser tries each bracket in two ways, so that its time doubles with
//! every level: at 16 it is some milliseconds, at 30 it would be minutes.

/// Levels that are parsed. Policies written by people rarely need six.
const MAX_DEPTH: usize = 16;

/// Line and column, from 1, of the first bracket that lies too deep.
#[must_use]
pub fn too_deep(text: &str) -> Option<(usize, usize)> {
    let (mut depth, mut line, mut column) = (0_usize, 1_usize, 0_usize);
    let mut characters = text.chars();
    // The character that ends the string or comment we are in.
    let mut until: Option<char> = None;
    while let Some(character) = characters.next() {
        column = column.saturating_add(1);
        match (until, character) {
            (Some('"'), '\\') => {
                characters.next();
                column = column.saturating_add(1);
            }
            (Some(end), _) if end == character => until = None,
            (None, '"' | '`') => until = Some(character),
            (None, '#') => until = Some('\n'),
            (None, '[' | '{' | '(') => {
                depth = depth.saturating_add(1);
                if depth > MAX_DEPTH {
                    return Some((line, column));
                }
            }
            (None, ']' | '}' | ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if character == '\n' {
            (line, column) = (line.saturating_add(1), 0);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_brackets_but_not_those_in_text() {
        assert_eq!(too_deep(&"[".repeat(16)), None);
        assert_eq!(too_deep(&format!("a\n{}", "[".repeat(17))), Some((2, 17)));
        assert_eq!(too_deep(&format!("\"{}\\\"[\" `{}` # {}\n", "[".repeat(20), "(".repeat(20), "{".repeat(20))), None);
        assert_eq!(too_deep(&"[]".repeat(100)), None);
    }
}
