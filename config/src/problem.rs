//! What is wrong with a configuration or a policy, with its place; all problems at once.

use std::fmt;
use std::sync::Arc;

/// One fault of a configuration or a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as users know it; an option of the command line where no file is at fault.
    pub file: Arc<str>,
    /// Line, from 1; 0 where the file as a whole is meant.
    pub line: u32,
    /// Column in characters, from 1; 0 where the file as a whole is meant.
    pub column: u32,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to write instead, if that is known.
    pub help: Option<String>,
}

impl Problem {
    /// A problem of a file as a whole.
    pub fn of_file(file: impl Into<Arc<str>>, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: 0, column: 0, message: message.into(), help: None }
    }

    /// The same with a help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.message)?;
        } else {
            write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        }
        self.help.iter().try_for_each(|help| write!(f, "\n  help: {help}"))
    }
}

/// All problems of a configuration, by file and place, each once. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Err` where there are any.
    pub fn check(mut found: Vec<Problem>) -> Result<(), Self> {
        if found.is_empty() {
            return Ok(());
        }
        found.sort();
        found.dedup();
        Err(Self(found))
    }

    /// The problems, in order.
    #[must_use]
    pub fn all(&self) -> &[Problem] {
        &self.0
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_shown_in_order_of_place_and_each_once() {
        let at = |line, message: &str| Problem {
            file: "a.yaml".into(),
            line,
            column: 2,
            message: message.into(),
            help: None,
        };
        let problems =
            Problems::check(vec![at(10, "later"), at(9, "first").with_help("do this"), at(10, "later")]).unwrap_err();
        assert_eq!(problems.to_string(), "a.yaml:9:2: first\n  help: do this\na.yaml:10:2: later");
        assert_eq!(Problem::of_file("a.rego", "is empty").to_string(), "a.rego: is empty");
        assert_eq!(Problems::check(Vec::new()), Ok(()));
    }
}
