//! Errors of compiling policies as problems with places.

use std::sync::Arc;

use platlint_engine::policy::{CompileError, DialectViolation};

use crate::problem::Problem;

/// The problem behind an error of the engine.
pub(crate) fn of_compile(error: &CompileError) -> Problem {
    match error {
        CompileError::Parse(text) => of_text(text, None),
        CompileError::Compile { file, message } => of_text(message, Some(file)),
        CompileError::Dialect(violation)
        | CompileError::Irreproducible(violation)
        | CompileError::UnknownFunction(violation)
        | CompileError::Recursion(violation) => of_violation(violation),
        CompileError::TooDeep { file, line, column } => too_deep(file, *line, *column),
        CompileError::NoEntryPoint { file, package, expected } => {
            Problem::of_file(file.clone(), format!("package {package} defines none of the rules {expected}"))
        }
    }
}

/// Brackets that nest deeper than is parsed.
pub(crate) fn too_deep(file: &Arc<str>, line: usize, column: usize) -> Problem {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Problem {
        file: file.clone(),
        line: number(line),
        column: number(column),
        message: "brackets nest too deep here".to_owned(),
        help: None,
    }
}

fn of_violation(violation: &DialectViolation) -> Problem {
    Problem {
        file: violation.file.as_str().into(),
        line: violation.line,
        column: violation.column,
        message: format!("{}: `{}`", violation.message, violation.text),
        help: None,
    }
}

/// regorus gives its errors as text only: `--> file:line:col`, the line with a caret, `error: what`. Where the text has
/// another form it is shown as it is.
pub(crate) fn of_text(text: &str, file: Option<&Arc<str>>) -> Problem {
    let text = text.trim();
    let placed = text.find("--> ").and_then(|arrow| {
        let (place, below) = text.get(arrow + "--> ".len()..)?.split_once('\n')?;
        let mut parts = place.trim().rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        let file: Arc<str> = parts.next()?.into();
        let message = below.split("\nerror: ").nth(1).unwrap_or(below);
        Some(Problem { file, line, column, message: sentence(message), help: None })
    });
    placed.unwrap_or_else(|| Problem::of_file(file.cloned().unwrap_or_else(|| "policy".into()), sentence(text)))
}

/// On one line.
fn sentence(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_file_line_and_column() {
        let mut engine = regorus::Engine::new();
        let error = engine.add_policy("a:b.rego".into(), "package a\n\nx := {\n".into()).unwrap_err();
        let problem = of_text(&format!("{error:#}"), None);
        assert_eq!((&*problem.file, problem.line), ("a:b.rego", 4), "{problem}");
    }

    #[test]
    fn shows_other_texts_as_they_are() {
        insta::assert_snapshot!(of_text("too\n large.", Some(&"a.rego".into())), @"a.rego: too large");
    }
}
