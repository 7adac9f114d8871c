//! Field paths as Crossplane writes them: `spec.ports[0].name`, `metadata.annotations[example.org/a]`, `spec.items[*]`.

/// One step of a field path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A key of a map.
    Field(String),
    /// An index into a list, from 0.
    Index(u32),
    /// Every item of a list, or every value of a map.
    Every,
}

impl Step {
    /// The step as it is written.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Field(name) => name.clone(),
            Self::Index(index) => index.to_string(),
            Self::Every => "*".to_owned(),
        }
    }
}

/// Why a text is no field path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldPathError {
    #[error("has an unexpected \"{0}\" after \"{1}\"")]
    Unexpected(char, String),
    #[error("has a bracket that is not closed")]
    Unterminated,
}

/// The steps of a path. The empty path has none and stands for the whole object.
pub(crate) fn parse(path: &str) -> Result<Vec<Step>, FieldPathError> {
    let mut steps = Vec::new();
    let mut rest = path;
    let before = |rest: &str| path.strip_suffix(rest).unwrap_or(path).to_owned();
    loop {
        let end = rest.find(['.', '[', ']']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if !name.is_empty() {
            steps.push(if name == "*" { Step::Every } else { Step::Field(unquoted(name)) });
        }
        let mut signs = after.chars();
        match signs.next() {
            None => return Ok(steps),
            Some('.') => {
                rest = signs.as_str();
                let is_misplaced = steps.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']);
                if is_misplaced {
                    return Err(FieldPathError::Unexpected('.', before(after)));
                }
            }
            Some('[') => {
                let (inside, behind) = signs.as_str().split_once(']').ok_or(FieldPathError::Unterminated)?;
                if inside.is_empty() {
                    return Err(FieldPathError::Unexpected(']', format!("{}[", before(after))));
                }
                if inside.contains('[') {
                    return Err(FieldPathError::Unexpected('[', format!("{}[", before(after))));
                }
                steps.push(match inside.parse() {
                    Ok(index) => Step::Index(index),
                    Err(_) if inside == "*" => Step::Every,
                    Err(_) => Step::Field(unquoted(inside)),
                });
                rest = behind;
            }
            Some(sign) => return Err(FieldPathError::Unexpected(sign, before(after))),
        }
    }
}

fn unquoted(name: &str) -> String {
    name.trim_matches(['\'', '"']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> Step {
        Step::Field(name.to_owned())
    }

    #[test]
    fn reads_dots_brackets_quotes_indexes_and_wildcards() {
        assert_eq!(
            parse("spec.ports[0].name").unwrap(),
            [field("spec"), field("ports"), Step::Index(0), field("name")]
        );
        assert_eq!(
            parse("metadata.annotations['example.org/a']").unwrap(),
            [field("metadata"), field("annotations"), field("example.org/a")]
        );
        assert_eq!(parse("spec.items[*].id").unwrap(), [field("spec"), field("items"), Step::Every, field("id")]);
        assert_eq!(parse("a[b]c").unwrap(), [field("a"), field("b"), field("c")]);
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn refuses_what_crossplane_refuses() {
        for path in [".spec", "spec.", "spec..a", "spec.[0]", "spec[]", "spec]", "spec[0", "spec[a[b]]"] {
            assert!(parse(path).is_err(), "{path}");
        }
    }
}
