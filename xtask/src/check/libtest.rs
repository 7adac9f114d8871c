//! Reads what `cargo test` prints: counts, and the reasons of tests that skipped themselves for want of a tool.
//!
//! A test that cannot run prints `SKIPPED: reason` and returns; Rust's test harness knows no other way and calls it passed.

/// The sum over all test binaries.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tests {
    pub(super) binaries: usize,
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) ignored: usize,
    /// Reasons, each once.
    pub(super) skipped: Vec<String>,
}

impl Tests {
    pub(super) fn total(&self) -> usize {
        self.passed + self.failed
    }

    /// Adds those of another run.
    pub(super) fn add(&mut self, other: Self) {
        self.binaries += other.binaries;
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.skipped.extend(other.skipped);
    }
}

/// Follows the output line by line.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) tests: Tests,
    in_successes: bool,
}

impl Reader {
    /// Takes one line and says whether it is worth showing. What passing tests print is not, skips excepted.
    pub(super) fn line(&mut self, line: &str) -> bool {
        if let Some((_, reason)) = line.split_once("SKIPPED: ") {
            let reason = reason.trim().to_owned();
            if !self.tests.skipped.contains(&reason) {
                self.tests.skipped.push(reason);
            }
            return true;
        }
        if line == "successes:" {
            self.in_successes = true;
        } else if line == "failures:" {
            self.in_successes = false;
        } else if let Some(counts) = line.strip_prefix("test result: ") {
            self.in_successes = false;
            self.tests.binaries += 1;
            self.tests.passed += count(counts, "passed");
            self.tests.failed += count(counts, "failed");
            self.tests.ignored += count(counts, "ignored");
        }
        !self.in_successes
    }
}

/// The number before the word, in `ok. 3 passed; 0 failed; …`.
fn count(counts: &str, word: &str) -> usize {
    let words: Vec<&str> = counts.split([' ', ';']).filter(|word| !word.is_empty()).collect();
    words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_the_results_of_all_binaries() {
        let mut reader = Reader::default();
        reader.line("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        reader.line("test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out");
        let expected = Tests { binaries: 2, passed: 5, failed: 1, ignored: 1, skipped: Vec::new() };
        assert_eq!(reader.tests, expected);
    }

    #[test]
    fn hides_what_passing_tests_print_but_not_their_skips() {
        let mut reader = Reader::default();
        assert!(reader.line("test a ... ok"));
        assert!(!reader.line("successes:"));
        assert!(!reader.line("some chatter"));
        assert!(reader.line("SKIPPED: no Go here"));
        assert!(reader.line("failures:"));
        assert!(reader.line("why it failed"));
        assert_eq!(reader.tests.skipped, ["no Go here"]);
    }
}
